"""A whole house on Lightning, driven step by step: nothing happens unasked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.domain.account import Account
from app.house import House
from app.services.accounts import NewDestination
from app.services.prompt_views import PromptView
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.settings import ChainSettings
from app.world import authorities
from tests.houses import open_house
from tests.still import StillWorld

LIGHTNING = "lightning:0f9188f13cb7b2c71f2a335e3a4fc328"
LEDGER = "btc_lightning_regtest"
HOSTS = ("127.0.0.1",)


class LightningTill:
    """One merchant's till: what it asks, and what it makes of what wallets send."""

    def __init__(self, house: House, world: StillWorld, account: Account) -> None:
        self.house = house
        self.world = world
        self.account = account

    async def point_to(self, connection: str) -> Any:
        """Give the merchant a node."""
        new = NewDestination(family="lightning", kind="node", value=connection)
        return await self.house.accounts.put_destination(self.account.id, new)

    async def ask(self, amount: str = "10.00", *ledgers: str, **more: Any) -> IntentView:
        """Ask for money on one ledger, ready to be paid."""
        new = NewIntent(amount=amount, currency="USD", ledgers=ledgers or (LEDGER,), **more)
        view, _ = await self.house.intents.create(self.account, new)
        return view

    async def look(self) -> None:
        """Let the worker ask every node once, a little later, and the clock be looked at."""
        self.world.advance(seconds=2)
        for chain in self.house.rails:
            if not chain.startswith("sandbox"):
                await self.house.scanning.step(chain)
        await self.house.arrivals.look_again_at_due()

    async def view(self, view: IntentView) -> IntentView:
        return await self.house.intents.get(view.id)

    async def after(self, view: IntentView) -> IntentView:
        """Look, and return what became of an intent."""
        await self.look()
        return await self.view(view)

    async def said(self, view: IntentView) -> list[str]:
        """Return the types of an intent's events, in order."""
        found = await self.house.events.after(self.account.id, 0)
        return [one.type.value for one in found if one.aggregate == view.id]


def prompt(view: IntentView, ledger: str = LEDGER) -> PromptView:
    """Return what a wallet is told."""
    found = next(one.prompt for one in view.quotes if one.ledger == ledger)
    assert found is not None
    return found


@asynccontextmanager
async def open_lightning_till(
    database: str,
    folder: Path,
    *chains: ChainSettings,
    network: str = LIGHTNING,
    **given: Any,
) -> AsyncIterator[LightningTill]:
    """Open a house with Lightning, and a merchant without a node yet."""
    http = httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities())
    world = StillWorld(datetime.now(UTC), http=http)
    given = {"node_hosts": HOSTS, "public_url": "https://till.example"} | given
    every = (ChainSettings(id=network), *chains)
    async with open_house(database, folder, world, chains=every, **given) as house:
        account = await house.accounts.create("Till", livemode=False)
        yield LightningTill(house, world, account)
