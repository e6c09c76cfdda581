"""A claim goes only along the steps there are, and never comes to more than it is worth."""

from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.domain.claim import FINAL, OPEN, STEPS, ClaimStatus, Facts, status, worth

facts = st.builds(
    Facts,
    approved=st.booleans(),
    sending=st.booleans(),
    sent=st.booleans(),
    canceled=st.booleans(),
)
# What can be said of a claim, and where it must stand for that.
SAYINGS = {
    "approved": (True, {ClaimStatus.REQUIRES_APPROVAL}),
    "canceled": (True, {ClaimStatus.REQUIRES_APPROVAL, ClaimStatus.PENDING}),
    "sending": (True, {ClaimStatus.PENDING}),
    "not sending": (False, {ClaimStatus.PROCESSING}),
    "sent": (True, {ClaimStatus.PENDING, ClaimStatus.PROCESSING}),
}
prices = st.decimals("0.01", "100000", places=2)
rates = st.decimals("0.0001", "100000", places=4)


def said(facts: Facts, word: str) -> Facts:
    value, _ = SAYINGS[word]
    return msgspec.structs.replace(facts, **{word.removeprefix("not "): value})


@given(st.lists(st.sampled_from(sorted(SAYINGS)), max_size=12))
def test_what_is_said_takes_a_claim_only_along_steps_that_are_told(words: list[str]) -> None:
    at = Facts(approved=False, sending=False, sent=False, canceled=False)
    for word in words:
        stands = status(at)
        if stands not in SAYINGS[word][1]:
            continue  # the house refuses it there
        at = said(at, word)
        assert status(at) in STEPS[stands], f"{word} of {stands}"


@given(facts)
def test_every_combination_of_facts_has_one_status(facts: Facts) -> None:
    stands = status(facts)
    assert (stands in FINAL) is (facts.sent or facts.canceled)
    assert (stands is ClaimStatus.SUCCEEDED) is facts.sent, "what was sent cannot be unsent"
    if stands in OPEN:
        assert (stands is ClaimStatus.REQUIRES_APPROVAL) is not facts.approved


def test_a_final_claim_never_moves_and_every_other_can_end() -> None:
    assert set(STEPS) == set(ClaimStatus)
    assert {one for one, to in STEPS.items() if not to} == FINAL
    for stands in OPEN:
        reached, seen = {stands}, set[ClaimStatus]()
        while reached - seen:
            one = (reached - seen).pop()
            seen.add(one)
            reached |= set(STEPS[one])
        assert seen >= FINAL
    assert ClaimStatus.CANCELED not in STEPS[ClaimStatus.PROCESSING], "it is on its way"


@given(prices, rates, st.integers(0, 18), st.integers(0, 18))
def test_what_is_due_is_never_more_than_the_claim_and_less_by_under_a_step(
    price: Decimal, rate: Decimal, decimals: int, precision: int
) -> None:
    precision = min(precision, decimals)
    atomic = worth(price, rate, decimals, precision)
    step = 10 ** (decimals - precision)
    exact = Fraction(price) / Fraction(rate) * 10**decimals
    assert atomic % step == 0
    assert atomic <= exact < atomic + step
