"""A quote promises that one ledger's amount settles the intent until it expires.

Amounts are rounded up to what the ledger can show, so the payer is never asked for
digits a wallet hides, and paying the quote always earns the whole price. Credit is
the share of the quote that was paid, not the market's word on it: the promise holds
whatever the market does afterwards. All arithmetic is on integers.
"""

from collections.abc import Iterable, Sequence
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


def credit(paid: int, quote_amount: int, price: Decimal) -> Decimal:
    """Return what `paid` of a quote is worth in the price's currency, rounded down.

    Paying the quote's amount earns exactly the price; a share of it earns that share.
    """
    assert paid >= 0, "a payment adds"
    assert quote_amount > 0, "a quote asks for something"
    top, bottom = price.as_integer_ratio()
    return money.round_credit_down(paid * top, quote_amount * bottom)


def credits(paid: Iterable[int], quote_amount: int, price: Decimal) -> list[Decimal]:
    """Return the credit of each of several payments of one quote.

    Each earns what it adds to the running sum, so parts always add up to the credit
    of the whole: three thirds of 10.00 are worth 10.00.
    """
    result: list[Decimal] = []
    sum_paid, sum_credit = 0, Decimal(0)
    for amount in paid:
        sum_paid += amount
        after = credit(sum_paid, quote_amount, price)
        result.append(money.difference(after, sum_credit))
        sum_credit = after
    return result


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


def _order(quote: Quote) -> tuple[int, datetime]:
    return quote.revision, quote.created_at
