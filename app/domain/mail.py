"""Mails: letters owed to payers. Written down before they are sent, and kept a while.

A crash between sending and writing that down sends again: with the same Message-ID, by
which the reader's mailbox knows the letter.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

ATTEMPTS_MAX = 8
RESTS = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 180, 360, 720))
LEASE = timedelta(minutes=2)  # longer than one try can take
KEPT = timedelta(days=7)  # after it was sent or given up
MAILS_MAX = 3  # of one intent
ADDRESSES_MAX = 2


class MailStatus(StrEnum):
    """Where a mail stands."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt owed to one address. `due_at` None: it is over."""

    id: str
    intent: str
    address: str
    language: str | None
    status: MailStatus
    attempts: int
    error: str | None
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


def after(mail: Mail, error: str | None, now: datetime, *, for_good: bool) -> Mail:
    """Return a mail after a try: sent, to be tried again, or given up."""
    if error is None or for_good or mail.attempts >= ATTEMPTS_MAX:
        status = MailStatus.SENT if error is None else MailStatus.FAILED
        closed = {"status": status, "error": error, "due_at": None, "closed_at": now}
        return msgspec.structs.replace(mail, **closed)
    rest = RESTS[min(mail.attempts, len(RESTS)) - 1]
    return msgspec.structs.replace(mail, error=error, due_at=now + rest)
