"""Events: append one, owe its deliveries, ring. Always inside somebody's transaction."""

from collections.abc import Sequence

import msgspec

from app.domain.event import Event, EventType
from app.domain.webhook import Delivery, Endpoint
from app.errors import NotFound
from app.metrics import Metrics
from app.services.owing import Owing
from app.storage import deliveries, endpoints, events
from app.storage.store import Store, Tx
from app.world import World

PAGE_MAX = 100
DELIVERIES = "deliveries"  # the bell the delivery worker sleeps by

_encode = msgspec.json.Encoder().encode


def account_bell(account: str) -> str:
    """Return the bell that rings for anything of an account."""
    return f"account:{account}"


class Events:
    """The history of every aggregate, and the reading of it."""

    def __init__(
        self, store: Store, world: World, owing: Owing, metrics: Metrics | None = None
    ) -> None:
        self._store = store
        self._world = world
        self._owing = owing
        self._metrics = metrics or Metrics()

    def append(
        self,
        tx: Tx,
        *,
        account: str,
        aggregate: str,
        version: int,
        type: EventType,
        livemode: bool,
        data: dict[str, object],
    ) -> Event:
        """Write one event in this transaction, owe it to whoever wants it, and ring."""
        event = events.append(
            tx,
            id=self._world.id("evt"),
            account=account,
            aggregate=aggregate,
            version=version,
            type=type,
            livemode=livemode,
            data=_encode(data),
        )
        self.owe(tx, event, endpoints.listening(tx, account, aggregate))
        tx.ring(aggregate)
        tx.ring(account_bell(account))
        self._metrics.happened(type, livemode)
        return event

    def owe(
        self, tx: Tx, event: Event, to: Sequence[Endpoint], *, asked: bool = False
    ) -> list[Delivery]:
        """Owe an event to endpoints that want it, or that `asked` for it; due at once."""
        owed = self._owing.of(event, to, tx.now, asked=asked)
        if owed:
            deliveries.add(tx, owed)
            tx.ring(DELIVERIES)
        return owed

    async def get(self, account: str, id: str) -> Event:
        """Return one event."""
        found = await self._store.read(lambda tx: events.get(tx, account, id))
        if found is None:
            raise NotFound(f"There is no event {id!r} here.")
        return found

    async def newest(
        self, account: str, after: str | None, limit: int, type: str | None
    ) -> list[Event]:
        """Return a page, newest first. `after` is the last id of the page before."""

        def read(tx: Tx) -> list[Event]:
            before = None
            if after is not None:
                last = events.get(tx, account, after)
                if last is None:
                    raise NotFound(f"There is no event {after!r} here.")
                before = last.sequence
            return events.newest(tx, account, before, limit, type)

        return await self._store.read(read)

    async def after(self, account: str, sequence: int, limit: int = PAGE_MAX) -> list[Event]:
        """Return an account's events after a sequence number, oldest first."""
        return await self._store.read(lambda tx: events.of_account(tx, account, sequence, limit))
