"""An intent's status depends on its facts, never on the order they came in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.intent import (
    FINAL,
    Facts,
    Oddity,
    Overpayment,
    Status,
    Underpayment,
    advance,
    least_due,
    look_again_at,
    oddity,
    status,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTES = 15
HOURS = 24


def facts(seen: str = "0", confirmed: str = "0", tolerance_bps: int = 0, **also: Any) -> Facts:
    return Facts(
        amount=Decimal(10),
        due=least_due(Decimal(10), tolerance_bps),
        seen=Decimal(seen),
        confirmed=Decimal(confirmed),
        expires_at=NOON + timedelta(minutes=MINUTES),
        gives_up_at=NOON + timedelta(hours=HOURS),
        **also,
    )


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    seen = draw(st.integers(0, 30))
    return facts(
        str(seen),
        str(draw(st.integers(0, seen))),
        draw(st.sampled_from([0, 100, 1000])),
        late=draw(st.booleans()),
        accepted=draw(st.booleans()),
        canceled=draw(st.booleans()),
        underpayment=draw(st.sampled_from(Underpayment)),
        overpayment=draw(st.sampled_from(Overpayment)),
    )


hours = st.integers(0, 99)


@pytest.mark.parametrize(
    ("given_facts", "minutes", "expected"),
    [
        (facts(), 0, Status.REQUIRES_PAYMENT),
        (facts("4"), 0, Status.REQUIRES_PAYMENT),  # the payer may still top up
        (facts("4", underpayment=Underpayment.CLOSE), 0, Status.MISMATCHED),
        (facts("4"), MINUTES, Status.MISMATCHED),
        (facts(), MINUTES, Status.EXPIRED),
        (facts(late=True), MINUTES, Status.EXPIRED),
        (facts("10"), 60, Status.PROCESSING),  # paid in time, still confirming
        (facts("10"), HOURS * 60, Status.FAILED),
        (facts("10", "10"), HOURS * 60, Status.SUCCEEDED),
        (facts("10", "4"), 0, Status.PROCESSING),
        (facts("12", "10"), 0, Status.SUCCEEDED),
        (facts("12", "12", overpayment=Overpayment.MISMATCH), 0, Status.MISMATCHED),
        (facts("9.9", "9.9", 100), 0, Status.SUCCEEDED),
        (facts("9.89", "9.89", 100), 0, Status.REQUIRES_PAYMENT),
        (facts(canceled=True), 0, Status.CANCELED),
        (facts("10", "10", canceled=True), 0, Status.CANCELED),
        (facts(accepted=True), 999, Status.SUCCEEDED),
    ],
)
def test_status(given_facts: Facts, minutes: int, expected: Status) -> None:
    assert status(given_facts, NOON + timedelta(minutes=minutes)) is expected


@pytest.mark.parametrize(
    ("given_facts", "expected"),
    [
        (facts(), None),
        (facts("10"), None),
        (facts("4"), Oddity.UNDERPAID),
        (facts("12"), Oddity.OVERPAID),
        (facts("10.05", tolerance_bps=100), None),  # the tolerance works both ways
        (facts("10.11", tolerance_bps=100), Oddity.OVERPAID),
        (facts(late=True), Oddity.LATE),
        (facts("4", late=True), Oddity.UNDERPAID),
        (facts("4", accepted=True), Oddity.MARKED),
    ],
)
def test_exception(given_facts: Facts, expected: Oddity | None) -> None:
    assert oddity(given_facts) is expected


@given(st.sampled_from(sorted(FINAL)), any_facts(), hours)
def test_a_final_status_never_moves(current: Status, given_facts: Facts, later: int) -> None:
    moved = advance(current, given_facts, NOON + timedelta(hours=later))
    if given_facts.accepted or given_facts.canceled:  # but by its merchant's own word
        assert moved in {None, *FINAL} - {current}
    else:
        assert moved is None


@given(any_facts(), hours)
def test_every_set_of_facts_has_a_status_and_looking_twice_changes_nothing(
    given_facts: Facts, later: int
) -> None:
    now = NOON + timedelta(hours=later)
    found = status(given_facts, now)
    assert advance(found, given_facts, now) is None


@given(any_facts(), hours, st.integers(0, 99))
def test_time_alone_only_closes(given_facts: Facts, later: int, more: int) -> None:
    """What the clock does to open facts: expire, mismatch, fail; and never succeed."""
    before = status(given_facts, NOON + timedelta(hours=later))
    after = status(given_facts, NOON + timedelta(hours=later + more))
    allowed = {
        Status.REQUIRES_PAYMENT: {Status.REQUIRES_PAYMENT, Status.EXPIRED, Status.MISMATCHED},
        Status.PROCESSING: {Status.PROCESSING, Status.FAILED},
    }
    assert after in allowed.get(before, {before})


@given(any_facts(), hours)
def test_the_clock_is_asked_exactly_while_it_could_matter(given_facts: Facts, later: int) -> None:
    now = NOON + timedelta(hours=later)
    current = status(given_facts, now)
    again = look_again_at(current, given_facts)
    for hour in range(100):
        if status(given_facts, now + timedelta(hours=hour)) is not current:
            assert again is not None
            assert now < again <= now + timedelta(hours=hour)
            break


@given(any_facts())
def test_what_is_left_and_what_was_seen_make_the_price(given_facts: Facts) -> None:
    if given_facts.seen < given_facts.due:
        assert given_facts.seen + given_facts.left == given_facts.amount
    else:
        assert given_facts.left == 0


@given(st.decimals("0.01", "1000000000000000", places=18), st.integers(0, 5000))
def test_a_tolerance_is_exact_for_the_longest_prices(amount: Decimal, bps: int) -> None:
    due = least_due(amount, bps)
    assert due * 10_000 == amount * (10_000 - bps) or len(str(amount).replace(".", "")) > 28
    assert 0 < due <= amount
