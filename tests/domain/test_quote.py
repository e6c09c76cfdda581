"""A quote is enough and no more: paying it settles, paying less does not."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain import money
from app.domain.payment import as_decimal
from app.domain.quote import Quote, amount_for, at, current, rest
from tests.still import NOON

prices = st.decimals(min_value="0.000001", max_value="1000000000", places=6)
rates = st.decimals(min_value="0.00000001", max_value="1000000000", places=8)
ledgers = st.integers(0, 24).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size)))
moments = st.integers(-100, 2000).map(lambda seconds: NOON + timedelta(seconds=seconds))


def share(paid: int, quote_amount: int, price: Decimal) -> Fraction:
    """What `domain/payment.py` credits: the part of the quote that was paid."""
    return Fraction(price) * paid / quote_amount


@pytest.mark.parametrize(
    ("price", "rate", "decimals", "precision", "amount"),
    [
        ("10.00", "1", 6, 2, 10_000_000),
        ("10.00", "0.9999", 6, 2, 10_010_000),  # 10.0010001 rounds up to 10.01
        ("10.00", "3", 6, 6, 3_333_334),
        ("100", "2000", 18, 6, 50_000_000_000_000_000),
        ("0.01", "50000", 8, 8, 20),
        ("0.01", "99999999", 8, 8, 1),  # never nothing
        ("0.01", "99999999", 18, 2, 10**16),
        ("1000", "150", 0, 0, 7),
    ],
)
def test_amounts_are_rounded_up_to_what_the_ledger_shows(
    price: str, rate: str, decimals: int, precision: int, amount: int
) -> None:
    assert amount_for(Decimal(price), Decimal(rate), decimals, precision) == amount


@given(prices, rates, ledgers)
def test_an_amount_is_the_least_that_is_worth_the_price(
    price: Decimal, rate: Decimal, ledger: tuple[int, int]
) -> None:
    decimals, precision = ledger
    step = money.step(decimals, precision)
    amount = amount_for(price, rate, decimals, precision)
    worth = Fraction(rate) / 10**decimals
    assert amount > 0
    assert amount % step == 0
    assert amount * worth >= Fraction(price)
    assert (amount - step) * worth < Fraction(price)


@given(prices, rates, ledgers)
def test_paying_a_quote_settles_it_exactly(
    price: Decimal, rate: Decimal, ledger: tuple[int, int]
) -> None:
    amount = amount_for(price, rate, *ledger)
    assert as_decimal(share(amount, amount, price)) == price


@given(prices, rates, ledgers, st.lists(st.integers(0, 10**9), max_size=6))
def test_parts_of_a_quote_sum_to_the_whole(
    price: Decimal, rate: Decimal, ledger: tuple[int, int], cuts: list[int]
) -> None:
    amount = amount_for(price, rate, *ledger)
    marks = sorted({0, amount, *(cut * amount // 10**9 for cut in cuts)})
    parts = [after - before for before, after in pairwise(marks)]
    assert sum(parts) == amount
    assert as_decimal(sum((share(part, amount, price) for part in parts), Fraction(0))) == price


@given(prices, prices, rates, rates, ledgers)
def test_more_costs_more_and_a_better_rate_less(
    price: Decimal, other: Decimal, rate: Decimal, better: Decimal, ledger: tuple[int, int]
) -> None:
    price, other = sorted((price, other))
    rate, better = sorted((rate, better))
    assert amount_for(price, rate, *ledger) <= amount_for(other, rate, *ledger)
    assert amount_for(price, better, *ledger) <= amount_for(price, rate, *ledger)


@given(prices, rates, ledgers, st.fractions(0, 1))
def test_what_is_left_can_be_paid_and_is_never_more_than_all(
    price: Decimal, rate: Decimal, ledger: tuple[int, int], part: Fraction
) -> None:
    amount = amount_for(price, rate, *ledger)
    paid = int(part * amount)
    left = money.difference(price, as_decimal(share(paid, amount, price)))
    more = rest(amount, price, left, *ledger)
    assert 0 <= more <= amount
    assert as_decimal(share(paid + more, amount, price)) >= price
    assert (more == 0) == (left == 0)


@given(prices, rates, ledgers, prices, prices)
def test_the_rest_grows_with_what_is_left(
    price: Decimal, rate: Decimal, ledger: tuple[int, int], left: Decimal, more: Decimal
) -> None:
    left, more = sorted((left, more))
    amount = amount_for(price, rate, *ledger)
    assert rest(amount, price, left, *ledger) <= rest(amount, price, more, *ledger)


def test_the_rest_of_nothing_is_nothing_and_of_all_is_all() -> None:
    assert rest(3_333_334, Decimal(10), Decimal(0), 6, 6) == 0
    assert rest(3_333_334, Decimal(10), Decimal(-1), 6, 6) == 0
    assert rest(3_333_334, Decimal(10), Decimal(10), 6, 6) == 3_333_334
    assert rest(3_333_334, Decimal(10), Decimal(11), 6, 6) == 3_333_334
    assert rest(3_333_334, Decimal(10), Decimal(5), 6, 6) == 1_666_667
    assert rest(3_340_000, Decimal(10), Decimal(5), 6, 2) == 1_670_000
    assert rest(3_333_334, Decimal(10), Decimal("9.999"), 6, 2) == 3_333_334  # off its own step


@pytest.mark.parametrize(("price", "rate"), [("0", "1"), ("1", "0"), ("-1", "1"), ("1", "-1")])
def test_no_price_and_no_rate_make_no_amount(price: str, rate: str) -> None:
    with pytest.raises(AssertionError):
        amount_for(Decimal(price), Decimal(rate), 6, 2)


def quote(revision: int, start: datetime, seconds: int = 900) -> Quote:
    return Quote(
        intent="pi_1",
        ledger="base_usdc",
        revision=revision,
        price=Decimal(10),
        currency="USD",
        rate=Decimal(1),
        sources=("kraken",),
        rate_at=start,
        amount=10_000_000,
        created_at=start,
        expires_at=start + timedelta(seconds=seconds),
    )


FIRST = quote(1, NOON)
SECOND = quote(2, NOON + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("minutes", "now", "then"),
    [
        (-1, None, None),  # nobody had promised anything
        (0, FIRST, FIRST),
        (14.99, FIRST, FIRST),
        (15, None, FIRST),  # run out: worth what was promised last
        (19, None, FIRST),
        (20, SECOND, SECOND),
        (999, None, SECOND),
    ],
)
def test_a_payment_is_worth_by_the_promise_of_its_moment(
    minutes: float, now: Quote | None, then: Quote | None
) -> None:
    when = NOON + timedelta(minutes=minutes)
    assert current([SECOND, FIRST], when) is now
    assert at([FIRST, SECOND], when) is then


def test_the_latest_of_two_standing_promises_holds() -> None:
    early = quote(2, NOON + timedelta(minutes=5))
    assert current([early, FIRST], NOON + timedelta(minutes=6)) is early
    assert at([early, FIRST], NOON + timedelta(minutes=4)) is FIRST


@given(st.lists(st.tuples(moments, st.integers(1, 900)), max_size=6), moments)
def test_what_holds_now_is_what_a_payment_now_is_worth_by(
    spans: list[tuple[datetime, int]], when: datetime
) -> None:
    quotes = [quote(index, *span) for index, span in enumerate(sorted(spans))]
    held = current(quotes, when)
    assume(held is not None)
    assert at(quotes, when) is held
