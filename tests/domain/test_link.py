"""A link takes what its rules allow, and names every field that is wrong at once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.link import FIELDS, Ask, Collect, Link, Quantity, form, price, refuse_if_closed
from app.errors import Closed, Invalid

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MANY = Quantity(allow=True, min=2, max=5, default=2)


def link(**also: object) -> Link:
    given: dict[str, object] = {
        "id": "plink_1", "account": "acct_1", "livemode": False, "shortcode": "tea",
        "name": "Tea", "description": None, "amount": Decimal("3.00"), "amount_min": None,
        "amount_max": None, "currency": "USD", "ledgers": None, "quantity": Quantity(),
        "collect": Collect(), "max_redemptions": None, "redemptions": 0, "expires_at": None,
        "success_url": None, "active": True, "metadata": {}, "created_at": NOON,
    }  # fmt: skip
    return Link(**given | also)  # type: ignore[arg-type]


FREE = link(amount=None, amount_min=Decimal(1), amount_max=Decimal(100))


@pytest.mark.parametrize(
    ("closed", "reason"),
    [
        (link(active=False), "inactive"),
        (link(expires_at=NOON), "expired"),
        (link(max_redemptions=2, redemptions=2), "sold_out"),
    ],
)
def test_a_closed_link_says_why(closed: Link, reason: str) -> None:
    with pytest.raises(Closed) as refused:
        refuse_if_closed(closed, NOON)
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "open", [link(), link(expires_at=NOON + timedelta(seconds=1)), link(max_redemptions=1)]
)
def test_an_open_link_takes_payments(open: Link) -> None:
    refuse_if_closed(open, NOON)


@given(st.integers(1, 10**9), st.integers(2, 5))
def test_a_price_is_the_amount_times_the_quantity(cents: int, quantity: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert price(link(amount=amount, quantity=MANY), None, quantity) == amount * quantity


@pytest.mark.parametrize(
    ("wrong", "amount", "quantity", "field"),
    [
        (link(), None, 2, "quantity"),
        (link(quantity=MANY), None, 1, "quantity"),
        (link(quantity=MANY), None, 6, "quantity"),
        (link(), Decimal(1), 1, "amount"),
        (FREE, None, 1, "amount"),
        (FREE, Decimal("0.99"), 1, "amount"),
        (FREE, Decimal("100.01"), 1, "amount"),
    ],
)
def test_a_wrong_submission_is_refused_by_its_field(
    wrong: Link, amount: Decimal | None, quantity: int, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        price(wrong, amount, quantity)
    assert [one.field for one in refused.value.faults] == [field]


def test_the_payer_chooses_within_the_bounds() -> None:
    assert price(FREE, Decimal(1), 1) == 1
    assert price(FREE, Decimal(100), 1) == 100
    assert price(link(), Decimal("3.00"), 1) == 3


def test_a_form_names_every_wrong_field_at_once() -> None:
    asks = link(collect=Collect(email=Ask.REQUIRED, phone=Ask.OPTIONAL, name=Ask.REQUIRED))
    with pytest.raises(Invalid) as refused:
        form(asks, {"email": "nobody", "phone": "call me", "pet": "cat"})
    assert {one.field for one in refused.value.faults} == {"email", "phone", "name", "pet"}


def test_a_form_keeps_what_is_collected_and_nothing_else() -> None:
    asks = link(collect=Collect(email=Ask.REQUIRED, phone=Ask.OPTIONAL))
    given = {"email": " ann@shop.example ", "phone": " ", "name": "Ann"}
    assert form(asks, given) == {"email": "ann@shop.example"}


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=600)))
def test_no_text_breaks_a_form(given: dict[str, str]) -> None:
    asks = link(collect=Collect(**dict.fromkeys(FIELDS, Ask.OPTIONAL)))
    try:
        kept = form(asks, given)
    except Invalid:
        return  # refused by its field: the tests above say which
    assert all(value and "\x00" not in value for value in kept.values())
