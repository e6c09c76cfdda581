"""A transaction happens wholly or not at all, whoever shares its commit, on both databases."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.bell import Bell
from app.errors import Conflict
from app.storage.sqlite import BATCH_MAX, SqliteStore
from app.storage.store import Store, Tx, open_store
from tests.houses import new_database
from tests.still import StillWorld

ADDS = 240
PATIENCE_SECONDS = 20.0

SCHEMA = (
    "CREATE TABLE tallies (id INTEGER PRIMARY KEY, many INTEGER NOT NULL)",
    "INSERT INTO tallies VALUES (1, 0)",
    "CREATE TABLE lines (id INTEGER PRIMARY KEY)",
    "CREATE TABLE owed (id INTEGER PRIMARY KEY, line INTEGER NOT NULL"
    " REFERENCES lines (id) DEFERRABLE INITIALLY DEFERRED)",
)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
async def store(database: str, bell: Bell) -> AsyncIterator[Store]:
    opened = open_store(database, bell, StillWorld())
    await opened.write(make_tables)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path, bell: Bell) -> AsyncIterator[SqliteStore]:
    opened = open_store(new_database("sqlite", tmp_path), bell, StillWorld())
    assert isinstance(opened, SqliteStore)
    await opened.write(make_tables)
    yield opened
    await opened.close()


def make_tables(tx: Tx) -> None:
    for statement in SCHEMA:
        tx.execute(text(statement))


def add_one(tx: Tx) -> None:
    """Read, think, write: what loses updates wherever transactions are not real."""
    many = tx.execute(text("SELECT many FROM tallies WHERE id = 1" + for_update(tx))).scalar_one()
    tx.execute(text("UPDATE tallies SET many = :many WHERE id = 1"), {"many": many + 1})


def for_update(tx: Tx) -> str:
    return "" if tx.is_sqlite else " FOR UPDATE"


def line(id: int) -> Callable[[Tx], int]:
    def write(tx: Tx) -> int:
        tx.execute(text("INSERT INTO lines VALUES (:id)"), {"id": id})
        return id

    return write


def fails_at_commit(tx: Tx) -> None:
    """Leave a promise that only the COMMIT finds broken."""
    tx.execute(text("INSERT INTO owed VALUES (1, 999)"))


async def value(store: Store, query: str) -> Any:
    return await store.read(lambda tx: tx.execute(text(query)).scalar_one())


async def reopened(url: str, query: str) -> Any:
    again = open_store(url, Bell(), StillWorld())
    try:
        return await value(again, query)
    finally:
        await again.close()


class Gate:
    """Keeps the writer busy, so that what is written meanwhile shares one commit."""

    def __init__(self, store: Store) -> None:
        self._open = threading.Event()
        self._entered = threading.Event()
        self._store = store

    async def __aenter__(self) -> "Gate":
        def wait(_tx: Tx) -> None:
            self._entered.set()
            assert self._open.wait(PATIENCE_SECONDS)

        self._waiting = asyncio.ensure_future(self._store.write(wait))
        assert await asyncio.to_thread(self._entered.wait, PATIENCE_SECONDS)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._open.set()
        await self._waiting


async def together(store: Store, *functions: Callable[[Tx], Any]) -> list[Any]:
    """Write functions so that they share one commit; return what each came to."""
    async with Gate(store):
        writes = [asyncio.ensure_future(store.write(fn)) for fn in functions]
        await asyncio.sleep(0)  # they are in line before the gate opens
    return await asyncio.gather(*writes, return_exceptions=True)


def tally(tx: Tx) -> int:
    return int(tx.execute(text("SELECT many FROM tallies")).scalar_one())


async def test_no_concurrent_increment_is_lost(store: Store) -> None:
    await asyncio.gather(*(store.write(add_one) for _ in range(ADDS)))
    assert await value(store, "SELECT many FROM tallies") == ADDS


async def test_two_processes_lose_no_increment_either(database: str, store: Store) -> None:
    other = open_store(database, Bell(), StillWorld())
    adds = [one.write(add_one) for _ in range(ADDS // 2) for one in (store, other)]
    await asyncio.gather(*adds)
    await other.close()
    assert await value(store, "SELECT many FROM tallies") == ADDS


async def test_an_exception_undoes_its_own_function_alone(store: Store) -> None:
    def half(tx: Tx) -> None:
        line(2)(tx)
        raise Conflict("no")

    one, two, three = await together(store, line(1), half, line(3))
    assert (one, three) == (1, 3)
    assert isinstance(two, Conflict)
    assert await value(store, "SELECT sum(id) FROM lines") == 1 + 3


async def test_a_broken_constraint_undoes_its_own_function_alone(store: Store) -> None:
    *rivals, other = await together(store, line(1), line(1), line(3))
    assert other == 3
    assert sorted(type(one).__name__ for one in rivals) == ["IntegrityError", "int"]
    assert await value(store, "SELECT count(*) FROM lines") == 2


async def test_nothing_of_a_function_that_raised_is_heard(store: Store, bell: Bell) -> None:
    def ring_and_fail(tx: Tx) -> None:
        tx.ring("door")
        raise Conflict("no")

    heard = asyncio.ensure_future(bell.listen("door")(0.2))
    with pytest.raises(Conflict):
        await store.write(ring_and_fail)
    ring = bell.listen("door")
    await store.write(lambda tx: tx.ring("door"))
    await asyncio.wait_for(ring(PATIENCE_SECONDS), 5)
    await heard


async def test_a_commit_that_fails_fails_all_who_shared_it(sqlite: SqliteStore) -> None:
    came = await together(sqlite, line(1), fails_at_commit, line(2))
    assert [type(one) for one in came] == [IntegrityError] * 3
    assert await value(sqlite, "SELECT count(*) FROM lines") == 0


async def test_a_store_goes_on_after_a_commit_that_failed(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError):
            await store.write(fails_at_commit)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await store.write(add_one)
    assert await value(store, "SELECT many FROM tallies") == 3


async def test_a_store_goes_on_after_another_process_kept_the_file(
    tmp_path: Path, sqlite: SqliteStore
) -> None:
    await sqlite.write(lambda tx: tx.execute(text("PRAGMA busy_timeout=50")))
    other = sqlite3.connect(tmp_path / "opentill.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError, match="locked"):
        await sqlite.write(add_one)
    other.execute("ROLLBACK")
    other.close()
    await sqlite.write(add_one)
    assert await value(sqlite, "SELECT many FROM tallies") == 1


async def test_more_writes_than_one_commit_takes_are_all_kept(sqlite: SqliteStore) -> None:
    came = await together(sqlite, *(line(id) for id in range(3 * BATCH_MAX)))
    assert came == list(range(3 * BATCH_MAX))


async def test_readers_cannot_write(sqlite: SqliteStore) -> None:
    with pytest.raises(DBAPIError, match="readonly"):
        await sqlite.read(add_one)
    with pytest.raises(DBAPIError, match="readonly"):
        await sqlite.look(add_one)


async def test_a_read_sees_every_write_that_was_answered(store: Store) -> None:
    for many in range(1, 30):
        await store.write(add_one)
        assert await value(store, "SELECT many FROM tallies") == many
        assert await store.look(tally) == many


async def test_a_caller_who_leaves_does_not_undo_his_write(database: str, store: Store) -> None:
    begun, released = threading.Event(), threading.Event()

    def slowly(tx: Tx) -> None:
        begun.set()
        assert released.wait(PATIENCE_SECONDS)
        add_one(tx)

    gone = asyncio.ensure_future(store.write(slowly))
    assert await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    released.set()
    await store.close()
    assert await reopened(database, "SELECT many FROM tallies") == 1


async def test_closing_finishes_what_is_in_line(database: str, store: Store) -> None:
    writes = [asyncio.ensure_future(store.write(add_one)) for _ in range(8)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    assert await reopened(database, "SELECT many FROM tallies") == 8


async def test_a_closed_store_refuses_instead_of_waiting_for_ever(store: Store) -> None:
    await store.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(RuntimeError):
            await store.write(add_one)
        with pytest.raises(RuntimeError):
            await store.read(lambda tx: None)
        with pytest.raises(RuntimeError):
            await store.look(lambda tx: None)


async def test_a_database_that_dropped_every_connection_is_asked_again(
    postgres_database: Callable[..., str], bell: Bell
) -> None:
    url = new_database("postgresql", Path(), postgres_database)
    store = open_store(url, bell, StillWorld())
    try:
        await store.write(make_tables)
        for _ in range(3):
            await asyncio.gather(*(store.read(tally) for _ in range(20)))
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert set(await asyncio.gather(*(store.read(tally) for _ in range(20)))) == {0}
            await store.write(lambda tx: None)
    finally:
        await store.close()
