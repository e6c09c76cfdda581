"""A whole house on a real EVM chain, driven step by step: nothing happens unasked."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from embit import bip32, bip39

from app.domain.account import Account
from app.house import House
from app.rails.evm.address import checksum
from app.services.accounts import AccountChanges, NewDestination
from app.services.requests import NewIntent
from app.services.views import IntentView, QuoteView
from app.world import authorities
from tests.houses import open_house
from tests.rails.evm_chain import EvmChain
from tests.still import StillWorld

MNEMONIC = "test test test test test test test test test test test junk"
_accounts = itertools.count(100)  # a merchant each, so that no two tests share an address

USDC = "dev_usdc"
ETH = "dev_eth"
OTHER_USDC = "other_usdc"
# The house's clock starts at the chain's own time and moves when told: block times and the
# terms of intents can then be set against each other.


class Till:
    """One merchant's till: what it asks, what wallets send, and what it makes of it."""

    def __init__(self, house: House, world: StillWorld, account: Account, chain: EvmChain) -> None:
        self.house = house
        self.world = world
        self.account = account
        self.chain = chain

    async def ask(self, amount: str = "10.00", *ledgers: str, **more: Any) -> IntentView:
        """Ask for money on one ledger, ready to be paid."""
        new = NewIntent(amount=amount, currency="USD", ledgers=ledgers or (USDC,), **more)
        view, _ = await self.house.intents.create(self.account, new)
        return view

    def quote(self, view: IntentView, ledger: str = USDC) -> QuoteView:
        return next(one for one in view.quotes if one.ledger == ledger)

    def to(self, view: IntentView) -> str:
        """Return the address a wallet was told."""
        prompt = next(one.prompt for one in view.quotes if one.prompt is not None)
        return prompt.to

    def pay(self, view: IntentView, amount: int | None = None) -> str:
        """Send dollars from a wallet: what is asked for, or another amount."""
        asked = int(self.quote(view).amount_atomic)
        return self.chain.transfer(self.chain.usdc, self.to(view), amount or asked)

    async def look(self) -> None:
        """Let the worker read every EVM chain once, and the clock be looked at."""
        for chain in self.house.rails:
            if chain.startswith("eip155:"):
                await self.house.scanning.step(chain)
        await self.house.arrivals.look_again_at_due()

    async def view(self, view: IntentView) -> IntentView:
        return await self.house.intents.get(view.id)

    async def after(self, view: IntentView, blocks: int = 1) -> IntentView:
        """Mine, look, and return what became of an intent."""
        if blocks:
            self.chain.mine(blocks)
        await self.look()
        return await self.view(view)

    async def said(self, view: IntentView) -> list[str]:
        """Return the types of an intent's events, in order."""
        found = await self.house.events.after(self.account.id, 0)
        return [one.type.value for one in found if one.aggregate == view.id]

    async def policy(self, **changes: Any) -> None:
        """Change the account's policies for the intents to come."""
        self.account = await self.house.accounts.change(self.account.id, AccountChanges(**changes))


def fresh_xpub() -> str:
    """Return an account key whose addresses no chain has seen."""
    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(MNEMONIC))
    return str(root.derive(f"m/44h/60h/{next(_accounts)}h").to_public().to_base58())


def fresh_address() -> str:
    """Return a plain address nobody was paid at before."""
    return checksum(f"0x{next(_accounts):040x}")


@asynccontextmanager
async def open_till(
    database: str,
    folder: Path,
    chain: EvmChain,
    *urls: str,
    destination: tuple[str, str] | None = None,
    others: tuple[EvmChain, ...] = (),
    given: dict[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[Till]:
    """Open a house that watches a chain (through `urls`), with a merchant who has an xpub.

    `given` are the house's settings, `more` the chain's.
    """
    blocks = [chain.settings(*(urls or (chain.anvil.url,)), **more)]
    blocks += [
        one.settings(one.anvil.url, short="other", name="Another chain", lag_seconds_max=86_400)
        for one in others
    ]
    now = int(chain.anvil.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    http = httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities())
    world = StillWorld(datetime.fromtimestamp(now, UTC), http=http)
    async with open_house(database, folder, world, chains=tuple(blocks), **given or {}) as house:
        account = await house.accounts.create("Till", livemode=False)
        kind, value = destination or ("xpub", fresh_xpub())
        new = NewDestination(family="evm", kind=kind, value=value)
        await house.accounts.put_destination(account.id, new)
        till = Till(house, world, account, chain)
        await till.look()
        yield till
