"""Payments earn exact shares of the price, however they are cut and ordered."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.domain import payment as credit
from app.domain.payment import Payment, PaymentStatus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PRICES = st.decimals("0.01", "1000000", places=2)
QUOTES = st.integers(1, 10**30)


def payment(amount: int = 100, **also: Any) -> Payment:
    plain = Payment(
        id=f"pay_{amount}",
        account="acct",
        intent="pi",
        chain="eip155:1",
        tx="0x1",
        index=0,
        ledger="eth_usdc",
        to="0xto",
        sender=None,
        amount=amount,
        confirmations=0,
        confirmations_required=2,
        final=False,
        removed=False,
        late=False,
        block=None,
        block_hash=None,
        quote_amount=100,
        quote_price=Decimal(10),
        arrived_at=NOON,
        created_at=NOON,
    )
    return msgspec.structs.replace(plain, **also)


@given(PRICES, QUOTES)
def test_paying_a_quote_earns_exactly_its_price(price: Decimal, quote: int) -> None:
    paid = payment(quote, quote_amount=quote, quote_price=price)
    assert paid.credit == price
    assert credit.seen([paid]) == price


@given(PRICES, QUOTES, st.lists(st.integers(1, 10**30), max_size=6), st.randoms())
def test_parts_of_a_quote_earn_the_whole_in_any_order(
    price: Decimal, quote: int, cuts: list[int], shuffler: Any
) -> None:
    points = sorted({0, quote, *(cut % (quote + 1) for cut in cuts)})
    parts = [after - before for before, after in pairwise(points)]
    paid = [payment(part, quote_amount=quote, quote_price=price) for part in parts]
    shuffler.shuffle(paid)
    assert credit.seen(paid) == price


@given(PRICES, QUOTES)
def test_a_unit_short_is_short(price: Decimal, quote: int) -> None:
    if quote > 1:
        paid = payment(quote - 1, quote_amount=quote, quote_price=price)
        assert credit.seen([paid]) < price


def test_what_does_not_count_earns_nothing() -> None:
    assert credit.seen([payment(late=True), payment(removed=True)]) == 0
    assert credit.seen([payment(quote_amount=None, quote_price=None)]) == 0


def test_only_what_is_deep_is_confirmed() -> None:
    shallow, deep = payment(confirmations=1), payment(confirmations=2)
    assert credit.confirmed([shallow, deep]) == Decimal(10)
    assert credit.seen([shallow, deep]) == Decimal(20)
    waits = payment(confirmations=99, confirmations_required=None)
    assert credit.confirmed([waits]) == 0, "without a number the chain itself must call it final"
    assert credit.confirmed([msgspec.structs.replace(waits, final=True)]) == Decimal(10)


def test_status_says_the_gravest_thing() -> None:
    assert payment().status is PaymentStatus.PENDING
    assert payment(confirmations=2).status is PaymentStatus.CONFIRMED
    assert payment(late=True, confirmations=2).status is PaymentStatus.LATE
    assert payment(quote_amount=None).status is PaymentStatus.UNMATCHED
    assert payment(quote_amount=None, removed=True).status is PaymentStatus.REVERSED


@given(st.decimals("0.000000000000000001", "1000000000000000", places=18))
def test_credit_reads_as_people_write_it(price: Decimal) -> None:
    text = f"{payment(100, quote_price=price).credit:f}"
    assert Decimal(text) == price
    assert "e" not in text.lower()
