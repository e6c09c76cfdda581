"""The gap: how many addresses nobody paid a wallet looks beyond, and how few we leave behind.

No chain is read here: slots are handed out without asking one.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.account import Account
from app.house import House
from app.rails.base import Transfer
from app.rails.bitcoin.network import BITCOIN_REGTEST
from app.services.accounts import NewDestination
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.settings import ChainSettings
from tests.houses import database, open_house
from tests.rails.coin_chain import fresh_tpub
from tests.still import StillWorld

__all__ = ["database"]  # a fixture by being here
GAP = 20  # BIP-44's
WATCHED_DAYS = 30
CHAIN = ChainSettings(BITCOIN_REGTEST, ("tcp://127.0.0.1:1",))


class Shop:
    """An account on a chain whose wallets look only so far."""

    def __init__(self, house: House, world: StillWorld, account: Account) -> None:
        self.house, self.world, self.account = house, world, account

    async def ask(self) -> IntentView:
        new = NewIntent(
            amount="10.00", currency="USD", ledgers=("btc_regtest",), expires_in_seconds=60
        )
        view, _ = await self.house.intents.create(self.account, new)
        return view

    async def ask_many(self, count: int) -> list[IntentView]:
        return [await self.ask() for _ in range(count)]

    async def pass_days(self, days: float) -> None:
        """Let time pass, and end whose time is up."""
        self.world.advance(days=days)
        while await self.house.arrivals.look_again_at_due():
            pass

    async def pay(self, view: IntentView) -> None:
        """Write what a chain would tell of a payment."""
        transfer = Transfer(
            chain=BITCOIN_REGTEST,
            tx=f"{abs(hash(view.id)):064x}"[-64:],
            index=0,
            ledger="btc_regtest",
            to=to(view),
            amount=int(view.quotes[0].amount_atomic),
            confirmations=1,
            block=1,
            block_hash="0" * 64,
            at=self.world.now(),
        )
        await self.house.arrivals.record([transfer])


def to(view: IntentView) -> str:
    prompt = view.quotes[0].prompt
    assert prompt is not None
    return prompt.to


@pytest.fixture
async def shop(database: str, tmp_path: Path) -> AsyncIterator[Shop]:
    world = StillWorld()
    async with open_house(database, tmp_path, world, chains=(CHAIN,)) as house:
        account = await house.accounts.create("Shop", livemode=False)
        new = NewDestination(family="bitcoin", kind="xpub", value=fresh_tpub())
        await house.accounts.put_destination(account.id, new)
        yield Shop(house, world, account)


async def test_a_wallet_is_not_left_behind_by_sales_nobody_paid(shop: Shop) -> None:
    old = await shop.ask_many(GAP)
    await shop.pass_days(WATCHED_DAYS + 1)
    again = await shop.ask_many(GAP)
    assert [to(one) for one in again] == [to(one) for one in old], "the lowest first, each once"


async def test_addresses_somebody_may_still_pay_are_nobody_elses(shop: Shop) -> None:
    old = {to(one) for one in await shop.ask_many(GAP)}
    await shop.pass_days(WATCHED_DAYS - 1)  # expired long ago, and watched still
    assert to(await shop.ask()) not in old


async def test_a_paid_address_is_never_handed_out_again(shop: Shop) -> None:
    old = await shop.ask_many(GAP)
    for one in old[:3]:
        await shop.pay(one)
    await shop.ask_many(GAP)
    await shop.pass_days(WATCHED_DAYS + 1)
    taken = {to(one) for one in await shop.ask_many(GAP)}
    assert not taken & {to(one) for one in old[:3]}
    assert taken <= {to(one) for one in old[3:]} | taken


async def test_within_the_gap_every_sale_has_a_fresh_address(shop: Shop) -> None:
    old = await shop.ask_many(GAP - 1)
    await shop.pass_days(WATCHED_DAYS + 1)
    fresh = await shop.ask()
    assert to(fresh) not in {to(one) for one in old}
    await shop.pay(fresh)
    assert to(await shop.ask()) not in {to(one) for one in [*old, fresh]}, "it was paid: go on"


async def test_a_sale_opened_again_gets_an_address_of_its_own(shop: Shop) -> None:
    old = await shop.ask_many(GAP)
    await shop.pass_days(WATCHED_DAYS + 1)
    new = await shop.ask()
    assert to(new) == to(old[0])
    reopened = await shop.house.choosing.requote(old[0].id)
    assert reopened.quotes[0].prompt is None, "its address is another's now"
    chosen = await shop.house.choosing.choose(old[0].id, "btc_regtest")
    assert to(chosen) not in (to(new), to(old[0]))
    await shop.pay(new)
    assert (await shop.house.intents.get(old[0].id)).amount_received == "0.00"
    assert (await shop.house.intents.get(new.id)).amount_received == "10.00"


async def test_an_address_watched_again_is_not_taken(shop: Shop) -> None:
    old = await shop.ask_many(GAP)
    await shop.pass_days(WATCHED_DAYS + 1)
    reopened = await shop.house.choosing.requote(old[0].id)
    assert to(reopened) == to(old[0])
    assert to(await shop.ask()) == to(old[1])
