"""Refund requests: one open an intent, and those that were closed."""

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update

from app.domain.refund import RefundRequest
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import refund_requests


def newest_of(tx: Tx, intent: str) -> RefundRequest | None:
    """Return an intent's newest request; only that one can be open."""
    query = (
        rows.columns(refund_requests, RefundRequest)
        .where(refund_requests.c.intent == intent)
        .order_by(refund_requests.c.created_at.desc(), refund_requests.c.id.desc())
        .limit(1)
    )
    return rows.struct(tx.execute(query).mappings().first(), RefundRequest)


def count(tx: Tx, intent: str) -> int:
    query = select(func.count()).where(refund_requests.c.intent == intent)
    return int(tx.execute(query).scalar_one())


def get(tx: Tx, account: str, id: str) -> RefundRequest | None:
    query = rows.columns(refund_requests, RefundRequest).where(
        refund_requests.c.account == account, refund_requests.c.id == id
    )
    return rows.struct(tx.execute(query).mappings().first(), RefundRequest)


def add(tx: Tx, request: RefundRequest) -> None:
    tx.execute(insert(refund_requests), msgspec.structs.asdict(request))


def save(tx: Tx, request: RefundRequest) -> None:
    values = msgspec.structs.asdict(request)
    for fixed in ("id", "account", "intent", "livemode", "created_at"):
        del values[fixed]
    tx.execute(update(refund_requests).where(refund_requests.c.id == request.id).values(**values))


def page(
    tx: Tx, account: str, after: str | None, limit: int, *, open: bool | None, intent: str | None
) -> list[RefundRequest]:
    """Return one page, newest first."""
    where: list[ColumnElement[bool]] = [refund_requests.c.account == account]
    if open is not None:
        closed_at = refund_requests.c.closed_at
        where.append(closed_at.is_(None) if open else closed_at.is_not(None))
    if intent is not None:
        where.append(refund_requests.c.intent == intent)
    query = rows.newest_first(tx, refund_requests, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), RefundRequest)
