"""Lightning addresses: names, each somebody's, over all accounts of the house."""

import msgspec
from sqlalchemy import delete, insert, update

from app.domain.lnurl import LightningAddress
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import lightning_addresses as names


def get(tx: Tx, name: str) -> LightningAddress | None:
    query = rows.columns(names, LightningAddress).where(names.c.name == name)
    return rows.struct(tx.execute(query).mappings().first(), LightningAddress)


def of_account(tx: Tx, account: str, limit: int) -> list[LightningAddress]:
    """Return an account's names in their order."""
    query = rows.columns(names, LightningAddress).where(names.c.account == account)
    found = tx.execute(query.order_by(names.c.name).limit(limit)).mappings()
    return rows.structs(found, LightningAddress)


def put(tx: Tx, address: LightningAddress) -> None:
    """Write a name down, or let it sell something else."""
    values = msgspec.structs.asdict(address)
    mine = (names.c.name == address.name, names.c.account == address.account)
    if tx.execute(update(names).where(*mine).values(link=address.link)).rowcount == 0:
        tx.execute(insert(names), values)


def remove(tx: Tx, account: str, name: str) -> bool:
    """Give a name up; tell whether it was the account's."""
    mine = (names.c.name == name, names.c.account == account)
    return tx.execute(delete(names).where(*mine)).rowcount == 1
