"""Greenfield's webhooks of what is no invoice: refunds, payouts, payment requests.

Source: BTCPay Server 2.4, "Webhooks" of its API document.
"""

from typing import Any

import msgspec

from app.compat.greenfield.notices import InvoiceNotice, Notice
from app.compat.greenfield.payment_requests import STATUSES
from app.compat.greenfield.payouts_words import STATES
from app.domain.event import Event, EventType
from app.services.bill_requests import BillView
from app.services.voucher_requests import ClaimView, VoucherView

REFUND = "InvoiceRefund"
PAYOUT_CREATED, PAYOUT_APPROVED = "PayoutCreated", "PayoutApproved"
PAYOUT_UPDATED = "PayoutUpdated"
REQUEST_STATUS = "PaymentRequestStatusChanged"

# What each of our events is called there, in the order it is told.
TYPES: dict[EventType, tuple[str, ...]] = {
    EventType.VOUCHER_CREATED: (REFUND,),  # where it gives an invoice's money back
    EventType.VOUCHER_ARCHIVED: (),
    EventType.CLAIM_CREATED: (PAYOUT_CREATED,),
    EventType.CLAIM_APPROVED: (PAYOUT_APPROVED,),
    EventType.CLAIM_PENDING: (PAYOUT_UPDATED,),
    EventType.CLAIM_PROCESSING: (PAYOUT_UPDATED,),
    EventType.CLAIM_SUCCEEDED: (PAYOUT_UPDATED,),
    EventType.CLAIM_CANCELED: (PAYOUT_UPDATED,),
    EventType.BILL_CREATED: ("PaymentRequestCreated",),
    EventType.BILL_UPDATED: ("PaymentRequestUpdated",),
    EventType.BILL_ARCHIVED: ("PaymentRequestArchived",),
    EventType.BILL_COMPLETED: (REQUEST_STATUS, "PaymentRequestCompleted"),
    EventType.BILL_REOPENED: (REQUEST_STATUS,),
}


class RefundNotice(InvoiceNotice, frozen=True, kw_only=True):
    """An invoice's money is offered back by a pull payment."""

    pull_payment_id: str


class PayoutNotice(Notice, frozen=True, kw_only=True):
    """What happened to a payout."""

    payout_id: str
    pull_payment_id: str | None
    payout_state: str


class RequestNotice(Notice, frozen=True, kw_only=True):
    """What happened to a payment request."""

    payment_request_id: str
    status: str


class _OfVoucher(msgspec.Struct, frozen=True):
    object: VoucherView


class _OfClaim(msgspec.Struct, frozen=True):
    object: ClaimView


class _OfBill(msgspec.Struct, frozen=True):
    object: BillView


def of(event: Event) -> tuple[str, ...]:
    """Return what an event is called there; nothing, where nobody is told."""
    if event.type is EventType.VOUCHER_CREATED and _voucher(event).payment_intent is None:
        return ()
    return TYPES.get(event.type, ())


def notice(event: Event, common: dict[str, Any]) -> Notice:
    """Return the body of one notice."""
    match event.type.value.partition(".")[0]:
        case "voucher":
            found = _voucher(event)
            return RefundNotice(
                **common,
                invoice_id=found.payment_intent or "",
                metadata={},
                pull_payment_id=found.id,
            )
        case "claim":
            claim = msgspec.json.decode(event.data, type=_OfClaim).object
            return PayoutNotice(
                **common,
                payout_id=claim.id,
                pull_payment_id=claim.voucher,
                payout_state=STATES[claim.status],
            )
    bill = msgspec.json.decode(event.data, type=_OfBill).object
    return RequestNotice(**common, payment_request_id=bill.id, status=STATUSES[bill.status])


def _voucher(event: Event) -> VoucherView:
    return msgspec.json.decode(event.data, type=_OfVoucher).object
