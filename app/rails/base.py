"""What a rail does. It knows one chain of one family and nothing of merchants.

A rail answers four questions about incoming money: where may it be sent, what
arrived, is it still there, and what came of this transaction. One object serves one
chain; places belong to the family, so one address serves an intent on all of them.

A rail that can also send implements `Sender`; a rail with an x402 scheme implements
`Scheme`. The registry asks with `isinstance`, so a rail never carries methods it
cannot keep. Both arrive with the code that uses them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from app.domain.ledger import Chain, Ledger


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payer sends money. The same destination and slot give the same place.

    `to` is in the family's canonical form: what `Transfer.to` will carry.
    `shared` places serve several intents at once; a unique amount tells them apart.
    """

    to: str
    reference: str | None = None
    shared: bool = False


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of value on a ledger. `(chain, tx, index)` names it for ever.

    `final` says the chain will not take it back; `removed` says it did. `at` is the
    block's own time. A transfer on a contract that is no configured ledger carries
    the contract in `ledger` as `chain/erc20:0x…` (CAIP-19): found, never valued.
    """

    chain: str
    tx: str
    index: int
    ledger: str
    to: str
    amount: int
    confirmations: int
    final: bool = False
    removed: bool = False
    block: int | None = None
    block_hash: str | None = None
    at: datetime | None = None
    sender: str | None = None
    reference: str | None = None


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a chain brought home.

    `tip` and `tip_at` are the newest block's height and time: they tell lag.
    `more` says the cursor is still behind the tip: scan again at once.
    """

    transfers: tuple[Transfer, ...]
    cursor: str
    tip: int
    tip_at: datetime
    more: bool = False


class Fate(StrEnum):
    """What a chain says of one transaction."""

    UNKNOWN = "unknown"  # no node has heard of it, or not yet
    WAITING = "waiting"  # known, and in no block yet
    FAILED = "failed"  # in a block, and it moved nothing
    DONE = "done"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction looked up: its fate, and all it moved, whoever it paid.

    What waits may move something already, where the rail can tell.
    """

    fate: Fate
    transfers: tuple[Transfer, ...] = ()


class Watch(Protocol):
    """Which addresses somebody waits at. Answered by an index, never by a list of all."""

    async def among(self, addresses: Collection[str]) -> set[str]:
        """Return those of `addresses` (canonical form) that belong to an intent."""

    async def few(self, limit: int) -> list[str] | None:
        """Return every watched address when there are at most `limit`, else None."""


@runtime_checkable
class Rail(Protocol):
    """One chain, seen from the receiving side."""

    chain: Chain

    def check_destination(self, kind: str, value: str) -> str:
        """Return `value` in canonical form, or raise `Invalid` naming what is wrong.

        Kinds of the EVM family: `xpub` (account level, m/44'/60'/0') and `address`.
        """

    def place(self, kind: str, value: str, slot: int) -> Place:
        """Compute the place a slot of a destination stands for. Called inside a transaction,
        so it asks nobody and takes no longer than a derivation."""

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        """Return what a wallet scans to send `amount` atomic units to `place`."""

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        """Return transfers to watched addresses after `since`, and where to resume.

        A cursor overlaps the tip by some blocks, so repeats are expected. None means
        from the present tip. Raises `ChainUnavailable` when the chain cannot be read.
        """

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Read unsettled transfers again: deeper, final, or `removed` by a reorg.

        A transfer the chain cannot answer for now is left out: None is unknown.
        """

    def read_id(self, text: str) -> str:
        """Return the transaction's id in what a payer pasted: the id, or an explorer's page.

        Raises `Invalid` naming the field `tx` and the format of the family's ids.
        """

    async def find(self, tx: str) -> Found:
        """Look one transaction up, for a payer who tells us its id.

        Raises `ChainUnavailable` when the chain cannot be read: that is no `UNKNOWN`.
        """

    def check_payee(self, value: str) -> str:
        """Return an address money may be sent back to in canonical form, or raise `Invalid`.

        The field is called `address`.
        """
