"""Claims: somebody asks to be sent an amount, to an address on a ledger.

The merchant approves, sends, and says so. This house has no key to send with: a claim is
`processing` or `succeeded` on the merchant's word alone, and `pending` until that comes. Its
status is computed from what was said, as an intent's is from what arrived.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from app.domain import money
from app.domain.event import EventType


class ClaimStatus(StrEnum):
    """Where a claim stands."""

    REQUIRES_APPROVAL = "requires_approval"
    PENDING = "pending"  # approved: the merchant is to send it
    PROCESSING = "processing"  # the merchant says it is on its way
    SUCCEEDED = "succeeded"  # the merchant says it was sent
    CANCELED = "canceled"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All a status depends on."""

    approved: bool
    sending: bool
    sent: bool
    canceled: bool


def status(facts: Facts) -> ClaimStatus:
    """Return the only status these facts allow. What was sent cannot be unsent."""
    if facts.sent:
        return ClaimStatus.SUCCEEDED
    if facts.canceled:
        return ClaimStatus.CANCELED
    if not facts.approved:
        return ClaimStatus.REQUIRES_APPROVAL
    return ClaimStatus.PROCESSING if facts.sending else ClaimStatus.PENDING


FINAL = frozenset({ClaimStatus.SUCCEEDED, ClaimStatus.CANCELED})
OPEN = frozenset(ClaimStatus) - FINAL

# Every step there is, and how it is told.
STEPS: dict[ClaimStatus, dict[ClaimStatus, EventType]] = {
    ClaimStatus.REQUIRES_APPROVAL: {
        ClaimStatus.PENDING: EventType.CLAIM_APPROVED,
        ClaimStatus.CANCELED: EventType.CLAIM_CANCELED,
    },
    ClaimStatus.PENDING: {
        ClaimStatus.PROCESSING: EventType.CLAIM_PROCESSING,
        ClaimStatus.SUCCEEDED: EventType.CLAIM_SUCCEEDED,
        ClaimStatus.CANCELED: EventType.CLAIM_CANCELED,
    },
    ClaimStatus.PROCESSING: {
        ClaimStatus.PENDING: EventType.CLAIM_PENDING,
        ClaimStatus.SUCCEEDED: EventType.CLAIM_SUCCEEDED,
    },
    ClaimStatus.SUCCEEDED: {},
    ClaimStatus.CANCELED: {},
}


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to be sent money. `atomic` is what is due on the ledger, once approved."""

    id: str
    account: str
    voucher: str | None  # None: the merchant made it without one
    livemode: bool
    status: ClaimStatus
    amount: Decimal
    currency: str
    ledger: str
    address: str
    atomic: int | None = None
    rate: Decimal | None = None  # currency for one whole unit of the ledger's asset
    approved_at: datetime | None = None
    sending: bool = False
    sent_at: datetime | None = None
    canceled_at: datetime | None = None
    proof: dict[str, Any] | None = None  # how it was sent, in the merchant's words
    metadata: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def facts(self) -> Facts:
        """What the status depends on."""
        return Facts(
            approved=self.approved_at is not None,
            sending=self.sending,
            sent=self.sent_at is not None,
            canceled=self.canceled_at is not None,
        )


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of claims may be narrowed by."""

    voucher: str | None = None
    canceled: bool = True  # the canceled ones too


def worth(price: Decimal, rate: Decimal, decimals: int, precision: int) -> int:
    """Return the atomic amount `price` is worth at `rate`, rounded down to `precision`."""
    price_top, price_bottom = price.as_integer_ratio()
    rate_top, rate_bottom = rate.as_integer_ratio()
    whole = money.step(decimals, 0)
    exact = price_top * rate_bottom * whole // (price_bottom * rate_top)
    return money.round_down_to_precision(exact, decimals, precision)
