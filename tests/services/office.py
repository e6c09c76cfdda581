"""A post office for tests: a house with webhooks, hands to carry them, a receiver to hear them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from standardwebhooks import Webhook

from app.domain.event import Event, EventType
from app.domain.webhook import Delivery, Endpoint
from app.services.courier import Courier
from app.services.deliveries import Deliveries
from app.services.endpoints import MadeEndpoint, NewEndpoint
from app.services.events import DELIVERIES
from app.storage import deliveries, endpoints
from app.workers.loop import Loop
from tests.components import Heard, Receiver
from tests.houses import open_house
from tests.sites import Site, site_before
from tests.still import StillWorld

ROUNDS_MAX = 500


class PostOffice:
    """What a test asks of webhooks, in its own words."""

    def __init__(self, site: Site, receiver: Receiver) -> None:
        self.site = site
        self.world = site.world
        self.receiver = receiver
        self.store = site.house.store
        self.account = site.account.id
        self.endpoints = site.house.endpoints
        self.deliveries = site.house.deliveries
        self.outbox = site.house.outbox

    async def endpoint(self, path: str = "/hook", **more: Any) -> MadeEndpoint:
        """Make an endpoint that points to the receiver, or to the `url` given."""
        new = NewEndpoint(**{"url": f"{self.receiver.url}{path}"} | more)
        made, _ = await self.endpoints.create(self.account, new)
        return made

    async def happen(
        self,
        aggregate: str = "pi_1",
        version: int = 1,
        type: EventType = EventType.INTENT_UPDATED,
        account: str = "",
    ) -> Event:
        """Let something happen that endpoints may want to hear."""
        return await self.store.write(
            lambda tx: self.site.house.events.append(
                tx,
                account=account or self.account,
                aggregate=aggregate,
                version=version,
                type=type,
                livemode=False,
                data={"object": {"id": aggregate, "version": version}},
            )
        )

    def hands(self, **courier: Any) -> Deliveries:
        """Return another worker's hands on the same database."""
        house = self.site.house
        carrier = Courier(self.world, allow_loopback=True, **courier)
        known = dict(house.dialects)
        return Deliveries(self.store, self.world, house.seal, house.events, carrier, known)

    async def carry(self, hands: Deliveries | None = None) -> None:
        """Deliver all that is due now."""
        hands = hands or self.deliveries
        for _ in range(ROUNDS_MAX):
            await hands.step()
            await hands.settle()
            due = await self.store.read(deliveries.earliest_due)
            if due is None or due > self.world.now():
                return
        raise AssertionError("there is no end of what is due")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let a worker carry by itself meanwhile, woken by the bell as in life."""
        step, bell = self.deliveries.step, self.site.house.bell
        loop = Loop("deliver", step, self.world, bell=bell, rings=[DELIVERIES])
        running = asyncio.create_task(loop.run())
        try:
            yield
        finally:
            loop.stop()
            await asyncio.wait_for(running, 10)

    async def owed(self, endpoint: str | None = None) -> list[Delivery]:
        """Return every delivery, oldest first."""
        found = await self.store.read(
            lambda tx: deliveries.page(tx, self.account, None, 100, endpoint=endpoint)
        )
        return sorted(found, key=lambda one: (one.sequence, one.id))

    async def look(self, endpoint: str) -> Endpoint:
        """Return an endpoint as it is stored."""
        found = await self.store.read(lambda tx: endpoints.get(tx, self.account, endpoint))
        assert found is not None
        return found

    async def types(self) -> list[str]:
        """Return the types of every event, oldest first."""
        found = await self.site.house.events.after(self.account, 0)
        return [one.type.value for one in found]

    async def until(self, happened: Callable[[], bool], seconds: float = 20.0) -> None:
        """Return as soon as something has happened; fail when it does not."""
        async with asyncio.timeout(seconds):
            while not happened():  # noqa: ASYNC110 -- another thread makes it happen
                await asyncio.sleep(0.01)

    def paths(self) -> list[str]:
        """Return the paths the receiver was called at."""
        return [one.path for one in self.receiver.heard]

    def said(self) -> list[tuple[str, int]]:
        """Return what the receiver heard of, in its order."""
        return [(one["id"], one["version"]) for one in map(told, self.receiver.heard)]


def told(heard: Heard) -> Any:
    """Return the object a webhook told of."""
    return msgspec.json.decode(heard.body)["data"]["object"]


def verified(heard: Heard, secret: str) -> Any:
    """Return a webhook's JSON if the public package finds its signature right."""
    return Webhook(secret).verify(heard.body, dict(heard.headers.items()))


@asynccontextmanager
async def open_office(
    url: str, folder: Path, world: StillWorld, receiver: Receiver
) -> AsyncIterator[PostOffice]:
    """Open a house whose webhooks may reach this machine, with one account inside."""
    async with (
        open_house(url, folder, world, secret_key="tests", webhook_loopback=True) as house,
        site_before(house, world) as site,
    ):
        await site.move_in()
        await site.settle()
        yield PostOffice(site, receiver)
