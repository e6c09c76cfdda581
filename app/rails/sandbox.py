"""The sandbox: a chain that is only pretended, for test money alone.

Its book is kept by somebody else (tables, or memory in a test) and read through the
`Book` protocol, so the rail is as ignorant of merchants as any other.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Protocol

import msgspec

from app.domain.ledger import Ledger
from app.domain.sandbox import CHAIN, FINAL_DEPTH, PAGE_MAX, Entry, Tip
from app.errors import Invalid
from app.phrase import phrase
from app.rails.base import Fate, Found, Place, Scan, Transfer, Watch

OVERLAP = 12  # blocks read again on every scan
PASTED = re.compile(r"(?<![0-9a-zA-Z_])sbx_[0-9a-zA-Z]{1,64}(?![0-9a-zA-Z_])")
PAYEE = re.compile(r"sandbox1[0-9a-z]{5,38}")


class Book(Protocol):
    """Where the pretended chain is written down."""

    async def tip(self) -> Tip:
        """Return the newest block, after any block that fell due was mined."""

    async def since(self, height: int) -> list[Entry]:
        """Return entries in blocks from `height` on, and those that wait, oldest first.

        At most `PAGE_MAX`, mined ones first.
        """

    async def named(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return entries by transaction id."""


class SandboxRail:
    """The receiving side of the sandbox chain."""

    chain = CHAIN

    def __init__(self, book: Book) -> None:
        self._book = book

    def check_destination(self, kind: str, value: str) -> str:
        """Take any name of 1 to 100 characters as a book."""
        if kind != "book":
            raise Invalid.field("kind", "must be book in the sandbox")
        if not 0 < len(value) <= 100:
            raise Invalid.field("value", "must be of 1 to 100 characters")
        return value

    def place(self, kind: str, value: str, slot: int) -> Place:
        """Make a place of its own for each slot."""
        digest = hashlib.sha256(f"{kind}:{value}:{slot}".encode()).hexdigest()
        return Place(to=f"sandbox1{digest[:38]}")

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        """Return `sandbox:<to>?ledger=<id>&amount=<atomic units>`: no real wallet reads it."""
        return f"sandbox:{place.to}?ledger={ledger.id}&amount={amount}"

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        """Return transfers to watched places since the cursor, a block height."""
        tip = await self._book.tip()
        start = tip.height + 1 if since is None else int(since) + 1
        entries = await self._book.since(max(start - OVERLAP, 0))
        ours = await watch.among({one.to for one in entries})
        more = len(entries) >= PAGE_MAX
        reached = tip.height
        if more:  # a page ends inside a block: that block is read again from its start
            reached = max(start - 1, max((one.block or 0) for one in entries) - 1)
        return Scan(
            transfers=tuple(
                _transfer(one, tip.height) for one in entries if one.to in ours and not one.failed
            ),
            cursor=str(min(reached, tip.height)),
            tip=tip.height,
            tip_at=tip.at,
            more=more and reached < tip.height and reached > start - 1,
        )

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Look transfers up again: deeper now, or gone with a reorg."""
        tip = await self._book.tip()
        entries = await self._book.named([one.tx for one in transfers])
        return [
            _transfer(entries[one.tx], tip.height)
            if one.tx in entries
            else msgspec.structs.replace(one, removed=True, confirmations=0, final=False)
            for one in transfers
        ]

    def read_id(self, text: str) -> str:
        """Return the transaction's id in a pasted text."""
        if (found := PASTED.search(text)) is None:
            raise Invalid.field("tx", "must be a transaction id of the sandbox: sbx_ and its signs")
        return found[0]

    def check_payee(self, value: str) -> str:
        """Take an address as the sandbox writes them."""
        if not PAYEE.fullmatch(value.strip()):
            message = phrase("must be an address of the sandbox: sandbox1 and its signs")
            raise Invalid.field("address", message)
        return value.strip()

    async def find(self, tx: str) -> Found:
        """Look one transaction up."""
        tip = await self._book.tip()
        entry = (await self._book.named([tx])).get(tx)
        if entry is None:
            return Found(fate=Fate.UNKNOWN)
        if entry.block is not None and entry.failed:
            return Found(fate=Fate.FAILED)
        fate = Fate.WAITING if entry.block is None else Fate.DONE
        moved = () if entry.failed else (_transfer(entry, tip.height),)
        return Found(fate=fate, transfers=moved)


def _transfer(entry: Entry, tip: int) -> Transfer:
    deep = 0 if entry.block is None else max(tip - entry.block + 1, 0)
    return Transfer(
        chain=CHAIN.id,
        tx=entry.tx,
        index=0,
        ledger=entry.ledger,
        to=entry.to,
        amount=entry.amount,
        confirmations=deep,
        final=deep >= FINAL_DEPTH,
        block=entry.block,
        block_hash=entry.block_hash,
        at=entry.at,
        sender="sandbox1payer",
    )
