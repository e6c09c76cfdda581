"""Payment intents: one row each, with their quotes, and their labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update

from app.domain.intent import Filter, Intent
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import intents, labels

LABEL_LENGTH_MAX = 255
_COLUMNS = [intents.c[name] for name in Intent.__struct_fields__]
_GET = select(*_COLUMNS).where(intents.c.id == bindparam("wanted"))
_LOCK = _GET.with_for_update()
_ADD = insert(intents)
_SAVE = update(intents).where(intents.c.id == bindparam("wanted"))  # sets what it is given
_ADD_LABELS = insert(labels)
_ASKED = {"id", "account", "livemode", "currency", "link", "created_at"}  # never changes
_CHANGEABLE = [name for name in Intent.__struct_fields__ if name not in _ASKED]


def get(tx: Tx, id: str) -> Intent | None:
    """Return one intent."""
    return rows.struct(tx.execute(_GET, {"wanted": id}).mappings().first(), Intent)


def lock(tx: Tx, id: str) -> Intent | None:
    """Return one intent and keep others from changing it until the transaction ends."""
    return rows.struct(tx.execute(_LOCK, {"wanted": id}).mappings().first(), Intent)


def add(tx: Tx, intent: Intent, *, open_order: str | None, look_again_at: datetime | None) -> None:
    """Insert an intent and its labels."""
    values = _values(intent) | {"open_order": open_order, "look_again_at": look_again_at}
    tx.execute(_ADD, values)
    label(tx, intent)


def save(tx: Tx, intent: Intent, **also: Any) -> None:
    """Write what may change in an intent's life; what was asked never does."""
    values = {name: getattr(intent, name) for name in _CHANGEABLE} | also
    tx.execute(_SAVE, values | {"wanted": intent.id})


def label(tx: Tx, intent: Intent) -> None:
    """Write an intent's scalar metadata as labels, so that a filter is an index."""
    found = [
        {
            "intent": intent.id,
            "account": intent.account,
            "key": key,
            "value": text,
            "created_at": intent.created_at,
        }
        for key, value in intent.metadata.items()
        if (text := label_text(value)) is not None
    ]
    if found:
        tx.execute(_ADD_LABELS, found)


def relabel(tx: Tx, intent: Intent) -> None:
    """Write an intent's labels anew."""
    tx.execute(delete(labels).where(labels.c.intent == intent.id))
    label(tx, intent)


def label_text(value: object) -> str | None:
    """Return a metadata value as it is looked up; None: it cannot be."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            text = str(value)
            return text if len(text) <= LABEL_LENGTH_MAX else None
        case _:
            return None


def open_order(tx: Tx, account: str, order_id: str) -> Intent | None:
    """Return the open intent an account has for an order, where it keeps them unique."""
    query = select(*_COLUMNS).where(intents.c.account == account, intents.c.open_order == order_id)
    return rows.struct(tx.execute(query).mappings().first(), Intent)


def page(
    tx: Tx, account: str, filter: Filter, after: str | None, limit: int, offset: int = 0
) -> list[Intent]:
    """Return one page of an account's intents, newest first."""
    where: list[ColumnElement[bool]] = [intents.c.account == account]
    if filter.status is not None:
        where.append(intents.c.status == filter.status)
    if filter.order_id is not None:
        where.append(intents.c.order_id == filter.order_id)
    if filter.link is not None:
        where.append(intents.c.link == filter.link)
    if filter.created_from is not None:
        where.append(intents.c.created_at >= filter.created_from)
    if filter.created_before is not None:
        where.append(intents.c.created_at < filter.created_before)
    if filter.label is not None:
        key, value = filter.label
        where += [labels.c.account == account, labels.c.key == key, labels.c.value == value]
    where += _more(account, filter)
    through = labels if filter.label is not None else None
    query = rows.newest_first(tx, intents, where, after, limit, through).offset(offset)
    return rows.structs(tx.execute(query).mappings(), Intent)


def _more(account: str, filter: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if filter.standing is not None:
        where.append(rows.standing(intents, filter.standing))
    if filter.order_ids is not None:
        where.append(intents.c.order_id.in_(filter.order_ids))
    if filter.archived is not None:
        where.append(intents.c.archived == filter.archived)
    if filter.text is not None:
        text = filter.text
        labelled = select(labels.c.intent).where(labels.c.account == account)
        where.append(
            or_(
                intents.c.id == text,
                intents.c.order_id == text,
                intents.c.customer_email == text,
                intents.c.id.in_(labelled.where(labels.c.value == text)),
            )
        )
    return where


def due(tx: Tx, limit: int) -> list[str]:
    """Return intents that the clock alone may have moved, the longest waiting first."""
    query = (
        select(intents.c.id)
        .where(intents.c.look_again_at <= tx.now)
        .order_by(intents.c.look_again_at)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def _values(intent: Intent) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in Intent.__struct_fields__}
