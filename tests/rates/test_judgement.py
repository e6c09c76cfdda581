"""What is believed of one source, and how far of several."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rates.base import Pair, Rate, agreed, believable, cleaned, crossed
from tests.still import NOON


def rate(
    price: str | Decimal, source: str = "a", pair: Pair = ("ETH", "USD"), **more: object
) -> Rate:
    given = {"pair": pair, "price": Decimal(price), "source": source, "at": NOON}
    return Rate(**{**given, **more})  # type: ignore[arg-type]


def rates(*prices: str) -> list[Rate]:
    return [rate(price, f"source {index}") for index, price in enumerate(prices)]


@pytest.mark.parametrize(
    "price", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-1", "1e16", "1e-16"]
)
def test_what_is_no_price_is_not_believed(price: str) -> None:
    assert not believable(rate(price), NOON)
    assert not believable(rate(price, declared=True), NOON)
    assert cleaned(Decimal(price)).is_nan()


@pytest.mark.parametrize(
    ("pair", "price", "declared", "expected"),
    [
        (("ETH", "USD"), "1", False, False),  # a default that stands for no rate
        (("ETH", "USD"), "1.00", False, False),
        (("ETH", "USD"), "1.01", False, True),
        (("USDC", "EUR"), "1", False, False),
        (("USDC", "USD"), "1", False, True),  # meant to be 1
        (("USDC", "USDT"), "1", False, True),
        (("EURC", "EUR"), "1", False, True),
        (("USDC", "USD"), "0.88", False, True),  # it happened
        (("USDC", "USD"), "0.4", False, False),
        (("DAI", "USD"), "2.5", False, False),
        (("HOUSE", "USD"), "1", True, True),  # the operator says so
        (("BTC", "IRR"), "90000000000", False, True),
    ],
)
def test_one_to_one_is_a_rate_only_between_pegs(
    pair: Pair, price: str, declared: bool, expected: bool
) -> None:
    assert believable(rate(price, pair=pair, declared=declared), NOON) is expected


def test_a_clock_may_run_ahead_a_little() -> None:
    assert believable(rate("2000", at=NOON + timedelta(seconds=60)), NOON)
    assert not believable(rate("2000", at=NOON + timedelta(seconds=61)), NOON)


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([], []),
        (["2000"], ["2000"]),
        (["2000", "2050"], ["2000", "2050"]),
        (["2000", "2100"], []),  # nobody can tell which is wrong
        (["2000", "2001", "3000"], ["2000", "2001"]),
        (["2000", "2001", "0.5"], ["2000", "2001"]),
        (["1000", "2000", "3000"], []),  # no two agree
        (["2000", "2000", "3000", "3000"], []),
        (["2000", "2001", "2002", "9000"], ["2000", "2001", "2002"]),
    ],
)
def test_a_majority_that_agrees_is_believed(prices: list[str], expected: list[str]) -> None:
    assert [str(one.price) for one in agreed(rates(*prices), 300)] == expected


numbers = st.decimals(min_value="0.000001", max_value="1000000", places=6)


@given(st.lists(numbers, max_size=7), st.integers(0, 2000), st.randoms())
def test_agreement_knows_no_order(found: list[Decimal], spread: int, chance: object) -> None:
    some = [rate(price, str(index)) for index, price in enumerate(found)]
    mixed = list(some)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    kept = agreed(some, spread)
    assert {one.source for one in kept} == {one.source for one in agreed(mixed, spread)}
    assert not kept or 2 * len(kept) > len(some)


@given(numbers, st.integers(1, 5), st.lists(numbers, max_size=2))
def test_a_minority_cannot_move_the_price(true: Decimal, others: int, liars: list[Decimal]) -> None:
    honest = [rate(true, f"honest {index}") for index in range(others + len(liars))]
    kept = agreed(honest + [rate(price, "liar") for price in liars], 300)
    assert {one.source for one in kept} >= {one.source for one in honest}
    assert all(abs(one.price - true) * 10_000 <= true * 300 for one in kept)


def test_a_cross_is_as_old_as_its_oldest_side() -> None:
    old = NOON - timedelta(seconds=90)
    euros = crossed(rate("2000", at=old), rate("1.25", pair=("EUR", "USD")))
    assert euros == rate("1600", pair=("ETH", "EUR"), at=old)
    assert crossed(rate("2000"), rate("1.25", pair=("EUR", "USD"), at=old)).at == old
    with pytest.raises(AssertionError):
        crossed(rate("2000"), rate("1.25", "another", pair=("EUR", "USD")))
