"""However many browsers choose at once, an intent has one place a family and one price."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.intent import Status
from app.errors import NotOpen, OrderTaken, UnknownLedger
from app.services.views import IntentView
from app.storage import places
from app.storage.places import PlaceRow
from tests.services.desk import DEEP, ETH, MINUTES_15, USDC, Desk, open_desk

BTC = "sandbox_btc"
BROWSERS = 8


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path, quote_seconds=300) as opened:
        yield opened
        await opened.check_laws()


async def spots(desk: Desk, intent: IntentView) -> list[PlaceRow]:
    return await desk.house.store.read(lambda tx: places.of_intent(tx, intent.id))


async def test_browsers_that_race_are_shown_one_place_and_one_price(desk: Desk) -> None:
    intent = await desk.intent(ledgers=(USDC, ETH))
    assert await spots(desk, intent) == []
    views = await asyncio.gather(
        *(desk.house.choosing.choose(intent.id, USDC) for _ in range(BROWSERS))
    )
    shown = {(one.prompt, one.amount_atomic) for view in views for one in view.quotes if one.prompt}
    assert len({prompt.to for prompt, _ in shown if prompt}) == 1
    assert len(await spots(desk, intent)) == 1
    assert await desk.history(intent) == ["payment_intent.updated"]


async def test_browsers_that_choose_different_ledgers_share_the_place(desk: Desk) -> None:
    intent = await desk.intent(ledgers=(USDC, ETH, BTC))
    await asyncio.gather(
        *(desk.house.choosing.choose(intent.id, one) for one in (USDC, ETH, BTC) * 3)
    )
    (place,) = await spots(desk, intent)
    view = await desk.house.intents.get(intent.id)
    assert {one.prompt.to for one in view.quotes if one.prompt} == {place.address}
    assert view.ledger in (USDC, ETH, BTC)


async def test_intents_made_and_chosen_at_once_share_no_address(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.intent(ledgers=(USDC, ETH)) for _ in range(BROWSERS)))
    await asyncio.gather(*(desk.house.choosing.choose(one.id, ETH) for one in made))
    addresses = [(await spots(desk, one))[0].address for one in made]
    assert len(set(addresses)) == BROWSERS


async def test_choosing_the_same_again_changes_nothing(desk: Desk) -> None:
    intent = await desk.intent(ledgers=(USDC, ETH))
    first = await desk.house.choosing.choose(intent.id, ETH)
    assert await desk.house.choosing.choose(intent.id, ETH) == first


async def test_a_price_that_ran_out_is_renewed_once_for_all_browsers(desk: Desk) -> None:
    intent = await desk.intent()
    desk.world.advance(301)
    await asyncio.gather(*(desk.house.choosing.freshen(intent.id) for _ in range(BROWSERS)))
    found = await desk.look(intent)
    assert [one.revision for one in found.quotes] == [1, 2]
    assert await desk.history(intent) == ["payment_intent.updated"]


async def test_a_payment_of_an_older_price_earns_what_was_promised_then(desk: Desk) -> None:
    intent = await desk.intent()
    sent = desk.transfer(intent, at=desk.world.now(), confirmations=DEEP)
    desk.world.advance(301)
    await desk.house.choosing.freshen(intent.id)
    await desk.record(sent)
    assert (await desk.look(intent)).status is Status.SUCCEEDED


async def test_an_expired_unpaid_intent_gets_a_new_term_at_the_same_place(desk: Desk) -> None:
    intent = await desk.intent()
    (before,) = await spots(desk, intent)
    desk.world.advance(MINUTES_15)
    assert (await desk.look(intent)).status is Status.EXPIRED
    views = await asyncio.gather(*(desk.house.choosing.requote(intent.id) for _ in range(BROWSERS)))
    assert {one.status for one in views} == {Status.REQUIRES_PAYMENT}
    (after,) = await spots(desk, intent)
    assert after.address == before.address
    assert after.watch_until > before.watch_until
    assert await desk.history(intent) == [
        "payment_intent.expired",
        "payment_intent.requires_payment",
    ]
    await desk.record(desk.transfer(intent, confirmations=DEEP))
    assert (await desk.look(intent)).status is Status.SUCCEEDED


async def test_a_paid_intent_is_not_priced_again(desk: Desk) -> None:
    late, part = await desk.intent(), await desk.intent(expires_in_seconds=3600)
    desk.world.advance(MINUTES_15)
    await desk.record(desk.transfer(late, confirmations=DEEP))
    await desk.record(desk.transfer(part, amount=5_000_000, confirmations=DEEP))
    for intent in (late, part):
        await desk.look(intent)
        with pytest.raises(NotOpen):
            await desk.house.choosing.requote(intent.id)


async def test_an_open_intent_asked_for_a_price_is_answered_as_it_stands(desk: Desk) -> None:
    intent = await desk.intent()
    again = await desk.house.choosing.requote(intent.id)
    assert (again.version, again.quotes) == (intent.version, intent.quotes)
    assert await desk.history(intent) == []


async def test_an_order_has_one_open_intent_though_an_old_one_is_priced_again(desk: Desk) -> None:
    await desk.policy(unique_orders=True)
    old = await desk.intent(order_id="o1")
    desk.world.advance(MINUTES_15)
    await desk.look(old)
    new = await desk.intent(order_id="o1")
    with pytest.raises(OrderTaken):
        await desk.house.choosing.requote(old.id)
    await desk.house.intents.cancel(desk.account.id, new.id)
    await desk.house.choosing.requote(old.id)
    assert (await desk.intent(order_id="o1")).id == old.id


async def test_what_is_not_offered_or_not_open_is_refused(desk: Desk) -> None:
    intent = await desk.intent()
    for ledger in (ETH, "no_such"):
        with pytest.raises(UnknownLedger):
            await desk.house.choosing.choose(intent.id, ledger)
    await desk.house.intents.cancel(desk.account.id, intent.id)
    with pytest.raises(NotOpen):
        await desk.house.choosing.choose(intent.id, USDC)


async def test_what_is_left_is_what_a_topping_up_payer_is_asked_for(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, amount=4_000_000, confirmations=DEEP))
    view = await desk.house.choosing.choose(intent.id, USDC)
    (quote,) = (one for one in view.quotes if one.prompt)
    assert (quote.amount_atomic, Decimal(view.amount_due)) == ("6000000", Decimal(6))
