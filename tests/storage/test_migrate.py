"""Migrations bring a database to exactly the tables the code reads."""

import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from app.storage.backup import backup
from app.storage.engines import driver_url
from app.storage.migrate import head, migrate, version
from app.storage.tables import metadata


def test_migrated_is_what_the_tables_say(database: str) -> None:
    engine = create_engine(driver_url(database))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(database: str) -> None:
    assert version(database) == head()
    assert migrate(database) is False


def test_a_backup_of_a_database_in_use_is_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'live.db'}"
    migrate(url)
    live = sqlite3.connect(tmp_path / "live.db")
    live.execute("INSERT INTO leases VALUES ('held', 'me', '2026-01-01T00:00:00.000000Z')")
    live.commit()
    live.execute("UPDATE leases SET holder = 'not committed'")
    backup(url, tmp_path / "copy.db")
    live.rollback()
    live.close()
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT holder FROM leases").fetchall() == [("me",)]
    copy.close()
