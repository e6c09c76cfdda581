"""What Bitpay's clients ask for, read into what our services take.

What an invoice says of the order and the buyer becomes metadata under the names BTCPay Server
keeps it by, so that both of its APIs show one invoice alike.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from app.compat import payment_methods
from app.compat.bitpay import translate
from app.domain import money
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.link import EMAIL
from app.errors import Invalid
from app.services.requests import EXPIRES_SECONDS, NewIntent

EXPIRES_SECONDS_LEAST = 30
METHODS_MAX = 100
PRICE_DIGITS_MAX = 40
MILLISECONDS = 1000


class NewBuyer(msgspec.Struct, frozen=True, kw_only=True):
    """`buyer` of an invoice."""

    name: str | None = None
    address1: str | None = None
    address2: str | None = None
    locality: str | None = None
    region: str | None = None
    zip: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None


class NewInvoice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /invoices`. What is sent besides has no meaning here and is left alone."""

    price: Decimal | None = None
    currency: str | None = None
    order_id: str | None = None
    item_code: str | None = None
    item_desc: str | None = None
    pos_data: str | None = None
    notification_url: str | None = msgspec.field(default=None, name="notificationURL")
    redirect_url: str | None = msgspec.field(default=None, name="redirectURL")
    redirect_automatically: bool | None = None
    transaction_speed: str | None = None
    full_notifications: bool = False
    extended_notifications: bool = False
    physical: bool | None = None
    tax_included: Decimal | None = None
    buyer: NewBuyer | None = None
    buyer_name: str | None = None
    buyer_email: str | None = None
    buyer_phone: str | None = None
    buyer_address1: str | None = None
    buyer_address2: str | None = None
    buyer_city: str | None = None
    buyer_state: str | None = None
    buyer_zip: str | None = None
    buyer_country: str | None = None
    expiration_time: Decimal | None = None
    payment_currencies: tuple[str, ...] = ()
    supported_transaction_currencies: dict[str, Any] | None = None
    default_payment_method: str | None = None


class NewToken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /tokens`: an application asks for a code, or brings one."""

    id: str | None = None
    pairing_code: str | None = None
    label: str | None = None


def new_intent(asked: NewInvoice, account: Account, catalogue: Catalogue, now: datetime) -> NewIntent:
    """Return the wish behind a new invoice."""
    if asked.price is None:
        raise Invalid.field("price", "is required: an invoice without one is not offered here")
    if asked.currency is None:
        raise Invalid.field("currency", "is required")
    currency = money.currency(asked.currency.strip())
    metadata = _metadata(asked)
    email = metadata.get("buyerEmail")
    return NewIntent(
        amount=_price(asked.price, currency),
        currency=currency,
        description=asked.item_desc or None,
        order_id=asked.order_id or None,
        metadata=metadata,
        success_url=asked.redirect_url or None,
        expires_in_seconds=_expires(asked.expiration_time, now),
        customer_email=email if email and EMAIL.fullmatch(email) else None,
        ledgers=_ledgers(asked, account, catalogue),
    )


def _price(value: Decimal, currency: str) -> str:
    """Write a JSON number made by PHP or JavaScript, 10.1 + 0.2 for 10.3, as a price."""
    if not value.is_finite() or value.adjusted() > PRICE_DIGITS_MAX:
        raise Invalid.field("price", "must be a number such as 12.5")
    if value < 0:
        raise Invalid.field("price", "The price should be 0 or more.")
    return f"{money.round_price_to_even(value, currency):f}"


def _expires(at: Decimal | None, now: datetime) -> int:
    """Return in how many seconds a price ends, from the instant in milliseconds."""
    if at is None:
        return EXPIRES_SECONDS
    left = int(at / MILLISECONDS - int(now.timestamp()))
    if left < EXPIRES_SECONDS_LEAST:
        raise Invalid.field("expirationTime", "The expirationTime is set too soon")
    return left


def _ledgers(asked: NewInvoice, account: Account, catalogue: Catalogue) -> tuple[str, ...] | None:
    """Return the ledgers of the currencies that may pay; None: all there are."""
    names = [*asked.payment_currencies, *_enabled(asked.supported_transaction_currencies or {})]
    if not names:
        return None
    field = "paymentCurrencies" if asked.payment_currencies else "supportedTransactionCurrencies"
    if len(names) > METHODS_MAX:
        raise Invalid.field(field, f"must be at most {METHODS_MAX}")
    offered = catalogue.offered(livemode=account.livemode)
    found = payment_methods.among(names, offered, catalogue).ledgers
    if not found:
        raise Invalid.field(field, "names no currency that can be paid with here")
    return found


def _enabled(currencies: dict[str, Any]) -> list[str]:
    """Return the currencies that are switched on."""
    found = []
    for name, said in currencies.items():
        folded = {key.lower(): value for key, value in said.items()} if isinstance(said, dict) else {}
        if folded.get("enabled") is True:
            found.append(name)
    return found


def _metadata(asked: NewInvoice) -> dict[str, Any]:
    """Return what was said of the order and the buyer; the flat fields win."""
    buyer = asked.buyer or NewBuyer()
    said: dict[str, Any] = {name: getattr(asked, field) for name, field in translate.METADATA.items()}
    for name, field in translate.BUYER.items():
        said[name] = getattr(asked, translate.METADATA[name]) or getattr(buyer, field)
    if asked.tax_included is not None:
        said["taxIncluded"] = f"{asked.tax_included:f}"
    return {name: value for name, value in said.items() if value not in (None, "")}


class Listing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /invoices`: what a list is narrowed by."""

    date_start: str | None = None
    date_end: str | None = None
    order_id: str | None = None
    item_code: str | None = None
    status: str | None = None
    limit: int | None = None
    offset: int = 0


def instant(text: str, field: str) -> datetime:
    """Read a day or an instant: 2026-01-31, 01/31/2026, an ISO 8601 time, or seconds since 1970."""
    try:
        if text.isascii() and text.isdigit() and len(text) <= 13:
            seconds = int(text) if len(text) <= 10 else int(text) // MILLISECONDS
            return datetime.fromtimestamp(seconds, UTC)
        if text[2:3] == "/":
            return datetime.strptime(text[:10], "%m/%d/%Y").replace(tzinfo=UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Invalid.field(field, "must be a day such as 2026-01-31") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ends(text: str | None) -> datetime | None:
    """Read the last day of a list, which belongs to it."""
    return instant(text, "dateEnd") + timedelta(days=1) if text else None
