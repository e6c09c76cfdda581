"""A quote promises that one ledger's amount settles the intent until it expires.

Amounts are rounded up to what the ledger can show, so the payer is never asked for
digits a wallet hides, and paying the quote always earns the whole price: credit is
the share of the quote that was paid (`domain/payment.py`), so the promise holds
whatever the market does afterwards. All arithmetic here is on integers.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from app.domain import money


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What one ledger asks for one intent, and on whose word."""

    intent: str
    ledger: str
    revision: int  # counts up with each new price of the same intent
    price: Decimal
    currency: str
    rate: Decimal  # currency for one whole unit of the ledger's asset
    sources: tuple[str, ...]
    rate_at: datetime  # the oldest answer the rate rests on
    amount: int
    created_at: datetime
    expires_at: datetime


def amount_for(price: Decimal, rate: Decimal, decimals: int, precision: int) -> int:
    """Return the atomic amount that buys `price` at `rate`, rounded up to `precision`."""
    assert price > 0, "a price is more than zero"
    assert rate > 0, "a rate is more than zero"
    price_top, price_bottom = price.as_integer_ratio()
    rate_top, rate_bottom = rate.as_integer_ratio()
    whole = money.step(decimals, 0)
    return money.round_up_to_step(
        price_top * rate_bottom * whole, price_bottom * rate_top, money.step(decimals, precision)
    )


def rest(quote_amount: int, price: Decimal, left: Decimal, decimals: int, precision: int) -> int:
    """Return the atomic amount that pays what is left, never more than the whole quote."""
    if left <= 0:
        return 0
    if left >= price:
        return quote_amount
    left_top, left_bottom = left.as_integer_ratio()
    price_top, price_bottom = price.as_integer_ratio()
    amount = money.round_up_to_step(
        quote_amount * left_top * price_bottom,
        left_bottom * price_top,
        money.step(decimals, precision),
    )
    return min(amount, quote_amount)


def asked(quote: Quote, left: Decimal, decimals: int, precision: int) -> int:
    """Return what a payer is asked for by a quote: all of it, or the rest once some came."""
    if 0 < left < quote.price:
        return rest(quote.amount, quote.price, left, decimals, precision)
    return quote.amount


def current(quotes: Sequence[Quote], now: datetime) -> Quote | None:
    """Return the quote that holds now, or None when every promise has run out."""
    holding = [one for one in quotes if one.created_at <= now < one.expires_at]
    return max(holding, key=_order, default=None)


def at(quotes: Sequence[Quote], when: datetime) -> Quote | None:
    """Return the quote a payment at `when` is worth by.

    The one that held then, else the last made before it; None when none was made yet.
    """
    made = [one for one in quotes if one.created_at <= when]
    return current(made, when) or max(made, key=_order, default=None)


def meant(quotes: Sequence[Quote], when: datetime, amount: int) -> Quote | None:
    """Return the quote a payment of exactly `amount` at `when` is worth by.

    Two may hold while a price is renewed; the one that asked for this very amount is
    kept to the letter. Otherwise the newest decides.
    """
    asked = [one for one in quotes if one.amount == amount and one.created_at <= when]
    return current(asked, when) or at(quotes, when)


def _order(quote: Quote) -> tuple[int, datetime]:
    return quote.revision, quote.created_at
