"""Moments: what happened to an invoice, as both of BTCPay Server's wires tell it.

Our events say what came and where an intent stands; theirs name moments: paid in full,
confirmed, expired with a part. One event of ours may be several of them, or none. A merchant
who never heard "paid in full" is told it before "confirmed", since receivers count on the order.

Source: BTCPay Server 2.4, its invoice state machine and the events it publishes.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain.event import Event, EventType
from app.domain.intent import REUSABLE, Oddity, Status, least_due
from app.domain.payment import PaymentStatus
from app.services.views import IntentView, PaymentView

EXPIRED = frozenset({Status.EXPIRED, Status.MISMATCHED})  # both are its Expired
COUNTED = frozenset({PaymentStatus.PENDING, PaymentStatus.CONFIRMED, PaymentStatus.LATE})
CONFIRMED = frozenset({PaymentStatus.CONFIRMED})


class Moment(StrEnum):
    """Everything that happens to an invoice there."""

    CREATED = "created"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_SETTLED = "payment_settled"
    PAID = "paid"  # in full, and not confirmed yet
    CONFIRMED = "confirmed"
    MARKED_SETTLED = "marked_settled"
    EXPIRED = "expired"
    EXPIRED_PARTLY_PAID = "expired_partly_paid"  # told after `expired`
    PAID_LATE = "paid_late"
    UNCONFIRMED = "unconfirmed"  # paid, and the chain took too long
    MARKED_INVALID = "marked_invalid"
    TEST = "test"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an event tells of an intent, as it was then."""

    object: IntentView
    payment: PaymentView | None = None
    previous_status: Status | None = None

    @property
    def was_open(self) -> bool:
        return self.previous_status is None or self.previous_status in REUSABLE

    @property
    def overpaid(self) -> bool:
        return self.object.exception is Oddity.OVERPAID

    def reaches(self, counted: Iterable[PaymentStatus], *, without: bool = False) -> bool:
        """Tell whether payments of these kinds settle the price, perhaps without the last."""
        kinds = frozenset(counted)
        last = self.payment.id if without and self.payment is not None else None
        came = [
            Decimal(one.credit)
            for one in self.object.payments
            if one.status in kinds and one.id != last
        ]
        due = least_due(Decimal(self.object.amount), self.object.tolerance_bps)
        return bool(came) and sum(came) >= due


_DECODER = msgspec.json.Decoder(Told)

Moments = tuple[Moment, ...]


def told(event: Event) -> Told:
    """Return what an event of an intent tells."""
    return _DECODER.decode(event.data)


def stands(view: IntentView) -> Status:
    """Return an intent's status, but that too much is no more than seen until it is confirmed.

    A merchant who wants it exact has such an intent as mismatched. These wires know it as paid,
    and shops ship what is settled: so it must not be before the chain has all of the price.
    """
    excess = view.status is Status.MISMATCHED and view.exception is Oddity.OVERPAID
    waits = excess and not Told(object=view).reaches(CONFIRMED)
    return Status.PROCESSING if waits else view.status


def of(event: Event) -> Moments:
    """Return what an event is there, in the order it is told; nothing, if of no invoice."""
    found = MOMENTS.get(event.type, ())
    return found(told(event)) if callable(found) else found


def _late(said: Told) -> Moments:
    """Money after the end: an invoice that expired may be paid by it, and stays expired."""
    paid = said.reaches(COUNTED) and not said.reaches(COUNTED, without=True)
    if paid and said.object.status in EXPIRED:
        return (Moment.PAYMENT_RECEIVED, Moment.PAID_LATE)
    return (Moment.PAYMENT_RECEIVED,)


def _payment_confirmed(said: Told) -> Moments:
    """One payment is settled; with the last one an overpaid intent that waits for its merchant."""
    stands = said.object.status is Status.MISMATCHED and said.overpaid
    if stands and said.reaches(CONFIRMED) and not said.reaches(CONFIRMED, without=True):
        return (Moment.PAYMENT_SETTLED, Moment.CONFIRMED)
    return (Moment.PAYMENT_SETTLED,)


def _succeeded(said: Told) -> Moments:
    if said.object.exception is Oddity.MARKED:
        return (Moment.MARKED_SETTLED,)
    if said.previous_status is Status.PROCESSING:
        return (Moment.CONFIRMED,)
    return (Moment.PAID, Moment.CONFIRMED)


def _mismatched(said: Told) -> Moments:
    """Too little by the end; or too much for a merchant who wants neither, which is paid there."""
    if said.overpaid:
        paid = () if said.previous_status is Status.PROCESSING else (Moment.PAID,)
        return (*paid, Moment.CONFIRMED) if said.reaches(CONFIRMED) else paid
    return (Moment.EXPIRED, Moment.EXPIRED_PARTLY_PAID) if said.was_open else ()


def _expired(said: Told) -> Moments:
    return (Moment.EXPIRED,) if said.was_open else ()


MOMENTS: dict[EventType, Moments | Callable[[Told], Moments]] = {
    EventType.INTENT_CREATED: (Moment.CREATED,),
    EventType.INTENT_UPDATED: (),
    EventType.INTENT_REQUIRES_PAYMENT: (),  # a reorg takes back without a word there
    EventType.INTENT_PROCESSING: (Moment.PAID,),
    EventType.INTENT_SUCCEEDED: _succeeded,
    EventType.INTENT_MISMATCHED: _mismatched,
    EventType.INTENT_FAILED: (Moment.UNCONFIRMED,),
    EventType.INTENT_EXPIRED: _expired,
    EventType.INTENT_CANCELED: (Moment.MARKED_INVALID,),
    EventType.PAYMENT_SEEN: (Moment.PAYMENT_RECEIVED,),
    EventType.PAYMENT_CONFIRMED: _payment_confirmed,
    EventType.PAYMENT_LATE: _late,
    EventType.PAYMENT_REVERSED: (),
    EventType.PAYMENT_UNMATCHED: (),
    EventType.ENDPOINT_TEST: (Moment.TEST,),
}
