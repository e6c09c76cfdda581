"""Amounts stay exact: what is written is what is read, and every rounding is named."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import money
from app.errors import Invalid, UnknownCurrency

CODES = sorted(money.known_currencies())
codes = st.sampled_from(CODES)
ledgers = st.integers(0, 30).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size)))
amounts = st.integers(0, 2**256 - 1)


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("12.5", "USD", "12.50"),
        ("12.500000000000000000", "USD", "12.50"),
        ("0.01", "USD", "0.01"),
        ("007", "USD", "7.00"),
        ("1000", "JPY", "1000"),
        ("1000.00", "JPY", "1000"),
        ("1.234", "KWD", "1.234"),
        ("0.00000001", "BTC", "0.00000001"),
        ("0.5", "BTC", "0.5"),
        ("21", "SATS", "21"),
        ("0.000000000000000001", "ETH", "0.000000000000000001"),
        ("1000000000000000", "USD", "1000000000000000.00"),
    ],
)
def test_a_price_is_read_exactly(text: str, code: str, expected: str) -> None:
    price = money.parse_price(text, code)
    assert money.price_text(price, code) == expected
    assert price == Decimal(text)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("NaN", "USD", "plain decimal number"),
        ("sNaN", "USD", "plain decimal number"),
        ("Infinity", "USD", "plain decimal number"),
        ("", "USD", "plain decimal number"),
        (" 1", "USD", "plain decimal number"),
        ("1\n", "USD", "plain decimal number"),
        ("1,50", "USD", "plain decimal number"),
        ("1_000", "USD", "plain decimal number"),
        ("+1", "USD", "plain decimal number"),
        (".5", "USD", "plain decimal number"),
        ("5.", "USD", "plain decimal number"),
        ("0x10", "USD", "plain decimal number"),
        ("٣", "USD", "plain decimal number"),
        ("²", "USD", "plain decimal number"),
        ("1e400", "USD", "exponent"),
        ("1E-3", "USD", "exponent"),
        ("-1", "USD", "more than zero"),
        ("-Infinity", "USD", "more than zero"),
        ("0", "USD", "more than zero"),
        ("0.00", "USD", "more than zero"),
        ("1000000000000000.01", "USD", "at most 1000000000000000"),
        ("1000000000000001", "USD", "at most 1000000000000000"),
        ("9" * 40, "USD", "at most 1000000000000000"),
        ("9" * 40 + ".5", "USD", "at most 1000000000000000"),
        ("9" * 5000, "USD", "at most 80 characters"),
        ("1." + "0" * 19, "USD", "at most 18 decimals"),
        ("12.345", "USD", "USD takes at most 2 decimals"),
        ("0.5", "JPY", "JPY takes no decimals"),
        ("1.2345", "KWD", "KWD takes at most 3 decimals"),
        ("0.5", "SATS", "SATS takes no decimals"),
        ("0.000000001", "BTC", "BTC takes at most 8 decimals"),
    ],
)
def test_what_is_no_price_is_refused_by_field(text: str, code: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        money.parse_price(text, code, field="amount_min")
    [fault] = refused.value.faults
    assert fault.field == "amount_min"
    assert message in fault.message


@pytest.mark.parametrize("value", ["NaN", "sNaN", "-NaN", "Infinity", "1e400", "-1", "1e-400"])
def test_a_decimal_from_elsewhere_is_checked_alike(value: str) -> None:
    with pytest.raises(Invalid):
        money.check_price(Decimal(value), "USD")


def test_zero_is_a_price_only_where_allowed() -> None:
    assert str(money.parse_price("0", "USD", zero=True)) == "0.00"
    assert str(money.check_price(Decimal("-0"), "USD", zero=True)) == "0.00"
    with pytest.raises(Invalid, match="must not be negative"):
        money.check_price(Decimal(-1), "USD", zero=True)


def test_parts_of_a_cent_are_taken_where_they_are_meant() -> None:
    price = money.parse_price("0.001", "USD", digits_max=6)
    assert money.price_text(price, "USD") == "0.001"
    with pytest.raises(Invalid, match="at most 6 decimals"):
        money.parse_price("0.0000001", "USD", digits_max=6)


@given(codes, st.integers(1, 10**15))
def test_what_is_written_is_read_back(code: str, minor: int) -> None:
    price = Decimal(minor).scaleb(-money.digits(code))
    text = money.price_text(price, code)
    assert money.parse_price(text, code) == price
    assert money.price_text(money.parse_price(text, code), code) == text


@given(st.text(max_size=30), codes)
@example("1" * 17, "USD")
def test_any_text_is_a_price_or_an_honest_refusal(text: str, code: str) -> None:
    try:
        price = money.parse_price(text, code)
    except Invalid as refused:
        assert refused.faults  # noqa: PT017 (either way out is right)
        return
    assert 0 < price <= money.PRICE_MAX
    assert price == Decimal(text)


@pytest.mark.parametrize(
    ("code", "digits"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("BTC", 8), ("ETH", 18), ("SATS", 0)],
)
def test_currencies_know_their_smallest_unit(code: str, digits: int) -> None:
    assert money.digits(code) == digits
    assert money.digits(code.lower()) == digits
    assert money.known_currencies()[code] == digits


@pytest.mark.parametrize("code", ["", "XXX", "USDD", "US", "ıdr", "€", "U" * 9999, "USD\n"])
def test_unknown_currencies_are_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        money.currency(code)
    assert len(refused.value.detail) < 100


def test_the_table_is_iso_4217() -> None:
    assert len(money.FIAT) > 150
    assert all(len(code) == 3 and code.isupper() for code in money.FIAT)
    assert not set(money.FIAT) & set(money.CRYPTO)
    assert money.currency("eur") == "EUR"


def test_prices_read_well() -> None:
    assert money.price_for_people(Decimal("1234567.5"), "USD") == "1,234,567.50 USD"
    assert money.price_for_people(Decimal("1E+3"), "JPY") == "1,000 JPY"
    assert money.price_for_people(Decimal("0.00010"), "BTC") == "0.0001 BTC"


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 18, "0"),
        (1, 18, "0.000000000000000001"),
        (10**18, 18, "1"),
        (1_500_000, 6, "1.5"),
        (100, 0, "100"),
        (-1_500_000, 6, "-1.5"),
        (2**256 - 1, 78, f"0.{2**256 - 1}"),
    ],
)
def test_units_are_plain(amount: int, decimals: int, text: str) -> None:
    assert money.units(amount, decimals) == text


@given(amounts, st.integers(0, 78))
def test_units_come_back_as_atoms(amount: int, decimals: int) -> None:
    text = money.units(amount, decimals)
    assert "E" not in text
    assert not (text.endswith("0") and "." in text)
    if len(text) <= 80:
        assert money.atomic(text, decimals) == amount


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("1.5", 0),
        ("0.0000001", 6),
        ("-1", 6),
        ("1e6", 6),
        ("", 6),
        (".5", 6),
        ("1.", 6),
        ("NaN", 6),
        ("٣", 6),
        ("²", 6),
        ("1" * 81, 6),
    ],
)
def test_what_atoms_cannot_hold_is_refused(text: str, decimals: int) -> None:
    with pytest.raises(Invalid) as refused:
        money.atomic(text, decimals, field="amount")
    assert refused.value.faults[0].field == "amount"


def test_sums_lose_nothing() -> None:
    large, small = Decimal(10) ** 15, Decimal("0.000000000000000001")
    assert large + small == large  # Python's own context, and why we have ours
    assert money.total([large, small, small]) == Decimal("1000000000000000.000000000000000002")
    assert money.difference(money.total([large, small]), large) == small
    assert money.total([]) == 0


@given(amounts, ledgers)
def test_rounding_to_precision_moves_less_than_a_step(amount: int, ledger: tuple[int, int]) -> None:
    decimals, precision = ledger
    step = money.step(decimals, precision)
    up = money.round_up_to_precision(amount, decimals, precision)
    down = money.round_down_to_precision(amount, decimals, precision)
    assert down <= amount <= up < amount + step
    assert up % step == down % step == 0
    assert up - down in {0, step}


@given(st.integers(0, 10**60), st.integers(1, 10**60), st.integers(1, 10**20))
def test_rounding_up_is_the_least_that_is_enough(top: int, bottom: int, step: int) -> None:
    up = money.round_up_to_step(top, bottom, step)
    assert up % step == 0
    assert up * bottom >= top
    assert up == 0 or (up - step) * bottom < top


@pytest.mark.parametrize(
    ("value", "up", "down", "even"),
    [
        ("1.001", "1.01", "1.00", "1.00"),
        ("1.005", "1.01", "1.00", "1.00"),
        ("1.015", "1.02", "1.01", "1.02"),
        ("-1.001", "-1.00", "-1.01", "-1.00"),
        ("1.23", "1.23", "1.23", "1.23"),
    ],
)
def test_roundings_do_what_they_are_named(value: str, up: str, down: str, even: str) -> None:
    assert str(money.round_price_up(Decimal(value), "USD")) == up
    assert str(money.round_price_down(Decimal(value), "USD")) == down
    assert str(money.round_price_to_even(Decimal(value), "USD")) == even


def test_rates_keep_eighteen_digits() -> None:
    third = money.WIDE.divide(Decimal(1), Decimal(3))
    assert str(money.round_rate(third)) == "0." + "3" * 18
