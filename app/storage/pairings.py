"""Pairing codes that wait, and the applications' keys that were paired."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from app.domain.account import Account
from app.domain.pairing import Pairing, PairingCode
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import accounts, pairing_codes, pairings

_OWNER = rows.columns(accounts, Account).where(
    accounts.c.id == pairings.c.account, pairings.c.client == bindparam("wanted")
)


def waiting(tx: Tx, account: str | None) -> int:
    """Count the codes of an account that still hold; None: of those nobody approved."""
    query = (
        select(func.count())
        .select_from(pairing_codes)
        .where(pairing_codes.c.account.is_not_distinct_from(account))
        .where(pairing_codes.c.expires_at > tx.now)
    )
    return int(tx.execute(query).scalar_one())


def add_code(tx: Tx, code: PairingCode) -> None:
    tx.execute(insert(pairing_codes), msgspec.structs.asdict(code))


def code(tx: Tx, hash: str, *, lock: bool = False) -> PairingCode | None:
    """Return a code that still holds; with `lock` nobody else spends it meanwhile."""
    query = rows.columns(pairing_codes, PairingCode).where(
        pairing_codes.c.hash == hash, pairing_codes.c.expires_at > tx.now
    )
    query = query.with_for_update() if lock else query
    return rows.struct(tx.execute(query).mappings().first(), PairingCode)


def spend(tx: Tx, hash: str) -> None:
    """Take a code away: both its sides came."""
    tx.execute(delete(pairing_codes).where(pairing_codes.c.hash == hash))


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete codes that ran out before a time."""
    old = select(pairing_codes.c.hash).where(pairing_codes.c.expires_at < before).limit(limit)
    return tx.execute(delete(pairing_codes).where(pairing_codes.c.hash.in_(old))).rowcount


def of_client(tx: Tx, client: str) -> Pairing | None:
    """Return what an application's key is paired with."""
    query = rows.columns(pairings, Pairing).where(pairings.c.client == client)
    return rows.struct(tx.execute(query).mappings().first(), Pairing)


def owner(tx: Tx, client: str) -> Account | None:
    """Return the account an application's key acts for."""
    return rows.struct(tx.execute(_OWNER, {"wanted": client}).mappings().first(), Account)


def of_account(tx: Tx, account: str, limit: int) -> list[Pairing]:
    query = rows.columns(pairings, Pairing).where(pairings.c.account == account)
    ordered = query.order_by(pairings.c.created_at.desc(), pairings.c.id).limit(limit)
    return rows.structs(tx.execute(ordered).mappings(), Pairing)


def put(tx: Tx, pairing: Pairing) -> None:
    """Write a pairing. One of the same key is written anew; its id stays.

    A key that another transaction paired meanwhile collides here, and the store runs this
    transaction again, which then finds it.
    """
    values = {name: getattr(pairing, name) for name in ("label", "token", "created_at")}
    mine = (pairings.c.client == pairing.client, pairings.c.account == pairing.account)
    if tx.execute(update(pairings).where(*mine).values(**values)).rowcount == 0:
        tx.execute(insert(pairings), msgspec.structs.asdict(pairing))


def end(tx: Tx, account: str, id: str) -> bool:
    """Take a pairing away; tell whether there was one."""
    mine = (pairings.c.account == account, pairings.c.id == id)
    return tx.execute(delete(pairings).where(*mine)).rowcount == 1
