"""Chains: how far each was read, and which lag too much to be offered."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from app.domain.ledger import Catalogue, Chain
from app.domain.outage import Outage
from app.domain.sandbox import CHAIN
from app.services.views import IntentView
from app.storage import work
from app.storage.store import Store
from app.storage.work import Cursor
from app.world import World

SILENT_SECONDS_MAX = 90  # a chain nobody scanned for this long is not known


class ChainStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one chain. `lag_seconds` None: it was never read."""

    chain: str
    name: str
    tip: int | None
    tip_at: datetime | None
    scanned_at: datetime | None
    lag_seconds: int | None
    lagging: bool


class Chains:
    """A view of every chain's cursor, kept in memory and renewed by a worker."""

    def __init__(self, store: Store, world: World, catalogue: Catalogue) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._cursors: dict[str, Cursor] = {}

    async def refresh(self) -> None:
        """Read every cursor again."""
        self._cursors = await self._store.read(work.all_cursors)

    def saw(self, cursor: Cursor) -> None:
        """Take a cursor over from the scan that just moved it."""
        self._cursors[cursor.chain] = cursor

    def lagging(self) -> set[str]:
        """Return the chains that are too far behind to promise anything on."""
        return {one.chain for one in self.status() if one.lagging}

    def unseen(self, intent: IntentView) -> frozenset[str]:
        """Return those chains an intent can be paid on that cannot be seen now.

        Where what was chosen has no prompt, the payee's node has not written its invoice. A
        test intent may pretend that the sandbox is one of them.
        """
        wanted = {one.chain for one in intent.quotes}
        known = (self._catalogue.chains[id] for id in wanted if id in self._catalogue.chains)
        dark = {one.id for one in known if self._status(one).lagging}
        chosen = [one for one in intent.quotes if one.ledger == intent.ledger]
        dark |= {one.chain for one in chosen if one.prompt is None}
        if intent.outage is Outage.CHAIN:
            dark.add(CHAIN.id)
        return frozenset(dark)

    def fee_rates(self) -> dict[str, str]:
        """Return about what senders pay for room in a block, by chain, as wallets write it."""
        return {
            id: f"{cursor.fee_rate.quantize(Decimal('0.1')).normalize():f} {chain.fee_unit}"
            for id, cursor in self._cursors.items()
            if cursor.fee_rate is not None
            and (chain := self._catalogue.chains.get(id)) is not None
            and chain.fee_unit is not None
        }

    def status(self) -> list[ChainStatus]:
        """Return how far behind each chain is."""
        return [self._status(chain) for chain in self._catalogue.chains.values()]

    def _status(self, chain: Chain) -> ChainStatus:
        cursor = self._cursors.get(chain.id)
        limit = chain.lag_seconds_max
        if cursor is None:
            return ChainStatus(
                chain=chain.id,
                name=chain.name,
                tip=None,
                tip_at=None,
                scanned_at=None,
                lag_seconds=None,
                lagging=limit is not None,
            )
        now = self._world.now()
        behind = max(now - cursor.tip_at, timedelta(0)).total_seconds()
        silent = now - cursor.scanned_at > timedelta(seconds=SILENT_SECONDS_MAX)
        return ChainStatus(
            chain=chain.id,
            name=chain.name,
            tip=cursor.tip,
            tip_at=cursor.tip_at,
            scanned_at=cursor.scanned_at,
            lag_seconds=int(behind),
            lagging=limit is not None and (silent or behind > limit),
        )
