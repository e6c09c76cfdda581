"""Where a chain is read: an Electrum server, an Esplora site, or a node. What all of them do.

A source is asked for bytes that can be checked (headers, transactions, branches of a block's
tree), so most lies are found out by reading: see `headers.py` and `rail.py`. What it keeps
quiet about cannot be.
"""

from decimal import Decimal
from typing import Protocol

import msgspec

from app.rails.base import Watch


class Fault(Exception):
    """This source did not answer, or not what can be true; another may.

    The text is for the operator, and holds nothing of the source's address.
    """


class Behind(Fault):
    """This source is honest and has not seen what is known already."""


class Output(msgspec.Struct, frozen=True):
    """An output to a watched address; one that waits has no height."""

    tx: str
    index: int
    address: str
    amount: int
    height: int | None
    block: str | None = None  # its block's hash, where the source read that very block


class Reading(msgspec.Struct, frozen=True):
    """What a source found, and up to which block it looked."""

    outputs: list[Output]
    reached: int


class Told(msgspec.Struct, frozen=True):
    """A transaction in its own bytes, and the block it is in; none: it waits."""

    raw: bytes
    height: int | None


class Proof(msgspec.Struct, frozen=True):
    """How to climb from a transaction to the root of its block's tree."""

    height: int
    position: int
    branch: list[str]


class Source(Protocol):
    """One place to ask. Everything may raise `Fault`."""

    number: int  # its place in the settings: an address may hold a password
    proves: bool  # False: it shows whole blocks to nobody but us, and needs no proofs

    @property
    def requests(self) -> int:
        """How many questions were sent."""

    async def tip(self) -> tuple[int, bytes]:
        """Return the newest block's height and header."""

    async def headers(self, start: int, count: int) -> list[bytes]:
        """Return up to `count` headers from a height on; fewer where the chain ends."""

    async def read(self, start: int, stop: int, watch: Watch) -> Reading:
        """Return the outputs to watched addresses in blocks above `start`, and waiting ones.

        What lies a few blocks below may be told again. Nothing above `stop` is told.
        """

    async def transaction(self, tx: str) -> Told | None:
        """Return one transaction; None: it knows of none."""

    async def proof(self, tx: str, height: int) -> Proof:
        """Return the proof that a transaction is in the block of this height."""

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return what a byte should pay to be mined in so many blocks, in smallest units."""

    async def close(self) -> None:
        """Let go of what is open."""
