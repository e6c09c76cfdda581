"""What a rail does. It knows one chain of one family and nothing of merchants.

A rail answers four questions about incoming money: where may it be sent, what
arrived, is it still there, and what came of this transaction. One object serves one
chain; places belong to the family, so one address serves an intent on all of them.

A rail that can also send implements `Sender`; a rail with an x402 scheme implements
`Scheme`; one that can tell what anybody's address holds implements `Balances`; one that
keeps connections open and hears of news through them is `Linked`; one on whose chain senders
bid for room is `Fees`; one where payees' nodes write invoices first is `Invoicer`
(`invoicer.py`). Whoever wants that asks with `isinstance`, so a rail never carries methods it
cannot keep.
`Sender` arrives with the code that uses it.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from app.domain.authorization import Authorization, Outcome, Requirement
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
    `more` says the cursor is still behind the tip: scan again at once. `ended` are the
    invoices nobody paid and nobody can pay any more.
    """

    transfers: tuple[Transfer, ...]
    cursor: str
    tip: int
    tip_at: datetime
    more: bool = False
    ended: tuple[str, ...] = ()


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

        Kinds of the EVM family: `xpub` (account level, m/44'/60'/0') and `address`. Those of
        Bitcoin's: `xpub` (in any of its letters), `descriptor` and `address`.
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


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What settling would cost, and what must be known to sign it.

    `count` is how many transactions the gas account has sent, those waiting included;
    `height` the newest block, from which on the outcome is to be looked for.
    """

    gas: int
    price: int  # the most paid for a unit of gas, in the coin's smallest part
    tip: int | None  # None: the chain knows no tips
    count: int
    height: int
    call: str  # what the token is told, as the rail writes it

    @property
    def most(self) -> int:
        """The most it can cost."""
        return self.gas * self.price


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A whole transaction, ready to be sent: sending it twice moves nothing twice."""

    tx: str
    raw: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction signed for a payer's authorization, and since when to look for it."""

    asset: str
    payer: str
    authorization: str  # its nonce
    valid_before: int
    tx: str
    count: int  # the transaction's own number among the gas account's
    height: int


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a chain says of a sent authorization. `tx` is the one that moved the money.

    `mined`: our own transaction is in a block, whatever it did there: it need not be sent again.
    """

    outcome: Outcome
    mined: bool = False
    tx: str | None = None
    reason: str | None = None


@runtime_checkable
class Scheme(Protocol):
    """A chain on which payers' authorizations can be settled: x402's scheme `exact`.

    It has a gas account of its own, and never the money: the token moves that from payer
    to place.
    """

    chain: Chain

    @property
    def gas_account(self) -> str:
        """Return the address that pays for gas."""

    @property
    def gas_daily(self) -> int:
        """Return the most that may be spent on gas a day, in the coin's smallest part."""

    async def gas_left(self) -> int | None:
        """Return what the gas account has, in the coin's smallest part; None: not known."""

    async def verify(self, asked: Requirement, said: Authorization) -> str | None:
        """Ask the chain about signature, nonce, balance; return why it would refuse, or None.

        Raises `ChainUnavailable` when it cannot be asked: that is no refusal.
        """

    async def cost(self, asked: Requirement, said: Authorization) -> Cost | str:
        """Return what settling costs now, or why the token would refuse.

        Raises `Unavailable` when the gas account is empty.
        """

    def sign(self, asked: Requirement, cost: Cost, count: int) -> Signed:
        """Write and sign the transaction. Called inside a transaction: it asks nobody."""

    async def send(self, raw: str) -> None:
        """Hand a signed transaction to the chain; one that is known already is no fault."""

    async def outcome(self, sent: Sent) -> Ended:
        """Say what came of a sent transaction; `PENDING` while nobody can know."""


@runtime_checkable
class Balances(Protocol):
    """A rail that can tell what an address holds, whoever's it is."""

    chain: Chain

    async def balances(self, address: str, ledgers: Sequence[Ledger]) -> dict[str, int | None]:
        """Return what a canonical address holds by ledger, in atomic units; None: not known.

        Every ledger is one of this rail's chain. Raises `ChainUnavailable` when the chain
        cannot be read at all.
        """


@runtime_checkable
class Linked(Protocol):
    """A rail that keeps connections open, and is told of news through them."""

    chain: Chain

    def listen(self, told: Callable[[], None]) -> None:
        """Call `told` whenever a scan may be worth while. It only wakes: nothing may hang on it."""

    async def close(self) -> None:
        """Let go of every connection."""


@runtime_checkable
class Fees(Protocol):
    """A chain on which a sender's fee decides how soon a payment is in a block."""

    chain: Chain

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return about what a byte pays to be mined in so many blocks, in smallest units.

        None: nobody can tell.
        """
