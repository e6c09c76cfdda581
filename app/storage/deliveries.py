"""Deliveries: one event owed to one endpoint, and every attempt that was made."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from app.domain.webhook import Attempt, Delivery, DeliveryStatus
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import attempts, deliveries


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
    query = rows.columns(deliveries, Delivery).where(deliveries.c.id == id).with_for_update()
    return rows.struct(tx.execute(query).mappings().first(), Delivery)


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


def next_of(tx: Tx, endpoint: str) -> Delivery | None:
    """Return what an endpoint should hear next: the earliest due delivery in its order.

    A delivery that failed steps aside until its time, and with it whatever its
    aggregate has to say after it; other aggregates go on.
    """
    earlier = deliveries.alias()
    held_back = (
        select(earlier.c.id)
        .where(
            earlier.c.endpoint == endpoint,
            earlier.c.status == DeliveryStatus.PENDING,
            earlier.c.aggregate == deliveries.c.aggregate,
            earlier.c.sequence < deliveries.c.sequence,
        )
        .exists()
    )
    query = (
        rows.columns(deliveries, Delivery)
        .where(
            deliveries.c.endpoint == endpoint,
            deliveries.c.status == DeliveryStatus.PENDING,
            deliveries.c.due_at <= tx.now,
            ~held_back,
        )
        .order_by(deliveries.c.sequence, deliveries.c.created_at)
        .limit(1)
    )
    return rows.struct(tx.execute(query).mappings().first(), Delivery)


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


def hold(tx: Tx, endpoint: str) -> None:
    """End what is owed to an endpoint that was disabled; redelivery can take it up again."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.endpoint == endpoint, deliveries.c.status == DeliveryStatus.PENDING)
        .values(status=DeliveryStatus.FAILED, due_at=None)
    )


def earliest_due(tx: Tx) -> datetime | None:
    """Return when the next delivery falls due, to know how long to sleep."""
    query = select(func.min(deliveries.c.due_at)).where(
        deliveries.c.status == DeliveryStatus.PENDING
    )
    return tx.execute(query).scalar()


def pending(tx: Tx) -> int:
    query = select(func.count()).where(deliveries.c.status == DeliveryStatus.PENDING)
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
