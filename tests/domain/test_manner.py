"""When a failed delivery is tried again is a function of facts, in each dialect's manner."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compat.dialect import dialects
from app.domain.ledger import Catalogue
from app.domain.manner import STANDARD

DIALECTS = dialects(Catalogue([], []))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(attempts=st.integers(1, STANDARD.attempts_max - 1), seed=st.text(max_size=40))
def test_each_rung_is_climbed_at_its_time_and_a_little_after(attempts: int, seed: str) -> None:
    due = STANDARD.next_attempt(attempts, NOON, seed)
    assert due is not None
    step = timedelta(seconds=STANDARD.ladder_seconds[attempts - 1])
    assert step <= due - NOON <= step * 1.1
    assert due == STANDARD.next_attempt(attempts, NOON, seed), "the same delivery answers alike"


def test_the_ladder_has_an_end() -> None:
    most = STANDARD.attempts_max
    assert STANDARD.next_attempt(most, NOON, "dl_1") is None
    assert STANDARD.next_attempt(most + 1, NOON, "dl_1") is None


def test_deliveries_that_failed_together_do_not_return_together() -> None:
    due = {STANDARD.next_attempt(3, NOON, f"dl_{number}") for number in range(100)}
    assert len(due) > 90


@pytest.mark.parametrize(
    ("dialect", "waits"),
    [
        ("btcpay", (10, 60, 600, 600, 600, 600, 600, 600)),
        ("bitpay", (600, 600, 600, 600, 600)),
    ],
)
def test_a_foreign_ladder_is_climbed_to_the_second(dialect: str, waits: tuple[int, ...]) -> None:
    manner = DIALECTS[dialect].manner
    due = [manner.next_attempt(number, NOON, "dl_1") for number in range(1, len(waits) + 2)]
    assert due == [*(NOON + timedelta(seconds=wait) for wait in waits), None]


@pytest.mark.parametrize(
    ("dialect", "final"),
    [
        ("native", set()),
        ("icpay", set()),
        ("btcpay", {301, 400, 401, 404, 410, 422}),
        ("bitpay", set()),
    ],
)
def test_which_answers_are_final_is_the_dialects_to_say(dialect: str, final: set[int]) -> None:
    manner = DIALECTS[dialect].manner
    answers = [301, 400, 401, 404, 408, 410, 422, 429, 500, 502, 503, 599]
    assert {one for one in answers if manner.is_final(one)} == final
    assert not manner.is_final(None), "who did not answer may answer later"
