"""Users, the accounts they belong to, and the links that welcome them."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, exists, insert, select, update

from app.domain.account import Account
from app.domain.user import User, Welcome
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import accounts, members, users, welcomes

ACCOUNTS_MAX = 1000
_GET = rows.columns(users, User).where(users.c.id == bindparam("wanted"))
_BY_EMAIL = rows.columns(users, User).where(users.c.email == bindparam("wanted"))


def get(tx: Tx, id: str) -> User | None:
    return rows.struct(tx.execute(_GET, {"wanted": id}).mappings().first(), User)


def lock(tx: Tx, id: str) -> User | None:
    """Return one user and keep others from changing them until the transaction ends."""
    query = _GET.with_for_update()
    return rows.struct(tx.execute(query, {"wanted": id}).mappings().first(), User)


def by_email(tx: Tx, email: str) -> User | None:
    return rows.struct(tx.execute(_BY_EMAIL, {"wanted": email}).mappings().first(), User)


def all(tx: Tx, limit: int) -> list[User]:
    query = rows.columns(users, User).order_by(users.c.created_at, users.c.id).limit(limit)
    return rows.structs(tx.execute(query).mappings(), User)


def any(tx: Tx) -> bool:
    """Tell whether there is a user who has a password."""
    return bool(tx.execute(select(exists().where(users.c.password.is_not(None)))).scalar())


def add(tx: Tx, user: User) -> None:
    tx.execute(insert(users), msgspec.structs.asdict(user))


def save(tx: Tx, user: User) -> None:
    values = msgspec.structs.asdict(user)
    for fixed in ("id", "created_at"):
        del values[fixed]
    tx.execute(update(users).where(users.c.id == user.id).values(**values))


def join(tx: Tx, user: str, account: str) -> None:
    """Let a user belong to an account; once is enough."""
    known = (members.c.user == user, members.c.account == account)
    if tx.execute(select(members.c.user).where(*known)).first() is None:
        tx.execute(insert(members), {"user": user, "account": account, "created_at": tx.now})


def accounts_of(tx: Tx, user: User) -> list[Account]:
    """Return the accounts within a user's reach, the oldest first."""
    query = rows.columns(accounts, Account)
    if not user.operator:
        query = query.where(accounts.c.id == members.c.account, members.c.user == user.id)
    query = query.order_by(accounts.c.created_at, accounts.c.id).limit(ACCOUNTS_MAX)
    return rows.structs(tx.execute(query).mappings(), Account)


def reach(tx: Tx, user: User) -> tuple[str, ...]:
    """Return the ids of the accounts within a user's reach, the oldest first."""
    query = select(accounts.c.id)
    if not user.operator:
        query = query.where(accounts.c.id == members.c.account, members.c.user == user.id)
    query = query.order_by(accounts.c.created_at, accounts.c.id).limit(ACCOUNTS_MAX)
    return tuple(tx.execute(query).scalars())


def add_welcome(tx: Tx, welcome: Welcome) -> None:
    tx.execute(insert(welcomes), msgspec.structs.asdict(welcome))


def welcome(tx: Tx, hash: str) -> Welcome | None:
    """Return a link that still lets somebody in."""
    query = rows.columns(welcomes, Welcome).where(
        welcomes.c.hash == hash, welcomes.c.used_at.is_(None), welcomes.c.expires_at > tx.now
    )
    return rows.struct(tx.execute(query).mappings().first(), Welcome)


def awaited(tx: Tx) -> bool:
    """Tell whether a link waits for somebody."""
    query = select(exists().where(welcomes.c.used_at.is_(None), welcomes.c.expires_at > tx.now))
    return bool(tx.execute(query).scalar())


def use_welcome(tx: Tx, hash: str) -> bool:
    """Use a link up; tell whether it was there to be used."""
    done = tx.execute(
        update(welcomes)
        .where(
            welcomes.c.hash == hash, welcomes.c.used_at.is_(None), welcomes.c.expires_at > tx.now
        )
        .values(used_at=tx.now)
    )
    return done.rowcount == 1


def end_welcomes(tx: Tx, user: str) -> None:
    """End every link a user was sent: a new one takes their place."""
    tx.execute(delete(welcomes).where(welcomes.c.user == user, welcomes.c.used_at.is_(None)))


def forget_welcomes(tx: Tx, before: datetime, limit: int) -> int:
    """Delete links that ended before an instant."""
    old = select(welcomes.c.hash).where(welcomes.c.expires_at < before).limit(limit)
    found = list(tx.execute(old).scalars())
    tx.execute(delete(welcomes).where(welcomes.c.hash.in_(found)))
    return len(found)
