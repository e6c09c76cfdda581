"""Accounts, their keys, and their destinations."""

import msgspec
from sqlalchemy import bindparam, insert, select, update

from app.domain.account import Account, Destination
from app.domain.key import Key
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import accounts, destinations, intents, keys

_BY_HASH = rows.columns(keys, Key).where(
    keys.c.hash == bindparam("wanted"), keys.c.revoked_at.is_(None)
)
_BY_ANY_HASH = rows.columns(accounts, Account).where(
    accounts.c.id == keys.c.account, keys.c.hash == bindparam("wanted")
)
_DESTINATIONS = (
    rows.columns(destinations, Destination)
    .where(destinations.c.account == bindparam("wanted"), destinations.c.retired_at.is_(None))
    .order_by(destinations.c.family)
)
_GET = rows.columns(accounts, Account).where(accounts.c.id == bindparam("wanted"))
_LOCK = _GET.with_for_update()
_OF_INTENT = rows.columns(accounts, Account).where(
    accounts.c.id == intents.c.account, intents.c.id == bindparam("wanted")
)
_TAKE_SLOT = (
    update(destinations)
    .where(destinations.c.id == bindparam("wanted"))
    .values(next_slot=destinations.c.next_slot + 1)
    .returning(destinations.c.next_slot)
)


def get(tx: Tx, id: str) -> Account | None:
    return rows.struct(tx.execute(_GET, {"wanted": id}).mappings().first(), Account)


def lock(tx: Tx, id: str) -> Account | None:
    """Return one account and keep others from changing it until the transaction ends."""
    return rows.struct(tx.execute(_LOCK, {"wanted": id}).mappings().first(), Account)


def of_intent(tx: Tx, intent: str) -> Account | None:
    """Return whose intent this is."""
    return rows.struct(tx.execute(_OF_INTENT, {"wanted": intent}).mappings().first(), Account)


def all(tx: Tx, limit: int) -> list[Account]:
    query = rows.columns(accounts, Account).order_by(accounts.c.created_at).limit(limit)
    return rows.structs(tx.execute(query).mappings(), Account)


def add(tx: Tx, account: Account) -> None:
    tx.execute(insert(accounts), msgspec.structs.asdict(account) | {"last_sequence": 0})


def save(tx: Tx, account: Account) -> None:
    values = msgspec.structs.asdict(account)
    for fixed in ("id", "livemode", "created_at"):
        del values[fixed]
    tx.execute(update(accounts).where(accounts.c.id == account.id).values(**values))


def add_key(tx: Tx, key: Key) -> None:
    tx.execute(insert(keys), msgspec.structs.asdict(key))


def key_by_hash(tx: Tx, hash: str) -> Key | None:
    """Return the living key of a hash."""
    return rows.struct(tx.execute(_BY_HASH, {"wanted": hash}).mappings().first(), Key)


def owner_by_hash(tx: Tx, hash: str) -> Account | None:
    """Return whose key this is or was."""
    return rows.struct(tx.execute(_BY_ANY_HASH, {"wanted": hash}).mappings().first(), Account)


def keys_of(tx: Tx, account: str) -> list[Key]:
    query = rows.columns(keys, Key).where(keys.c.account == account).order_by(keys.c.created_at)
    return rows.structs(tx.execute(query).mappings(), Key)


def revoke_key(tx: Tx, account: str, id: str) -> bool:
    """End a key; tell whether it was alive."""
    done = tx.execute(
        update(keys)
        .where(keys.c.account == account, keys.c.id == id, keys.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    return done.rowcount == 1


def destinations_of(tx: Tx, account: str) -> list[Destination]:
    """Return where an account's money goes today, one destination a family."""
    return rows.structs(tx.execute(_DESTINATIONS, {"wanted": account}).mappings(), Destination)


def by_destination_value(tx: Tx, family: str, value: str) -> list[Destination]:
    """Return who receives at an address: for money that no intent can be named for."""
    query = rows.columns(destinations, Destination).where(
        destinations.c.family == family, destinations.c.value == value
    )
    return rows.structs(tx.execute(query).mappings(), Destination)


def put_destination(tx: Tx, destination: Destination) -> Destination:
    """Set where a family's money goes from now on.

    The same value, now or once before, keeps its slots, so an address is never handed
    out twice. Places already handed out stay with the destination they were made for.
    """
    family = (
        destinations.c.account == destination.account,
        destinations.c.family == destination.family,
    )
    tx.execute(
        update(destinations)
        .where(*family, destinations.c.retired_at.is_(None))
        .values(retired_at=tx.now)
    )
    query = rows.columns(destinations, Destination).where(
        *family,
        destinations.c.kind == destination.kind,
        destinations.c.value == destination.value,
    )
    if found := rows.struct(tx.execute(query).mappings().first(), Destination):
        tx.execute(
            update(destinations).where(destinations.c.id == found.id).values(retired_at=None)
        )
        return found
    tx.execute(insert(destinations), msgspec.structs.asdict(destination) | {"next_slot": 0})
    return destination


def retire_destination(tx: Tx, account: str, family: str) -> bool:
    """Hand out no more of a family's destination; tell whether there was one."""
    done = tx.execute(
        update(destinations)
        .where(
            destinations.c.account == account,
            destinations.c.family == family,
            destinations.c.retired_at.is_(None),
        )
        .values(retired_at=tx.now)
    )
    return done.rowcount == 1


def unlock_generation(tx: Tx, id: str) -> int | None:
    """Return which of its unlock secrets an account is at."""
    query = select(accounts.c.unlock_generation).where(accounts.c.id == id)
    return tx.execute(query).scalar()


def next_unlock_generation(tx: Tx, id: str) -> int:
    """Leave an account's unlock secret for the next."""
    query = (
        update(accounts)
        .where(accounts.c.id == id)
        .values(unlock_generation=accounts.c.unlock_generation + 1)
        .returning(accounts.c.unlock_generation)
    )
    return int(tx.execute(query).scalar_one())


def take_slot(tx: Tx, destination: str) -> int:
    """Hand out a destination's next slot. It is never handed out again."""
    return int(tx.execute(_TAKE_SLOT, {"wanted": destination}).scalar_one()) - 1
