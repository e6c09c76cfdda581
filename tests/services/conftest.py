"""A post office for every test of webhooks, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio

from tests.components import Receiver
from tests.houses import database
from tests.services.office import PostOffice, open_office
from tests.still import StillWorld

__all__ = ["database"]


@pytest_asyncio.fixture
async def office(database: str, tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    """A post office of the test's own. Its clock stands at the real now: signatures age."""
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(database, tmp_path, world, receiver) as opened:
        yield opened
