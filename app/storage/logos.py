"""Logos: one picture an account, found by the name of its content."""

from sqlalchemy import delete, insert, select

from app.storage.store import Tx
from app.storage.tables import logos


def put(tx: Tx, account: str, name: str, content: bytes) -> None:
    """Keep an account's picture in place of the one before."""
    remove(tx, account)
    tx.execute(insert(logos), {"account": account, "name": name, "content": content})


def remove(tx: Tx, account: str) -> None:
    tx.execute(delete(logos).where(logos.c.account == account))


def content(tx: Tx, name: str) -> bytes | None:
    """Return the picture of a name, whoever shows it."""
    found = tx.execute(select(logos.c.content).where(logos.c.name == name).limit(1)).scalar()
    return None if found is None else bytes(found)
