"""PostgreSQL's store: a pool of threads, with row locks where the SQL asks for them."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.bell import Bell
from app.errors import CheckoutError
from app.storage.engines import driver_url
from app.storage.tx import Tx
from app.world import World

T = TypeVar("T")
log = structlog.get_logger()

TRIES_MAX = 6  # of one function, after serialization failures
THREADS = 8  # each reads on a connection of its own and may write on another
RETRIABLE = {"40001", "40P01", "23505"}  # serialization, deadlock, unique: look again
CHANNEL = "bell"


class PostgresStore:
    """A pool of threads over psycopg, with row locks where the SQL asks for them."""

    def __init__(self, url: str, bell: Bell, world: World) -> None:
        self._bell = bell
        self._world = world
        self._engine = create_engine(
            driver_url(url), pool_size=THREADS, max_overflow=0, pool_pre_ping=True
        )
        # Each statement sees what was committed when it began, with or without a BEGIN. A
        # connection is the thread's own: no pool to ask, and no ping before each read.
        self._reads = create_engine(
            driver_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self._reading: dict[int, Connection] = {}  # by thread
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    @property
    def waiting(self) -> int:
        """How many transactions wait for a connection."""
        return self._threads._work_queue.qsize()

    async def look(self, fn: Callable[[Tx], T]) -> T:
        """Run a short read; here the database is always somewhere else."""
        return await self.read(fn)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on a connection of the thread's own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, fn)

    def _read(self, fn: Callable[[Tx], T]) -> T:
        try:
            return self._read_once(fn)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            log.info("store.reconnect")  # the server was restarted: ask the new one
            return self._read_once(fn)

    def _read_once(self, fn: Callable[[Tx], T]) -> T:
        thread = threading.get_ident()
        connection = self._reading.get(thread)
        if connection is None or connection.invalidated:
            connection = self._reading[thread] = self._reads.connect()
        return fn(Tx(connection, self._world.now()))

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in a transaction, again when PostgreSQL says it collided."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, self._write, fn)
        result, rings = await asyncio.shield(future)
        for name in rings:
            self._bell.ring(name)
        return result

    def _write(self, fn: Callable[[Tx], T]) -> tuple[T, dict[str, None]]:
        for left in reversed(range(TRIES_MAX)):
            try:
                with self._engine.begin() as connection:
                    tx = Tx(connection, self._world.now())
                    result = fn(tx)
                    if tx.rings:  # heard by every process, and only if this commits
                        connection.exec_driver_sql(
                            "SELECT pg_notify(%s, n) FROM unnest(%s::text[]) AS n",
                            (CHANNEL, list(tx.rings)),
                        )
                return result, tx.rings
            except CheckoutError:
                raise
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if not left or (state not in RETRIABLE and not isinstance(error, IntegrityError)):
                    raise
                log.info("store.retry", sqlstate=state)
        raise AssertionError("the last try returns or raises")

    async def close(self) -> None:
        self._threads.shutdown(wait=True)
        for connection in self._reading.values():
            connection.close()
        self._engine.dispose()
