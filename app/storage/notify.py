"""Carries rings between processes, so that a screen hears what another process wrote.

PostgreSQL rings by itself: each write sends `NOTIFY` inside its transaction, and here
one connection listens. SQLite has no such thing, so its file is asked once a second
for events it has not seen. Either way a ring is only a hint; readers read.
"""

import asyncio
import sqlite3

import structlog

from app.bell import Bell
from app.storage.postgres import CHANNEL

log = structlog.get_logger()
LOOK_SECONDS = 1.0
ROWS_MAX = 1000
NEWEST = "SELECT coalesce(max(rowid), 0) FROM events"
SINCE = "SELECT rowid, aggregate, account FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?"
AGAIN_SECONDS = 1.0


async def carrier(url: str, bell: Bell) -> None:
    """Carry rings into `bell` until cancelled."""
    if url.startswith("sqlite"):
        await _watch(url.removeprefix("sqlite:///"), bell)
    else:
        await _listen(url.replace("postgresql+psycopg://", "postgresql://", 1), bell)


async def _watch(path: str, bell: Bell) -> None:
    """Ring what other processes wrote to the file since the last look.

    Our own writes are among it; ringing them twice only makes a reader look twice.
    """
    connection = await asyncio.to_thread(sqlite3.connect, path, check_same_thread=False)
    try:
        seen: int = connection.execute(NEWEST).fetchone()[0]
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if connection.execute(NEWEST).fetchone()[0] == seen:
                continue
            for row, aggregate, account in connection.execute(SINCE, (seen, ROWS_MAX)):
                seen = row
                bell.ring(aggregate)
                bell.ring(f"account:{account}")
            bell.ring("deliveries")
    finally:
        connection.close()


async def _listen(url: str, bell: Bell) -> None:
    """Ring what is notified; after a lost connection ring everything once."""
    import psycopg  # late: a house on SQLite starts without it

    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                bell.ring_all()
                async for note in connection.notifies():
                    bell.ring(note.payload)
        except psycopg.OperationalError as error:
            log.warning("bell.lost", reason=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
