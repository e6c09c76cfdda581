"""Refund requests: what a payer asks back, and where. The merchant acts, never this house.

Whoever holds an intent's id can ask, so a request proves nothing: it is shown to the
merchant beside what the chain says of who sent the money.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

NOTE_MAX = 500
TX_MAX = 128
EDITS_MAX = 20  # of one request while it is open
REQUESTS_MAX = 5  # of one intent, the closed ones too


class Reason(StrEnum):
    """Why the payer asks."""

    EXCESS = "excess"  # more was sent than was due
    LATE = "late"
    MISTAKE = "mistake"
    OTHER = "other"


class Outcome(StrEnum):
    """What the merchant did."""

    SENT = "sent"
    DECLINED = "declined"


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to have money back. Open until `closed_at`; `answer` is the merchant's word."""

    id: str
    account: str
    intent: str
    livemode: bool
    family: str
    address: str
    reason: Reason
    email: str | None
    note: str | None
    outcome: Outcome | None = None
    tx: str | None = None
    answer: str | None = None
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
