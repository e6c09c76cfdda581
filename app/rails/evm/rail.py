"""The EVM rail: one object per chain.

Scanning follows one rule: the cursor moves only over blocks that were really read, and it
names them by hash. A reorg is noticed because the hash no longer stands; the scan then
goes back to where the histories part and reads the new one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from app.domain.ledger import Chain, Ledger
from app.errors import ChainUnavailable, Invalid
from app.rails.base import Found, Place, Scan, Transfer, Watch
from app.rails.evm import address, balances, wire
from app.rails.evm.blocks import Blocks
from app.rails.evm.cursor import REWIND_BLOCKS, Cursor
from app.rails.evm.logs import Logs
from app.rails.evm.mempool import Mempool
from app.rails.evm.movement import Books, Depths, Movement
from app.rails.evm.review import Review, read_id
from app.rails.evm.uri import payment_uri
from app.rails.evm.watched import Watched
from app.rails.evm.wire import Header
from app.rails.rpc import Rpc, RpcError

if TYPE_CHECKING:
    from app.rails.registry import Equipment
    from app.settings import Settings
    from app.world import World

SPAN_BLOCKS = 500  # in one scan, when only logs are read
NATIVE_SPAN_BLOCKS = 96  # in one scan, when every block is read whole
# Logs are read again for a while: a node may index them later than it shows the block, and
# one of several nodes behind one URL may be behind the others.
OVERLAP_SECONDS = 30
OVERLAP_BLOCKS = (6, 120)  # at least, at most
log = structlog.get_logger(__name__)


class EvmRail:
    """One EVM chain, seen from the receiving side.

    Places and transfers carry EIP-55 checksummed addresses. A log's transfer has the log's
    index in its block; a transaction's own value has -1. With `pending`, transfers that are
    in no block yet are reported too, as far as the nodes tell of them (see `mempool`).
    """

    def __init__(
        self, chain: Chain, ledgers: tuple[Ledger, ...], rpc: Rpc, *, pending: bool = False
    ) -> None:
        self.chain = chain
        self._chain_number = int(chain.id.removeprefix("eip155:"))
        self._rpc = rpc
        self._pending = pending
        blocks = int(OVERLAP_SECONDS / chain.block_seconds)
        self._overlap = min(max(blocks, OVERLAP_BLOCKS[0]), OVERLAP_BLOCKS[1])
        self._books = Books(chain, ledgers)
        self._blocks = Blocks(rpc)
        self._logs = Logs(rpc, sorted(self._books.contracts))
        self._mempool = Mempool(rpc, self._books)
        foretell = self._mempool.foretell if pending else None
        self._review = Review(rpc, self._books, self._blocks, foretell)

    @classmethod
    def equip(cls, settings: "Settings", world: "World") -> "list[Equipment]":
        """Return every configured EVM chain, ready to use; raise `SettingsError` on faults."""
        from app.rails.evm.equip import equip

        return equip(settings, world)

    def check_destination(self, kind: str, value: str) -> str:
        """Return an xpub or an address in canonical form, or say what is wrong with it."""
        if kind == "xpub":
            return address.check_xpub(value)
        if kind == "address":
            return address.check_address(value)
        raise Invalid.field("kind", "must be xpub or address on an EVM chain")

    def place(self, kind: str, value: str, slot: int) -> Place:
        """Return the xpub's child for this slot, or the one shared address."""
        if kind == "xpub":
            return Place(to=address.child(value, slot))
        assert kind == "address", kind
        return Place(to=address.checksum(value), shared=True)

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        """Return the EIP-681 link that asks for `amount`."""
        assert ledger.chain == self.chain.id, f"{ledger.id} is not on {self.chain.id}"
        return payment_uri(self._chain_number, ledger.contract, place.to, amount)

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        """Return transfers to watched addresses after `since`, and where to resume."""
        cursor = Cursor.read(since) if since is not None else None
        tip, depths, anchor = await self._look(cursor)
        if cursor is None:
            return self._home([], Cursor.start(tip), depths)
        resumed = await self._resume(cursor, tip, anchor)
        if resumed is None:  # this node is behind us: there is nothing to learn from it
            return self._home([], cursor, depths)
        start, cursor = resumed
        # The tip was read before the watched are asked for: whoever comes to be watched
        # after this is paid in a later block.
        watched = await Watched.look(watch)
        if watched.nobody:
            return self._home([], cursor.advance(tip), depths)
        transfers, last = await self._between(start, tip, depths, watched)
        more = last.height < tip.height
        if self._pending and not more:
            transfers += self._books.waiting(await self._mempool.read(watched, tip.height))
        return self._home(transfers, cursor.advance(last), depths, more=more)

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Read unsettled transfers again; one the chain cannot answer for is left out.

        A transfer that is in another block now is returned as it is there, which may be
        under another index.
        """
        return await self._review.check(transfers, (await self._look(None))[1])

    def read_id(self, text: str) -> str:
        """Return the hash in a pasted text or explorer's address."""
        return read_id(text)

    def check_payee(self, value: str) -> str:
        """Return an address in canonical form, or say what is wrong with it."""
        return address.check_address(value, "address")

    async def find(self, tx: str) -> Found:
        """Return what came of one transaction, with every transfer in it."""
        return await self._review.find(tx, (await self._look(None))[1])

    async def balances(self, address: str, ledgers: Sequence[Ledger]) -> dict[str, int | None]:
        """Return what an address holds of this chain's ledgers."""
        return await balances.read(self._rpc, address, ledgers)

    async def _look(self, cursor: Cursor | None) -> tuple[Header, Depths, Header | None]:
        """Read the tip, how far the chain is final, and what stands at the cursor."""
        calls = [wire.header("latest"), wire.header("finalized")]
        if cursor is not None:
            calls.append(wire.header(cursor.height))
        tip, final, *rest = await self._rpc.batch(calls)
        if tip is None or isinstance(tip, RpcError) or tip.hash is None or tip.number is None:
            raise ChainUnavailable(f"{self.chain.id} cannot be read: its node shows no block.")
        # A node without the tag calls nothing final.
        known = isinstance(final, Header) and final.number is not None
        height = final.height if known and isinstance(final, Header) else -1
        anchor = rest[0] if rest else None
        if isinstance(anchor, RpcError):
            raise ChainUnavailable(f"{self.chain.id} cannot be read: its node hides old blocks.")
        return tip, Depths(tip=tip.height, tip_at=tip.at, final=height), anchor

    async def _resume(
        self, cursor: Cursor, tip: Header, anchor: Header | None
    ) -> tuple[int, Cursor] | None:
        """Return the last height that still stands; None when the node is behind."""
        if anchor is not None and anchor.hash == cursor.marks[0].hash:
            return cursor.height, cursor
        # A lower block with a later time is on another branch: the chain did get shorter.
        shorter = tip.height < cursor.height and int(tip.timestamp, 16) > cursor.at
        if anchor is None and not shorter:
            return None
        older = [mark for mark in cursor.marks if mark.height <= tip.height]
        headers = await self._blocks.headers([mark.height for mark in older])
        standing = next((mark for mark in older if headers[mark.height].hash == mark.hash), None)
        if standing is not None:
            height = standing.height
        else:
            height = max(-1, min(tip.height, cursor.marks[-1].height) - REWIND_BLOCKS)
        log.warning("reorg", chain=self.chain.id, seen=cursor.height, back_to=height)
        return height, cursor.back_to(height)

    async def _between(
        self, start: int, tip: Header, depths: Depths, watched: Watched
    ) -> tuple[list[Transfer], Header]:
        """Read the blocks after `start`; return what they moved and the last one read."""
        native = self._books.native is not None
        stop = min(tip.height, start + (NATIVE_SPAN_BLOCKS if native else SPAN_BLOCKS))
        # The last header is read first. When the chain changes meanwhile, the cursor then
        # names a block that no longer stands, and the next scan sees it.
        last = tip if stop == tip.height else await self._blocks.header(stop)
        found, reached = await self._logs.read(max(0, start + 1 - self._overlap), stop, watched)
        if reached < stop:
            last = await self._blocks.header(reached)
        headers = {last.height: last}
        if native and reached > start:
            own, whole = await self._blocks.values(start + 1, reached, watched)
            found += own
            if whole[last.height].hash != last.hash:
                raise self._blocks.moved(last.height)
            headers |= whole
        missing = {one.block for one in found if one.block is not None} - headers.keys()
        headers |= await self._blocks.headers(missing)
        return self._dated(found, headers, depths), last

    def _dated(
        self, found: list[Movement], headers: dict[int, Header], depths: Depths
    ) -> list[Transfer]:
        """Turn movements into transfers, in the order of the chain."""
        transfers: list[Transfer] = []
        for movement in sorted(found, key=lambda one: (one.block or 0, one.index, one.tx)):
            assert movement.block is not None
            header = headers[movement.block]
            if header.hash != movement.block_hash:
                raise self._blocks.moved(movement.block)
            if transfer := self._books.transfer(movement, depths, header.at):
                transfers.append(transfer)
        return transfers

    def _home(
        self, transfers: list[Transfer], cursor: Cursor, depths: Depths, *, more: bool = False
    ) -> Scan:
        tip_at: datetime = depths.tip_at
        return Scan(
            transfers=tuple(transfers),
            cursor=cursor.write(),
            tip=depths.tip,
            tip_at=tip_at,
            more=more,
        )
