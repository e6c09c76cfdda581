"""Vouchers: one row each, with what was claimed of it so far."""

import msgspec
from sqlalchemy import ColumnElement, insert, update

from app.domain.voucher import Filter, Voucher
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import vouchers


def get(tx: Tx, id: str) -> Voucher | None:
    query = rows.columns(vouchers, Voucher).where(vouchers.c.id == id)
    return rows.struct(tx.execute(query).mappings().first(), Voucher)


def many(tx: Tx, ids: list[str]) -> dict[str, Voucher]:
    """Return vouchers by id."""
    query = rows.columns(vouchers, Voucher).where(vouchers.c.id.in_(ids))
    return {one.id: one for one in rows.structs(tx.execute(query).mappings(), Voucher)}


def lock(tx: Tx, id: str) -> Voucher | None:
    """Return a voucher and keep others from claiming of it until the transaction ends."""
    query = rows.columns(vouchers, Voucher).where(vouchers.c.id == id).with_for_update()
    return rows.struct(tx.execute(query).mappings().first(), Voucher)


def add(tx: Tx, voucher: Voucher) -> None:
    tx.execute(insert(vouchers), msgspec.structs.asdict(voucher))


def save(tx: Tx, voucher: Voucher) -> None:
    """Write what may change: what was claimed, and whether it is archived."""
    names = ("claimed", "claims_count", "archived", "version")
    values = {name: getattr(voucher, name) for name in names}
    tx.execute(update(vouchers).where(vouchers.c.id == voucher.id).values(**values))


def page(tx: Tx, account: str, filter: Filter, after: str | None, limit: int) -> list[Voucher]:
    """Return one page of an account's vouchers, newest first."""
    where: list[ColumnElement[bool]] = [vouchers.c.account == account]
    if filter.archived is not None:
        where.append(vouchers.c.archived.is_(filter.archived))
    if filter.intent is not None:
        where.append(vouchers.c.intent == filter.intent)
    query = rows.newest_first(tx, vouchers, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Voucher)
