"""How a bill stands is read from what was paid, what is coming, and the day it is due."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bill import BillStatus, Facts, status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
amounts = st.integers(0, 12).map(Decimal)
hours = st.integers(-3, 30).map(lambda count: NOON + timedelta(hours=count))


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    raised = draw(amounts)
    return Facts(
        sum=Decimal(10),
        paid=raised >= 10,
        raised=raised,
        coming=tuple(draw(st.lists(amounts, max_size=3))),
        in_parts=draw(st.booleans()),
        expires_at=draw(st.none() | st.just(NOON)),
    )


@given(any_facts(), hours)
def test_a_bill_has_one_status_and_what_is_paid_stays_paid(facts: Facts, now: datetime) -> None:
    stands = status(facts, now)
    assert (stands is BillStatus.COMPLETED) is facts.paid
    if stands is BillStatus.EXPIRED:
        assert facts.expires_at is not None
        assert now >= facts.expires_at
    if stands is BillStatus.PROCESSING:
        assert facts.coming
        assert not facts.in_parts or facts.raised + sum(facts.coming) >= facts.sum


@given(any_facts(), st.lists(hours, min_size=2, max_size=5))
def test_the_clock_alone_only_ends_a_bill_that_waits(facts: Facts, moments: list[datetime]) -> None:
    seen = [status(facts, now) for now in sorted(moments)]
    if seen[0] is BillStatus.PENDING:
        assert set(seen) <= {BillStatus.PENDING, BillStatus.EXPIRED}
        assert seen == sorted(seen, key=[BillStatus.PENDING, BillStatus.EXPIRED].index)
    else:
        assert set(seen) == {seen[0]}
