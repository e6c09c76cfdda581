"""Events: one immutable line of an aggregate's history each.

An event is written in the transaction that makes it true. Screens, webhooks and
mail are readers of this table; whatever they lose, it is still here.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from app.domain.intent import Status


class EventType(StrEnum):
    """Everything a merchant can subscribe to."""

    INTENT_CREATED = "payment_intent.created"
    INTENT_UPDATED = "payment_intent.updated"  # ledger chosen, priced again, exception
    INTENT_REQUIRES_PAYMENT = "payment_intent.requires_payment"  # a reorg took credit back
    INTENT_PROCESSING = "payment_intent.processing"
    INTENT_SUCCEEDED = "payment_intent.succeeded"
    INTENT_MISMATCHED = "payment_intent.mismatched"
    INTENT_FAILED = "payment_intent.failed"
    INTENT_EXPIRED = "payment_intent.expired"
    INTENT_CANCELED = "payment_intent.canceled"
    PAYMENT_SEEN = "payment.seen"
    PAYMENT_CONFIRMED = "payment.confirmed"
    PAYMENT_LATE = "payment.late"
    PAYMENT_REVERSED = "payment.reversed"
    PAYMENT_UNMATCHED = "payment.unmatched"
    REFUND_CREATED = "refund_request.created"
    REFUND_UPDATED = "refund_request.updated"
    REFUND_CLOSED = "refund_request.closed"
    LINK_SUBMITTED = "payment_link.submitted"
    BILL_CREATED = "bill.created"
    BILL_UPDATED = "bill.updated"
    BILL_ARCHIVED = "bill.archived"
    BILL_COMPLETED = "bill.completed"
    BILL_REOPENED = "bill.reopened"  # a reorg took back what had paid it
    VOUCHER_CREATED = "voucher.created"
    VOUCHER_ARCHIVED = "voucher.archived"
    CLAIM_CREATED = "claim.created"
    CLAIM_APPROVED = "claim.approved"
    CLAIM_PENDING = "claim.pending"  # the merchant took back that it was on its way
    CLAIM_PROCESSING = "claim.processing"
    CLAIM_SUCCEEDED = "claim.succeeded"
    CLAIM_CANCELED = "claim.canceled"
    ENDPOINT_DISABLED = "webhook_endpoint.disabled"
    ENDPOINT_DELINQUENT = "webhook_endpoint.delinquent"
    ENDPOINT_TEST = "webhook_endpoint.test"


BY_STATUS = {
    Status.REQUIRES_PAYMENT: EventType.INTENT_REQUIRES_PAYMENT,
    Status.PROCESSING: EventType.INTENT_PROCESSING,
    Status.SUCCEEDED: EventType.INTENT_SUCCEEDED,
    Status.MISMATCHED: EventType.INTENT_MISMATCHED,
    Status.FAILED: EventType.INTENT_FAILED,
    Status.EXPIRED: EventType.INTENT_EXPIRED,
    Status.CANCELED: EventType.INTENT_CANCELED,
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of history.

    `sequence` counts an account's events without a gap, so a reader can tell that it
    has read them all. `version` counts the aggregate's own. `data` is JSON text:
    `{"object": …}` as it was at that version, `"payment"` where one is meant, and
    `"previous_status"` where the status moved.
    """

    id: str
    account: str
    sequence: int
    aggregate: str
    version: int
    type: EventType
    livemode: bool
    data: msgspec.Raw
    created_at: datetime
