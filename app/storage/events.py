"""Events: appended, numbered without a gap, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, exists, func, insert, select, update

from app.domain.event import Event, EventType
from app.storage.rows import columns
from app.storage.store import Tx
from app.storage.tables import accounts, deliveries, events

_NEXT = (
    update(accounts)
    .where(accounts.c.id == bindparam("wanted"))
    .values(last_sequence=accounts.c.last_sequence + 1)
    .returning(accounts.c.last_sequence)
)
_ADD = insert(events)
_OF_AGGREGATE = (
    columns(events, Event)
    .where(events.c.aggregate == bindparam("wanted"), events.c.version > bindparam("after"))
    .order_by(events.c.version)
    .limit(bindparam("most"))
)


def append(
    tx: Tx,
    *,
    id: str,
    account: str,
    aggregate: str,
    version: int,
    type: EventType,
    livemode: bool,
    data: bytes,
) -> Event:
    """Write one event with its account's next sequence number."""
    sequence = tx.execute(_NEXT, {"wanted": account}).scalar_one()
    values = {
        "id": id,
        "account": account,
        "sequence": sequence,
        "aggregate": aggregate,
        "version": version,
        "type": type.value,
        "livemode": livemode,
        "data": data.decode(),
        "created_at": tx.now,
    }
    tx.execute(_ADD, values)
    return _event(values)


def get(tx: Tx, account: str, id: str) -> Event | None:
    query = columns(events, Event).where(events.c.id == id, events.c.account == account)
    row = tx.execute(query).mappings().first()
    return None if row is None else _event(row)


def many(tx: Tx, ids: Sequence[str]) -> dict[str, Event]:
    """Return events by id."""
    query = columns(events, Event).where(events.c.id.in_(ids))
    return {row["id"]: _event(row) for row in tx.execute(query).mappings()}


def of_aggregate(tx: Tx, aggregate: str, after: int, limit: int) -> list[Event]:
    """Return an aggregate's events after a version, oldest first."""
    given = {"wanted": aggregate, "after": after, "most": limit}
    return [_event(row) for row in tx.execute(_OF_AGGREGATE, given).mappings()]


def of_account(
    tx: Tx, account: str, after: int, limit: int, type: str | None = None
) -> list[Event]:
    """Return an account's events after a sequence number, oldest first."""
    query = columns(events, Event).where(events.c.account == account, events.c.sequence > after)
    if type is not None:
        query = query.where(events.c.type == type)
    return [
        _event(row) for row in tx.execute(query.order_by(events.c.sequence).limit(limit)).mappings()
    ]


def newest(tx: Tx, account: str, before: int | None, limit: int, type: str | None) -> list[Event]:
    """Return an account's events, newest first, before a sequence number."""
    query = columns(events, Event).where(events.c.account == account)
    if before is not None:
        query = query.where(events.c.sequence < before)
    if type is not None:
        query = query.where(events.c.type == type)
    ordered = query.order_by(events.c.sequence.desc()).limit(limit)
    return [_event(row) for row in tx.execute(ordered).mappings()]


def since(tx: Tx, account: str, since: datetime, after: int, limit: int) -> list[Event]:
    """Return an account's events from a time on, in order, in pages by sequence."""
    query = (
        columns(events, Event)
        .where(
            events.c.account == account,
            events.c.created_at >= since,
            events.c.sequence > after,
        )
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return [_event(row) for row in tx.execute(query).mappings()]


def last_sequence(tx: Tx, account: str) -> int:
    query = select(func.coalesce(func.max(events.c.sequence), 0)).where(events.c.account == account)
    return int(tx.execute(query).scalar_one())


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete old events that nobody is owed any more."""
    owed = exists().where(deliveries.c.event == events.c.id)
    old = select(events.c.id).where(events.c.created_at < before, ~owed).limit(limit)
    return tx.execute(delete(events).where(events.c.id.in_(old))).rowcount


def _event(row: RowMapping | dict[str, Any]) -> Event:
    # By hand: a Raw is what the others convert to, never what they convert from.
    values: dict[str, Any] = {**row}
    data = msgspec.Raw(values.pop("data").encode())
    return Event(**values | {"type": EventType(values["type"]), "data": data})
