"""What a trusted proxy tells of a request's outside address, and what nobody else may."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.web.forwarded import Forwarded
from tests.compat.bitpay_shop import Application
from tests.houses import new_database
from tests.sites import Site, open_site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROXY, STRANGER = "10.0.0.7", "198.51.100.9"
OUTSIDE = "https://pay.example.com"
TOLD = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "pay.example.com",
    "X-Forwarded-For": "203.0.113.5",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A house that was not told where it is asked at."""
    folder = tmp_path_factory.mktemp("inside")
    async with open_site(new_database("sqlite", folder), folder) as site:
        yield site


async def status(
    site: Site, peer: str, signed_for: str, headers: dict[str, Any], path: str = "/tokens?a=%20b"
) -> int:
    """Ask from a peer with a signature over an outside address; return how it was answered."""
    behind = Forwarded(site.app, (PROXY, "10.9.0.0/16"))
    transport = httpx.ASGITransport(app=behind, client=(peer, 4711))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://inside:8000") as http:
        signed = Application(3).headers(f"{signed_for}{path}")
        return (await http.get(path, headers=headers | signed)).status_code


@pytest.mark.parametrize(
    ("peer", "signed_for", "headers", "expected"),
    [
        (PROXY, OUTSIDE, TOLD, 200),
        ("10.9.3.4", OUTSIDE, TOLD, 200),
        (PROXY, OUTSIDE, TOLD | {"X-Forwarded-Host": "evil.example, pay.example.com"}, 200),
        (PROXY, "https://inside:8000", {"X-Forwarded-Proto": "https"}, 200),
        (PROXY, "http://pay.example.com", TOLD, 401),
        (PROXY, OUTSIDE, TOLD | {"X-Forwarded-Host": "pay.example.com/evil"}, 401),
        (PROXY, "https://evil.example", TOLD, 401),
        (STRANGER, OUTSIDE, TOLD, 401),
        (STRANGER, "http://inside:8000", {}, 401),
        (STRANGER, "http://127.0.0.1:8000", {}, 200),
    ],
)
async def test_a_signature_is_over_the_address_a_trusted_proxy_was_asked_at(
    inside: Site, peer: str, signed_for: str, headers: dict[str, str], expected: int
) -> None:
    assert await status(inside, peer, signed_for, headers) == expected


async def test_a_house_that_knows_its_address_asks_no_proxy(tmp_path: Path) -> None:
    url = new_database("sqlite", tmp_path)
    async with open_site(url, tmp_path, public_url="https://till.example.org") as site:
        assert await status(site, STRANGER, "https://till.example.org", {}) == 200
        assert await status(site, PROXY, OUTSIDE, TOLD) == 401
