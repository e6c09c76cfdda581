"""Money that is meant for somebody else goes straight to them, and to nobody they did not name."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.intent import Status
from app.errors import Invalid, NoLedgerLeft, NotConfigured, OrderTaken
from app.services.accounts import AccountChanges
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.storage import places
from tests.services.desk import DEEP, ETH, USDC, Desk, open_desk

FRIEND = "sandbox1friend"
OTHER = "sandbox1another"


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        await opened.check_laws()


def to(view: IntentView) -> str:
    """Return the one address a view tells wallets to pay."""
    (place,) = {one.prompt.to for one in view.quotes if one.prompt is not None}
    return place


async def test_the_recipient_is_paid_and_the_intent_succeeds(desk: Desk) -> None:
    intent = await desk.intent(recipients={"sandbox": f" {FRIEND} "})
    assert (to(intent), intent.recipients) == (FRIEND, {"sandbox": FRIEND})
    await desk.record(desk.transfer(intent, confirmations=DEEP))
    assert (await desk.look(intent)).status is Status.SUCCEEDED
    (created, *_) = await desk.events(intent.id)
    assert b'"recipients":{"sandbox":"sandbox1friend"}' in bytes(created.data)


async def test_a_recipient_of_many_intents_is_told_apart_by_the_amount(desk: Desk) -> None:
    first, second = [await desk.intent(recipients={"sandbox": FRIEND}) for _ in range(2)]
    assert to(first) == to(second)
    amounts = {one.quotes[0].amount_atomic for one in (first, second)}
    assert len(amounts) == 2
    await desk.record(desk.transfer(second, confirmations=DEEP))
    assert (await desk.look(first)).status is Status.REQUIRES_PAYMENT
    assert (await desk.look(second)).status is Status.SUCCEEDED


async def test_a_payer_who_chooses_later_pays_the_recipient_too(desk: Desk) -> None:
    intent = await desk.intent(recipients={"sandbox": FRIEND}, ledgers=(USDC, ETH))
    chosen = await desk.house.choosing.choose(intent.id, ETH)
    assert to(chosen) == FRIEND
    again = await desk.house.choosing.choose(intent.id, USDC)
    assert to(again) == FRIEND
    (spot,) = await desk.house.store.read(lambda tx: places.of_intent(tx, intent.id))
    assert (spot.destination, spot.slot, spot.shared) == (None, None, True)


async def test_what_names_no_recipient_is_refused_by_family(desk: Desk) -> None:
    for given, fields in (
        ({}, ["recipients"]),
        ({"evm": "0x1"}, ["recipients.evm"]),
        ({"sandbox": "nobody", "moon": "x"}, ["recipients.sandbox", "recipients.moon"]),
    ):
        with pytest.raises(Invalid) as refused:
            await desk.intent(recipients=given)
        assert [one.field for one in refused.value.faults] == fields


async def test_an_address_that_is_one_payments_own_is_no_recipient(desk: Desk) -> None:
    own = to(await desk.intent())
    with pytest.raises(Invalid) as refused:
        await desk.intent(recipients={"sandbox": own})
    assert [one.field for one in refused.value.faults] == ["recipients.sandbox"]


async def test_an_order_is_not_paid_to_another_recipient(desk: Desk) -> None:
    desk.account = await desk.house.accounts.change(
        desk.account.id, AccountChanges(unique_orders=True)
    )
    intent = await desk.intent(order_id="7", recipients={"sandbox": FRIEND})
    same = await desk.intent(order_id="7", recipients={"sandbox": FRIEND})
    assert same.id == intent.id
    for recipients in (None, {"sandbox": OTHER}):
        with pytest.raises(OrderTaken):
            await desk.intent(order_id="7", recipients=recipients)


async def test_only_families_with_a_recipient_are_offered(desk: Desk) -> None:
    offered = desk.house.prompts.offered
    wish = desk.house.issuing.wish
    named = wish(NewIntent(amount="1", currency="USD", ledgers=(USDC,))).narrowing
    with pytest.raises(NotConfigured) as refused:
        await offered(desk.account, named, (), {"evm": "0x1"})
    assert "recipients name nobody" in refused.value.detail
    every = wish(NewIntent(amount="1", currency="USD")).narrowing
    with pytest.raises((NoLedgerLeft, NotConfigured)):
        await offered(desk.account, every, (), {"evm": "0x1"})
