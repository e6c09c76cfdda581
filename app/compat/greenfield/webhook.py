"""Our events in Greenfield's words, signed and retried as BTCPay Server does it.

Each try there is a delivery of its own, with an id of its own; the first one's stays as
`originalDeliveryId`. Here it is one delivery with several attempts, so their ids are the
delivery's and the number of the try. Notices of one endpoint go strictly in order, and a shop
may ask us from inside its handler: nothing is held while it thinks.

Source: BTCPay Server 2.4, "Webhooks".
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.compat import moments, payment_methods
from app.compat.greenfield import notices, other_notices, views, wire
from app.compat.moments import Moment, Told
from app.domain.event import Event
from app.domain.intent import Oddity, Status
from app.domain.ledger import Catalogue
from app.domain.manner import MINUTE, Manner
from app.domain.payment import PaymentStatus
from app.domain.webhook import Delivery
from app.services.views import PaymentView

NAME = "btcpay"
SIGNATURE = "sha256"
SECRET_LENGTH_MAX = 255
TRY_DIGITS_MAX = 3
MANNER = Manner(ladder_seconds=(10, MINUTE, *[10 * MINUTE] * 6), strict=True, passing_only=True)

# What each moment is called there.
TYPES: dict[Moment, str] = {
    Moment.CREATED: "InvoiceCreated",
    Moment.PAYMENT_RECEIVED: "InvoiceReceivedPayment",
    Moment.PAYMENT_SETTLED: "InvoicePaymentSettled",
    Moment.PAID: "InvoiceProcessing",
    Moment.CONFIRMED: "InvoiceSettled",
    Moment.MARKED_SETTLED: "InvoiceSettled",
    Moment.EXPIRED: "InvoiceExpired",
    Moment.EXPIRED_PARTLY_PAID: "InvoiceExpiredPaidPartial",
    Moment.PAID_LATE: "InvoicePaidAfterExpiration",
    Moment.UNCONFIRMED: "InvoiceInvalid",
    Moment.MARKED_INVALID: "InvoiceInvalid",
    Moment.TEST: "InvoiceCreated",  # of an invoice nobody has: receivers answer and forget it
}
# What else a shop may subscribe to: what is told of no invoice.
ELSEWHERE = frozenset(type for types in other_notices.TYPES.values() for type in types)


class Greenfield:
    """The dialect of receivers that were written for BTCPay Server."""

    name = NAME
    manner = MANNER
    topics = frozenset(TYPES.values()) | ELSEWHERE
    signatures = (SIGNATURE,)

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def secret_fault(self, secret: str) -> str | None:
        """Take any text: it is the receiver's own, and echoed as it came."""
        if 0 < len(secret) <= SECRET_LENGTH_MAX and secret.isprintable():
            return None
        return f"must be 1 to {SECRET_LENGTH_MAX} printable characters"

    def notices(self, event: Event) -> Sequence[str]:
        if event.type in other_notices.TYPES:
            return other_notices.of(event)
        return tuple(TYPES[one] for one in moments.of(event))

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        """Return the body of one notice, as of the try it is sent with."""
        if event.type in other_notices.TYPES:
            return _other(event, delivery)
        found = moments.of(event)
        if delivery.part >= len(found):
            return None
        moment = found[delivery.part]
        common = _common(event, delivery, TYPES[moment])
        if moment is Moment.TEST:
            return wire.encode(_test(event, common))
        said = moments.told(event)
        common |= {"invoice_id": said.object.id, "metadata": views.metadata(said.object)}
        return wire.encode(BODIES.get(moment, _plain)(self, said, common))

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        """Sign with the newest secret: the header has room for one signature."""
        digest = hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()
        return {"BTCPay-Sig": f"{SIGNATURE}={digest}"}

    def method(self, payment: PaymentView) -> str:
        """Return the payment method a transfer came by."""
        return payment_methods.of_ledger(payment.ledger, self._catalogue)


def try_id(delivery: Delivery, number: int) -> str:
    """Return the id of one try: the first has the delivery's own."""
    return delivery.id if number == 1 else f"{delivery.id}-{number}"


def read_try(id: str) -> tuple[str, int]:
    """Return the delivery and the number of the try that an id names."""
    delivery, _, number = id.partition("-")
    known = number.isascii() and number.isdecimal() and len(number) <= TRY_DIGITS_MAX
    return delivery, int(number) if known else 1


def _common(event: Event, delivery: Delivery, type: str) -> dict[str, Any]:
    return {
        "delivery_id": try_id(delivery, delivery.attempts + 1),
        "webhook_id": delivery.endpoint,
        "original_delivery_id": delivery.original or delivery.id,
        "is_redelivery": delivery.original is not None or delivery.attempts > 0,
        "type": type,
        "timestamp": wire.seconds(event.created_at),
        "store_id": event.account,
    }


def _test(event: Event, common: dict[str, Any]) -> notices.InvoiceNotice:
    """Return what an endpoint is tested with: its receiver knows such an invoice by its id."""
    return notices.InvoiceNotice(**common, invoice_id=f"__test__{event.id}__test__", metadata={})


def _other(event: Event, delivery: Delivery) -> bytes | None:
    types = other_notices.of(event)
    if delivery.part >= len(types):
        return None
    common = _common(event, delivery, types[delivery.part])
    return wire.encode(other_notices.notice(event, common))


def _plain(_own: Greenfield, _said: Told, common: dict[str, Any]) -> notices.Notice:
    return notices.InvoiceNotice(**common)


def _payment(own: Greenfield, said: Told, common: dict[str, Any]) -> notices.Notice:
    assert said.payment is not None, "a payment's event says which"
    return notices.PaymentNotice(
        **common,
        after_expiration=said.payment.status is PaymentStatus.LATE,
        payment_method_id=own.method(said.payment),
        payment=views.payment(said.payment),
    )


def _processing(_own: Greenfield, said: Told, common: dict[str, Any]) -> notices.Notice:
    return notices.ProcessingNotice(**common, over_paid=said.overpaid)


def _settled(_own: Greenfield, said: Told, common: dict[str, Any]) -> notices.Notice:
    marked = said.object.exception is Oddity.MARKED
    return notices.SettledNotice(**common, manually_marked=marked, over_paid=said.overpaid)


def _expired(_own: Greenfield, said: Told, common: dict[str, Any]) -> notices.Notice:
    partly = said.object.status is Status.MISMATCHED
    return notices.ExpiredNotice(**common, partially_paid=partly)


def _invalid(marked: bool) -> "Body":
    def body(_own: Greenfield, _said: Told, common: dict[str, Any]) -> notices.Notice:
        return notices.InvalidNotice(**common, manually_marked=marked)

    return body


Body = Callable[[Greenfield, Told, dict[str, Any]], notices.Notice]
# What a type says beyond what every invoice's does.
BODIES: dict[Moment, Body] = {
    Moment.PAYMENT_RECEIVED: _payment,
    Moment.PAYMENT_SETTLED: _payment,
    Moment.PAID: _processing,
    Moment.CONFIRMED: _settled,
    Moment.MARKED_SETTLED: _settled,
    Moment.EXPIRED: _expired,
    Moment.UNCONFIRMED: _invalid(False),
    Moment.MARKED_INVALID: _invalid(True),
}
