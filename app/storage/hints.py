"""Hints: the transactions payers named, and when each is looked for again."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select, update

from app.domain.hint import Hint
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import hints


def of_intent(tx: Tx, intent: str) -> list[Hint]:
    """Return an intent's hints, the one asked for last first."""
    query = rows.columns(hints, Hint).where(hints.c.intent == intent)
    ordered = query.order_by(hints.c.asked_at.desc(), hints.c.tx)
    return rows.structs(tx.execute(ordered).mappings(), Hint)


def get(tx: Tx, intent: str, tx_id: str) -> Hint | None:
    query = rows.columns(hints, Hint).where(hints.c.intent == intent, hints.c.tx == tx_id)
    return rows.struct(tx.execute(query).mappings().first(), Hint)


def put(tx: Tx, hint: Hint) -> None:
    """Write a hint, or write it anew."""
    values = msgspec.structs.asdict(hint)
    where = (hints.c.intent == hint.intent, hints.c.tx == hint.tx)
    if tx.execute(update(hints).where(*where).values(**values)).rowcount == 0:
        tx.execute(insert(hints), values)


def due(tx: Tx, family: str, livemode: bool, limit: int) -> list[Hint]:
    """Return hints of a family whose time has come, and keep others from taking them."""
    query = (
        rows.columns(hints, Hint)
        .where(hints.c.family == family, hints.c.livemode == livemode, hints.c.due_at <= tx.now)
        .order_by(hints.c.due_at, hints.c.intent, hints.c.tx)
        .limit(limit)
    )
    return rows.structs(tx.execute(query).mappings(), Hint)


def take(tx: Tx, hint: Hint, due_at: datetime | None) -> bool:
    """Count one more look, unless another hand was first; tell whether it is ours."""
    done = tx.execute(
        update(hints)
        .where(hints.c.intent == hint.intent, hints.c.tx == hint.tx, hints.c.looks == hint.looks)
        .values(looks=hint.looks + 1, due_at=due_at)
    )
    return done.rowcount == 1


def rest(tx: Tx, intent: str, tx_id: str) -> None:
    """Look for a transaction no more: it was found."""
    where = (hints.c.intent == intent, hints.c.tx == tx_id)
    tx.execute(update(hints).where(*where).values(due_at=None))


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete hints that were named long ago and are looked for no more."""
    old = (
        select(hints.c.intent, hints.c.tx)
        .where(hints.c.asked_at < before, hints.c.due_at.is_(None))
        .limit(limit)
    )
    found = tx.execute(old).all()
    for intent, tx_id in found:
        tx.execute(delete(hints).where(hints.c.intent == intent, hints.c.tx == tx_id))
    return len(found)
