"""What a link raised is what stands: counted once, with the payment, and taken back with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from app.services.link_requests import LinkView, NewLink, NewSubmission
from app.services.views import IntentView
from tests.services.desk import DEEP, MINUTES_15, USDC, Desk, open_desk

HANDS = 8


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        await opened.check_laws()


async def fund(desk: Desk) -> LinkView:
    new = NewLink(name="A roof", currency="USD", goal="100.00", ledgers=(USDC,))
    view, _ = await desk.house.links.create(desk.account, new)
    return view


async def give(desk: Desk, link: LinkView, amount: str) -> IntentView:
    view, _ = await desk.house.submissions.submit(link.shortcode, NewSubmission(amount=amount))
    return view


async def raised(desk: Desk, link: LinkView) -> tuple[str, int]:
    total = await desk.house.links.total(link.shortcode)
    return total.raised, total.count


async def test_each_gift_counts_once_by_however_many_hands(desk: Desk) -> None:
    link = await fund(desk)
    gifts = [await give(desk, link, amount) for amount in ("10.00", "2.50", "7.00")]
    sent = [desk.transfer(one, confirmations=DEEP) for one in gifts]
    await asyncio.gather(*(desk.record(one) for one in sent * HANDS))
    assert await raised(desk, link) == ("19.50", 3)
    assert (await desk.house.links.get(desk.account.id, link.id)).raised == "19.50"


async def test_only_what_is_confirmed_and_enough_counts_and_all_of_it(desk: Desk) -> None:
    link = await fund(desk)
    gift = await give(desk, link, "10.00")
    await desk.record(desk.transfer(gift, amount=4_000_000, confirmations=DEEP))
    assert await raised(desk, link) == ("0.00", 0)
    rest = desk.transfer(gift, amount=8_000_000, confirmations=1)
    await desk.record(rest)
    assert await raised(desk, link) == ("0.00", 0)
    await desk.record(msgspec.structs.replace(rest, confirmations=DEEP))
    assert await raised(desk, link) == ("12.00", 1), "what was too much came too"


async def test_what_a_reorg_takes_back_is_taken_off_and_what_comes_again_is_put_on(
    desk: Desk,
) -> None:
    link = await fund(desk)
    kept, gone = await give(desk, link, "10.00"), await give(desk, link, "5.00")
    await desk.record(desk.transfer(kept, confirmations=DEEP))
    sent = desk.transfer(gone, confirmations=DEEP)
    await desk.record(sent)
    assert await raised(desk, link) == ("15.00", 2)
    await desk.record(msgspec.structs.replace(sent, removed=True, confirmations=0))
    assert await raised(desk, link) == ("10.00", 1)
    await desk.record(msgspec.structs.replace(sent, block=9, block_hash="B"))
    assert await raised(desk, link) == ("15.00", 2)


async def test_what_the_merchant_accepts_counts_as_what_came(desk: Desk) -> None:
    link = await fund(desk)
    gift = await give(desk, link, "10.00")
    await desk.record(desk.transfer(gift, amount=4_000_000, confirmations=DEEP))
    desk.world.advance(MINUTES_15)
    await desk.look(gift)
    await desk.house.intents.accept(desk.account.id, gift.id)
    assert await raised(desk, link) == ("4.00", 1)
