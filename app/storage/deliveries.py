"""Deliveries: one event owed to one endpoint, and every attempt that was made."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from app.domain.webhook import Attempt, Delivery, DeliveryStatus
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import attempts, deliveries

# Spelled out and not bound: only then do both databases see that the partial indexes apply.
PENDING = deliveries.c.status == literal_column(f"'{DeliveryStatus.PENDING}'")


def add(tx: Tx, owed: Iterable[Delivery]) -> None:
    """Owe deliveries. They are due at once."""
    values = [msgspec.structs.asdict(one) for one in owed]
    if values:
        tx.execute(insert(deliveries), values)


def get(tx: Tx, account: str, id: str) -> Delivery | None:
    query = rows.columns(deliveries, Delivery).where(
        deliveries.c.id == id, deliveries.c.account == account
    )
    return rows.struct(tx.execute(query).mappings().first(), Delivery)


def lock(tx: Tx, id: str) -> Delivery | None:
    query = rows.columns(deliveries, Delivery).where(deliveries.c.id == id)
    row = tx.execute(query.with_for_update(key_share=True)).mappings().first()
    return rows.struct(row, Delivery)


def page(
    tx: Tx,
    account: str,
    after: str | None,
    limit: int,
    *,
    endpoint: str | None = None,
    event: str | None = None,
    status: DeliveryStatus | None = None,
) -> list[Delivery]:
    where: list[ColumnElement[bool]] = [deliveries.c.account == account]
    if endpoint is not None:
        where.append(deliveries.c.endpoint == endpoint)
    if event is not None:
        where.append(deliveries.c.event == event)
    if status is not None:
        where.append(deliveries.c.status == status)
    query = rows.newest_first(tx, deliveries, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Delivery)


# An endpoint's order: as things happened, and the notices of one event in theirs.
ORDER = (deliveries.c.sequence, deliveries.c.part, deliveries.c.created_at)


def next_of(tx: Tx, endpoint: str, *, strict: bool = False) -> Delivery | None:
    """Return what an endpoint should hear next: the earliest due delivery in its order.

    A delivery that failed steps aside until its time, and with it whatever its
    aggregate has to say after it; other aggregates go on. Where the order is strict,
    nothing goes on before it.
    """
    if strict:
        first = _first(tx, endpoint)
        due = first is not None and first.due_at is not None and first.due_at <= tx.now
        return first if due else None
    query = (
        rows.columns(deliveries, Delivery)
        .where(
            deliveries.c.endpoint == endpoint,
            PENDING,
            deliveries.c.due_at <= tx.now,
            ~_before(deliveries).exists(),
        )
        .order_by(*ORDER)
        .limit(1)
    )
    return rows.struct(tx.execute(query).mappings().first(), Delivery)


def _first(tx: Tx, endpoint: str) -> Delivery | None:
    """Return the head of an endpoint's line, due or not."""
    query = rows.columns(deliveries, Delivery).where(deliveries.c.endpoint == endpoint, PENDING)
    return rows.struct(tx.execute(query.order_by(*ORDER).limit(1)).mappings().first(), Delivery)


def defer(tx: Tx, endpoint: str, *, strict: bool = False) -> None:
    """Let what is due and held back wait as long as what holds it back.

    Called when `next_of` has nothing: what is due now stands behind something that is not.
    """
    if strict:
        if (first := _first(tx, endpoint)) is not None:
            waiting = (deliveries.c.endpoint == endpoint, PENDING, deliveries.c.due_at <= tx.now)
            tx.execute(update(deliveries).where(*waiting).values(due_at=first.due_at))
        return
    blocked_until = _before(deliveries).with_only_columns(func.max(_earlier.c.due_at))
    tx.execute(
        update(deliveries)
        .where(
            deliveries.c.endpoint == endpoint,
            PENDING,
            deliveries.c.due_at <= tx.now,
            _before(deliveries).exists(),
        )
        .values(due_at=blocked_until.scalar_subquery())
    )


def bring_forward(tx: Tx, done: Delivery, *, strict: bool = False) -> None:
    """Wake what waited behind a delivery that is done with: of its aggregate, or all of it."""
    where: list[ColumnElement[bool]] = [
        deliveries.c.endpoint == done.endpoint,
        PENDING,
        deliveries.c.attempts == 0,
        deliveries.c.due_at > tx.now,
    ]
    if not strict:
        where.append(deliveries.c.aggregate == done.aggregate)
    tx.execute(update(deliveries).where(*where).values(due_at=tx.now))


_earlier = deliveries.alias("earlier")


def _before(later: Table) -> Select[tuple[str]]:
    """Select what must be heard before a delivery: its aggregate's earlier ones."""
    return (
        select(_earlier.c.id)
        .where(
            _earlier.c.endpoint == later.c.endpoint,
            _earlier.c.status == literal_column(f"'{DeliveryStatus.PENDING}'"),
            _earlier.c.aggregate == later.c.aggregate,
            _earlier.c.sequence <= later.c.sequence,
            or_(
                _earlier.c.sequence < later.c.sequence,
                _earlier.c.part < later.c.part,
            ),
        )
        .correlate(later)
    )


def pending_among(tx: Tx, endpoint: str, after: int) -> set[tuple[str, int]]:
    """Return what an endpoint is owed already, from beyond a sequence number on.

    Each is the event and which of its notices.
    """
    query = select(deliveries.c.event, deliveries.c.part).where(
        deliveries.c.endpoint == endpoint, PENDING, deliveries.c.sequence > after
    )
    return {(event, part) for event, part in tx.execute(query)}


def drop(tx: Tx, id: str) -> None:
    """Forget a delivery that turned out not to be owed. It must have no attempts."""
    tx.execute(delete(deliveries).where(deliveries.c.id == id))


def save(tx: Tx, delivery: Delivery) -> None:
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            status=delivery.status,
            attempts=delivery.attempts,
            due_at=delivery.due_at,
            delivered_at=delivery.delivered_at,
        )
    )


def add_attempt(tx: Tx, delivery: str, attempt: Attempt) -> None:
    tx.execute(insert(attempts), msgspec.structs.asdict(attempt) | {"delivery": delivery})


def attempts_of(tx: Tx, delivery: str) -> list[Attempt]:
    query = rows.columns(attempts, Attempt).where(attempts.c.delivery == delivery)
    return rows.structs(tx.execute(query.order_by(attempts.c.number)).mappings(), Attempt)


def attempts_of_many(tx: Tx, ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """Return every attempt of each delivery that has one, in order."""
    query = rows.columns(attempts, Attempt).add_columns(attempts.c.delivery)
    query = query.where(attempts.c.delivery.in_(ids)).order_by(attempts.c.number)
    found: dict[str, list[Attempt]] = {}
    for row in tx.execute(query).mappings():
        found.setdefault(row["delivery"], []).append(msgspec.convert(row, Attempt))
    return found


def last_attempts(tx: Tx, shown: Sequence[Delivery]) -> dict[str, Attempt]:
    """Return the newest attempt of each delivery that has one."""
    numbers = [(one.id, one.attempts) for one in shown if one.attempts]
    if not numbers:
        return {}
    query = rows.columns(attempts, Attempt).add_columns(attempts.c.delivery)
    wanted = tuple_(attempts.c.delivery, attempts.c.number).in_(numbers)
    found = tx.execute(query.where(wanted)).mappings()
    return {row["delivery"]: msgspec.convert(row, Attempt) for row in found}


def hold(tx: Tx, endpoint: str) -> None:
    """End what is owed to an endpoint that was disabled; redelivery can take it up again."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.endpoint == endpoint, PENDING)
        .values(status=DeliveryStatus.FAILED, due_at=None)
    )


def earliest_due(tx: Tx) -> datetime | None:
    """Return when the next delivery falls due, to know how long to sleep."""
    query = select(func.min(deliveries.c.due_at)).where(PENDING)
    return tx.execute(query).scalar()


def pending(tx: Tx) -> int:
    query = select(func.count()).where(PENDING)
    return int(tx.execute(query).scalar_one())


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete old deliveries that are done, with their attempts."""
    old = list(
        tx.execute(
            select(deliveries.c.id)
            .where(deliveries.c.created_at < before, deliveries.c.status != DeliveryStatus.PENDING)
            .limit(limit)
        ).scalars()
    )
    if old:
        tx.execute(delete(attempts).where(attempts.c.delivery.in_(old)))
        tx.execute(delete(deliveries).where(deliveries.c.id.in_(old)))
    return len(old)
