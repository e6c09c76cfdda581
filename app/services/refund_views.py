"""What people say and see of refund requests: bodies and views."""

from datetime import datetime
from typing import Literal

import msgspec

from app.domain.refund import Outcome, Reason, RefundRequest
from app.services.views import PaymentView

SHORT_LENGTH = 20
Standing = Literal["open", "closed"]


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a payer asks: money back, to an address on the network it came from."""

    address: str
    reason: Reason = Reason.OTHER
    email: str | None = None
    note: str | None = None


class CloseRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the merchant did about it. `note` is shown to the payer."""

    outcome: Outcome
    tx: str | None = None
    note: str | None = None


class RefundPayment(PaymentView, frozen=True, kw_only=True):
    """One transfer that reached the intent, and who sent it as far as the chain tells."""

    sender: str | None


class RefundForPayer(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of an intent's id may see: the address is shortened."""

    object: Literal["refund_request"] = "refund_request"
    status: Standing
    outcome: Outcome | None
    reason: Reason
    address_short: str
    tx: str | None
    answer: str | None
    created_at: datetime


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """What the merchant sees. `sender_differs`: nobody who paid did so from `address`."""

    id: str
    object: Literal["refund_request"] = "refund_request"
    payment_intent: str
    status: Standing
    outcome: Outcome | None
    reason: Reason
    family: str
    address: str
    sender_differs: bool
    email: str | None
    note: str | None
    tx: str | None
    answer: str | None
    payments: tuple[RefundPayment, ...]
    livemode: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


def for_payer(request: RefundRequest) -> RefundForPayer:
    """Return the part of a request that the holder of the intent's id may see."""
    return RefundForPayer(
        status="open" if request.closed_at is None else "closed",
        outcome=request.outcome,
        reason=request.reason,
        address_short=_shortened(request.address),
        tx=request.tx,
        answer=request.answer,
        created_at=request.created_at,
    )


def _shortened(address: str) -> str:
    """Keep the ends of an address: enough to know one's own by."""
    return address if len(address) < SHORT_LENGTH else f"{address[:8]}…{address[-6:]}"
