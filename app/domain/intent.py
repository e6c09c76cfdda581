"""The life of a payment intent.

A status is computed, never edited. Given what was asked, what arrived and what
time it is, there is one right answer, so a replayed block, a reorg or a second
worker all reach the same status.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from app.domain import money
from app.domain.conditions import NONE, Conditions
from app.domain.outage import Outage
from app.domain.quote import Quote


class Status(StrEnum):
    """Where an intent stands."""

    REQUIRES_PAYMENT = "requires_payment"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    MISMATCHED = "mismatched"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


class Oddity(StrEnum):
    """What was odd about it: the `exception` axis."""

    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    LATE = "late"
    MARKED = "marked"


class Mark(StrEnum):
    """A merchant's own word, against whatever the chains say."""

    SETTLED = "settled"
    INVALID = "invalid"


FINAL = frozenset({Status.SUCCEEDED, Status.CANCELED})
REUSABLE = frozenset({Status.REQUIRES_PAYMENT, Status.PROCESSING})
ACCEPTABLE = frozenset({Status.MISMATCHED, Status.EXPIRED, Status.FAILED})
CANCELABLE = frozenset(Status) - FINAL - {Status.PROCESSING}
UNSETTLED = frozenset(Status) - {Status.SUCCEEDED}
ABANDONABLE = frozenset({Status.REQUIRES_PAYMENT, Status.PROCESSING, Status.EXPIRED})


class Underpayment(StrEnum):
    """What an account does with too little."""

    WAIT = "wait"  # stay open for a top-up
    CLOSE = "close"  # mismatched at once


class Overpayment(StrEnum):
    """What an account does with too much."""

    ACCEPT = "accept"
    MISMATCH = "mismatch"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All a status depends on. Amounts are credit in the price's currency."""

    amount: Decimal  # the price
    due: Decimal  # least credit that settles the intent, tolerance already taken off
    seen: Decimal  # credit that arrived in time, confirmed or not
    confirmed: Decimal  # the part of `seen` deep enough to trust
    expires_at: datetime  # the wish ends: nothing later counts
    gives_up_at: datetime  # we stop waiting for confirmations
    late: bool = False  # something arrived after the end
    accepted: bool = False  # the merchant took it as paid
    canceled: bool = False
    underpayment: Underpayment = Underpayment.WAIT
    overpayment: Overpayment = Overpayment.ACCEPT

    @property
    def overpaid(self) -> bool:
        """Too much arrived, beyond the same tolerance that too little gets."""
        return money.difference(self.seen, self.amount) > money.difference(self.amount, self.due)

    @property
    def left(self) -> Decimal:
        """What is still to be paid; zero once enough was seen."""
        return money.difference(self.amount, self.seen) if self.seen < self.due else Decimal(0)


def status(facts: Facts, now: datetime) -> Status:
    """Return the only status these facts allow at `now`."""
    if facts.canceled:
        return Status.CANCELED
    if facts.accepted:
        return Status.SUCCEEDED
    if facts.overpaid and facts.overpayment is Overpayment.MISMATCH:
        return Status.MISMATCHED
    if facts.confirmed >= facts.due:
        return Status.SUCCEEDED
    if facts.seen >= facts.due:
        return Status.PROCESSING if now < facts.gives_up_at else Status.FAILED
    if facts.seen > 0 and facts.underpayment is Underpayment.CLOSE:
        return Status.MISMATCHED
    if now < facts.expires_at:
        return Status.REQUIRES_PAYMENT
    return Status.MISMATCHED if facts.seen > 0 else Status.EXPIRED


def oddity(facts: Facts) -> Oddity | None:
    """Return what is odd about these facts, the gravest first."""
    if facts.accepted:
        return Oddity.MARKED
    if facts.overpaid:
        return Oddity.OVERPAID
    if facts.late:
        return Oddity.LATE if facts.seen == 0 or facts.seen >= facts.due else Oddity.UNDERPAID
    if 0 < facts.seen < facts.due:
        return Oddity.UNDERPAID
    return None


def advance(current: Status, facts: Facts, now: datetime) -> Status | None:
    """Return the status to move to, or None when nothing changes.

    What is final moves no more, but that a merchant may take back their own word: what they
    marked settled becomes canceled, and what they canceled settled.
    """
    target = status(facts, now)
    word = facts.canceled or facts.accepted
    if target is current or (current in FINAL and not (word and target in FINAL)):
        return None
    return target


def marks(status: Status, exception: Oddity | None) -> tuple[Mark, ...]:
    """Return what a merchant may mark an intent as, where it stands."""
    marked = exception is Oddity.MARKED
    found = []
    if status in UNSETTLED and (status, exception) != (Status.MISMATCHED, Oddity.OVERPAID):
        found.append(Mark.SETTLED)
    short = status is Status.MISMATCHED and exception is not Oddity.OVERPAID
    if status in ABANDONABLE or short or (status is Status.SUCCEEDED and marked):
        found.append(Mark.INVALID)
    return tuple(found)


def look_again_at(current: Status, facts: Facts) -> datetime | None:
    """Return when the clock alone could change this status; None: never."""
    match current:
        case Status.REQUIRES_PAYMENT:
            return facts.expires_at
        case Status.PROCESSING:
            return facts.gives_up_at
        case _:
            return None


def least_due(amount: Decimal, tolerance_bps: int) -> Decimal:
    """Return the least credit that settles `amount` under a tolerance."""
    return money.difference(amount, money.WIDE.multiply(amount, Decimal(tolerance_bps).scaleb(-4)))


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to be paid one price once: what was asked, and what the facts came to.

    `seen` and `confirmed` are the credit its payments sum to, kept here so that a
    read needs one row. `quotes` holds every revision that a payer may have been shown.
    """

    id: str
    account: str
    livemode: bool
    status: Status
    exception: Oddity | None
    amount: Decimal
    currency: str
    amount_usd: Decimal | None
    seen: Decimal
    confirmed: Decimal
    tolerance_bps: int
    underpayment: Underpayment
    overpayment: Overpayment
    description: str | None
    order_id: str | None
    metadata: dict[str, Any]
    customer_email: str | None
    ledger: str | None
    ledgers: tuple[str, ...]
    quotes: tuple[Quote, ...]
    success_url: str | None
    cancel_url: str | None
    link: str | None
    recipients: dict[str, str] = {}  # who is paid in the account's stead, by family
    accepted: bool
    canceled: bool
    expires_in_seconds: int
    expires_at: datetime
    gives_up_at: datetime
    payments_count: int
    version: int
    created_at: datetime
    closed_at: datetime | None
    outage: Outage | None = None  # pretended, for test money alone
    conditions: Conditions = NONE
    archived: bool = False  # put away by the merchant: it lives on, and lists leave it out

    def facts(self, *, late: bool) -> Facts:
        """Return what the status depends on, from what was stored."""
        return Facts(
            amount=self.amount,
            due=least_due(self.amount, self.tolerance_bps),
            seen=self.seen,
            confirmed=self.confirmed,
            expires_at=self.expires_at,
            gives_up_at=self.gives_up_at,
            late=late,
            accepted=self.accepted,
            canceled=self.canceled,
            underpayment=self.underpayment,
            overpayment=self.overpayment,
        )

    @property
    def left(self) -> Decimal:
        """What is still to be paid."""
        return self.facts(late=False).left

    def quote(self, ledger: str) -> Quote | None:
        """Return the newest quote on a ledger."""
        found = [one for one in self.quotes if one.ledger == ledger]
        return max(found, key=lambda one: one.revision, default=None)

    def newest_quotes(self) -> list[Quote]:
        """Return the newest quote of each ledger, in the intent's order of ledgers."""
        newest: dict[str, Quote] = {}
        for one in self.quotes:
            if one.ledger not in newest or newest[one.ledger].revision < one.revision:
                newest[one.ledger] = one
        return [newest[ledger] for ledger in self.ledgers if ledger in newest]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of intents may be narrowed by."""

    status: Status | None = None
    order_id: str | None = None
    link: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    label: tuple[str, str] | None = None
    standing: tuple[tuple[Status, Oddity | None], ...] | None = None
    order_ids: tuple[str, ...] | None = None
    text: str | None = None  # an id, an order, an e-mail address or a label's value, in full
    archived: bool | None = None  # None: archived or not


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of intents that money reached may be narrowed by."""

    standing: tuple[tuple[Status, Oddity | None], ...] | None = None
    ledgers: tuple[str, ...] | None = None
    sender: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    created_from: datetime | None = None
    created_before: datetime | None = None
