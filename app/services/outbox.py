"""The outbox as its owner sees it: what was owed, what came of it, and once more, please."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from app.domain.event import Event
from app.domain.webhook import Attempt, Delivery, DeliveryStatus, Endpoint, owe
from app.errors import Conflict, Invalid, NotFound
from app.services import once
from app.services.dialects import Dialect
from app.services.events import DELIVERIES
from app.services.once import Once
from app.services.owing import Owing
from app.storage import deliveries, endpoints, events
from app.storage.store import Store, Tx
from app.world import World

REPLAY_EVENTS_MAX = 10_000
REPLAY_DELIVERIES_MAX = 20_000  # over all endpoints, so that one transaction stays short


class LastAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """How the newest try went, without what the receiver said."""

    number: int
    at: datetime
    status_code: int | None
    error: str | None
    duration_ms: int


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One event owed to one endpoint. `tries` is told of a single delivery, not in lists.

    `topic` is what the endpoint's dialect calls it, `original` the delivery it repeats.
    """

    id: str
    object: Literal["delivery"] = "delivery"
    endpoint: str
    event: str
    type: str
    topic: str
    original: str | None
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_attempt: LastAttempt | None
    created_at: datetime
    delivered_at: datetime | None
    tries: tuple[Attempt, ...] | msgspec.UnsetType = msgspec.UNSET


class Try(msgspec.Struct, frozen=True):
    """One attempt, with the delivery it was for."""

    delivery: Delivery
    attempt: Attempt


class NewReplay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events to owe again: all since a time, to every active endpoint or to one.

    A replay that has more to come says after which sequence number it goes on.
    """

    since: datetime
    endpoint: str | None = None
    after: int = 0


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay owes: `events` were read, `deliveries` made."""

    object: Literal["replay"] = "replay"
    events: int
    deliveries: int
    has_more: bool
    after: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries a list is narrowed to."""

    endpoint: str | None = None
    event: str | None = None
    status: DeliveryStatus | None = None


class Outbox:
    """Everything that is or was owed to an account's endpoints."""

    def __init__(
        self, store: Store, world: World, owing: Owing, dialects: Mapping[str, Dialect]
    ) -> None:
        self._store = store
        self._world = world
        self._owing = owing
        self._dialects = dialects

    async def page(
        self, account: str, filter: Filter, after: str | None, limit: int
    ) -> tuple[list[DeliveryView], bool]:
        """Return a page, newest first, and whether more follow."""

        def read(tx: Tx) -> tuple[list[DeliveryView], bool]:
            found = deliveries.page(
                tx,
                account,
                after,
                limit + 1,
                endpoint=filter.endpoint,
                event=filter.event,
                status=filter.status,
            )
            last = deliveries.last_attempts(tx, found[:limit])
            return [_view(one, last.get(one.id)) for one in found[:limit]], len(found) > limit

        return await self._store.read(read)

    async def get(self, account: str, id: str) -> DeliveryView:
        """Return one delivery with every attempt."""

        def read(tx: Tx) -> DeliveryView:
            found = _found(tx, account, id)
            tries = deliveries.attempts_of(tx, id)
            shown = _view(found, tries[-1] if tries else None)
            return msgspec.structs.replace(shown, tries=tuple(tries))

        return await self._store.read(read)

    async def tries(self, account: str, endpoint: str, limit: int) -> list[Try]:
        """Return the newest tries at an endpoint, each with the delivery it was for."""

        def read(tx: Tx) -> list[Try]:
            found = deliveries.page(tx, account, None, limit, endpoint=endpoint)
            tried = deliveries.attempts_of_many(tx, [one.id for one in found])
            return [Try(one, attempt) for one in found for attempt in tried.get(one.id, [])]

        newest = sorted(
            await self._store.read(read),
            key=lambda one: (one.attempt.at, one.delivery.sequence, one.attempt.number),
            reverse=True,
        )
        return newest[:limit]

    async def tried(self, account: str, id: str, number: int) -> Try:
        """Return one try of a delivery."""

        def read(tx: Tx) -> Try:
            found = _found(tx, account, id)
            made = [one for one in deliveries.attempts_of(tx, id) if one.number == number]
            if not made:
                raise NotFound(f"Delivery {id[:40]!r} was not tried {number} times.")
            return Try(found, made[0])

        return await self._store.read(read)

    async def body(self, account: str, id: str, number: int) -> bytes | None:
        """Return what was posted with one try; None: nothing that is known any more.

        It is rendered anew: the same delivery is always the same bytes.
        """

        def read(tx: Tx) -> tuple[Delivery, Endpoint | None, Event | None]:
            found = _found(tx, account, id)
            endpoint = endpoints.get(tx, account, found.endpoint)
            return found, endpoint, events.get(tx, account, found.event)

        delivery, endpoint, event = await self._store.read(read)
        dialect = self._dialects.get(endpoint.dialect) if endpoint is not None else None
        if dialect is None or event is None:
            return None
        return dialect.render(event, msgspec.structs.replace(delivery, attempts=number - 1))

    async def redeliver(self, account: str, id: str, key: Once | None = None) -> DeliveryView:
        """Owe a delivery's event to its endpoint again, now.

        A delivery that is still pending has its next attempt at once; one that is done
        keeps its history, and another is made with the same `webhook-id`.
        """

        def write(tx: Tx) -> DeliveryView:
            endpoint = endpoints.lock(tx, _found(tx, account, id).endpoint, account)
            if endpoint is None or not endpoint.active:
                raise Conflict("The webhook endpoint is gone or not active: switch it on first.")
            found = deliveries.lock(tx, id)
            assert found is not None
            if found.status is DeliveryStatus.PENDING:
                again = msgspec.structs.replace(found, due_at=tx.now)
                deliveries.save(tx, again)
            else:
                event = events.get(tx, account, found.event)
                assert event is not None, "an event stays while a delivery of it does"
                again = owe(
                    event,
                    endpoint.id,
                    self._world.id("dl"),
                    tx.now,
                    topic=found.topic,
                    part=found.part,
                    original=found.original or found.id,
                )
                deliveries.add(tx, [again])
            tx.ring(DELIVERIES)
            return _view(again, deliveries.last_attempts(tx, [again]).get(again.id))

        shown, _ = await once.write(self._store, key, DeliveryView, write)
        return shown

    async def replay(self, account: str, new: NewReplay, key: Once | None = None) -> Replay:
        """Owe events since a time to every active endpoint that wants them.

        What an endpoint is already owed is not owed twice; what it had is.
        """
        if new.since.tzinfo is None:
            raise Invalid.field("since", "must name a time zone, such as Z")

        def write(tx: Tx) -> Replay:
            to = self._listening(tx, account, new.endpoint)
            limit = min(REPLAY_EVENTS_MAX, REPLAY_DELIVERIES_MAX // max(len(to), 1))
            found = events.since(tx, account, new.since, new.after, limit + 1)
            shown = found[:limit]
            owed = self._owed(tx, shown, to)
            deliveries.add(tx, owed)
            if owed:
                tx.ring(DELIVERIES)
            return Replay(
                events=len(shown),
                deliveries=len(owed),
                has_more=len(found) > limit,
                after=shown[-1].sequence if shown else new.after,
            )

        replay, _ = await once.write(self._store, key, Replay, write)
        return replay

    def _listening(self, tx: Tx, account: str, only: str | None) -> list[Endpoint]:
        found = endpoints.listening(tx, account)
        if only is None:
            return found
        chosen = [one for one in found if one.id == only]
        if not chosen:
            raise Invalid.field("endpoint", "is no active webhook endpoint of this account")
        return chosen

    def _owed(self, tx: Tx, found: list[Event], to: list[Endpoint]) -> list[Delivery]:
        if not found:
            return []
        owed: list[Delivery] = []
        for endpoint in to:
            already = deliveries.pending_among(tx, endpoint.id, found[0].sequence - 1)
            wanted = [event for event in found if event.aggregate != endpoint.id]
            for event in wanted:
                owed += self._owing.of(event, [endpoint], tx.now, already=already)
        return owed


def _found(tx: Tx, account: str, id: str) -> Delivery:
    found = deliveries.get(tx, account, id)
    if found is None:
        raise NotFound(f"There is no delivery {id[:40]!r} here.")
    return found


def _view(delivery: Delivery, last: Attempt | None) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        endpoint=delivery.endpoint,
        event=delivery.event,
        type=delivery.type,
        topic=delivery.topic,
        original=delivery.original,
        status=delivery.status,
        attempts=delivery.attempts,
        next_attempt_at=delivery.due_at,
        last_attempt=None
        if last is None
        else msgspec.convert(last, LastAttempt, from_attributes=True),
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
    )
