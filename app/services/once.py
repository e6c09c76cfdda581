"""Once: a POST that carries an Idempotency-Key is done once and answered alike.

The reply is stored in the transaction that does the work, so there is no moment at
which the work is done and the reply unknown.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

from app.seal import Seal
from app.storage import replies
from app.storage.store import Store, Tx

T = TypeVar("T")
KEPT = timedelta(hours=24)


class Once(msgspec.Struct, frozen=True):
    """One request that must not be done twice."""

    account: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, account: str, key: str | None, *said: bytes) -> "Once | None":
        """Name a request by its key and by all it said; None when it carries no key."""
        if key is None:
            return None
        digest = hashlib.sha256()
        for part in said:
            digest.update(len(part).to_bytes(8, "big") + part)
        return cls(account, key, digest.hexdigest())


def told(tx: Tx, once: Once | None, type: type[T], seal: Seal | None = None) -> T | None:
    """Return the reply this request had before, if it had one."""
    if once is None:
        return None
    body = replies.find(tx, once.account, once.key, once.fingerprint, tx.now - KEPT)
    if body is None:
        return None
    return msgspec.json.decode(seal.open(body.decode()) if seal else body, type=type)


def keep(tx: Tx, once: Once | None, reply: object, seal: Seal | None = None) -> None:
    """Store the reply beside the work it tells of; sealed when it tells a secret."""
    if once is None:
        return
    body = msgspec.json.encode(reply)
    if seal is not None:
        body = seal.close(body.decode()).encode()
    replies.keep(tx, once.account, once.key, once.fingerprint, body, tx.now - KEPT)


async def write(
    store: Store,
    once: Once | None,
    type: type[T],
    fn: Callable[[Tx], T],
    seal: Seal | None = None,
) -> tuple[T, bool]:
    """Do `fn` in a transaction unless it was done before; tell whether it was new."""

    def run(tx: Tx) -> tuple[T, bool]:
        before = told(tx, once, type, seal)
        if before is not None:
            return before, False
        reply = fn(tx)
        keep(tx, once, reply, seal)
        return reply, True

    return await store.write(run)
