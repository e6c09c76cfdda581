"""Bring a database up to date. Migrations are numbered and only go forward.

Alembic is slow to import and a start is seldom a migration, so the version is read
by hand first and Alembic is only called when there is something to do.
"""

from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect, text

from app.storage.engines import driver_url, sqlite_engine

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x0BE7711  # one process migrates a PostgreSQL at a time


def head() -> str:
    """Return the newest migration's number."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def version(url: str) -> str | None:
    """Return the database's version; None: it is empty."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(
                text("SELECT version_num FROM alembic_version")
            ).scalar()
            return found
    finally:
        engine.dispose()


def migrate(url: str) -> bool:
    """Run what is missing; tell whether anything was."""
    if version(url) == head():
        return False
    from alembic import command
    from alembic.config import Config

    engine = _engine(url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
                connection.commit()
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()
    return True


def _engine(url: str) -> Engine:
    return (
        sqlite_engine(url, writes=True)
        if url.startswith("sqlite")
        else create_engine(driver_url(url))
    )
