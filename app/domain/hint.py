"""Hints: transactions a payer says were theirs, and what is to be said of each.

A hint is never believed: it only tells where to look. What is found there is judged by
the rules of any payment, and the verdict says in one word what came of it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.domain.intent import Intent, Oddity
from app.domain.payment import Payment

LOOKS_MAX = 40
FIRST_LOOK = timedelta(seconds=15)
REST_MAX = timedelta(minutes=10)
LOOKED_FOR = timedelta(hours=1)  # at least, when the intent is over already


class Verdict(StrEnum):
    """What came of a transaction a payer named."""

    COUNTED = "counted"  # found, and deep enough
    ALREADY_COUNTED = "already_counted"  # and it was before it was named
    CONFIRMING = "confirming"  # found, and not deep enough yet
    TOO_LITTLE = "too_little"  # counted, and more is due
    TOO_MUCH = "too_much"  # counted, and more than was due
    TOO_LATE = "too_late"  # found; it moved after the end
    OTHER_AMOUNT = "other_amount"  # at an address where the amount names the payment
    OTHER_TOKEN = "other_token"  # noqa: S105 -- at the right address, of another coin
    OTHER_CHAIN = "other_chain"  # at the right address, on another network
    OTHER_ADDRESS = "other_address"  # it paid somebody else
    OTHER_PAYMENT = "other_payment"  # it paid another intent
    FAILED = "failed"  # in a block, and it moved nothing
    WAITING = "waiting"  # known, and in no block yet
    NOT_FOUND = "not_found"  # no node has heard of it yet


LOOKED_FOR_ON = frozenset({Verdict.WAITING, Verdict.NOT_FOUND})


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction named for one intent. `due_at` None: it is looked for no more."""

    intent: str
    tx: str
    family: str
    livemode: bool
    looks: int
    created_at: datetime
    asked_at: datetime
    due_at: datetime | None


def verdict(intent: Intent, payment: Payment, chain: str | None, *, known: bool) -> Verdict:
    """Return what is to be said of a payment that reached an intent.

    `chain` is the one the payer chose; `known` tells that it counted before.
    """
    if payment.removed:
        return Verdict.NOT_FOUND
    if payment.quote_amount is None:
        return Verdict.OTHER_TOKEN if payment.chain == chain else Verdict.OTHER_CHAIN
    if payment.late:
        return Verdict.TOO_LATE
    if intent.exception is Oddity.OVERPAID:
        return Verdict.TOO_MUCH
    if intent.exception is Oddity.UNDERPAID:
        return Verdict.TOO_LITTLE
    if not payment.deep:
        return Verdict.CONFIRMING
    return Verdict.ALREADY_COUNTED if known else Verdict.COUNTED


def next_look(hint: Hint, until: datetime, now: datetime) -> datetime | None:
    """Return when to look for a transaction again; None: no more."""
    if hint.looks >= LOOKS_MAX or now >= max(until, hint.asked_at + LOOKED_FOR):
        return None
    rest: timedelta = FIRST_LOOK * 2 ** min(hint.looks, 8)
    return now + min(rest, REST_MAX)
