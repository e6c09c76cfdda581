"""Pull payments and payouts in Greenfield's words: tables, entities, and what was asked.

A pull payment is our voucher, a payout our claim. Source: BTCPay Server's published API,
"Pull payments" and "Stores (Payouts)", 2.4.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from app.compat import payment_methods
from app.compat.greenfield import wire
from app.domain.claim import ClaimStatus
from app.domain.ledger import Catalogue
from app.domain.voucher import Basis
from app.errors import Fault, Invalid
from app.services.voucher_requests import ClaimView, VoucherView

BOLT11_DAYS = 30  # how long an invoice to be paid must last: what BTCPay asks by default
DIGITS_MAX = 40  # before or behind the point: more is no amount of money

STATES: dict[ClaimStatus, str] = {
    ClaimStatus.REQUIRES_APPROVAL: "AwaitingApproval",
    ClaimStatus.PENDING: "AwaitingPayment",  # until the merchant says more: nothing sends by itself
    ClaimStatus.PROCESSING: "InProgress",
    ClaimStatus.SUCCEEDED: "Completed",
    ClaimStatus.CANCELED: "Cancelled",
}
STATUSES = {state: status for status, state in STATES.items()}
BASES: dict[str, Basis] = {
    "RateThen": Basis.RATE_THEN,
    "CurrentRate": Basis.RATE_NOW,
    "Fiat": Basis.PRICE,
    "OverpaidAmount": Basis.EXCESS,
    "Custom": Basis.CUSTOM,
}


class NewPullPayment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /stores/{storeId}/pull-payments`. `paymentMethods` is what older clients say."""

    amount: Decimal | None = None
    currency: str | None = None
    name: str | None = None
    description: str | None = None
    auto_approve_claims: bool | None = None
    starts_at: int | None = None
    expires_at: int | None = None
    payout_methods: list[str] | None = None
    payment_methods: list[str] | None = None


class NewPayout(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/payouts`: of a pull payment, or of the store."""

    destination: str | None = None
    amount: Decimal | None = None
    payout_method_id: str | None = None
    payment_method: str | None = None  # the same, as older clients say it
    pull_payment_id: str | None = None
    approved: bool | None = None
    metadata: dict[str, Any] | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /payouts/{payoutId}`."""

    revision: int = 0
    rate_rule: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /payouts/{payoutId}/mark`."""

    state: str
    payment_proof: dict[str, Any] | None = None


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /invoices/{invoiceId}/refund`."""

    refund_variant: str | None = None
    payout_method_id: str | None = None
    payment_method: str | None = None
    name: str | None = None
    description: str | None = None
    subtract_percentage: Decimal | None = None
    custom_amount: Decimal | None = None
    custom_currency: str | None = None


class PullPaymentEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A pull payment."""

    id: str
    name: str
    description: str
    currency: str
    amount: str
    auto_approve_claims: bool
    archived: bool
    view_link: str
    starts_at: int
    expires_at: int | None
    bolt11_expiration: int = msgspec.field(default=BOLT11_DAYS, name="BOLT11Expiration")


class PayoutEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payout. `revision` counts changes before the approval: here a claim never changes."""

    id: str
    revision: int = 0
    pull_payment_id: str | None
    date: int
    destination: str
    original_currency: str
    original_amount: str
    payout_currency: str
    payout_amount: str | None
    payout_method_id: str
    state: str
    payment_proof: dict[str, Any] | None
    metadata: dict[str, Any]


class RefundEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /invoices/{invoiceId}/refund/{paymentMethodId}`: what a refund would come to."""

    payment_amount_now: str
    payment_amount_then: str
    overpaid_payment_amount: str
    payment_currency: str
    payment_currency_divisibility: int
    invoice_amount: str
    invoice_currency: str
    invoice_currency_divisibility: int


def pull_payment(view: VoucherView) -> PullPaymentEntity:
    """Return a voucher as a pull payment."""
    return PullPaymentEntity(
        id=view.id,
        name=view.name,
        description=view.description or "",
        currency=view.currency,
        amount=view.amount,
        auto_approve_claims=view.auto_approve,
        archived=view.archived,
        view_link=view.url,
        starts_at=wire.seconds(view.starts_at),
        expires_at=None if view.expires_at is None else wire.seconds(view.expires_at),
    )


def payout(view: ClaimView, catalogue: Catalogue) -> PayoutEntity:
    """Return a claim as a payout."""
    ledger = catalogue.ledgers.get(view.ledger)
    return PayoutEntity(
        id=view.id,
        pull_payment_id=view.voucher,
        date=wire.seconds(view.created_at),
        destination=view.address,
        original_currency=view.currency,
        original_amount=view.amount,
        payout_currency=view.symbol if ledger is None else ledger.asset,
        payout_amount=view.ledger_amount,
        payout_method_id=payment_methods.of_ledger(view.ledger, catalogue),
        state=STATES[view.status],
        payment_proof=view.proof,
        metadata=view.metadata,
    )


def ledgers(named: list[str], field: str, livemode: bool, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the ledgers a list of payout methods means, or refuse what means nothing."""
    offered = catalogue.offered(livemode=livemode)
    found = payment_methods.among(named, offered, catalogue)
    faults = tuple(Fault(f"{field}[{place}]", "is no payout method") for place in found.strange)
    if not found.ledgers and not faults:
        faults = (Fault(field, "names no payout method of this store"),)
    if faults:
        raise Invalid("A payout method is not known here.", faults=faults)
    return found.ledgers


def ledger(named: str | None, livemode: bool, catalogue: Catalogue) -> str:
    """Return the ledger a payout method means, or refuse it."""
    if named is None:
        raise Invalid.field("payoutMethodId", "is required")
    found = payment_methods.to_ledgers(named, catalogue.offered(livemode=livemode), catalogue)
    if not found:
        raise Invalid.field("payoutMethodId", "is no payout method of this store")
    return found[0]


def plain(amount: Decimal | None, field: str) -> str | None:
    """Return an amount as it is written out, or refuse one that would fill the page."""
    if amount is None:
        return None
    if not amount.is_finite() or (amount and abs(amount.adjusted()) > DIGITS_MAX):
        raise Invalid.field(field, "must be a plain decimal number such as 12.50")
    return f"{amount:f}"


def instant(seconds: int | None, field: str) -> datetime | None:
    """Return the instant of whole seconds since 1970, or refuse one that is in no year."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise Invalid.field(field, "must be a time in seconds since 1970") from None
