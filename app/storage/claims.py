"""Claims: one row each."""

import msgspec
from sqlalchemy import ColumnElement, insert, select, update

from app.domain.claim import OPEN, Claim, ClaimStatus, Filter
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import claims

_FIXED = ("id", "account", "voucher", "livemode", "amount", "currency", "ledger", "address")
_CHANGEABLE = [name for name in Claim.__struct_fields__ if name not in (*_FIXED, "created_at")]


def get(tx: Tx, id: str) -> Claim | None:
    query = rows.columns(claims, Claim).where(claims.c.id == id)
    return rows.struct(tx.execute(query).mappings().first(), Claim)


def lock(tx: Tx, id: str) -> Claim | None:
    """Return a claim and keep others from changing it until the transaction ends."""
    query = rows.columns(claims, Claim).where(claims.c.id == id).with_for_update()
    return rows.struct(tx.execute(query).mappings().first(), Claim)


def lock_open(tx: Tx, voucher: str) -> list[Claim]:
    """Return a voucher's claims that have not ended, locked, in one order."""
    query = (
        rows.columns(claims, Claim)
        .where(claims.c.voucher == voucher, claims.c.status.in_(OPEN))
        .order_by(claims.c.id)
        .with_for_update()
    )
    return rows.structs(tx.execute(query).mappings(), Claim)


def same_open(
    tx: Tx, account: str, voucher: str | None, ledger: str, address: str
) -> ClaimStatus | None:
    """Return how a claim that has not ended stands, of the same voucher to the same address."""
    query = select(claims.c.status).where(
        claims.c.account == account,
        claims.c.voucher == voucher if voucher is not None else claims.c.voucher.is_(None),
        claims.c.ledger == ledger,
        claims.c.address == address,
        claims.c.status.in_(OPEN),
    )
    found = tx.execute(query.limit(1)).scalar()
    return None if found is None else ClaimStatus(found)


def add(tx: Tx, claim: Claim) -> None:
    tx.execute(insert(claims), msgspec.structs.asdict(claim))


def save(tx: Tx, claim: Claim) -> None:
    """Write what may change in a claim's life; what was asked never does."""
    values = {name: getattr(claim, name) for name in _CHANGEABLE}
    tx.execute(update(claims).where(claims.c.id == claim.id).values(**values))


def page(tx: Tx, account: str, filter: Filter, after: str | None, limit: int) -> list[Claim]:
    """Return one page of an account's claims, newest first."""
    where: list[ColumnElement[bool]] = [claims.c.account == account]
    if filter.voucher is not None:
        where.append(claims.c.voucher == filter.voucher)
    if not filter.canceled:
        where.append(claims.c.status != ClaimStatus.CANCELED)
    query = rows.newest_first(tx, claims, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Claim)
