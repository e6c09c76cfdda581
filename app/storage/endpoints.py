"""Webhook endpoints, and the lease that keeps each one's order."""

from datetime import timedelta

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from app.domain.webhook import DeliveryStatus, Endpoint
from app.storage import rows
from app.storage.deliveries import PENDING
from app.storage.store import Tx
from app.storage.tables import deliveries, endpoints


def get(tx: Tx, account: str, id: str) -> Endpoint | None:
    query = rows.columns(endpoints, Endpoint).where(
        endpoints.c.id == id, endpoints.c.account == account, endpoints.c.deleted.is_(False)
    )
    return rows.struct(tx.execute(query).mappings().first(), Endpoint)


def account_of(tx: Tx, id: str) -> str | None:
    """Return whose a living endpoint is."""
    living = select(endpoints.c.account).where(endpoints.c.id == id, endpoints.c.deleted.is_(False))
    return tx.execute(living).scalar()


def count(tx: Tx, account: str) -> int:
    query = select(func.count()).where(
        endpoints.c.account == account,
        endpoints.c.deleted.is_(False),
        endpoints.c.intent.is_(None),
    )
    return int(tx.execute(query).scalar_one())


def lock(tx: Tx, id: str, account: str | None = None) -> Endpoint | None:
    """Return an endpoint for change; with `account`, only a living one of that account.

    The lock lets others point at the endpoint meanwhile (`FOR NO KEY UPDATE`): whoever
    appends an event owes deliveries to it, and must not wait for us while we wait for them.
    """
    query = rows.columns(endpoints, Endpoint).where(endpoints.c.id == id)
    if account is not None:
        query = query.where(endpoints.c.account == account, endpoints.c.deleted.is_(False))
    row = tx.execute(query.with_for_update(key_share=True)).mappings().first()
    return rows.struct(row, Endpoint)


def _listening(*which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    return rows.columns(endpoints, Endpoint).where(
        endpoints.c.account == bindparam("wanted"),
        endpoints.c.active.is_(True),
        endpoints.c.deleted.is_(False),
        *which,
    )


# Two lookups, each along the index of account and intent: there are as many bound endpoints as
# intents, and those of others must cost nothing.
_OF_ALL = _listening(endpoints.c.intent.is_(None))
_OF_ONE = union_all(_OF_ALL, _listening(endpoints.c.intent == bindparam("about")))


def listening(tx: Tx, account: str, about: str | None = None) -> list[Endpoint]:
    """Return the endpoints of an account that are owed its events, or those `about` one thing."""
    if about is None:
        return rows.structs(tx.execute(_OF_ALL, {"wanted": account}).mappings(), Endpoint)
    given = {"wanted": account, "about": about}
    return rows.structs(tx.execute(_OF_ONE, given).mappings(), Endpoint)


def page(tx: Tx, account: str, after: str | None, limit: int) -> list[Endpoint]:
    where: list[ColumnElement[bool]] = [
        endpoints.c.account == account,
        endpoints.c.deleted.is_(False),
        endpoints.c.intent.is_(None),
    ]
    query = rows.newest_first(tx, endpoints, where, after, limit)
    return rows.structs(tx.execute(query).mappings(), Endpoint)


def add(tx: Tx, endpoint: Endpoint) -> None:
    tx.execute(insert(endpoints), msgspec.structs.asdict(endpoint))


def save(tx: Tx, endpoint: Endpoint) -> None:
    values = msgspec.structs.asdict(endpoint)
    for fixed in ("id", "account", "created_at"):
        del values[fixed]
    tx.execute(update(endpoints).where(endpoints.c.id == endpoint.id).values(**values))


def next_version(tx: Tx, id: str) -> int:
    """Count one more event of an endpoint's own history."""
    return int(
        tx.execute(
            update(endpoints)
            .where(endpoints.c.id == id)
            .values(version=endpoints.c.version + 1)
            .returning(endpoints.c.version)
        ).scalar_one()
    )


def remove(tx: Tx, id: str) -> None:
    """Take an endpoint down and owe it nothing more; its history stays."""
    tx.execute(update(endpoints).where(endpoints.c.id == id).values(deleted=True, active=False))
    tx.execute(
        update(deliveries)
        .where(deliveries.c.endpoint == id, PENDING)
        .values(status=DeliveryStatus.CANCELED, due_at=None)
    )


def claim(tx: Tx, holder: str, seconds: int, limit: int, *, failures: tuple[int, int]) -> list[str]:
    """Lease endpoints that have a delivery due and nobody at them; return their ids.

    Only those whose failures in a row lie between the two numbers, the second left out.
    """
    due = select(deliveries.c.endpoint).where(PENDING, deliveries.c.due_at <= tx.now)
    free = or_(endpoints.c.lease_until.is_(None), endpoints.c.lease_until <= tx.now)
    wanted = (
        select(endpoints.c.id)
        .where(
            endpoints.c.id.in_(due),
            endpoints.c.failures >= failures[0],
            endpoints.c.failures < failures[1],
            free,
        )
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    query = (
        update(endpoints)
        .where(endpoints.c.id.in_(wanted.scalar_subquery()))
        .values(lease_holder=holder, lease_until=tx.now + timedelta(seconds=seconds))
        .returning(endpoints.c.id)
    )
    return list(tx.execute(query).scalars())


def renew(tx: Tx, id: str, holder: str, seconds: int) -> bool:
    """Stay at an endpoint a while longer; False when another hand has taken it."""
    done = tx.execute(
        update(endpoints)
        .where(endpoints.c.id == id, endpoints.c.lease_holder == holder)
        .values(lease_until=tx.now + timedelta(seconds=seconds))
    )
    return done.rowcount == 1


def release(tx: Tx, id: str, holder: str) -> None:
    tx.execute(
        update(endpoints)
        .where(endpoints.c.id == id, endpoints.c.lease_holder == holder)
        .values(lease_holder=None, lease_until=None)
    )
