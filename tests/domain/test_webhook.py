"""Delinquency is a function of facts, and secrets retire."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.webhook import Endpoint, is_delinquent

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


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
