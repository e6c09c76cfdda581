"""What an Idempotency-Key was answered, kept so that a retry hears the same."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from app.errors import IdempotencyMismatch
from app.storage.store import Tx
from app.storage.tables import replies


def find(tx: Tx, account: str, key: str, fingerprint: str, since: datetime) -> bytes | None:
    """Return the stored reply, or refuse a key that was used for another request."""
    query = select(replies.c.fingerprint, replies.c.body).where(
        replies.c.account == account, replies.c.key == key, replies.c.created_at >= since
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise IdempotencyMismatch
    return str(row.body).encode()


def keep(tx: Tx, account: str, key: str, fingerprint: str, body: bytes, since: datetime) -> None:
    """Store a reply; a key past its day makes room for a new one.

    Only a reply that `find` would not return is replaced. One that was committed since we
    looked is another request's with the same key: the insert collides, and the store runs
    the whole transaction again, which then finds it.
    """
    past = (replies.c.account == account, replies.c.key == key, replies.c.created_at < since)
    tx.execute(delete(replies).where(*past))
    tx.execute(
        insert(replies),
        {
            "account": account,
            "key": key,
            "fingerprint": fingerprint,
            "body": body.decode(),
            "created_at": tx.now,
        },
    )


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete replies older than their day."""
    old = select(replies.c.account, replies.c.key).where(replies.c.created_at < before).limit(limit)
    found = tx.execute(old).all()
    for account, key in found:
        tx.execute(delete(replies).where(replies.c.account == account, replies.c.key == key))
    return len(found)
