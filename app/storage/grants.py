"""Keys users gave to programs."""

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from app.domain.grant import Grant
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import grants

_BY_HASH = rows.columns(grants, Grant).where(
    grants.c.hash == bindparam("wanted"), grants.c.revoked_at.is_(None)
)


def add(tx: Tx, grant: Grant) -> None:
    tx.execute(insert(grants), msgspec.structs.asdict(grant))


def by_hash(tx: Tx, hash: str) -> Grant | None:
    """Return the living grant of a key's hash."""
    return rows.struct(tx.execute(_BY_HASH, {"wanted": hash}).mappings().first(), Grant)


def of_user(tx: Tx, user: str, limit: int) -> list[Grant]:
    """Return a user's living grants, the newest first."""
    query = rows.columns(grants, Grant).where(grants.c.user == user, grants.c.revoked_at.is_(None))
    query = query.order_by(grants.c.created_at.desc(), grants.c.id.desc()).limit(limit)
    return rows.structs(tx.execute(query).mappings(), Grant)


def of_application(tx: Tx, user: str, application: str, redirect: str, limit: int) -> list[Grant]:
    """Return what a user gave a program at an address before, the newest first."""
    query = rows.columns(grants, Grant).where(
        grants.c.user == user,
        grants.c.application == application,
        grants.c.redirect == redirect,
        grants.c.sealed.is_not(None),
        grants.c.revoked_at.is_(None),
    )
    query = query.order_by(grants.c.created_at.desc(), grants.c.id.desc()).limit(limit)
    return rows.structs(tx.execute(query).mappings(), Grant)


def count(tx: Tx, user: str) -> int:
    """Count a user's living grants."""
    query = select(func.count()).where(grants.c.user == user, grants.c.revoked_at.is_(None))
    return int(tx.execute(query).scalar_one())


def revoke(tx: Tx, user: str, id: str) -> bool:
    """End a grant; tell whether it was alive. Its key is kept no longer."""
    done = tx.execute(
        update(grants)
        .where(grants.c.user == user, grants.c.id == id, grants.c.revoked_at.is_(None))
        .values(revoked_at=tx.now, sealed=None)
    )
    return done.rowcount == 1
