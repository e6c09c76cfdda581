"""Scanning: one look at one chain, from its cursor to its tip, and at what may still change.

The cursor moves only after everything it passed was written, so a scan that dies
half-way is done again and repeats itself harmlessly.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import partial

import msgspec
import structlog

from app.bell import Bell
from app.domain.invoice import OpenInvoice
from app.domain.payment import Payment
from app.rails.base import Fees, Linked, Rail, Transfer
from app.rails.invoicer import Invoicer
from app.services.arrivals import Arrivals
from app.services.chains import Chains
from app.services.destinations import Destinations
from app.services.hints import Hints
from app.storage import invoices, payments, places, work
from app.storage.store import Store, Tx
from app.storage.work import Cursor
from app.world import World

log = structlog.get_logger()
SCANS_MAX = 50  # ranges read in one step while catching up
FEE_SECONDS = 60.0  # a fee rate is good for so long
FEE_BLOCKS = 3  # how soon it is to be mined
KNOWN_MAX = 10_000  # transfers a chain remembered as written


class PlaceWatch:
    """Answers a rail's question of who waits where, from an index."""

    def __init__(self, store: Store, family: str, destinations: Destinations) -> None:
        self._store = store
        self._family = family
        self._destinations = destinations

    async def among(self, addresses: Collection[str]) -> set[str]:
        """Return those addresses that belong to an intent."""
        if not addresses:
            return set()
        return await self._store.read(lambda tx: places.among(tx, self._family, addresses))

    async def few(self, limit: int) -> list[str] | None:
        """Return every watched address when there are at most `limit`."""
        return await self._store.read(lambda tx: places.few(tx, self._family, limit))

    async def invoices(self, chain: str, limit: int) -> list[OpenInvoice]:
        """Return invoices whose turn it is to be asked about."""
        if not await self._store.read(lambda tx: invoices.any_due(tx, chain)):
            return []

        def take(tx: Tx) -> list[OpenInvoice]:
            found: list[OpenInvoice] = []
            for due in invoices.take_due(tx, chain, limit):
                node = self._destinations.node(tx, due.destination)
                assert node is not None, f"{due.destination} wrote an invoice and is no node"
                found.append(
                    OpenInvoice(
                        hash=due.hash,
                        ledger=due.ledger,
                        amount=due.amount,
                        to=due.to,
                        expires_at=due.expires_at,
                        kind=node[0],
                        value=node[1],
                    )
                )
            return found

        return await self._store.write(take)


class Scanning:
    """Reads chains into arrivals."""

    def __init__(
        self,
        store: Store,
        world: World,
        rails: dict[str, Rail],
        arrivals: Arrivals,
        chains: Chains,
        hints: Hints,
        destinations: Destinations,
    ) -> None:
        self._store = store
        self._world = world
        self._rails = rails
        self._arrivals = arrivals
        self._chains = chains
        self._hints = hints
        self._destinations = destinations
        # What was written of each transfer last, by this process: the same again is no news.
        self._known: dict[str, dict[tuple[str, int], Transfer]] = {}

        self._fees: dict[str, tuple[float, Decimal | None]] = {}

    def listen(self, bell: Bell) -> None:
        """Let news wake who scans, where a rail is told of them."""
        for rail in self._rails.values():
            if isinstance(rail, Linked):
                rail.listen(partial(bell.ring, f"chain:{rail.chain.id}"))

    async def close(self) -> None:
        """Let go of the connections rails keep."""
        for rail in self._rails.values():
            if isinstance(rail, Linked):
                await rail.close()

    async def step(self, chain: str) -> None:
        """Read a chain once: what is new, what may still change, what payers told us of."""
        await self.scan(chain)
        await self.check(chain)
        await self._hints.look_again(self._rails[chain].chain)

    async def scan(self, chain: str) -> None:
        """Read new blocks up to the tip and write what they moved."""
        rail = self._rails[chain]
        watch = PlaceWatch(self._store, rail.chain.family, self._destinations)
        at = await self._store.read(lambda tx: work.cursor(tx, chain))
        since = at.cursor if at is not None else None
        for _ in range(SCANS_MAX):
            found = await rail.scan(since, watch)
            await self._record(chain, found.transfers)
            if isinstance(rail, Invoicer):
                await self._close(chain, [*found.ended, *(one.tx for one in found.transfers)])
            moved = Cursor(
                chain=chain,
                cursor=found.cursor,
                tip=found.tip,
                tip_at=found.tip_at,
                scanned_at=self._world.now(),
                fee_rate=await self._fee_rate(rail),
            )
            await self._store.write(lambda tx, moved=moved: work.move_cursor(tx, moved))  # type: ignore[misc]
            self._chains.saw(moved)
            since = found.cursor
            if not found.more:
                return

    async def _fee_rate(self, rail: Rail) -> Decimal | None:
        """Return what room in the next blocks costs, asked for once a while."""
        if not isinstance(rail, Fees):
            return None
        now = self._world.monotonic()
        told = self._fees.get(rail.chain.id)
        if told is None or now >= told[0]:
            told = (now + FEE_SECONDS, await rail.fee_rate(FEE_BLOCKS))
            self._fees[rail.chain.id] = told
        return told[1]

    async def _close(self, chain: str, hashes: Collection[str]) -> None:
        """Ask no more about invoices that were paid and written down, or are over."""
        if hashes:
            await self._store.write(lambda tx: invoices.close(tx, chain, hashes))

    async def check(self, chain: str) -> None:
        """Read again what the chain may still deepen or take back."""
        rail = self._rails[chain]
        after = ""
        while True:
            page = await self._unsettled(chain, after)
            if not page:
                return
            await self._record(chain, await rail.check([_transfer(one) for one in page]))
            after = page[-1].id
            if len(page) < payments.UNSETTLED_MAX:
                return

    async def _record(self, chain: str, transfers: Sequence[Transfer]) -> None:
        """Write what is news: a rail tells again what waits, and what its overlap covers."""
        known = self._known.setdefault(chain, {})
        told = {(one.tx, one.index): _undated(one) for one in transfers}
        news = [one for one in transfers if known.get((one.tx, one.index)) != _undated(one)]
        await self._arrivals.record(news)
        if len(known) > KNOWN_MAX:
            known.clear()
        known |= told

    async def _unsettled(self, chain: str, after: str) -> list[Payment]:
        return await self._store.read(lambda tx: payments.unsettled(tx, chain, after))


def _undated(transfer: Transfer) -> Transfer:
    """Return a transfer without what only its first telling says."""
    return msgspec.structs.replace(transfer, at=None, sender=None)


def _transfer(payment: Payment) -> Transfer:
    """Return a payment as the transfer it was last seen as."""
    return Transfer(
        chain=payment.chain,
        tx=payment.tx,
        index=payment.index,
        ledger=payment.ledger,
        to=payment.to,
        amount=payment.amount,
        confirmations=payment.confirmations,
        final=payment.final,
        removed=payment.removed,
        block=payment.block,
        block_hash=payment.block_hash,
        sender=payment.sender,
    )
