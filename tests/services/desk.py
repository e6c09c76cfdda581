"""A desk for service tests: a house on the sandbox, one account, and transfers by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.domain.account import Account
from app.domain.event import Event
from app.domain.intent import Intent
from app.domain.payment import Payment
from app.domain.sandbox import CHAIN, CONFIRMATIONS
from app.house import House
from app.rails.base import Transfer
from app.services.accounts import AccountChanges
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.storage import events, intents, payments, places, tables
from app.storage.store import Tx
from tests.houses import open_house
from tests.sim import laws
from tests.still import StillWorld

DEEP = CONFIRMATIONS
USDC, ETH = "sandbox_usdc", "sandbox_eth"
MINUTES_15 = 900


class Desk:
    """What a test of intents and payments says, in few words."""

    def __init__(self, house: House, world: StillWorld, account: Account, url: str) -> None:
        self.house = house
        self.world = world
        self.account = account
        self.url = url
        self._txs = iter(range(1_000_000))

    async def policy(self, **changes: Any) -> None:
        """Change what the account does with too little and too much."""
        self.account = await self.house.accounts.change(self.account.id, AccountChanges(**changes))

    async def intent(self, amount: str = "10.00", **more: Any) -> IntentView:
        """Make an intent on the sandbox dollar, or of what is said."""
        asked = {"amount": amount, "currency": "USD", "ledgers": (USDC,)} | more
        view, _ = await self.house.intents.create(self.account, NewIntent(**asked))
        return view

    def transfer(self, intent: IntentView, **more: Any) -> Transfer:
        """Return a transfer that pays an intent whole, in block 7, unless it is said otherwise."""
        quote = next((one for one in intent.quotes if one.prompt is not None), None)
        given: dict[str, Any] = {
            "chain": CHAIN.id,
            "tx": f"tx{next(self._txs)}",
            "index": 0,
            "ledger": USDC,
            "confirmations": 1,
            "block": 7,
            "block_hash": "A",
        }
        if quote is not None and quote.prompt is not None:
            given |= {"to": quote.prompt.to, "amount": int(quote.amount_atomic)}
        return Transfer(**given | more)

    async def record(self, *transfers: Transfer) -> None:
        await self.house.arrivals.record(transfers)

    async def look(self, intent: IntentView) -> Intent:
        """Read an intent's row, after the clock was asked."""
        await self.house.arrivals.look_again_at_due()
        found = await self.house.store.read(lambda tx: intents.get(tx, intent.id))
        assert found is not None
        return found

    async def payments(self, intent: IntentView) -> list[Payment]:
        return await self.house.store.read(lambda tx: payments.of_intent(tx, intent.id))

    async def history(self, intent: IntentView, after: int = 1) -> list[str]:
        """Return the types of an intent's events, from behind its creation on."""
        return [one.type.value for one in await self.events(intent.id, after)]

    async def events(self, aggregate: str, after: int = 0) -> list[Event]:
        return await self.house.store.read(
            lambda tx: events.of_aggregate(tx, aggregate, after, 1000)
        )

    async def all_events(self) -> list[str]:
        """Return the types of everything that happened to the account."""
        found = await self.house.events.after(self.account.id, 0)
        return [one.type.value for one in found]

    async def unmatched(self) -> list[Payment]:
        return await self.house.store.read(lambda tx: payments.unmatched(tx, self.account.id, 100))

    async def share_address(self, intent: IntentView, address: str) -> None:
        """Let an intent's place be an address that serves others too, told apart by amount."""

        def write(tx: Tx) -> None:
            held = intents.lock(tx, intent.id)
            assert held is not None
            (place,) = places.of_intent(tx, intent.id)
            tx.execute(tables.places.delete().where(tables.places.c.intent == intent.id))
            places.add(tx, msgspec.structs.replace(place, address=address, shared=True))
            intents.save(tx, self.house.prompts.tag(tx, held, places.of_intent(tx, held.id)))

        await self.house.store.write(write)

    async def check_laws(self) -> None:
        """Hold the tables to every law of the simulator, once the clock was asked."""
        await self.house.arrivals.look_again_at_due()
        books = laws.read_books(self.url, self.world.now())
        assert laws.broken(books) == []


@asynccontextmanager
async def open_desk(url: str, folder: Path, **given: Any) -> AsyncIterator[Desk]:
    """Open a house with one account on a still world."""
    world = StillWorld()
    async with open_house(url, folder, world, secret_key="tests", **given) as house:
        account = await house.accounts.create("A shop", livemode=False)
        yield Desk(house, world, account, url)
