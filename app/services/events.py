"""Events: append one, owe its deliveries, ring. Always inside somebody's transaction."""

from collections.abc import Sequence

import msgspec

from app.domain.event import Event, EventType
from app.domain.webhook import Delivery, DeliveryStatus, Endpoint
from app.errors import NotFound
from app.metrics import Metrics
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

    def __init__(self, store: Store, world: World, metrics: Metrics | None = None) -> None:
        self._store = store
        self._world = world
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
        wanting = [one for one in endpoints.listening(tx, account) if one.wants(type)]
        self.owe(tx, event, wanting)
        tx.ring(aggregate)
        tx.ring(account_bell(account))
        self._metrics.happened(type, livemode)
        return event

    def owe(self, tx: Tx, event: Event, to: Sequence[Endpoint]) -> list[Delivery]:
        """Owe an event to endpoints; due at once."""
        owed = [
            Delivery(
                id=self._world.id("dl"),
                account=event.account,
                endpoint=one.id,
                event=event.id,
                aggregate=event.aggregate,
                sequence=event.sequence,
                type=event.type,
                status=DeliveryStatus.PENDING,
                attempts=0,
                due_at=tx.now,
                created_at=tx.now,
                delivered_at=None,
            )
            for one in to
        ]
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
