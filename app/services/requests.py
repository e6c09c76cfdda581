"""What people may ask of an intent, and the rules a request must keep before anything else.

A fault names its field and the way out; every fault of a request is told at once.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.domain import money
from app.domain.conditions import CONFIRM_SECONDS_MAX, NONE, TOLERANCE_BPS_MAX, Conditions
from app.domain.ledger import Catalogue
from app.domain.link import EMAIL
from app.domain.narrowing import Narrowed, Narrowing
from app.errors import CheckoutError, Fault, Invalid, UnknownCurrency
from app.services.recipients import Recipients
from app.words.languages import LANGUAGES

EXPIRES_SECONDS = 900
EXPIRES_SECONDS_MIN = 60
EXPIRES_SECONDS_MAX = 86_400
# What BTCPay Server's clients may ask for; they come with conditions.
BRIEF_SECONDS_MIN = 30
SECONDS = {  # at least, at most
    "expires_in_seconds": (BRIEF_SECONDS_MIN, EXPIRES_SECONDS_MAX),
    "confirm_seconds": (0, CONFIRM_SECONDS_MAX),
}
WITHIN = "conditions."
TEXT_MAX = 1000
URL_MAX = 2048
ORDER_MAX = 255
METADATA_KEYS_MAX = 50
METADATA_KEY_MAX = 64
METADATA_BYTES_MAX = 16_384
METADATA_DEPTH_MAX = 8
NUMBER_MAX = 2**64 - 1


class NewIntent(Narrowed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to be paid; or, with `payment_intent`, one that exists already."""

    amount: str | None = None
    currency: str | None = None
    description: str | None = None
    order_id: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    success_url: str | None = None
    cancel_url: str | None = None
    expires_in_seconds: int | None = None
    customer_email: str | None = None
    payment_intent: str | None = None
    recipients: dict[str, str] | None = None


class IntentChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change after creation. A metadata key set to null is removed."""

    metadata: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A new intent's particulars, checked."""

    amount: Decimal
    currency: str
    description: str | None
    order_id: str | None
    metadata: dict[str, Any]
    narrowing: Narrowing
    success_url: str | None
    cancel_url: str | None
    expires_in_seconds: int | None  # None: as its account has it
    customer_email: str | None
    conditions: Conditions = NONE
    link: str | None = None
    recipients: dict[str, str] = {}  # by family; none: the account itself


def wish(
    new: NewIntent, catalogue: Catalogue, recipients: Recipients, conditions: Conditions = NONE
) -> Wish:
    """Check a request to make an intent, or refuse every wrong field at once."""
    faults: list[Fault] = []
    amount, currency = _price(new, faults)
    check_text(faults, "description", new.description, TEXT_MAX)
    check_text(faults, "order_id", new.order_id, ORDER_MAX)
    check_url(faults, "success_url", new.success_url)
    check_url(faults, "cancel_url", new.cancel_url)
    check_metadata(faults, new.metadata)
    least = EXPIRES_SECONDS_MIN if conditions is NONE else BRIEF_SECONDS_MIN
    check_seconds(faults, {"expires_in_seconds": new.expires_in_seconds}, least=least)
    check_conditions(faults, conditions)
    if new.customer_email is not None and not EMAIL.fullmatch(new.customer_email):
        faults.append(Fault("customer_email", "must be an e-mail address"))
    paid: dict[str, str] = {}
    try:
        paid = recipients.read(new.recipients)
    except Invalid as error:
        faults += error.faults
    narrowing = Narrowing()
    try:
        narrowing = Narrowing.read(catalogue, new)
    except Invalid as error:
        if not faults:
            raise  # alone it keeps its own code
        faults += error.faults
    refuse(faults)
    assert amount is not None
    return Wish(
        amount=amount,
        currency=currency,
        description=new.description,
        order_id=new.order_id,
        metadata=new.metadata,
        narrowing=narrowing,
        success_url=new.success_url,
        cancel_url=new.cancel_url,
        expires_in_seconds=new.expires_in_seconds,
        customer_email=new.customer_email,
        conditions=conditions,
        recipients=paid,
    )


def _price(new: NewIntent, faults: list[Fault]) -> tuple[Decimal | None, str]:
    if new.amount is None:
        faults.append(Fault("amount", "is required"))
    if new.currency is None:
        faults.append(Fault("currency", "is required"))
    if new.amount is None or new.currency is None:
        return None, ""
    try:
        currency = money.currency(new.currency)
        return money.parse_price(new.amount, currency, field="amount"), currency
    except UnknownCurrency as error:
        if not faults:
            raise  # alone it keeps its own code
        faults += error.faults
    except CheckoutError as error:
        faults += error.faults
    return None, ""


def check_seconds(
    faults: list[Fault], given: Mapping[str, Any], within: str = "", *, least: int = 0
) -> None:
    """Check how long an intent may be paid, and how long it is then waited for."""
    for field, (lowest, most) in SECONDS.items():
        seconds, lowest = given.get(field), max(lowest, least)
        if seconds is not None and not lowest <= seconds <= most:
            faults.append(Fault(within + field, f"must be between {lowest} and {most}"))


def check_conditions(faults: list[Fault], conditions: Conditions) -> None:
    check_seconds(faults, {"confirm_seconds": conditions.confirm_seconds}, WITHIN)
    if not 0 <= (conditions.tolerance_bps or 0) <= TOLERANCE_BPS_MAX:
        message = f"must be between 0 and {TOLERANCE_BPS_MAX} basis points"
        faults.append(Fault(f"{WITHIN}tolerance_bps", message))
    if conditions.locale is not None and conditions.locale not in LANGUAGES:
        faults.append(Fault(f"{WITHIN}locale", f"must be one of {', '.join(LANGUAGES)}"))


def checked_currency(faults: list[Fault], text: str) -> str:
    try:
        return money.currency(text)
    except UnknownCurrency as error:
        faults += error.faults
        return text


def check_text(faults: list[Fault], field: str, text: str | None, length_max: int) -> None:
    if text is None:
        return
    if len(text) > length_max:
        faults.append(Fault(field, f"must be at most {length_max} characters"))
    elif "\x00" in text:
        faults.append(Fault(field, "must not contain a NUL character"))
    elif any("\ud800" <= sign <= "\udfff" for sign in text):
        faults.append(Fault(field, "must be valid Unicode"))


def check_instant(faults: list[Fault], field: str, at: datetime | None) -> None:
    """An instant needs a zone, and a year that exists in every zone."""
    if at is None:
        return
    if at.tzinfo is None:
        faults.append(Fault(field, "must name its zone, as in 2026-01-01T00:00:00Z"))
    elif not 1 < at.year < 9999:
        faults.append(Fault(field, "must be of the years 2 to 9998"))


def check_url(faults: list[Fault], field: str, url: str | None) -> None:
    """A browser will be sent there, so nothing but http and https may stand in front."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        plain = False
    if not plain or len(url) > URL_MAX or any(ord(sign) <= 32 for sign in url):
        faults.append(Fault(field, f"must be an http(s) URL of at most {URL_MAX} characters"))


def check_metadata(faults: list[Fault], metadata: dict[str, Any]) -> None:
    if len(metadata) > METADATA_KEYS_MAX:
        faults.append(Fault("metadata", f"must have at most {METADATA_KEYS_MAX} keys"))
    for key in metadata:
        if not 0 < len(key) <= METADATA_KEY_MAX or "\x00" in key:
            message = f"keys must be of 1 to {METADATA_KEY_MAX} characters"
            faults.append(Fault("metadata", message))
            break
    if not _numbers_fit(metadata):
        faults.append(Fault("metadata", "numbers must be below 2^64: write larger ones as text"))
        return
    if _depth(metadata) > METADATA_DEPTH_MAX:
        faults.append(Fault("metadata", f"must nest at most {METADATA_DEPTH_MAX} deep"))
        return
    try:
        encoded = msgspec.json.encode(metadata)
    except (UnicodeEncodeError, OverflowError):
        faults.append(Fault("metadata", "must be valid JSON in Unicode"))
        return
    if len(encoded) > METADATA_BYTES_MAX or b"\\u0000" in encoded:
        message = f"must be at most {METADATA_BYTES_MAX} bytes of JSON without NUL characters"
        faults.append(Fault("metadata", message))


def _depth(value: Any, level: int = 0) -> int:
    if level > METADATA_DEPTH_MAX:
        return level
    match value:
        case dict():
            return max((_depth(one, level + 1) for one in value.values()), default=level + 1)
        case list():
            return max((_depth(one, level + 1) for one in value), default=level + 1)
        case _:
            return level


def _numbers_fit(value: Any) -> bool:
    """Tell whether every whole number is one that other languages can read too."""
    match value:
        case dict():
            return all(_numbers_fit(one) for one in value.values())
        case list():
            return all(_numbers_fit(one) for one in value)
        case int():
            return abs(value) <= NUMBER_MAX
        case _:
            return True


def refuse(faults: list[Fault]) -> None:
    """Raise `Invalid` when there are faults, naming them all."""
    if faults:
        lines = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
        raise Invalid(lines[:TEXT_MAX], faults=tuple(faults))
