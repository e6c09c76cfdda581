"""Browsers that are signed in, and how often doors were tried."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from app.domain.user import Session
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import sessions, tries

_GET = rows.columns(sessions, Session).where(sessions.c.hash == bindparam("wanted"))


def add(tx: Tx, session: Session) -> None:
    tx.execute(insert(sessions), msgspec.structs.asdict(session))


def get(tx: Tx, hash: str) -> Session | None:
    """Return a session that has not ended."""
    found = rows.struct(tx.execute(_GET, {"wanted": hash}).mappings().first(), Session)
    return found if found is not None and found.expires_at > tx.now else None


def prove(tx: Tx, hash: str) -> None:
    tx.execute(update(sessions).where(sessions.c.hash == hash).values(proved=True))


def end(tx: Tx, hash: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.hash == hash))


def end_all(tx: Tx, user: str, but: str | None = None) -> None:
    """End a user's sessions, all or all but one."""
    tx.execute(delete(sessions).where(sessions.c.user == user, sessions.c.hash != (but or "")))


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete sessions that ended before an instant."""
    old = select(sessions.c.hash).where(sessions.c.expires_at < before).limit(limit)
    found = list(tx.execute(old).scalars())
    tx.execute(delete(sessions).where(sessions.c.hash.in_(found)))
    return len(found)


def tried(tx: Tx, name: str, window: timedelta) -> tuple[int, datetime]:
    """Count one more try of a door; return how many that makes, and until when they count."""
    query = select(tries.c.count, tries.c.until).where(tries.c.name == name).with_for_update()
    row = tx.execute(query).mappings().first()
    if row is None:
        until = tx.now + window
        tx.execute(insert(tries), {"name": name, "count": 1, "until": until})
        return 1, until
    lasts = row["until"] > tx.now
    count, until = (row["count"] + 1, row["until"]) if lasts else (1, tx.now + window)
    tx.execute(update(tries).where(tries.c.name == name).values(count=count, until=until))
    return count, until


def untried(tx: Tx, name: str) -> None:
    """Forget how often a door was tried: it opened."""
    tx.execute(delete(tries).where(tries.c.name == name))


def forget_tries(tx: Tx, before: datetime, limit: int) -> int:
    """Delete counts that ended before an instant."""
    old = select(tries.c.name).where(tries.c.until < before).limit(limit)
    found = list(tx.execute(old).scalars())
    tx.execute(delete(tries).where(tries.c.name.in_(found)))
    return len(found)
