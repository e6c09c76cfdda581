"""Exact amounts. A price is a `Decimal` in a currency, an amount an `int` of atomic units.

Every rounding has a name that tells its direction, so that no line of money rounds
by accident. Python's default decimal context keeps 28 digits and a large price in
ETH has 33, so sums and differences go through `EXACT`, which raises before it rounds.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from types import MappingProxyType

import msgspec

from app.errors import Invalid, UnknownCurrency
from app.phrase import Phrase, phrase

DECIMALS_MAX = 18  # what prices and credits carry at most: ETH's own
PRICE_MAX = Decimal(10) ** 15
RATE_DIGITS = 18  # significant digits of a rate: far beyond any market's own precision
_TEXT_MAX = 80  # characters of a number worth reading

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=[*_TRAPS, Inexact])
_RATE = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_EVEN, traps=_TRAPS)

# ISO 4217, by digits of the minor unit. Funds codes, metals and test codes are left out.
_FIAT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD
          CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
          GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP
          LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
          NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
          SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST
          XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
FIAT: Mapping[str, int] = MappingProxyType(
    {code: digits for digits, codes in _FIAT.items() for code in codes.split()}
)
# What a price may be written in besides: the unit's own decimals.
CRYPTO: Mapping[str, int] = MappingProxyType(
    {
        "BTC": 8,
        "SATS": 0,
        "LTC": 8,
        "ETH": 18,
        "POL": 18,
        "BNB": 18,
        "AVAX": 18,
        "SOL": 9,
        "ICP": 8,
        "USDC": 6,
        "USDT": 6,
        "DAI": 18,
        "PYUSD": 6,
        "EURC": 6,
    }
)
_CURRENCIES: Mapping[str, int] = MappingProxyType({**FIAT, **CRYPTO})
SATS_PER_BTC = 10**8

_PLAIN = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,18})?")
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")
_POWERS: tuple[int, ...] = tuple(10**power for power in range(79))  # 2²⁵⁶ has 78 digits
_QUANTA = tuple(Decimal(1).scaleb(-digits) for digits in range(DECIMALS_MAX + 1))


class Price(msgspec.Struct, frozen=True):
    """An amount in a currency, as a page shows it: each language writes it in its own way."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return price_for_people(round_price_to_even(self.amount, self.currency), self.currency)


def known_currencies() -> Mapping[str, int]:
    """Return every currency a price may be written in, with its minor-unit digits."""
    return _CURRENCIES


def currency(code: str) -> str:
    """Return the code in its canonical capitals, or refuse it."""
    if code in _CURRENCIES:
        return code
    capitals = code.upper()
    if code.isascii() and capitals in _CURRENCIES:
        return capitals
    raise UnknownCurrency.field("currency", f"there is no currency {code[:12]!r} here")


def digits(code: str) -> int:
    """Return how many decimals a currency's smallest unit has: USD 2, JPY 0, KWD 3."""
    found = _CURRENCIES.get(code)
    return _CURRENCIES[currency(code)] if found is None else found


def parse_price(
    text: str,
    code: str,
    *,
    field: str = "price",
    zero: bool = False,
    digits_max: int | None = None,
) -> Decimal:
    """Read a price written as a plain decimal number, or refuse it by field.

    More decimals than the currency has are refused, never rounded: nobody is asked
    for an amount the merchant did not write. `digits_max` lifts that limit where
    parts of a cent are meant, as in x402.
    """
    if not _PLAIN.fullmatch(text):
        raise Invalid.field(field, _fault(text))
    return check_price(Decimal(text), code, field=field, zero=zero, digits_max=digits_max)


def check_price(
    value: Decimal,
    code: str,
    *,
    field: str = "price",
    zero: bool = False,
    digits_max: int | None = None,
) -> Decimal:
    """Return a price with exactly its currency's decimals, or refuse it by field."""
    limit = digits(code) if digits_max is None else min(digits_max, DECIMALS_MAX)
    if not value.is_finite():
        raise Invalid.field(field, phrase("must be a plain decimal number such as 12.50"))
    if value < 0 or (not zero and not value):
        few = phrase("must not be negative") if zero else phrase("must be more than zero")
        raise Invalid.field(field, few)
    if value > PRICE_MAX:
        raise Invalid.field(field, _too_much())
    try:
        return EXACT.quantize(value.copy_abs(), _QUANTA[limit])
    except (Inexact, InvalidOperation):
        if limit:
            many = phrase(
                "%(currency)s takes at most %(limit)s decimals", currency=code, limit=limit
            )
        else:
            many = phrase("%(currency)s takes no decimals", currency=code)
        raise Invalid.field(field, many) from None


def price_text(price: Decimal, code: str) -> str:
    """Write a price as its canonical decimal string: 12.50 for USD, 0.001 for BTC."""
    text = f"{price:f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if (least := FIAT.get(code, 0)) > len(part):
        part = part.ljust(least, "0")
    return f"{whole}.{part}" if part else whole


def price_for_people(price: Decimal, code: str) -> str:
    """Write a price for reading where no locale is known: 1,234.50 USD."""
    whole, point, part = price_text(price, code).partition(".")
    return f"{int(whole):,}{point}{part} {code}"


def units(amount: int, decimals: int) -> str:
    """Write atomic units as a plain decimal string without trailing zeros."""
    if amount < 0:
        return f"-{units(-amount, decimals)}"
    whole, part = divmod(amount, _POWERS[decimals])
    return f"{whole}.{part:0{decimals}d}".rstrip("0") if part else str(whole)


def atomic(text: str, decimals: int, *, field: str = "amount") -> int:
    """Read a plain decimal string as atomic units, or refuse what they cannot hold."""
    whole, point, part = text.partition(".")
    plain = len(text) <= _TEXT_MAX and text.isascii() and whole.isdigit()
    if not plain or (point and not part.isdigit()):
        raise Invalid.field(field, _fault(text))
    part = part.rstrip("0")
    if len(part) > decimals:
        raise Invalid.field(field, f"takes at most {decimals} decimals")
    return int(whole) * _POWERS[decimals] + int(part.ljust(decimals, "0") or "0")


def total(values: Iterable[Decimal]) -> Decimal:
    """Add prices or credits without losing a digit."""
    result = Decimal(0)
    for value in values:
        result = EXACT.add(result, value)
    return result


def difference(left: Decimal, right: Decimal) -> Decimal:
    """Subtract prices or credits without losing a digit."""
    return EXACT.subtract(left, right)


def step(decimals: int, precision: int) -> int:
    """Return the atomic units in one step of a ledger's precision."""
    return _POWERS[decimals - precision]


def round_up_to_step(numerator: int, denominator: int, step: int) -> int:
    """Return the least multiple of `step` that is not below the fraction."""
    return -(-numerator // (denominator * step)) * step


def round_up_to_precision(amount: int, decimals: int, precision: int) -> int:
    """Raise atomic units to the next amount the ledger's precision can show."""
    return round_up_to_step(amount, 1, step(decimals, precision))


def round_down_to_precision(amount: int, decimals: int, precision: int) -> int:
    """Lower atomic units to an amount the ledger's precision can show."""
    size = step(decimals, precision)
    return amount // size * size


def round_price_up(value: Decimal, code: str) -> Decimal:
    """Raise a value to its currency's smallest unit: for what we ask."""
    return value.quantize(_QUANTA[digits(code)], ROUND_CEILING, WIDE)


def round_price_down(value: Decimal, code: str) -> Decimal:
    """Lower a value to its currency's smallest unit: for what we give."""
    return value.quantize(_QUANTA[digits(code)], ROUND_FLOOR, WIDE)


def round_price_to_even(value: Decimal, code: str) -> Decimal:
    """Round a value to its currency's nearest smallest unit: for showing only."""
    return value.quantize(_QUANTA[digits(code)], ROUND_HALF_EVEN, WIDE)


def round_rate(value: Decimal) -> Decimal:
    """Round a rate to 18 significant digits, far finer than any market's own."""
    return _RATE.plus(value)


def _too_much() -> Phrase:
    return phrase("must be at most %(most)s", most=f"{PRICE_MAX:f}")


def _fault(text: str) -> Phrase:
    """Say what keeps a text from being a plain number."""
    if len(text) > _TEXT_MAX:
        return phrase("must be at most %(limit)s characters", limit=_TEXT_MAX)
    if _EXPONENT.fullmatch(text):
        return phrase("must be written out without an exponent")
    if text.startswith("-"):
        return phrase("must be more than zero")
    whole, _, part = text.partition(".")
    if text.isascii() and whole.isdigit() and part.isdigit():
        if len(whole) > 16:  # digits of PRICE_MAX
            return _too_much()
        return phrase("takes at most %(limit)s decimals", limit=DECIMALS_MAX)
    if text.isascii() and text.isdigit():
        return _too_much()
    return phrase("must be a plain decimal number such as 12.50")
