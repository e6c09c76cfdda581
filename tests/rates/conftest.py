"""One market for all, made well again for each test, and a world that can reach it."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.world import authorities
from tests.rates.market import Market, opened
from tests.still import StillWorld


@pytest.fixture(scope="session")
def open_market() -> Iterator[Market]:
    with opened() as market:
        yield market


@pytest.fixture
def market(open_market: Market) -> Market:
    open_market.reset()
    return open_market


@pytest.fixture
async def world() -> AsyncIterator[StillWorld]:
    async with httpx.AsyncClient(trust_env=False, verify=authorities()) as http:
        yield StillWorld(http=http)
