"""A house for the tests of the web, on both databases.

A house serves a whole module and each test moves in with an account of its own, which is
how strangers share a house in life too. Such modules run in one loop:

    pytestmark = pytest.mark.asyncio(loop_scope="module")
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.components import Postgres
from tests.houses import DATABASES, new_database
from tests.sites import Site, open_site


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DATABASES)
async def house_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A house on a fresh, migrated database of either kind."""
    folder: Path = tmp_path_factory.mktemp("house")
    on_postgres: Callable[..., str] | None = None
    if request.param == "postgresql":
        cluster: Postgres = request.getfixturevalue("postgres")
        on_postgres = cluster.database
    async with open_site(new_database(request.param, folder, on_postgres), folder) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def site(house_site: Site) -> Site:
    """A merchant's view of the house: an account that nobody else has touched."""
    return await house_site.newcomer()
