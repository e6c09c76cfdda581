"""What is asked of a payee's node, whatever it is: write an invoice, say what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from app.domain.invoice import Ask


class Fate(StrEnum):
    """What a node says of an invoice."""

    OPEN = "open"  # nobody paid it yet
    PAID = "paid"
    OVER = "over"  # nobody paid it, and nobody can any more
    UNKNOWN = "unknown"  # the node knows no such invoice


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an invoice. `amount` is what came, in millisatoshi; None: it does not say."""

    fate: Fate
    amount: int | None = None
    at: datetime | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as a node hands it over, unjudged. `hash` None: the text alone tells."""

    text: str
    hash: str | None = None


class Node(Protocol):
    """One payee's node. Every method raises `NodeFault` when the node does not do it."""

    async def try_out(self) -> str | None:
        """Return the network it is on (mainnet, regtest…); None: it does not say."""

    async def write(self, ask: Ask) -> Written:
        """Write an invoice."""

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
