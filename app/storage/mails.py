"""Mails: what is owed to payers, claimed by one hand at a time, forgotten after a while."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, func, insert, select, update

from app.domain.mail import Mail
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import mails


def of_intent(tx: Tx, intent: str) -> list[Mail]:
    query = rows.columns(mails, Mail).where(mails.c.intent == intent).order_by(mails.c.created_at)
    return rows.structs(tx.execute(query).mappings(), Mail)


def add(tx: Tx, mail: Mail) -> None:
    tx.execute(insert(mails), msgspec.structs.asdict(mail))


def save(tx: Tx, mail: Mail) -> bool:
    """Write what came of a try, unless another hand tried since; tell whether it was written."""
    values = {name: getattr(mail, name) for name in ("status", "error", "due_at", "closed_at")}
    where = (mails.c.id == mail.id, mails.c.attempts == mail.attempts)
    return tx.execute(update(mails).where(*where).values(**values)).rowcount == 1


def due(tx: Tx, limit: int) -> list[Mail]:
    """Return mails whose time has come, the longest waiting first."""
    query = rows.columns(mails, Mail).where(mails.c.due_at <= tx.now)
    ordered = query.order_by(mails.c.due_at, mails.c.id).limit(limit)
    return rows.structs(tx.execute(ordered).mappings(), Mail)


def take(tx: Tx, mail: Mail, until: datetime) -> Mail | None:
    """Count one more try and keep others from it until then; None: another hand was first."""
    taken = msgspec.structs.replace(mail, attempts=mail.attempts + 1, due_at=until)
    done = tx.execute(
        update(mails)
        .where(mails.c.id == mail.id, mails.c.attempts == mail.attempts)
        .values(attempts=taken.attempts, due_at=until)
    )
    return taken if done.rowcount == 1 else None


def earliest_due(tx: Tx) -> datetime | None:
    found: datetime | None = tx.execute(select(func.min(mails.c.due_at))).scalar()
    return found


def forget(tx: Tx, before: datetime, limit: int) -> int:
    """Delete mails that were sent or given up before a time."""
    old = select(mails.c.id).where(mails.c.closed_at < before).limit(limit)
    return tx.execute(delete(mails).where(mails.c.id.in_(old))).rowcount
