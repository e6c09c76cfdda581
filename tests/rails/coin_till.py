"""A whole house on a real chain of Bitcoin's kind, driven step by step: nothing happens unasked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.domain.account import Account
from app.domain.conditions import NONE, Conditions
from app.house import House
from app.services.accounts import AccountChanges, NewDestination
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.world import authorities
from tests.houses import new_database, open_house
from tests.rails.coin_chain import CoinChain, fresh_tpub
from tests.still import StillWorld

LOOKS_MAX = 200


class CoinTill:
    """One merchant's till: what it asks, what wallets send, and what it makes of it."""

    def __init__(self, house: House, world: StillWorld, account: Account, chain: CoinChain) -> None:
        self.house = house
        self.world = world
        self.account = account
        self.chain = chain

    async def ask(
        self, amount: str = "10.00", conditions: Conditions = NONE, **more: Any
    ) -> IntentView:
        """Ask for money, ready to be paid."""
        new = NewIntent(amount=amount, currency="USD", ledgers=(self.chain.ledger,), **more)
        view, _ = await self.house.intents.create(self.account, new, conditions=conditions)
        return view

    def asked(self, view: IntentView) -> int:
        """Return what is asked for now, in the coin's smallest unit."""
        return int(view.quotes[0].amount_atomic)

    def to(self, view: IntentView) -> str:
        prompt = view.quotes[0].prompt
        assert prompt is not None
        return prompt.to

    async def pay(self, view: IntentView, amount: int | None = None, **how: Any) -> str:
        """Send from a wallet: what is asked for, or another amount."""
        return await self.chain.pay(self.to(view), amount or self.asked(view), **how)

    async def look(self) -> None:
        """Let the worker read the chain once, and the clock be looked at."""
        await self.house.scanning.step(self.chain.id)
        await self.house.arrivals.look_again_at_due()

    async def view(self, view: IntentView) -> IntentView:
        return await self.house.intents.get(view.id)

    async def after(self, view: IntentView, blocks: int = 0) -> IntentView:
        """Mine, look, and return what became of an intent."""
        if blocks:
            await self.chain.mine(blocks)
        await self.look()
        return await self.view(view)

    async def until(self, view: IntentView, *wanted: str | None) -> IntentView:
        """Look until an intent stands so: what waits in a mempool is told when it is told."""
        for _ in range(LOOKS_MAX):
            found = await self.after(view)
            if stands(found) == wanted:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"{stands(found)} for {LOOKS_MAX} looks, and not {wanted}")

    async def said(self, view: IntentView) -> list[str]:
        """Return the types of an intent's events, in order."""
        found = await self.house.events.after(self.account.id, 0)
        return [one.type.value for one in found if one.aggregate == view.id]

    async def policy(self, **changes: Any) -> None:
        self.account = await self.house.accounts.change(self.account.id, AccountChanges(**changes))


def stands(view: IntentView) -> tuple[str, str | None]:
    return view.status.value, view.exception.value if view.exception else None


@asynccontextmanager
async def open_till(
    folder: Path,
    chain: CoinChain,
    *urls: str,
    destination: tuple[str, str] | None = None,
    given: dict[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[CoinTill]:
    """Open a house that watches a chain (through `urls`), with a merchant who has a key.

    `given` are the house's settings, `more` the chain's.
    """
    block = chain.settings(*urls, **more)
    http = httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities())
    world = StillWorld(datetime.fromtimestamp(chain.tip_seconds(), UTC), http=http)
    database = new_database("sqlite", folder)
    async with open_house(database, folder, world, chains=(block,), **given or {}) as house:
        account = await house.accounts.create("Till", livemode=False)
        kind, value = destination or ("xpub", fresh_tpub())
        new = NewDestination(family=chain.family, kind=kind, value=value)
        await house.accounts.put_destination(account.id, new)
        till = CoinTill(house, world, account, chain)
        await till.look()
        yield till
