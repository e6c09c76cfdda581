"""What one intent may be asked for beyond its price, and what a merchant's word may do to it."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from app.domain.conditions import CONFIRMATIONS, NONE, Conditions, Receipt, Speed
from app.domain.intent import (
    FINAL,
    Facts,
    Mark,
    Oddity,
    Status,
    advance,
    marks,
    status,
)
from app.domain.ledger import Chain, Depth, depth, wait_seconds
from tests.still import NOON

CHAIN = Chain(
    id="bip122:0",
    short="btc",
    name="Bitcoin",
    family="bitcoin",
    livemode=False,
    depths=(Depth(confirmations=1, up_to=Decimal(100)), Depth(confirmations=3)),
    block_seconds=Decimal(600),
    by_speed=True,
)
FACTS = Facts(
    amount=Decimal(10),
    due=Decimal(10),
    seen=Decimal(0),
    confirmed=Decimal(0),
    expires_at=NOON + timedelta(minutes=15),
    gives_up_at=NOON + timedelta(days=1),
)


@pytest.mark.parametrize("speed", Speed)
def test_where_blocks_are_scarce_a_merchants_speed_goes_before_the_price(speed: Speed) -> None:
    assert depth(CHAIN, Decimal(10_000), speed) == CONFIRMATIONS[speed]
    assert wait_seconds(CHAIN, Decimal(10_000), speed) == 600 * CONFIRMATIONS[speed]


def test_without_a_speed_the_price_decides() -> None:
    assert (depth(CHAIN, Decimal(50)), depth(CHAIN, Decimal(500))) == (1, 3)


def test_where_blocks_are_cheap_a_speed_changes_nothing() -> None:
    rollup = msgspec.structs.replace(CHAIN, by_speed=False)
    assert depth(rollup, Decimal(500), Speed.HIGH) == 3


def test_what_was_not_asked_for_is_the_accounts_way() -> None:
    asked = Conditions(confirm_seconds=0, locale="de")
    settled = asked.settled(Speed.LOW, 3600)
    assert settled == Conditions(speed=Speed.LOW, confirm_seconds=0, locale="de")
    assert NONE.settled(None, 3600).confirming == timedelta(hours=1)
    assert Conditions(speed=Speed.HIGH).settled(Speed.LOW, 0).speed is Speed.HIGH


def test_conditions_are_stored_as_what_was_asked_and_no_more() -> None:
    kept = msgspec.json.encode(Conditions(speed=Speed.HIGH, receipt=Receipt(enabled=False)))
    assert msgspec.json.decode(kept, type=Conditions).receipt.enabled is False
    assert msgspec.json.decode(b"{}", type=Conditions) == NONE


@pytest.mark.parametrize(
    ("where", "odd", "may"),
    [
        (Status.REQUIRES_PAYMENT, None, {Mark.SETTLED, Mark.INVALID}),
        (Status.REQUIRES_PAYMENT, Oddity.UNDERPAID, {Mark.SETTLED, Mark.INVALID}),
        (Status.PROCESSING, None, {Mark.SETTLED, Mark.INVALID}),
        (Status.EXPIRED, None, {Mark.SETTLED, Mark.INVALID}),
        (Status.EXPIRED, Oddity.LATE, {Mark.SETTLED, Mark.INVALID}),
        (Status.MISMATCHED, Oddity.UNDERPAID, {Mark.SETTLED, Mark.INVALID}),
        (Status.MISMATCHED, Oddity.OVERPAID, set()),
        (Status.FAILED, None, {Mark.SETTLED}),
        (Status.CANCELED, None, {Mark.SETTLED}),
        (Status.SUCCEEDED, None, set()),
        (Status.SUCCEEDED, Oddity.OVERPAID, set()),
        (Status.SUCCEEDED, Oddity.MARKED, {Mark.INVALID}),
    ],
)
def test_what_a_merchant_may_mark(where: Status, odd: Oddity | None, may: set[Mark]) -> None:
    assert set(marks(where, odd)) == may


def test_a_merchants_word_goes_before_what_the_chains_say() -> None:
    paid = msgspec.structs.replace(FACTS, seen=Decimal(10))
    assert status(paid, NOON) is Status.PROCESSING
    accepted = msgspec.structs.replace(paid, accepted=True)
    assert advance(Status.PROCESSING, accepted, NOON) is Status.SUCCEEDED
    given_up = msgspec.structs.replace(paid, canceled=True)
    assert advance(Status.PROCESSING, given_up, NOON) is Status.CANCELED


def test_a_word_is_taken_back_by_the_other_and_by_nothing_else() -> None:
    accepted = msgspec.structs.replace(FACTS, accepted=True)
    canceled = msgspec.structs.replace(FACTS, canceled=True)
    assert advance(Status.CANCELED, accepted, NOON) is Status.SUCCEEDED
    assert advance(Status.SUCCEEDED, canceled, NOON) is Status.CANCELED
    for final in FINAL:
        for now in (NOON, NOON + timedelta(days=9)):
            assert advance(final, FACTS, now) is None, "money and time move nothing final"
