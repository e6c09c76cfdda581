"""Fresh databases and whole houses for tests, on SQLite and on PostgreSQL alike."""

import functools
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.ledger import Catalogue
from app.rails.base import Rail
from app.settings import Settings, load
from app.storage.migrate import migrate
from app.world import World
from tests.still import StillWorld

if TYPE_CHECKING:
    from app.house import House

DATABASES = ("sqlite", "postgresql")
MakeDatabase = Callable[..., str]


@functools.cache
def _migrated() -> bytes:
    """Return the file of a fresh SQLite database: migrated once, copied ever after."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fresh.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def new_database(kind: str, folder: Path, on_postgres: MakeDatabase | None = None) -> str:
    """Make a fresh migrated database of one of `DATABASES` and return its URL.

    `on_postgres` is the `postgres_database` fixture; SQLite's file is put in `folder`.
    """
    if kind == "postgresql":
        assert on_postgres is not None, "ask for the postgres_database fixture"
        return on_postgres(migrate)
    path = folder / "opentill.db"
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


def settings_for(url: str, folder: Path, **given: Any) -> Settings:
    """Return settings for a house on a database, listening to no environment."""
    return load({}, data=folder, database_url=url, **given)


@asynccontextmanager
async def open_house(
    url: str,
    folder: Path,
    world: World | None = None,
    *,
    rails: dict[str, Rail] | None = None,
    catalogue: Catalogue | None = None,
    workers: bool = False,
    **given: Any,
) -> "AsyncIterator[House]":
    """Open a house on a migrated database and close it afterwards.

    Without a world it stands in a still one. `given` are settings.
    """
    from app.house import House  # late: the store's tests need no house

    settings = settings_for(url, folder, **given)
    house = House(settings, world or StillWorld(), rails, catalogue)
    await house.open(workers=workers)
    try:
        yield house
    finally:
        await house.close()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a fresh database. Whoever asks for it runs on both kinds."""
    if request.param == "sqlite":
        return new_database("sqlite", tmp_path)
    return new_database("postgresql", tmp_path, request.getfixturevalue("postgres_database"))
