"""A merchant's site before a house: accounts, keys, and a client that asks over HTTP.

    made = await site.post("/v1/payment_intents", {"amount": "10.00", "currency": "USD"})
    await site.pay(made["id"])
    assert (await site.look(made["id"]))["status"] == "processing"

The world stands still and no worker runs: time passes by `advance`, and what a worker
would do happens in `settle`. Requests that are gathered really run side by side.
"""

import functools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from app.asgi import create_app
from app.domain.account import Account
from app.domain.key import KeyKind
from app.domain.sandbox import CHAIN
from app.house import House
from tests.houses import open_house
from tests.still import StillWorld

ROUNDS_MAX = 20


class Site:
    """One account of a house, its keys, and a client in front."""

    def __init__(
        self,
        house: House,
        app: Callable[[], Litestar],
        world: StillWorld,
        http: httpx.AsyncClient,
    ) -> None:
        self.house = house
        self._app = app
        self.world = world
        self.http = http
        self.account: Account
        self.sk = self.pk = ""

    @property
    def app(self) -> Litestar:
        """The application before the house."""
        return self._app()

    async def newcomer(self, *, live: bool = False) -> "Site":
        """Return the same house as another merchant sees it, with an account of its own."""
        site = Site(self.house, self._app, self.world, self.http)
        await site.move_in(live=live)
        return site

    async def move_in(self, *, live: bool = False) -> None:
        """Make this site's account and its keys."""
        accounts = self.house.accounts
        self.account = await accounts.create("A shop", livemode=live)
        self.sk = (await accounts.make_key(self.account, KeyKind.SECRET)).key
        self.pk = (await accounts.make_key(self.account, KeyKind.PUBLISHABLE)).key

    async def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", **more: Any
    ) -> httpx.Response:
        """Send a request with the secret key, another key, or none at all (None)."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {key or self.sk}"
        if once := more.pop("once", None):
            headers["Idempotency-Key"] = once
        if body is not None:
            more["content"] = json.dumps(body)  # in ASCII: what it escapes, anybody may send
            headers.setdefault("Content-Type", "application/json")
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> Any:
        """Read what is there."""
        return told(await self.ask("GET", path, **more), 200)

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Send a body that will be taken."""
        return told(await self.ask("POST", path, {} if body is None else body, **more), 200, 201)

    async def patch(self, path: str, body: Any, **more: Any) -> Any:
        """Change what is there."""
        return told(await self.ask("PATCH", path, body, **more), 200)

    async def intent(self, **more: Any) -> Any:
        """Make an intent of ten dollars on the sandbox's dollar, or of what is said."""
        asked = {"amount": "10.00", "currency": "USD", "ledgers": ["sandbox_usdc"]} | more
        return await self.post("/v1/payment_intents", asked)

    async def link(self, **more: Any) -> Any:
        """Make a payment link at three dollars, or of what is said."""
        asked = {"name": "Tea", "currency": "USD", "amount": "3.00"} | more
        return await self.post("/v1/payment_links", asked)

    async def pay(self, intent: str, **how: Any) -> Any:
        """Send money in the sandbox: all that is due, unless `how` says otherwise."""
        return await self.post("/v1/sandbox/transfers", {"payment_intent": intent, **how})

    async def look(self, intent: str) -> Any:
        """Read an intent after everything that is due was done."""
        await self.settle()
        return await self.get(f"/v1/payment_intents/{intent}")

    async def settle(self) -> None:
        """Do what workers would: read the chain, judge what fell due."""
        await self.house.scanning.step(CHAIN.id)
        for _ in range(ROUNDS_MAX):
            if not await self.house.arrivals.look_again_at_due():
                return

    async def advance(self, seconds: float) -> None:
        """Let time pass, and the workers see it."""
        self.world.advance(seconds)
        await self.settle()


def told(response: httpx.Response, *expected: int) -> Any:
    """Return an answer's JSON; any other status fails with what it said."""
    assert response.status_code in expected, f"{response.status_code}: {response.text[:1000]}"
    return response.json()


def refused(response: httpx.Response, status: int, code: str | None = None) -> Any:
    """Return the problem an answer tells, after checking that it is a whole one."""
    assert response.status_code == status, f"{response.status_code}: {response.text[:1000]}"
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"] == f"urn:opentill:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["hint"]
    if code is not None:
        assert problem["code"] == code, problem
    return problem


@asynccontextmanager
async def site_before(house: House, world: StillWorld) -> AsyncIterator[Site]:
    """Put HTTP before an open house. Nobody has moved in yet.

    The application is made with the first request: it takes long, and many tests send none.
    """
    app = functools.cache(lambda: create_app(house, workers=False))

    async def ask(scope: Any, receive: Any, send: Any) -> None:
        await app()(scope, receive, send)

    transport = httpx.ASGITransport(app=ask)
    async with httpx.AsyncClient(transport=transport, base_url=house.settings.url) as http:
        yield Site(house, app, world, http)


@asynccontextmanager
async def open_site(url: str, folder: Path, **given: Any) -> AsyncIterator[Site]:
    """Open a house on a migrated database with HTTP before it and one account inside."""
    world = StillWorld()
    async with (
        open_house(url, folder, world, secret_key="tests", **given) as house,
        site_before(house, world) as site,
    ):
        await site.move_in()
        if CHAIN.id in house.rails:
            await site.settle()
        yield site
