"""Our events in ICPay's words, signed in either of its two ways.

One intent is one payment there, so a payment's id comes of its intent's. Only
`payment_intent.succeeded` becomes `payment.completed`, and that is told once.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.compat.icpay import numbers, translate, views, wire
from app.compat.icpay.hooks import About, Hook, IntentHook, IntentPart, PaymentHook
from app.domain.event import Event, EventType
from app.domain.manner import STANDARD
from app.domain.refund import Outcome
from app.domain.webhook import Delivery
from app.services.dialects import OUR_TOPICS
from app.services.refund_views import RefundView
from app.services.views import IntentView

SECRET_LENGTHS = (16, 200)  # at least, at most
TIMESTAMPED = "timestamped"  # t=<unix>,v1=<hex of "<unix>.<body>">
BARE = "bare"  # the hex of the body alone: what its plugins for WordPress compare

# What each event is called there; None: there is no word for it.
TYPES: dict[EventType, str | None] = {
    EventType.INTENT_CREATED: "payment_intent.created",
    EventType.INTENT_UPDATED: None,
    EventType.INTENT_REQUIRES_PAYMENT: "payment.updated",
    EventType.INTENT_PROCESSING: "payment.updated",
    EventType.INTENT_SUCCEEDED: "payment.completed",
    EventType.INTENT_MISMATCHED: "payment.failed",
    EventType.INTENT_FAILED: "payment.failed",
    EventType.INTENT_EXPIRED: "payment.cancelled",
    EventType.INTENT_CANCELED: "payment.cancelled",
    EventType.PAYMENT_SEEN: "payment.created",  # the first transfer of an intent
    EventType.PAYMENT_CONFIRMED: None,
    EventType.PAYMENT_LATE: "payment.updated",
    EventType.PAYMENT_REVERSED: "payment.updated",
    EventType.PAYMENT_UNMATCHED: None,
    EventType.REFUND_CREATED: None,
    EventType.REFUND_UPDATED: None,
    EventType.REFUND_CLOSED: "payment.refunded",  # where the merchant sent money back
    EventType.LINK_SUBMITTED: None,
    EventType.BILL_CREATED: None,
    EventType.BILL_UPDATED: None,
    EventType.BILL_ARCHIVED: None,
    EventType.BILL_COMPLETED: None,
    EventType.BILL_REOPENED: None,
    EventType.VOUCHER_CREATED: None,
    EventType.VOUCHER_ARCHIVED: None,
    EventType.CLAIM_CREATED: None,
    EventType.CLAIM_APPROVED: None,
    EventType.CLAIM_PENDING: None,
    EventType.CLAIM_PROCESSING: None,
    EventType.CLAIM_SUCCEEDED: None,
    EventType.CLAIM_CANCELED: None,
    EventType.ENDPOINT_DISABLED: None,
    EventType.ENDPOINT_DELINQUENT: None,
    EventType.ENDPOINT_TEST: "webhook_endpoint.test",  # not a word of ICPay's: it is answered 200
}
ANOTHER = "payment.updated"  # one more transfer of an intent


class _OfIntent(msgspec.Struct, frozen=True):
    object: IntentView


class _OfRefund(msgspec.Struct, frozen=True):
    object: RefundView


class Icpay:
    """The dialect of receivers that were written for ICPay."""

    name = "icpay"
    manner = STANDARD
    topics = OUR_TOPICS  # an endpoint of it subscribes in our words
    signatures = (TIMESTAMPED, BARE)

    def secret_fault(self, secret: str) -> str | None:
        """Take any text: receivers compare by the account's secret key, as it is written."""
        least, most = SECRET_LENGTHS
        plain = secret.isascii() and secret.isprintable() and " " not in secret
        if plain and least <= len(secret) <= most:
            return None
        return f"must be {least} to {most} printable ASCII characters without spaces"

    def notices(self, event: Event) -> Sequence[str]:
        return (event.type.value,)

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        """Return the body, or None when ICPay has no word for the event."""
        told = hook(event)
        return None if told is None else wire.encode(told)

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        """Sign with the newest secret: receivers read one signature and try no second."""
        key = secrets[0].encode()
        if signature == BARE:
            return {"X-ICPay-Signature": _hex(key, body)}
        stamp = str(int(now.timestamp()))
        digest = _hex(key, f"{stamp}.".encode() + body)
        return {"X-ICPay-Signature": f"t={stamp},v1={digest}", "X-ICPay-Timestamp": stamp}


def hook(event: Event) -> Hook | None:
    """Return an event as ICPay tells it, or None when it has no word for it."""
    type = TYPES[event.type]
    if type is None:
        return None
    about = ABOUT.get(event.type, _payment)(event)
    if about is None:
        return None
    if event.type is EventType.PAYMENT_SEEN and len(_view_of(event).payments) > 1:
        type = ANOTHER
    return Hook(
        id=event.id,
        created=int(event.created_at.timestamp()),
        data=About(about),
        livemode=event.livemode,
        type=type,
    )


def _hex(key: bytes, said: bytes) -> str:
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def _view_of(event: Event) -> IntentView:
    return msgspec.json.decode(event.data, type=_OfIntent).object


def _payment(event: Event) -> PaymentHook:
    """Return the paying of an intent, which ICPay calls its payment, paid or not."""
    view = _view_of(event)
    quote = views.chosen(view)
    first = view.payments[0] if view.payments else None
    last = view.payments[-1].tx if view.payments else None
    done = event.type is EventType.INTENT_SUCCEEDED
    return PaymentHook(
        id=numbers.payment_id(view.id),
        account_id=event.account,
        payment_intent_id=view.id,
        transaction_id=last,
        status=translate.PAYMENT_STATUS[view.status, view.exception],
        amount=views.requested(view),
        ledger_canister_id=views.token(quote),
        ledger_tx_id=last,
        account_canister_id=numbers.account_number(event.account),
        metadata=view.metadata,
        requested_amount=views.requested(view),
        paid_amount=str(views.paid(view, view.payments)),
        created_at=first.created_at if first is not None else view.created_at,
        completed_at=event.created_at if done else msgspec.UNSET,
        network=translate.NETWORKS.get(quote.family) if quote is not None else None,
        token=quote.symbol if quote is not None else None,
        intent=IntentPart(
            id=view.id,
            intent_code=numbers.intent_code(view.id),
            amount=views.requested(view),
            amount_usd=views.dollars(view),
            metadata=view.metadata,
            status=views.status(view),
        ),
    )


def _created(event: Event) -> IntentHook:
    view = _view_of(event)
    return IntentHook(
        id=view.id,
        account_id=event.account,
        amount=views.requested(view),
        amount_usd=views.dollars(view),
        ledger_canister_id=views.token(views.chosen(view)),
        description=view.description,
        status=views.status(view),
        intent_code=numbers.intent_code(view.id),
        metadata=view.metadata,
        created_at=view.created_at,
    )


def _refunded(event: Event) -> PaymentHook | None:
    """Return the payment that was sent back; None: the merchant sent nothing."""
    refund = msgspec.json.decode(event.data, type=_OfRefund).object
    if refund.outcome is not Outcome.SENT:
        return None
    intent = refund.payment_intent
    return PaymentHook(
        id=numbers.payment_id(intent),
        account_id=event.account,
        payment_intent_id=intent,
        transaction_id=refund.tx,
        status="refunded",
        ledger_tx_id=refund.tx,
        account_canister_id=numbers.account_number(event.account),
        created_at=refund.created_at,
        completed_at=event.created_at,
        network=translate.NETWORKS.get(refund.family),
        token=refund.payments[-1].symbol if refund.payments else None,
        intent=IntentPart(id=intent, intent_code=numbers.intent_code(intent)),
    )


def _test(event: Event) -> dict[str, Any]:
    return {"id": event.aggregate, "object": "webhook_endpoint"}


# What an event is about, where it is no payment of an intent.
ABOUT: dict[EventType, Callable[[Event], Any]] = {
    EventType.INTENT_CREATED: _created,
    EventType.REFUND_CLOSED: _refunded,
    EventType.ENDPOINT_TEST: _test,
}
