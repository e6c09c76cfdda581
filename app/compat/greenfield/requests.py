"""What Greenfield's clients ask of an invoice, read into what our services take.

Null is the store's default everywhere. Amounts come as text or as numbers, both exact.
"""

from decimal import Decimal
from typing import Any

import msgspec

from app.compat import payment_methods
from app.compat.greenfield.translate import MARKS, SPEEDS
from app.domain import money
from app.domain.account import Account
from app.domain.conditions import Conditions, Receipt, Speed
from app.domain.intent import Mark
from app.domain.ledger import Catalogue, Ledger
from app.domain.link import EMAIL as EMAIL_ADDRESS
from app.errors import Fault, Invalid, UnknownCurrency
from app.services import requests
from app.services.requests import NewIntent
from app.words import languages

METHODS_MAX = 50
ORDER = "orderId"
DESCRIPTION = "itemDesc"
EMAIL = "buyerEmail"
MINUTES_MAX = Decimal(10**9)


class Checkout(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`checkout`."""

    speed_policy: str | None = None
    payment_methods: list[str] | None = None
    default_payment_method: str | None = None
    expiration_minutes: Decimal | None = None
    monitoring_minutes: Decimal | None = None
    payment_tolerance: Decimal | None = None
    redirect_url: str | None = msgspec.field(name="redirectURL", default=None)
    redirect_automatically: bool | None = None
    default_language: str | None = None


class WantedReceipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`receipt`."""

    enabled: bool | None = None
    show_qr: bool | None = msgspec.field(name="showQR", default=None)
    show_payments: bool | None = None


class NewInvoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/invoices`."""

    amount: Decimal | None = None
    currency: str | None = None
    metadata: dict[str, Any] | None = None
    checkout: Checkout | None = None
    receipt: WantedReceipt | None = None
    additional_search_terms: list[str] | None = None


class ChangedInvoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`PUT …/invoices/{id}`: its metadata, whole."""

    metadata: dict[str, Any] | None = None


class NewStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/invoices/{id}/status`."""

    status: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as our services take it."""

    new: NewIntent
    conditions: Conditions


def asked(
    invoice: NewInvoice, account: Account, offered: list[Ledger], catalogue: Catalogue
) -> Asked:
    """Return the wish behind a request, or refuse every wrong field at once."""
    faults: list[Fault] = []
    checkout = invoice.checkout or Checkout()
    metadata = invoice.metadata or {}
    email = text_of(metadata, EMAIL)
    new = NewIntent(
        amount=_amount(invoice.amount, faults),
        currency=_currency(invoice.currency or account.currency, faults),
        description=text_of(metadata, DESCRIPTION),
        order_id=text_of(metadata, ORDER),
        metadata=metadata,
        ledgers=_ledgers(checkout.payment_methods, offered, catalogue, faults),
        success_url=checkout.redirect_url or None,
        expires_in_seconds=_seconds(checkout.expiration_minutes, "expirationMinutes", faults),
        customer_email=email if email and EMAIL_ADDRESS.fullmatch(email) else None,
    )
    conditions = Conditions(
        speed=speed(checkout.speed_policy, faults, "checkout.speedPolicy"),
        confirm_seconds=_seconds(checkout.monitoring_minutes, "monitoringMinutes", faults),
        tolerance_bps=tolerance(checkout.payment_tolerance, faults, "checkout.paymentTolerance"),
        locale=language(checkout.default_language, faults, "checkout.defaultLanguage"),
        preferred=_preferred(checkout.default_payment_method, offered, catalogue, faults),
        returns=checkout.redirect_automatically,
        receipt=_receipt(invoice.receipt),
    )
    requests.refuse(faults)
    return Asked(new=new, conditions=conditions)


def mark(status: str) -> Mark:
    """Return what an invoice is to be marked, or refuse."""
    for one, word in MARKS.items():
        if word.lower() == status.lower():
            return one
    raise Invalid.field("status", f"must be one of {', '.join(MARKS.values())}")


def text_of(metadata: dict[str, Any], key: str) -> str | None:
    """Return a text of the metadata; a number counts as one, so that 12 is found as "12"."""
    value = metadata.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def tolerance(percent: Decimal | None, faults: list[Fault], field: str) -> int | None:
    """Return a tolerance in basis points, or refuse it."""
    if percent is None:
        return None
    points = percent * 100
    if not 0 <= points <= 10_000:
        faults.append(Fault(field, "must be between 0 and 100 percent"))
        return None
    if points != points.to_integral_value():
        faults.append(Fault(field, "must have at most two decimals"))
        return None
    return int(points)


def language(tag: str | None, faults: list[Fault], field: str) -> str | None:
    """Return the offered language nearest to a tag, or refuse one that none is near."""
    if not tag:
        return None
    found = languages.match(tag)
    if found is None:
        faults.append(Fault(field, f"there is no language {tag[:40]!r} here: see /misc/lang"))
        return None
    return found.code


def speed(name: str | None, faults: list[Fault], field: str) -> Speed | None:
    """Return a speed by its name, or refuse it."""
    if not name:
        return None
    for one, word in SPEEDS.items():
        if word.lower() == name.lower():
            return one
    faults.append(Fault(field, f"must be one of {', '.join(SPEEDS.values())}"))
    return None


def _amount(amount: Decimal | None, faults: list[Fault]) -> str | None:
    if amount is None:
        message = "is required: invoices that take any amount are not offered here"
        faults.append(Fault("amount", message))
    elif not amount.is_finite() or amount.adjusted() > 30 or amount.as_tuple().exponent < -30:  # type: ignore[operator]
        faults.append(Fault("amount", "must be a plain decimal number"))
    elif amount <= 0:
        faults.append(Fault("amount", "must be more than zero"))
    else:
        return f"{amount.normalize():f}"  # 25.0000 is 25: a shop writes what its database has
    return None


def _currency(code: str, faults: list[Fault]) -> str:
    try:
        return money.currency(code)
    except UnknownCurrency as error:
        faults += error.faults
        return code


def _ledgers(
    names: list[str] | None, offered: list[Ledger], catalogue: Catalogue, faults: list[Fault]
) -> tuple[str, ...] | None:
    if not names:
        return None
    field = "checkout.paymentMethods"
    if len(names) > METHODS_MAX:
        faults.append(Fault(field, f"must be at most {METHODS_MAX}"))
        return None
    meant = payment_methods.among(names, offered, catalogue)
    faults += [Fault(f"{field}[{one}]", "Invalid payment method") for one in meant.strange]
    if not meant.ledgers and not meant.strange:
        faults.append(Fault(field, "this store is set up for none of these"))
    return meant.ledgers or None


def _preferred(
    name: str | None, offered: list[Ledger], catalogue: Catalogue, faults: list[Fault]
) -> str | None:
    if not name:
        return None
    meant = payment_methods.to_ledgers(name, offered, catalogue)
    if not meant:
        faults.append(Fault("checkout.defaultPaymentMethod", "Invalid payment method"))
    return meant[0] if meant else None


def _seconds(minutes: Decimal | None, name: str, faults: list[Fault]) -> int | None:
    if minutes is None:
        return None
    if not minutes.is_finite() or not 0 <= minutes <= MINUTES_MAX:
        faults.append(Fault(f"checkout.{name}", "must be a number of minutes"))
        return None
    return int((minutes * 60).to_integral_value())


def _receipt(wanted: WantedReceipt | None) -> Receipt:
    if wanted is None:
        return Receipt()
    return Receipt(enabled=wanted.enabled, codes=wanted.show_qr, payments=wanted.show_payments)
