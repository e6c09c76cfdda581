"""Money that arrives is counted once, wherever its transaction comes to lie."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.intent import Oddity, Status
from app.domain.payment import PaymentStatus
from app.domain.sandbox import FINAL_DEPTH
from app.rails.base import Transfer
from tests.services.desk import DEEP, ETH, MINUTES_15, Desk, open_desk

NOTHING, TEN = Decimal(0), Decimal(10)
TEN_USDC = 10_000_000


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        await opened.check_laws()


def moved(transfer: Transfer, **changes: Any) -> Transfer:
    return msgspec.structs.replace(transfer, **changes)


async def test_a_payment_is_seen_confirmed_and_settles(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await desk.record(sent)
    assert (await desk.look(intent)).status is Status.PROCESSING
    await desk.record(moved(sent, confirmations=DEEP))
    assert (await desk.look(intent)).status is Status.SUCCEEDED
    assert await desk.history(intent) == [
        "payment.seen",
        "payment_intent.processing",
        "payment.confirmed",
        "payment_intent.succeeded",
    ]


async def test_seeing_a_transfer_again_changes_nothing(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent, confirmations=DEEP)
    for _ in range(5):
        await desk.record(sent, sent)
    await asyncio.gather(*(desk.record(sent) for _ in range(8)))
    assert (await desk.look(intent)).seen == TEN
    assert len(await desk.history(intent)) == 3


async def test_a_new_transfer_seen_by_many_hands_at_once_is_one_payment(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await asyncio.gather(*(desk.record(sent) for _ in range(12)))
    assert len(await desk.payments(intent)) == 1
    assert (await desk.look(intent)).seen == TEN


async def test_payments_of_one_intent_seen_at_once_are_all_counted(desk: Desk) -> None:
    intent = await desk.intent()
    parts = [desk.transfer(intent, amount=1_000_000, confirmations=DEEP) for _ in range(10)]
    await asyncio.gather(*(desk.record(one) for one in parts))
    found = await desk.look(intent)
    assert (found.status, found.confirmed, found.payments_count) == (Status.SUCCEEDED, TEN, 10)


@pytest.mark.parametrize("index", [0, 3])
async def test_a_transaction_in_another_block_is_the_same_payment(desk: Desk, index: int) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await desk.record(sent, moved(sent, block=8, block_hash="B", index=index))
    (paid,) = await desk.payments(intent)
    assert (paid.block_hash, paid.index) == ("B", index)
    assert (await desk.look(intent)).seen == TEN


async def test_what_waited_is_the_same_payment_once_it_is_mined(desk: Desk) -> None:
    intent = await desk.intent()
    waits = desk.transfer(intent, index=-1, block=None, block_hash=None, confirmations=0)
    await desk.record(waits, moved(waits, index=5, block=8, block_hash="B", confirmations=1))
    # The name it waited under is gone, which takes nothing away.
    await desk.record(moved(waits, removed=True))
    assert [one.removed for one in await desk.payments(intent)] == [False]
    assert (await desk.look(intent)).seen == TEN


async def test_what_goes_back_to_wait_is_not_counted_beside_itself(desk: Desk) -> None:
    """A reorg throws a payment back into the mempool before its block is known to be gone."""
    intent = await desk.intent()
    half = desk.transfer(intent, amount=TEN_USDC // 2)
    waits = moved(half, index=-1, block=None, block_hash=None, confirmations=0)
    await desk.record(half, waits)
    found = await desk.look(intent)
    assert (found.seen, found.status) == (TEN / 2, Status.REQUIRES_PAYMENT)
    await desk.record(moved(half, removed=True, confirmations=0))
    await desk.record(waits)
    found = await desk.look(intent)
    assert (found.seen, found.payments_count) == (TEN / 2, 1)
    await desk.record(moved(half, index=4, block=9, block_hash="C", confirmations=DEEP))
    assert (await desk.look(intent)).confirmed == TEN / 2


async def test_indices_that_trade_places_in_a_reorg_lose_nothing(desk: Desk) -> None:
    """Each transfer comes to stand where another one stood; the amounts tell them apart."""
    intent = await desk.intent("30.00")
    first = desk.transfer(intent, tx="both", index=3, amount=TEN_USDC)
    second = moved(first, index=4, amount=2 * TEN_USDC)
    await desk.record(first, second)
    there = {"block": 8, "block_hash": "B", "confirmations": DEEP}
    await desk.record(moved(first, index=4, **there), moved(second, index=3, **there))
    found = await desk.look(intent)
    assert (found.confirmed, found.payments_count) == (Decimal(30), 2)


async def test_a_shifted_index_credits_nobody_elses_intent(desk: Desk) -> None:
    """One transaction pays two shops; after a reorg the first stands where the second stood."""
    mine, yours = await desk.intent(), await desk.intent()
    to_me = desk.transfer(mine, tx="both", index=3)
    to_you = desk.transfer(yours, tx="both", index=4)
    await desk.record(to_me, to_you)
    there = {"block": 8, "block_hash": "B", "confirmations": DEEP}
    await desk.record(moved(to_me, index=4, **there), moved(to_you, index=5, **there))
    for intent in (mine, yours):
        found = await desk.look(intent)
        assert (found.status, found.confirmed, found.payments_count) == (
            Status.SUCCEEDED,
            TEN,
            1,
        )


async def test_a_crash_between_two_that_trade_places_loses_nothing(desk: Desk) -> None:
    intent = await desk.intent("30.00")
    first = desk.transfer(intent, tx="both", index=3, amount=TEN_USDC)
    second = moved(first, index=4, amount=2 * TEN_USDC)
    await desk.record(first, second)
    there = {"block": 8, "block_hash": "B", "confirmations": DEEP}
    await desk.record(moved(first, index=4, **there))  # and no more, this time
    aside = next(one for one in await desk.payments(intent) if one.block_hash == "A")
    await desk.record(moved(second, index=aside.index, removed=True, confirmations=0))
    await desk.record(moved(first, index=4, **there), moved(second, index=3, **there))
    found = await desk.look(intent)
    assert (found.confirmed, found.payments_count) == (Decimal(30), 2)


async def test_alike_transfers_of_one_transaction_stay_as_many(desk: Desk) -> None:
    intent = await desk.intent("20.00")
    pair = [desk.transfer(intent, tx="pair", index=at, amount=TEN_USDC) for at in (3, 4)]
    await desk.record(*pair)
    there = {"block": 8, "block_hash": "B"}
    again = [moved(one, index=one.index + 1, **there) for one in pair]
    await desk.record(*again, *reversed(again))
    found = await desk.look(intent)
    assert (found.seen, found.payments_count) == (Decimal(20), 2)


async def test_old_news_of_a_left_block_takes_nothing_away(desk: Desk) -> None:
    """A slow look says that block A is gone after a quick one found the payment in B."""
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await desk.record(sent, moved(sent, block=8, block_hash="B"), moved(sent, removed=True))
    assert (await desk.look(intent)).seen == TEN
    assert "payment.reversed" not in await desk.history(intent)


async def test_a_reversed_payment_opens_the_intent_again(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await desk.record(sent, moved(sent, removed=True, confirmations=0))
    assert (await desk.look(intent)).status is Status.REQUIRES_PAYMENT
    await desk.record(moved(sent, block=9, block_hash="C"))
    assert (await desk.look(intent)).status is Status.PROCESSING
    assert await desk.history(intent) == [
        "payment.seen",
        "payment_intent.processing",
        "payment.reversed",
        "payment_intent.requires_payment",
        "payment.seen",
        "payment_intent.processing",
    ]


async def test_a_reorg_after_success_alarms_and_moves_nothing(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent, confirmations=DEEP)
    await desk.record(sent, moved(sent, removed=True, confirmations=0))
    found = await desk.look(intent)
    assert (found.status, found.confirmed) == (Status.SUCCEEDED, Decimal(0))
    assert (await desk.history(intent))[-1] == "payment.reversed"


async def test_the_blocks_own_time_says_whether_it_came_late(desk: Desk) -> None:
    """A scan after an outage finds a payment that was mined in time, and one that was not."""
    in_time, late = await desk.intent(), await desk.intent()
    ends = desk.world.now() + timedelta(seconds=MINUTES_15)
    desk.world.advance(2 * MINUTES_15)
    assert (await desk.look(in_time)).status is Status.EXPIRED
    await desk.record(
        desk.transfer(in_time, at=ends - timedelta(seconds=1), confirmations=DEEP),
        desk.transfer(late, at=ends, confirmations=DEEP),
    )
    assert (await desk.look(in_time)).status is Status.SUCCEEDED
    found = await desk.look(late)
    assert (found.status, found.exception, found.seen) == (Status.EXPIRED, Oddity.LATE, NOTHING)
    assert (await desk.history(late))[-1] == "payment.late"


async def test_a_block_from_the_future_is_taken_as_of_now(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, at=desk.world.now() + timedelta(days=1)))
    assert (await desk.look(intent)).status is Status.PROCESSING


async def test_money_on_a_ledger_without_a_quote_is_kept_and_not_valued(desk: Desk) -> None:
    intent = await desk.intent()
    strange = "sandbox:1/erc20:0xbad"
    await desk.record(
        desk.transfer(intent, ledger=ETH, amount=10**18, confirmations=DEEP),
        desk.transfer(intent, ledger=strange, amount=1, confirmations=DEEP),
    )
    found = await desk.look(intent)
    assert (found.status, found.seen) == (Status.REQUIRES_PAYMENT, NOTHING)
    assert {one.status for one in await desk.payments(intent)} == {PaymentStatus.UNMATCHED}
    assert await desk.history(intent) == ["payment.unmatched", "payment.unmatched"]


async def test_on_a_shared_address_the_exact_amount_names_the_intent(desk: Desk) -> None:
    one, other = await desk.intent(), await desk.intent()
    for intent in (one, other):
        await desk.share_address(intent, "shared")
    tagged = {intent.id: (await desk.look(intent)).quotes[-1].amount for intent in (one, other)}
    assert len(set(tagged.values())) == 2
    sent = desk.transfer(one, to="shared", amount=tagged[other.id], confirmations=DEEP)
    await desk.record(sent)
    assert (await desk.look(other)).status is Status.SUCCEEDED
    assert (await desk.look(one)).status is Status.REQUIRES_PAYMENT


async def test_an_amount_nobody_was_asked_for_is_reported_and_never_lost(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.share_address(intent, "shared")
    sent = desk.transfer(intent, to="shared", amount=123)
    await desk.record(sent, sent)
    await asyncio.gather(*(desk.record(moved(sent, confirmations=n)) for n in range(2, 8)))
    (kept,) = await desk.unmatched()
    assert (kept.amount, kept.intent) == (123, None)
    assert (await desk.all_events()).count("payment.unmatched") == 1


async def test_a_transfer_of_nothing_and_one_to_nobody_leave_no_trace(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, amount=0), desk.transfer(intent, to="somebody else's"))
    assert await desk.history(intent) == []
    assert await desk.unmatched() == []


async def test_paying_a_canceled_intent_is_late(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.house.intents.cancel(desk.account.id, intent.id)
    await desk.record(desk.transfer(intent, confirmations=DEEP))
    found = await desk.look(intent)
    assert (found.status, found.exception) == (Status.CANCELED, Oddity.LATE)
    assert await desk.history(intent) == ["payment_intent.canceled", "payment.late"]


@pytest.mark.parametrize(
    ("policy", "atomic", "status", "exception"),
    [
        ({}, 10_000_001, Status.SUCCEEDED, Oddity.OVERPAID),
        ({"overpayment": "mismatch"}, 10_000_001, Status.MISMATCHED, Oddity.OVERPAID),
        ({"overpayment": "mismatch"}, 10_000_000, Status.SUCCEEDED, None),
        ({}, 9_999_999, Status.REQUIRES_PAYMENT, Oddity.UNDERPAID),
        ({"underpayment": "close"}, 9_999_999, Status.MISMATCHED, Oddity.UNDERPAID),
        ({"tolerance_bps": 100}, 9_900_000, Status.SUCCEEDED, None),
        ({"tolerance_bps": 100}, 9_899_999, Status.REQUIRES_PAYMENT, Oddity.UNDERPAID),
        ({"tolerance_bps": 100}, 10_100_000, Status.SUCCEEDED, None),
        ({"tolerance_bps": 100}, 10_100_001, Status.SUCCEEDED, Oddity.OVERPAID),
    ],
)
async def test_too_little_and_too_much_go_by_the_accounts_policy(
    desk: Desk, policy: dict[str, Any], atomic: int, status: Status, exception: Oddity | None
) -> None:
    await desk.policy(**policy)
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, amount=atomic, confirmations=DEEP))
    found = await desk.look(intent)
    assert (found.status, found.exception) == (status, exception)


async def test_an_underpaid_intent_may_be_topped_up_until_it_ends(desk: Desk) -> None:
    intent, short = await desk.intent(), await desk.intent()
    for one in (intent, short):
        await desk.record(desk.transfer(one, amount=4_000_000, confirmations=DEEP))
    desk.world.advance(MINUTES_15 - 1)
    await desk.record(desk.transfer(intent, amount=6_000_000, confirmations=DEEP))
    desk.world.advance(1)
    assert (await desk.look(intent)).status is Status.SUCCEEDED
    assert (await desk.look(short)).status is Status.MISMATCHED


async def test_confirmations_that_never_come_end_in_failure_and_may_still_succeed(
    desk: Desk,
) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent)
    await desk.record(sent)
    desk.world.advance(days=1, seconds=MINUTES_15)
    assert (await desk.look(intent)).status is Status.FAILED
    await desk.record(moved(sent, confirmations=FINAL_DEPTH, final=True))
    assert (await desk.look(intent)).status is Status.SUCCEEDED


async def test_one_transfer_that_cannot_be_written_keeps_no_other_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await desk.intent(), await desk.intent()
    bad, good = desk.transfer(first), desk.transfer(second)
    arrivals = desk.house.arrivals
    real = arrivals.take

    def take(tx: Any, transfer: Transfer) -> Any:
        if transfer.tx == bad.tx:
            raise RuntimeError("a row nobody expected")
        return real(tx, transfer)

    monkeypatch.setattr(arrivals, "take", take)
    with pytest.raises(RuntimeError):
        await desk.record(bad, good)
    assert (await desk.look(second)).status is Status.PROCESSING
    monkeypatch.undo()
    await desk.record(bad, good)
    assert (await desk.look(first)).status is Status.PROCESSING


async def test_one_intent_that_cannot_be_judged_stops_nobody_elses_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await desk.intent(), await desk.intent()
    arrivals = desk.house.arrivals
    real = arrivals.look_again

    async def look_again(id: str) -> None:
        if id == first.id:
            raise RuntimeError("a row nobody expected")
        await real(id)

    desk.world.advance(MINUTES_15)
    monkeypatch.setattr(arrivals, "look_again", look_again)
    await arrivals.look_again_at_due()
    assert (await desk.look(second)).status is Status.EXPIRED
    monkeypatch.undo()
    await arrivals.look_again_at_due()
    assert (await desk.look(first)).status is Status.EXPIRED
