"""Merchants and shoppers: what they do at random, and what they were told.

They behave as people and their machines do: pay too little, too much, twice, late, on
the wrong ledger; ask again with the same key when no answer came; look, leave and return.
"""

import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import msgspec

from app.domain.account import Account
from app.domain.sandbox import CHAIN as SANDBOX
from app.errors import CheckoutError
from app.house import House
from app.services.accounts import AccountChanges
from app.services.once import KEPT, Once
from app.services.requests import IntentChanges, NewIntent
from app.services.sandbox import NewTransfer
from app.services.views import IntentView, QuoteView
from tests.sim import laws
from tests.sim.chain import ModelChain, Movement

if TYPE_CHECKING:
    from tests.sim.town import Town

POLICIES: tuple[dict[str, object], ...] = (
    {},
    {"underpayment": "close", "overpayment": "mismatch"},
    {"tolerance_bps": 100, "unique_orders": True},
)
AMOUNTS = ("0.01", "1.00", "9.99", "10.00", "33.33", "250.00", "999.99", "12345.67")
RECENT = 8  # intents people still think of
NEWEST = 3  # of them, which are mostly paid
REPEATED = 15  # keys that are still asked again
PARTS = ("whole", "whole", "whole", "half", "little less", "little more", "double", "dust")


def policy(number: int) -> AccountChanges:
    """Return what account `number` does with too little and too much."""
    return msgspec.convert(POLICIES[number], AccountChanges)


class Asked(msgspec.Struct):
    """One request with a key, and the answer it had."""

    account: Account
    new: NewIntent
    at: datetime
    told: str | None = None


class People:
    """Everybody outside the house."""

    def __init__(self, town: "Town") -> None:
        self.town = town
        self.chance: random.Random = town.chance
        self.asked: dict[str, Asked] = {}
        self.ruled: dict[str, tuple[datetime, IntentView]] = {}  # key → what it was answered
        self.recent: list[tuple[str, Account]] = []
        self.sent: list[tuple[str, str, str]] = []  # intent, chain, transaction
        self.screens: dict[str, list[int]] = {}  # intent → versions in the order they were seen
        self.faults: list[str] = []
        self.refused = 0
        self._keys = 0

    async def act(self, house: House) -> None:
        """Do one thing. A refusal is an answer too."""
        doings: list[tuple[Callable[[House], Awaitable[Any]], int]] = [
            (self.create, 8), (self.ask_again, 4), (self.pay, 18), (self.choose, 5),
            (self.pay_sandbox, 3), (self.rule, 4), (self.requote, 3), (self.reuse, 2),
            (self.hint, 3), (self.look_at_a_screen, 5), (self.pull_a_lever, 1),
        ]  # fmt: skip
        (doing,) = self.chance.choices([one for one, _ in doings], [many for _, many in doings])
        try:
            await doing(house)
        except CheckoutError:
            self.refused += 1

    async def create(self, house: House) -> None:
        """Ask for an intent with a new key."""
        account = self.chance.choice(self.town.accounts)
        self._keys += 1
        key = f"key{self._keys}"
        offered = [one.id for one in self.town.catalogue]
        picked = tuple(self.chance.sample(offered, self.chance.choice((1, 1, 1, 2))))
        unique = account.unique_orders
        self.asked[key] = Asked(
            account,
            NewIntent(
                amount=self.chance.choice(AMOUNTS),
                currency=self.chance.choice(("USD", "USD", "EUR")),
                ledgers=self.chance.choice((None, picked, picked, picked, picked)),
                order_id=f"order{self.chance.randrange(6)}" if unique else None,
                expires_in_seconds=self.chance.choice((60, 900, 900, 3600, 3600, 86_400)),
                metadata={"key": key},
            ),
            self.town.world.now(),
        )
        await self._ask(house, key)

    async def _ask(self, house: House, key: str) -> None:
        asked = self.asked[key]
        once = Once.of(asked.account.id, key, msgspec.json.encode(asked.new))
        view, _ = await house.intents.create(asked.account, asked.new, once)
        if asked.told is None or not asked.told.startswith("pi_"):
            asked.told = view.id  # a refusal did nothing, so the same may be asked again
            self.recent = [*self.recent, (view.id, asked.account)][-RECENT:]
        elif asked.told != view.id:
            self.faults.append(f"{key} made {asked.told} and then {view.id}")

    async def ask_again(self, house: House) -> None:
        """Repeat a request of today, answered or not."""
        since = self.town.world.now() - KEPT + timedelta(minutes=1)
        fresh = [key for key, one in self.asked.items() if one.at > since][-REPEATED:]
        if fresh:
            await self._ask(house, self.chance.choice(fresh))

    async def retry_what_was_lost(self, house: House) -> None:
        """Repeat every request that was never answered."""
        for key, asked in self.asked.items():
            if asked.told is None:
                try:
                    await self._ask(house, key)
                except CheckoutError as error:
                    asked.told = error.code  # refused: that is an answer

    async def choose(self, house: House) -> None:
        if self.recent:
            id, _ = self.chance.choice(self.recent)
            view = await house.intents.get(id)
            await house.choosing.choose(id, self.chance.choice(view.ledgers))

    async def pay(self, house: House) -> None:
        """Send money to an intent's place, seldom as asked."""
        if not self.recent:
            return
        id, _ = self.chance.choice(self.recent[-NEWEST:])
        view = await house.intents.get(id)
        shown = [one for one in view.quotes if one.prompt and one.chain != SANDBOX.id]
        if not shown:
            await house.choosing.choose(id, self.chance.choice(view.ledgers))
            return
        quote = self.chance.choice(shown)
        chain = next(one for one in self.town.chains if one.chain.id == quote.chain)
        movements = [self._movement(quote)]
        if self.chance.random() < 0.1:  # the same again, in one transaction
            movements *= 2
        if self.chance.random() < 0.2:  # somebody else's bill with the same transaction
            movements += await self._another(house, chain)
        self.chance.shuffle(movements)
        for _ in range(self.chance.choice((1, 1, 1, 1, 2))):
            self.sent.append((id, chain.chain.id, chain.send(*movements)))

    def _movement(self, quote: QuoteView) -> Movement:
        """Return a part of what a quote asks, or other money to the same place."""
        assert quote.prompt is not None
        amount, ledger = int(quote.amount_atomic), quote.ledger
        match self.chance.choice(PARTS):
            case "half":
                amount = max(amount // 2, 1)
            case "little less":
                amount = max(amount - max(amount // 200, 1), 1)
            case "little more":
                amount += max(amount // 200, 1)
            case "double":
                amount *= 2
            case "dust":
                amount = self.chance.choice((0, 1))
        if self.chance.random() < 0.06:
            ledger = self.chance.choice((f"{quote.chain}/erc20:0xbad", f"{ledger[:3]}eth"))
        return ledger, quote.prompt.to, amount

    async def _another(self, house: House, chain: ModelChain) -> list[Movement]:
        other = await house.intents.get(self.chance.choice(self.recent)[0])
        quotes = [one for one in other.quotes if one.prompt and one.chain == chain.chain.id]
        return [self._movement(self.chance.choice(quotes))] if quotes else []

    async def pay_sandbox(self, house: House) -> None:
        """Pay in the sandbox, where the chain is in the tables themselves."""
        if self.recent:
            id, account = self.chance.choice(self.recent)
            share = self.chance.choice((None, None, "0.5", "1.5"))
            await house.sandbox.transfer(account.id, NewTransfer(payment_intent=id, share=share))

    async def pull_a_lever(self, house: House) -> None:
        if self.chance.random() < 0.5:
            await house.sandbox.reorg(SANDBOX.id, self.chance.randint(1, 5))
        else:
            await house.sandbox.mine(SANDBOX.id, self.chance.randint(1, 5))

    async def rule(self, house: House) -> None:
        """Cancel or accept, sometimes twice with one key: the answer must not change."""
        if not self.recent:
            return
        id, account = self.chance.choice(self.recent)
        what = self.chance.choice(("cancel", "accept", "accept", "accept"))
        key = f"{what}-{id}"
        rule = house.intents.cancel if what == "cancel" else house.intents.accept
        view = await rule(account.id, id, Once.of(account.id, key, key.encode()))
        at, before = self.ruled.setdefault(key, (self.town.world.now(), view))
        if before != view and self.town.world.now() - at < KEPT:
            self.faults.append(f"{key} was answered {before.version} and then {view.version}")

    async def requote(self, house: House) -> None:
        if self.recent:
            await house.choosing.requote(self.chance.choice(self.recent)[0])

    async def reuse(self, house: House) -> None:
        if self.recent:
            id, account = self.chance.choice(self.recent)
            if self.chance.random() < 0.5:
                await house.intents.reuse(account.id, id, {"door": self.chance.randrange(3)})
            else:
                changes = IntentChanges(metadata={"note": self.chance.randrange(3)})
                await house.intents.change(account.id, id, changes)

    async def hint(self, house: House) -> None:
        """Tell the house of a transaction, sometimes on another intent's page."""
        if self.sent:
            id, chain, tx = self.chance.choice(self.sent[-RECENT:])
            if self.chance.random() < 0.2:
                id = self.chance.choice(self.recent)[0]
            await house.hints.ask(id, tx, chain)

    async def look_at_a_screen(self, house: House) -> None:
        """Open a screen, see what there is to see, and leave before anything more comes."""
        if self.recent:
            await self._look(house, self.chance.choice(self.recent)[0])

    async def _look(self, house: House, id: str) -> None:
        seen = self.screens.setdefault(id, [])
        if not await house.follow.begin(id, max(seen, default=0)):
            return
        with patch("app.services.follow.HEARTBEAT_SECONDS", 0):  # nobody waits in real time
            following = house.follow.follow(id, max(seen, default=0))
            try:
                async for one in following:
                    if one is None:
                        return
                    if one.version is not None and one.version not in seen:
                        seen.append(one.version)  # two tabs may be open side by side
            finally:
                await following.aclose()  # type: ignore[attr-defined]

    async def look_at_screens(self, house: House) -> None:
        """Return to every screen that was ever open."""
        for id in self.screens:
            await self._look(house, id)

    def against(self, books: laws.Books) -> Iterable[str]:
        """Compare the tables with what people were told."""
        yield from self.faults
        there = {one.id: one for one in books.intents}
        made = {one.told for one in self.asked.values()}
        for key, asked in self.asked.items():
            if asked.told is None or (asked.told.startswith("pi_") and asked.told not in there):
                yield f"{key} was answered {asked.told}, which is not there"
        for id in there.keys() - made:
            yield f"{id} was made for nobody"
        for id, seen in self.screens.items():
            if seen != list(range(1, there[id].version + 1)):
                yield f"the screen of {id} saw {seen} of {there[id].version}"
