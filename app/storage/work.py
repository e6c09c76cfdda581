"""Leases and cursors: who is at work on what, and how far each chain was read."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from sqlalchemy import delete, insert, select, update

from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import cursors, leases


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a chain was read, its newest block then, and what room in the next ones costs."""

    chain: str
    cursor: str
    tip: int
    tip_at: datetime
    scanned_at: datetime
    fee_rate: Decimal | None = None  # what a byte pays, in smallest units; None: not known


def lease(tx: Tx, name: str, holder: str, seconds: int) -> bool:
    """Take or renew a lease; tell whether it is ours until then."""
    until = tx.now + timedelta(seconds=seconds)
    row = tx.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    if row is None:
        tx.execute(insert(leases), {"name": name, "holder": holder, "until": until})
        return True
    if row.holder != holder and row.until > tx.now:
        return False
    tx.execute(update(leases).where(leases.c.name == name).values(holder=holder, until=until))
    return True


def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease back, so that the next hand need not wait for its end."""
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def cursor(tx: Tx, chain: str) -> Cursor | None:
    query = rows.columns(cursors, Cursor).where(cursors.c.chain == chain)
    return rows.struct(tx.execute(query).mappings().first(), Cursor)


def all_cursors(tx: Tx) -> dict[str, Cursor]:
    query = rows.columns(cursors, Cursor)
    return {one.chain: one for one in rows.structs(tx.execute(query).mappings(), Cursor)}


def move_cursor(tx: Tx, moved: Cursor) -> None:
    values = msgspec.structs.asdict(moved)
    done = tx.execute(update(cursors).where(cursors.c.chain == moved.chain).values(**values))
    if done.rowcount == 0:
        tx.execute(insert(cursors), values)
