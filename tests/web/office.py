"""A person before the office: a browser that is signed in or not, and the forms it sends."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.domain.user import User
from tests.houses import new_database
from tests.sites import Site, open_site

PASSWORD = "a password of some length"
HTTPS = "https://till.example"
WOO = (
    "/api-keys/authorize?permissions=btcpay.store.canviewinvoices"
    "&permissions=btcpay.store.cancreateinvoice&applicationName=WooCommerce&strict=true"
    "&selectiveStores=true&redirect=https%3A%2F%2Fshop.example%2F%3Fbtcpay-settings-callback"
)


class Browser:
    """A person with a browser: cookies, forms, and the origin it sends them from."""

    def __init__(self, site: Site, user: User) -> None:
        self.site = site
        self.user = user
        self.url = site.house.settings.url
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=site.app),  # type: ignore[arg-type]
            base_url=self.url,
            headers={"Accept": "text/html"},
        )

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def form_key(self) -> str:
        page = (await self.get("/office/security")).text
        found = re.search(r'name="form_key" value="(\w+)"', page)
        assert found, page
        return found[1]

    async def send(
        self, path: str, data: dict[str, Any] | None = None, *, origin: str | None = "", **more: Any
    ) -> httpx.Response:
        """Post a form, from our own origin unless another is named; None sends none."""
        headers = {} if origin is None else {"Origin": origin or self.url}
        return await self.http.post(path, data=data or {}, headers=headers, **more)

    async def fill(self, path: str, **data: Any) -> httpx.Response:
        """Post a form of this session."""
        return await self.send(path, {"form_key": await self.form_key(), **data})

    async def sign_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        data = {"email": self.user.email, "password": password, **more}
        return await self.send("/office/sign-in", data)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A house at an https address, as it is meant to be."""
    folder: Path = tmp_path_factory.mktemp("office")
    async with open_site(new_database("sqlite", folder), folder, public_url=HTTPS) as opened:
        yield opened


async def newcomer(office: Site, *, operator: bool = False) -> Browser:
    """Return the browser of a user nobody else knows, with an account of their own."""
    site = await office.newcomer()
    email = f"{site.account.id}@example.com"
    users = site.house.users
    await users.add(email, (site.account.id,), operator=operator)
    user = await users.accept(await users.link(email), "", PASSWORD)
    return Browser(site, user)


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(office: Site) -> AsyncIterator[Browser]:
    """A browser that is not signed in."""
    browser = await newcomer(office)
    yield browser
    await browser.http.aclose()


@pytest_asyncio.fixture(loop_scope="module")
async def browser(office: Site) -> AsyncIterator[Browser]:
    """A browser that is signed in."""
    browser = await newcomer(office)
    assert (await browser.sign_in()).status_code == 303
    yield browser
    await browser.http.aclose()
