"""SQLite's store: one writer, a few readers, one file.

Functions that wait while a commit is on its way to the disk share the next one, each
under a savepoint of its own, so that durability (`synchronous=FULL`) costs one fsync for
many requests.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from app.bell import Bell
from app.storage.engines import sqlite_engine
from app.storage.tx import Tx
from app.world import World

T = TypeVar("T")

BATCH_MAX = 128  # functions that may share one commit
READERS = 4
QUEUE_MAX = 4096  # writes waiting: beyond it the caller waits in line outside


class _Job:
    """A write that waits for its turn."""

    __slots__ = ("error", "fn", "future", "loop", "result", "rings")

    def __init__(self, fn: Callable[[Tx], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.fn = fn
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.rings: dict[str, None] = {}


class SqliteStore:
    """One writer, a few readers, one file."""

    _closed = False

    def __init__(self, url: str, bell: Bell, world: World) -> None:
        self._bell = bell
        self._world = world
        self._url = url
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = asyncio.Semaphore(QUEUE_MAX)
        self._engine = sqlite_engine(url, writes=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._local = threading.local()
        self._engines: list[Engine] = []
        self._writer = threading.Thread(target=self._write_forever, name="write", daemon=True)
        self._writer.start()

    @property
    def waiting(self) -> int:
        """How many writes wait for the writer."""
        return self._queue.qsize()

    async def look(self, fn: Callable[[Tx], T]) -> T:
        """Run a short read here and now: a few rows by an index, found in less time than
        it takes to wake a thread. Whatever may take longer is for `read`."""
        if self._closed:
            raise RuntimeError("the store is closed")
        return self._read(fn)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on a reader. Each statement sees what was committed when it began."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, fn)

    def _read(self, fn: Callable[[Tx], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            engine = sqlite_engine(self._url, writes=False)
            self._engines.append(engine)
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._local.connection = connection
        return fn(Tx(connection, self._world.now()))

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in a transaction and return after its commit reached the disk."""
        async with self._waiting:
            if self._closed:  # nobody would come for it, and its caller would wait for ever
                raise RuntimeError("the store is closed")
            job = _Job(fn, asyncio.get_running_loop())
            self._queue.put(job)
            # Shielded: a caller that goes away must not make a committed write look undone.
            return await asyncio.shield(job.future)

    def _write_forever(self) -> None:
        with self._engine.connect() as connection:
            while True:
                job = self._queue.get()
                if job is None:
                    return
                batch, stop = self._batch(job)
                self._commit(connection, batch)
                if stop:
                    return

    def _batch(self, job: _Job) -> tuple[list[_Job], bool]:
        batch = [job]
        while len(batch) < BATCH_MAX:
            try:
                another = self._queue.get_nowait()
            except queue.Empty:
                break
            if another is None:
                return batch, True
            batch.append(another)
        return batch, False

    def _commit(self, connection: Connection, batch: list[_Job]) -> None:
        try:
            with connection.begin():
                for job in batch:
                    self._run(connection, job, alone=len(batch) == 1)
                if len(batch) == 1 and batch[0].error is not None:
                    raise batch[0].error
        except BaseException as error:
            for job in batch:
                job.error = job.error or error
            self._undo(connection)
        for loop in {job.loop for job in batch}:
            with suppress(RuntimeError):  # a loop that closed has nobody left to tell
                loop.call_soon_threadsafe(self._tell, [one for one in batch if one.loop is loop])

    def _undo(self, connection: Connection) -> None:
        """End a transaction whose COMMIT failed: SQLite leaves it open, SQLAlchemy forgets it."""
        if (driver := connection.connection.driver_connection) and driver.in_transaction:
            driver.rollback()

    def _run(self, connection: Connection, job: _Job, *, alone: bool) -> None:
        tx = Tx(connection, self._world.now())
        if not alone:
            connection.exec_driver_sql("SAVEPOINT one")
        try:
            job.result, job.rings = job.fn(tx), tx.rings
        except Exception as error:
            job.error = error
            if not alone:
                connection.exec_driver_sql("ROLLBACK TO one")
        if not alone:
            connection.exec_driver_sql("RELEASE one")

    def _tell(self, batch: list[_Job]) -> None:
        for job in batch:
            if job.error is None:
                for name in job.rings:
                    self._bell.ring(name)
            if job.future.done():
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)

    async def close(self) -> None:
        """Finish what was begun, then let go of the file."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join, 10)
        self._readers.shutdown(wait=True)
        for engine in (self._engine, *self._engines):
            engine.dispose()
