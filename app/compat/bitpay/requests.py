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
from app.domain.conditions import Conditions
from app.domain.intent import Filter
from app.domain.ledger import Catalogue
from app.domain.link import EMAIL
from app.errors import Invalid
from app.services.requests import NewIntent

EXPIRES_SECONDS_LEAST = 30
METHODS_MAX = 100
LIMIT_MAX = 100
OFFSET_MAX = 10_000
PRICE_DIGITS_MAX = 40
MILLISECONDS = 1000
INSTANT_DIGITS_MAX = 17  # of milliseconds: far beyond any year there is


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


def new_intent(
    asked: NewInvoice, account: Account, catalogue: Catalogue, now: datetime
) -> tuple[NewIntent, Conditions]:
    """Return the wish behind a new invoice, and what it asks beyond its price."""
    if asked.price is None:
        raise Invalid.field("price", "is required: an invoice without one is not offered here")
    currency = money.currency((asked.currency or account.currency).strip())
    metadata = _metadata(asked)
    email = metadata.get("buyerEmail")
    wish = NewIntent(
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
    conditions = Conditions(
        speed=translate.SPEEDS.get(asked.transaction_speed or ""),
        preferred=_preferred(asked, account, catalogue),
        returns=asked.redirect_automatically,
    )
    return wish, conditions


def _price(value: Decimal, currency: str) -> str:
    """Write a JSON number made by PHP or JavaScript, 10.1 + 0.2 for 10.3, as a price."""
    if not value.is_finite() or value.adjusted() > PRICE_DIGITS_MAX:
        raise Invalid.field("price", "must be a number such as 12.5")
    if value < 0:
        raise Invalid.field("price", "The price should be 0 or more.")
    return f"{money.round_price_to_even(value, currency):f}"


def _expires(at: Decimal | None, now: datetime) -> int | None:
    """Return in how many seconds an invoice ends, from the instant in milliseconds."""
    if at is None:
        return None
    if not at.is_finite() or at.adjusted() > INSTANT_DIGITS_MAX:
        raise Invalid.field("expirationTime", "must be milliseconds since 1970")
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


def _preferred(asked: NewInvoice, account: Account, catalogue: Catalogue) -> str | None:
    """Return the ledger to be shown first; None: none was named that is known here."""
    if not asked.default_payment_method:
        return None
    offered = catalogue.offered(livemode=account.livemode)
    found = payment_methods.to_ledgers(asked.default_payment_method, offered, catalogue)
    return found[0] if found else None


def _enabled(currencies: dict[str, Any]) -> list[str]:
    """Return the currencies that are switched on."""
    found = []
    for name, said in currencies.items():
        words = said.items() if isinstance(said, dict) else ()
        if any(word.lower() == "enabled" and value is True for word, value in words):
            found.append(name)
    return found


def _metadata(asked: NewInvoice) -> dict[str, Any]:
    """Return what was said of the order and the buyer; the flat fields win."""
    buyer = asked.buyer or NewBuyer()
    flat = translate.METADATA.items()
    said: dict[str, Any] = {name: getattr(asked, field) for name, field in flat}
    for name, field in translate.BUYER.items():
        said[name] = said[name] or getattr(buyer, field)
    if asked.tax_included is not None:
        if not asked.tax_included.is_finite() or asked.tax_included.adjusted() > PRICE_DIGITS_MAX:
            raise Invalid.field("taxIncluded", "must be a number such as 1.5")
        said["taxIncluded"] = f"{asked.tax_included:f}"
    return {name: value for name, value in said.items() if value not in (None, "")}


class Listing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /invoices`: what a list is narrowed by."""

    date_start: str | None = None
    date_end: str | None = None
    order_id: str | None = None
    item_code: str | None = None
    status: str | None = None
    limit: int = LIMIT_MAX
    offset: int = 0


def filter(asked: Listing) -> tuple[Filter, int]:
    """Return what a list is narrowed by, and how long it may be."""
    if asked.limit < 1:
        raise Invalid.field("limit", "must be at least 1")
    if not 0 <= asked.offset <= OFFSET_MAX:
        raise Invalid.field("offset", f"must be between 0 and {OFFSET_MAX}")
    wanted = Filter(
        standing=translate.cells(asked.status) if asked.status else None,
        order_id=asked.order_id or None,
        label=("itemCode", asked.item_code) if asked.item_code else None,
        created_from=instant(asked.date_start, "dateStart") if asked.date_start else None,
        created_before=_end(asked.date_end) if asked.date_end else None,
        archived=False,
    )
    return wanted, min(asked.limit, LIMIT_MAX)


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


def _end(text: str) -> datetime:
    """Read the last day of a list, which belongs to it."""
    try:
        return instant(text, "dateEnd") + timedelta(days=1)
    except OverflowError:
        raise Invalid.field("dateEnd", "must be a day that has a next one") from None
