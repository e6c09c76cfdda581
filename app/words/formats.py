"""How a language writes numbers, money and time.

Digits are 0 to 9 in every language, and a currency is its code after the number: a
shopper copies, types and compares these, and "$" is twenty currencies. What changes is
the marks between the digits, and all of a date. Babel knows them; it is loaded with the
first page, since a start should not wait for it.
"""

from datetime import UTC, datetime
from decimal import Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from app.domain import money
from app.domain.money import Price

if TYPE_CHECKING:
    from babel import Locale

RATE_DIGITS = 8  # significant digits: all a person needs


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between digits: 1,234.5 has groups of three; 12,34,567 then of two."""

    point: str
    comma: str
    first: int
    rest: int


@cache
def _locale(name: str) -> "Locale":
    from babel import Locale

    return Locale.parse(name)


@cache
def marks(name: str) -> Marks:
    """Return a locale's marks for the digits 0 to 9."""
    locale = _locale(name)
    symbols = locale.number_symbols["latn"]
    first, rest = locale.decimal_formats[None].grouping
    return Marks(point=symbols["decimal"], comma=symbols["group"], first=first, rest=rest)


def number(name: str, plain: str) -> str:
    """Write a plain decimal number; its digits stay what they are."""
    whole, point, part = plain.partition(".")
    if not (whole.isascii() and whole.isdigit()):
        return plain
    if not point and len(whole) <= 3:
        return whole
    at = marks(name)
    groups = [whole[-at.first :]]
    whole = whole[: -at.first]
    while whole:
        groups.append(whole[-at.rest :])
        whole = whole[: -at.rest]
    return at.comma.join(reversed(groups)) + (at.point + part if point else "")


def price(name: str, price: Price) -> str:
    """Write a price; parts below the currency's smallest unit are rounded."""
    rounded = money.round_price_to_even(price.amount, price.currency)
    return f"{number(name, money.price_text(rounded, price.currency))} {price.currency}"


def rate(name: str, plain: str) -> str:
    """Write a rate, to as many digits as a person reads."""
    text = f"{Context(prec=RATE_DIGITS).create_decimal(Decimal(plain)):f}"
    return number(name, text.rstrip("0").rstrip(".") if "." in text else text)


def day(name: str, at: datetime) -> str:
    """Write an instant with its day: 1 Jan 2026, 12:15 UTC."""
    from babel.dates import format_date

    return f"{format_date(at.astimezone(UTC), 'medium', _locale(name))}, {hour(name, at)}"


def hour(name: str, at: datetime) -> str:
    """Write an instant of today: 12:15 UTC."""
    from babel.dates import format_time

    return f"{format_time(at.astimezone(UTC), 'short', locale=_locale(name))} UTC"


def currency(name: str, code: str) -> str:
    """Return what a currency is called: US-Dollar; its code where it has no other name."""
    return str(_locale(name).currencies.get(code, code))
