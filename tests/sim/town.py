"""A town: merchants, shoppers, chains, two processes that die, and the days they spend.

One seed decides everything: who does what, which writes share a commit, where death
strikes. After each day all is brought to rest, and the tables are held to every law.
"""

import asyncio
import random
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.sandbox import CHAIN as SANDBOX
from app.errors import CheckoutError
from app.house import House
from app.services.accounts import NewDestination
from app.services.endpoints import NewEndpoint
from app.settings import Settings
from app.storage import deliveries
from tests.houses import settings_for
from tests.sim import laws
from tests.sim.chain import FAMILY, FINAL_DEPTH, ModelChain, ModelRail, model
from tests.sim.mortal import Died, Fate, LossyBell, MortalPostgres, MortalSqlite, Receivers
from tests.sim.people import POLICIES, People, policy
from tests.still import StillWorld

ROUNDS_A_DAY = 160
AT_ONCE_MAX = 4
DEATH_SHARE = 0.012  # of commits
REST_ROUNDS_MAX = 400
WANTED = (("*",), ("payment_intent.succeeded",), ("payment_intent.succeeded", "payment.late"))


class Broken(AssertionError):
    """A law was broken; the message has the seed that shows it."""


class Town:
    """Everything, and the one who turns its wheels."""

    def __init__(self, seed: int, url: str, folder: Path) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.url = url
        self.settings: Settings = settings_for(
            url, folder, secret_key="tests", webhook_loopback=True
        )
        self.world = StillWorld(seed=str(seed))
        self.receivers = Receivers(self.chance)
        made = [model(number) for number in (1, 2)]
        self.catalogue = Catalogue(
            [chain for chain, _ in made], [one for _, ledgers in made for one in ledgers]
        )
        self.chains = [ModelChain(chain, self.world, self.chance) for chain, _ in made]
        self.rails = [ModelRail(one, self.chance) for one in self.chains]
        self.fates: list[Fate] = []
        self.houses: list[House] = []
        self.accounts: list[Account] = []
        self.people = People(self)
        self.deaths = 0
        self.shared_commits = 0
        self.steps = 0

    async def settle_down(self) -> None:
        """Start both processes; make the accounts, each with another policy."""
        asyncio.get_running_loop().set_exception_handler(_quiet)
        self.fates = [Fate(self.chance, 0.0) for _ in range(2)]
        self.houses = [self._house(fate) for fate in self.fates]
        house = self.houses[0]
        for number in range(len(POLICIES)):
            account = await house.accounts.create(f"Shop {number}", livemode=False)
            kind = "shared" if number == 0 else "own"
            new = NewDestination(family=FAMILY, kind=kind, value=f"place{number}")
            await house.accounts.put_destination(account.id, new)
            account = await house.accounts.change(account.id, policy(number))
            self.accounts.append(account)
            for door, types in enumerate(WANTED[: number + 1]):
                at = f"http://127.0.0.1/{number}/{door}"
                await house.endpoints.create(account.id, NewEndpoint(url=at, event_types=types))
        self.world.advance(1)
        await self._scan_everything(house)
        for fate in self.fates:
            fate.death_share = DEATH_SHARE

    def _house(self, fate: Fate) -> House:
        store = MortalSqlite if self.settings.is_sqlite else MortalPostgres
        with (
            patch("app.rooms.open_store", lambda url, bell, world: store(url, bell, world, fate)),
            patch("app.rooms.Bell", lambda: LossyBell(self.chance)),
            patch("app.rooms.Courier", lambda *_, **__: self.receivers),
        ):
            return House(
                self.settings,
                self.world,
                {one.chain.id: one for one in self.rails},
                self.catalogue,
            )

    async def days(self, count: int) -> None:
        """Live so many days, resting after each."""
        await self.settle_down()
        try:
            for day in range(count):
                for _ in range(ROUNDS_A_DAY):
                    await self.round()
                await self.rest()
                self.hold_to_the_laws(day)
        finally:
            for house in self.houses:
                await house.store.close()

    async def round(self) -> None:
        """Let a few things happen at once, then bury and bear, then let time pass."""
        for chain, rail in zip(self.chains, self.rails, strict=True):
            self._weather(chain, rail)
        doings = [self._doing() for _ in range(self.chance.randint(1, AT_ONCE_MAX))]
        await self._together(doings)
        self._bury()
        low, high = self.chance.choices(((0, 60), (60, 600), (1800, 10_800)), (88, 10.5, 1.5))[0]
        self.world.advance(self.chance.uniform(low, high))

    def _weather(self, chain: ModelChain, rail: ModelRail) -> None:
        chain.mine(self.chance.choice((0, 0, 0, 1, 1, 2)))
        if self.chance.random() < 0.08:
            chain.reorg(self.chance.randint(1, FINAL_DEPTH - 1))
        if self.chance.random() < 0.02:
            chain.drop_waiting()
        if self.chance.random() < (0.3 if rail.down else 0.03):
            rail.down = not rail.down
        if self.chance.random() < 0.05:
            self.receivers.down = {
                f"http://127.0.0.1/{self.chance.randrange(3)}/{self.chance.randrange(3)}"
            }

    def _doing(self) -> Awaitable[Any]:
        """Return something that happens now, in one of the processes."""
        house = self.chance.choice(self.houses)
        if self.chance.random() < 0.5:
            return self._work(house)
        return self.people.act(house)

    async def _work(self, house: House) -> None:
        """Take one step of a worker. Both processes may be at the same work."""
        chain = self.chance.choice([*house.rails, *(one.chain.id for one in self.rails)])
        match self.chance.randrange(8):
            case 0 | 1 | 2:
                await house.scanning.step(chain)
            case 3:
                await house.scanning.check(chain)
            case 4:
                await house.arrivals.look_again_at_due()
            case 5 | 6:
                await self._deliver(house)
            case 7:
                await house.tidying.step()

    async def _deliver(self, house: House) -> None:
        await house.deliveries.step()
        await house.deliveries.settle()

    async def _together(self, doings: Iterable[Awaitable[Any]]) -> None:
        """Wait for all; what is refused is refused, what died is buried later."""
        ended = await asyncio.gather(*doings, return_exceptions=True)
        self.steps += len(ended)
        for one in ended:
            if isinstance(one, BaseException) and not isinstance(one, CheckoutError | Died):
                raise Broken(f"seed {self.seed}: {type(one).__name__}: {one}") from one

    def _bury(self) -> None:
        """Put a new process in the place of each that died."""
        for number, fate in enumerate(self.fates):
            if not fate.dead:
                continue
            self.deaths += 1
            self._leave(self.houses[number])
            self.fates[number] = Fate(self.chance, DEATH_SHARE)
            self.houses[number] = self._house(self.fates[number])

    def _leave(self, house: House) -> None:
        store = house.store
        assert isinstance(store, MortalSqlite | MortalPostgres)
        self.shared_commits += store.shared
        store.let_go()

    async def rest(self) -> None:
        """Bring everything to its end: chains deep, receivers patient, nobody dies."""
        for fate in self.fates:
            fate.death_share = 0.0
        for chain, rail in zip(self.chains, self.rails, strict=True):
            rail.down = rail.lags = False
            chain.mine(everything=True)
            chain.mine(FINAL_DEPTH)
        self.receivers.reliable = True
        house = self.chance.choice(self.houses)
        await self.people.retry_what_was_lost(house)
        await house.sandbox.mine(SANDBOX.id, FINAL_DEPTH)
        for _ in range(REST_ROUNDS_MAX):
            await self._scan_everything(house)
            while await house.arrivals.look_again_at_due():
                pass
            await self._deliver(house)
            waits = await house.store.read(deliveries.earliest_due)
            if waits is None:
                break
            self.world.advance(max((waits - self.world.now()).total_seconds(), 1))
        await self.people.look_at_screens(house)
        for fate in self.fates:
            fate.death_share = DEATH_SHARE
        for rail in self.rails:
            rail.lags = True
        self.receivers.reliable = False
        self.receivers.down.clear()

    async def _scan_everything(self, house: House) -> None:
        for chain in house.rails:
            for _ in range(2):
                await house.scanning.step(chain)

    def hold_to_the_laws(self, day: int) -> None:
        """Compare what the tables say with the laws, the chains and what people were told."""
        books = laws.read_books(self.url, self.world.now())
        found = laws.broken(books)
        found += self._against_the_chains(books)
        found += self._against_the_receivers(books)
        found += self.people.against(books)
        if found:
            lines = "\n".join(found[:20])
            raise Broken(f"seed {self.seed}, day {day}: {len(found)} broken\n{lines}")

    def _against_the_chains(self, books: laws.Books) -> Iterable[str]:
        """Every movement to an address of ours is one payment that stands, and no other does."""
        ours = {one.address for one in books.places}
        for chain in self.chains:
            truth = {
                name: many
                for name, many in chain.truth().items()
                if name[2] in ours and name[3] > 0
            }
            told: dict[tuple[str, str, str, int], int] = {}
            for one in books.payments:
                if one.chain == chain.chain.id and not one.removed:
                    name = (one.tx, one.ledger, one.to, one.amount)
                    told[name] = told.get(name, 0) + 1
            for name in sorted(truth.keys() | told.keys()):
                there, here = truth.get(name, 0), told.get(name, 0)
                if there != here:
                    yield f"{name} is {there} times on the chain and {here} times here"

    def _against_the_receivers(self, books: laws.Books) -> Iterable[str]:
        """Each merchant acted once on each success; nothing came out of its order."""
        yield from self.receivers.disorder
        done = {one.id: one.account for one in books.intents if one.status == "succeeded"}
        for endpoint in books.endpoints:
            acted = self.receivers.successes(endpoint.url)
            owed = {id for id, account in done.items() if account == endpoint.account}
            if set(acted) != owed or any(many != 1 for many in acted.values()):
                yield f"{endpoint.url} acted on {len(acted)} of {len(owed)} successes: {acted}"


def _quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of tasks that ended with their process."""
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)
