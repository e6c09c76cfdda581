"""Time and changing facts take an intent only along the steps its life has."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.domain.intent import (
    Facts,
    Overpayment,
    Underpayment,
    advance,
    look_again_at,
    status,
)
from tests.sim.laws import STEPS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENDS = NOON + timedelta(minutes=15)
GIVES_UP = NOON + timedelta(hours=24)


amounts = st.integers(0, 25).map(Decimal)
times = st.integers(-1, 2 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    seen = draw(amounts)
    return Facts(
        amount=Decimal(10),
        due=Decimal(draw(st.sampled_from((9, 10)))),
        seen=seen,
        confirmed=min(seen, draw(amounts)),
        expires_at=ENDS,
        gives_up_at=GIVES_UP,
        late=draw(st.booleans()),
        accepted=draw(st.booleans()),
        canceled=draw(st.booleans()),
        underpayment=draw(st.sampled_from(Underpayment)),
        overpayment=draw(st.sampled_from(Overpayment)),
    )


@given(any_facts(), st.lists(times, min_size=2, max_size=6))
def test_many_looks_end_where_one_look_at_the_end_would(
    facts: Facts, moments: list[datetime]
) -> None:
    at = status(facts, min(moments))
    for now in sorted(moments):
        moved = advance(at, facts, now)
        assert moved is None or moved in STEPS[at]
        at = moved or at
    assert at is status(facts, max(moments))


@given(any_facts(), any_facts(), times)
def test_money_that_comes_and_goes_takes_only_steps_that_there_are(
    before: Facts, after: Facts, now: datetime
) -> None:
    after = msgspec.structs.replace(after, canceled=before.canceled, accepted=before.accepted)
    at = status(before, now)
    moved = advance(at, after, now)
    assert moved is None or moved in STEPS[at]


@given(any_facts(), times)
def test_the_clock_is_asked_again_exactly_when_it_alone_changes_something(
    facts: Facts, now: datetime
) -> None:
    at = status(facts, now)
    again = look_again_at(at, facts)
    if again is None:
        assert all(status(facts, now + timedelta(days=day)) is at for day in (1, 9, 99))
        return
    assert again > now, "it would be looked at again and again for nothing"
    assert status(facts, again - timedelta(microseconds=1)) is at
    assert status(facts, again) is not at
