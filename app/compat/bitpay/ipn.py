"""Our events as Bitpay's notifications, which are unsigned: receivers ask us what is true.

An invoice names the address it wants them at. Always told is that it is confirmed; with
`fullNotifications` what ends it, with `extendedNotifications` everything, once more and in an
envelope that says which event it is.

Source: BTCPay Server 2.4, its notifications of the Bitpay API and their codes.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from app.compat import moments
from app.compat.bitpay import views, wire
from app.compat.bitpay.entities import Wire
from app.compat.moments import Moment
from app.domain.event import Event
from app.domain.manner import MINUTE, Manner
from app.domain.webhook import Delivery

NAME = "bitpay"
UNSIGNED = "none"
MANNER = Manner(ladder_seconds=(10 * MINUTE,) * 5)


class Happening(msgspec.Struct, frozen=True):
    """What Bitpay calls an event."""

    code: int
    name: str


CREATED = Happening(1001, "invoice_created")
RECEIVED_PAYMENT = Happening(1002, "invoice_receivedPayment")
PAID_IN_FULL = Happening(1003, "invoice_paidInFull")
EXPIRED = Happening(1004, "invoice_expired")
CONFIRMED = Happening(1005, "invoice_confirmed")
COMPLETED = Happening(1006, "invoice_completed")
MARKED_INVALID = Happening(1008, "invoice_markedInvalid")
PAID_AFTER_EXPIRATION = Happening(1009, "invoice_paidAfterExpiration")
FAILED_TO_CONFIRM = Happening(1013, "invoice_failedToConfirm")
EXPIRED_PAID_PARTIAL = Happening(2000, "invoice_expiredPaidPartial")
MARKED_COMPLETE = Happening(2008, "invoice_markedComplete")

HAPPENINGS: dict[Moment, tuple[Happening, ...]] = {
    Moment.CREATED: (CREATED,),
    Moment.PAYMENT_RECEIVED: (RECEIVED_PAYMENT,),
    Moment.PAYMENT_SETTLED: (),  # it has a code there, and nobody is ever sent it
    Moment.PAID: (PAID_IN_FULL,),
    Moment.CONFIRMED: (CONFIRMED, COMPLETED),
    Moment.MARKED_SETTLED: (MARKED_COMPLETE,),
    Moment.EXPIRED: (EXPIRED,),
    Moment.EXPIRED_PARTLY_PAID: (EXPIRED_PAID_PARTIAL,),
    Moment.PAID_LATE: (PAID_AFTER_EXPIRATION,),
    Moment.UNCONFIRMED: (FAILED_TO_CONFIRM,),
    Moment.MARKED_INVALID: (MARKED_INVALID,),
    Moment.TEST: (),
}
ALL = tuple(one for found in HAPPENINGS.values() for one in found)
ALWAYS = (CONFIRMED,)
FULL = (
    *(EXPIRED, PAID_IN_FULL, FAILED_TO_CONFIRM, MARKED_INVALID, MARKED_COMPLETE),
    *(COMPLETED, EXPIRED_PAID_PARTIAL),
)
# What the status is said to be, whatever it has become since.
SAID: dict[Happening, str] = {CONFIRMED: "confirmed", PAID_IN_FULL: "paid"}
EXTENDED = ".extended"  # of a topic: the one in an envelope


class BuyerFields(Wire, frozen=True, kw_only=True):
    """What is told of who buys."""

    buyer_email: str | None


class Notification(Wire, frozen=True, kw_only=True):
    """The body, and the `data` of an extended one."""

    id: str
    url: str
    pos_data: str | None
    status: str
    btc_price: str | None
    price: Decimal
    currency: str
    invoice_time: int
    expiration_time: int
    current_time: int
    btc_paid: str | None
    btc_due: str | None
    rate: Decimal
    exception_status: str | Literal[False]
    buyer_fields: BuyerFields
    payment_subtotals: dict[str, int]
    payment_totals: dict[str, int]
    amount_paid: int
    exchange_rates: dict[str, dict[str, Decimal]]
    order_id: str | None


SAME = frozenset(Notification.__struct_fields__) - {"buyer_fields"}


class Extended(Wire, frozen=True, kw_only=True):
    """A notification that says what happened."""

    event: Happening
    data: Notification


def wanted(*, full: bool, extended: bool) -> tuple[str, ...]:
    """Return the topics an invoice asks for by its two flags."""
    flat = (*ALWAYS, *(FULL if full or extended else ()))
    return (
        *(one.name for one in flat),
        *(f"{one.name}{EXTENDED}" for one in ALL if extended),
    )


class Bitpay:
    """The dialect of receivers that were written for Bitpay."""

    name = NAME
    manner = MANNER
    topics = frozenset(f"{one.name}{end}" for one in ALL for end in ("", EXTENDED))
    signatures = (UNSIGNED,)

    def secret_fault(self, secret: str) -> str | None:
        """Take any text: nothing is signed with it."""
        return None

    def notices(self, event: Event) -> Sequence[str]:
        return tuple(f"{one.name}{end}" for one in happenings(event) for end in ("", EXTENDED))

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        """Return the body of one notice."""
        wanted = delivery.topic.removesuffix(EXTENDED)
        happening = next((one for one in happenings(event) if one.name == wanted), None)
        if happening is None:
            return None
        flat = notification(event, happening)
        if not delivery.topic.endswith(EXTENDED):
            return wire.encode(flat)
        return wire.encode(Extended(event=happening, data=flat))

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        """Sign nothing."""
        return {}


def happenings(event: Event) -> tuple[Happening, ...]:
    """Return what an event of ours is there, in the order it is told."""
    return tuple(one for moment in moments.of(event) for one in HAPPENINGS[moment])


def notification(event: Event, happening: Happening) -> Notification:
    """Return what is told of an invoice, as it was when it happened."""
    invoice = views.invoice(moments.told(event).object, event.created_at)
    given = {name: getattr(invoice, name) for name in SAME}
    given["status"] = SAID.get(happening, invoice.status)
    return Notification(**given, buyer_fields=BuyerFields(buyer_email=invoice.buyer.email))
