"""The retry ladder and delinquency are functions of facts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhook import (
    ATTEMPTS_MAX,
    LADDER_SECONDS,
    Endpoint,
    is_delinquent,
    next_attempt,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(attempts=st.integers(1, ATTEMPTS_MAX - 1), seed=st.text(max_size=40))
def test_each_rung_is_climbed_at_its_time_and_a_little_after(attempts: int, seed: str) -> None:
    due = next_attempt(attempts, NOON, seed)
    assert due is not None
    step = timedelta(seconds=LADDER_SECONDS[attempts - 1])
    assert step <= due - NOON <= step * 1.1
    assert due == next_attempt(attempts, NOON, seed), "the same delivery always answers alike"


def test_the_ladder_has_an_end() -> None:
    assert next_attempt(ATTEMPTS_MAX, NOON, "dl_1") is None
    assert next_attempt(ATTEMPTS_MAX + 1, NOON, "dl_1") is None


def test_deliveries_that_failed_together_do_not_return_together() -> None:
    due = {next_attempt(3, NOON, f"dl_{number}") for number in range(100)}
    assert len(due) > 90


@pytest.mark.parametrize(
    ("failures", "since", "expected"),
    [
        (0, None, False),
        (9, NOON - 10 * HOUR, False),
        (10, NOON - HOUR + timedelta(seconds=1), False),
        (10, NOON - HOUR, True),
        (1000, NOON, False),
    ],
)
def test_delinquency_is_often_and_for_long(
    failures: int, since: datetime | None, expected: bool
) -> None:
    assert is_delinquent(failures, since, NOON) is expected


def test_failures_add_up_and_a_success_forgets_them() -> None:
    endpoint = make_endpoint()
    for minutes in range(0, 100, 10):
        endpoint = endpoint.after_failure(NOON + timedelta(minutes=minutes))
    assert (endpoint.failures, endpoint.failing_since, endpoint.delinquent) == (10, NOON, True)
    endpoint = endpoint.after_success()
    assert (endpoint.failures, endpoint.failing_since, endpoint.delinquent) == (0, None, False)


@pytest.mark.parametrize(
    ("old", "until", "expected"),
    [
        (None, None, ["new"]),
        ("old", NOON + HOUR, ["new", "old"]),
        ("old", NOON, ["new"]),
    ],
)
def test_the_old_secret_signs_until_it_retires(
    old: str | None, until: datetime | None, expected: list[str]
) -> None:
    assert make_endpoint(old, until).secrets_sealed(NOON) == expected


def make_endpoint(old: str | None = None, until: datetime | None = None) -> Endpoint:
    return Endpoint(
        id="we_1",
        account="acct_1",
        url="https://hooks.example/",
        event_types=(),
        description=None,
        dialect="native",
        signature="standard",
        active=True,
        secret_sealed="new",
        old_secret_sealed=old,
        old_secret_until=until,
        failures=0,
        failing_since=None,
        delinquent=False,
        disabled_reason=None,
        created_at=NOON,
    )
