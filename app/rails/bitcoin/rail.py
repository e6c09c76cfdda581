"""The rail of Bitcoin and the coins made like it: one object for each chain.

What a source says is read, not believed. Transactions are what their ids say, blocks hang
together and were worked for (`headers.py`), and a payment in a block comes with the proof that
it is in it. Sums are by output: a transaction that pays an address twice is two transfers.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog

from app.domain.ledger import Chain, Ledger
from app.errors import ChainUnavailable, Invalid
from app.rails.base import Fate, Found, Place, Scan, Transfer, Watch
from app.rails.bitcoin import destination
from app.rails.bitcoin.address import check_address
from app.rails.bitcoin.books import Books, gone
from app.rails.bitcoin.cursor import REWIND_BLOCKS, Cursor
from app.rails.bitcoin.headers import Headers
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Behind, Fault, Output, Source
from app.rails.bitcoin.sources import Sources
from app.rails.bitcoin.uri import payment_uri
from app.rails.bitcoin.wire import Header
from app.world import World

if TYPE_CHECKING:
    from app.rails.registry import Equipment
    from app.settings import Settings

STALE_BLOCKS = 3  # a tip so many blocks' time old makes us look at the other sources
COMPARE_SECONDS = 60.0
Wake = Callable[[], None]
TX = re.compile(r"[0-9a-f]{64}")
PASTED = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{64}(?![0-9a-zA-Z])")
FORMAT = "a transaction id: 64 hexadecimal digits"
log = structlog.get_logger(__name__)


class BitcoinRail:
    """One chain, seen from the receiving side."""

    def __init__(
        self,
        chain: Chain,
        ledger: Ledger,
        network: Network,
        sources: Sources,
        world: World,
    ) -> None:
        self.chain = chain
        self._network = network
        self._sources = sources
        self._world = world
        self._bells: list[Wake] = []
        self._headers = Headers(chain.id, network)
        self._books = Books(chain, ledger, network, self._headers)
        self._scanned: str | None = None  # the tip of the last whole scan
        self._waiting: frozenset[str] = frozenset()  # transactions that waited then
        self._compared_at: float | None = None

    @classmethod
    def equip(cls, settings: "Settings", world: World) -> "list[Equipment]":
        """Return every configured chain, ready to use; raise `SettingsError` on faults."""
        from app.rails.bitcoin.equip import equip

        return equip(settings, world)

    def check_destination(self, kind: str, value: str) -> str:
        """Return a key, a descriptor or an address in canonical form, or say what is wrong."""
        return destination.check_destination(self._network, kind, value)

    def place(self, kind: str, value: str, slot: int) -> Place:
        """Return the slot's address, or the one shared address."""
        if kind == "address":
            return Place(to=value, shared=True)
        return Place(to=destination.address_at(self._network, kind, value, slot))

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        """Return the BIP-21 link that asks for `amount`."""
        assert ledger.chain == self.chain.id, f"{ledger.id} is not on {self.chain.id}"
        return payment_uri(self._network.scheme, place.to, amount)

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        """Return transfers to watched addresses after `since`, and where to resume."""
        cursor = Cursor.read(since) if since is not None else None
        await self._compare(cursor)
        try:
            return await self._sources.first(lambda source: self._scan(source, cursor, watch))
        except Behind as behind:
            if cursor is None or self._headers.tip is None:
                raise ChainUnavailable(f"{self.chain.id} cannot be read: {behind}.") from None
            # Nothing is to be learned from sources that have seen less than we have.
            return self._home([], cursor, self._headers.tip)

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Read unsettled transfers again; one the chain cannot answer for is left out."""
        assert all(one.chain == self.chain.id for one in transfers)
        try:
            return await self._sources.first(lambda source: self._check(source, transfers))
        except Behind:
            return []

    def read_id(self, text: str) -> str:
        """Return the transaction's id in a pasted text, in small letters."""
        if (found := PASTED.search(text)) is None:
            raise Invalid.field("tx", f"must be {FORMAT}, or an explorer's page of it")
        return found[0].lower()

    async def find(self, tx: str) -> Found:
        """Return what came of one transaction, with every output that has an address."""
        tx = tx.strip().lower()
        if not TX.fullmatch(tx):
            raise Invalid.field("tx", f"must be {FORMAT}")
        told = await self._sources.anywhere(tx)
        if told is None:
            return Found(fate=Fate.UNKNOWN)
        outputs = self._books.outputs(tx, told)
        if told.height is None:
            return Found(
                fate=Fate.WAITING, transfers=tuple(self._books.transfer(o) for o in outputs)
            )
        try:
            dated = await self._sources.first(lambda source: self._found(source, outputs))
        except Behind:
            raise ChainUnavailable(f"{self.chain.id} cannot be read: it is behind.") from None
        return Found(fate=Fate.DONE, transfers=tuple(dated))

    def check_payee(self, value: str) -> str:
        """Return an address in canonical form, or say what is wrong with it."""
        return check_address(self._network, value, "address")

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return about what a byte pays to be mined in so many blocks; None: not known."""
        return await self._sources.fee_rate(blocks)

    @property
    def requests(self) -> int:
        """How many questions all sources were asked so far."""
        return sum(one.requests for one in self._sources.all)

    def listen(self, told: Wake) -> None:
        """Begin to hear of news where sources ring by themselves; each calls `told`."""
        self._bells.append(told)
        self._sources.listen()

    def wake(self) -> None:
        """Tell everybody who listens that a scan may be worth while."""
        for told in self._bells:
            told()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._sources.close()

    async def _scan(self, source: Source, cursor: Cursor | None, watch: Watch) -> Scan:
        tip = await self._headers.follow(source, cursor)
        if cursor is None:
            return self._home([], Cursor.start(tip), tip)
        start, cursor = await self._resume(source, cursor)
        # The tip was read before the watched are asked for: whoever comes to be watched
        # after this is paid in a later block.
        reading = await source.read(start, tip.height, watch)
        transfers = await self._books.dated(source, reading.outputs)
        last = await self._headers.at(source, reading.reached)
        more = last.height < tip.height
        if not more:
            self._scanned = tip.hash
            waiting = (one.tx for one in reading.outputs if one.height is None)
            self._waiting = frozenset(waiting)
        return self._home(transfers, cursor.advance(last), tip, more=more)

    async def _resume(self, source: Source, cursor: Cursor) -> tuple[int, Cursor]:
        """Return the last height that was read and still stands."""
        tip = self._headers.tip
        assert tip is not None
        for mark in cursor.marks:
            if mark.height > tip.height:
                continue
            if (await self._headers.at(source, mark.height)).hash == mark.hash:
                return mark.height, cursor.back_to(mark.height)
        height = max(0, min(tip.height, cursor.marks[-1].height) - REWIND_BLOCKS)
        log.warning("reorg", chain=self.chain.id, seen=cursor.height, back_to=height)
        return height, cursor.back_to(height)

    async def _check(self, source: Source, transfers: Sequence[Transfer]) -> list[Transfer]:
        tip = await self._headers.follow(source, None)
        checked: list[Transfer] = []
        for transfer in transfers:
            if transfer.block is None:
                if await self._is_gone(transfer, tip):
                    checked.append(gone(transfer))
                continue
            if transfer.block > tip.height:
                continue
            stands = await self._headers.at(source, transfer.block)
            if stands.hash == transfer.block_hash:
                checked.append(self._books.deeper(transfer, stands))
            else:  # the next scan tells where it is now, if anywhere
                checked.append(gone(transfer))
        return checked

    async def _is_gone(self, transfer: Transfer, tip: Header) -> bool:
        """Tell whether no source knows a waiting transaction any more.

        While a block is new it may just have gone in, where a node without an index does not
        find it: then nothing is said until that block was read.
        """
        if self._scanned != tip.hash or transfer.tx in self._waiting:
            return False
        try:
            return await self._sources.anywhere(transfer.tx) is None
        except ChainUnavailable:
            return False

    async def _found(self, source: Source, outputs: list[Output]) -> list[Transfer]:
        await self._headers.follow(source, None)
        return await self._books.dated(source, outputs)

    async def _compare(self, cursor: Cursor | None) -> None:
        """Look whether another source is ahead, when the one we follow has shown no block long."""
        tip, now = self._headers.tip, self._world.monotonic()
        others = self._sources.others()
        if tip is None or not others:
            return
        age_seconds = (self._world.now() - tip.at).total_seconds()
        if age_seconds < STALE_BLOCKS * float(self.chain.block_seconds):
            return
        if self._compared_at is not None and now - self._compared_at < COMPARE_SECONDS:
            return
        self._compared_at = now
        for source in others:
            try:
                await self._sources.verify(source)
                ahead = await self._headers.follow(source, cursor)
            except Fault:
                continue
            if ahead.hash != tip.hash:
                self._sources.prefer(source)
                return

    def _home(
        self, transfers: list[Transfer], cursor: Cursor, tip: Header, *, more: bool = False
    ) -> Scan:
        tip_at: datetime = tip.at
        return Scan(
            transfers=tuple(transfers),
            cursor=cursor.write(),
            tip=tip.height,
            tip_at=tip_at,
            more=more,
        )
