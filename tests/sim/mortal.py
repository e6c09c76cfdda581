"""Stores that may die at any commit, a bell that loses rings, a courier nobody can rely on.

The stores run the house's own code, but in one thread and in an order that only the seed
decides. Death comes just before a commit or just after it, before anybody was told; what
the process still held is then gone, and whoever waited is told `Died`.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine

from app.bell import Bell
from app.services.courier import Answer
from app.storage.engines import sqlite_engine
from app.storage.postgres import PostgresStore
from app.storage.sqlite import SqliteStore, _Job
from app.storage.tx import Tx
from app.world import World

T = TypeVar("T")
TICKS_MAX = 3  # how long a write may wait for others to share its commit


class Died(BaseException):
    """The process is no more. No `except Exception` may live on after it."""


class Fate:
    """Whether a process still lives, and how likely its next commit ends it."""

    def __init__(self, chance: random.Random, death_share: float) -> None:
        self.chance = chance
        self.death_share = death_share
        self.dead = False

    def check(self) -> None:
        if self.dead:
            raise Died

    def strikes(self) -> bool:
        """Tell whether death comes now."""
        if self.chance.random() < self.death_share / 2:
            self.dead = True
        return self.dead

    async def linger(self) -> None:
        """Let others go first, as threads and networks do."""
        for _ in range(self.chance.randrange(TICKS_MAX)):
            await asyncio.sleep(0)
        self.check()


class MortalSqlite(SqliteStore):
    """SQLite's store with its group commit, without its threads."""

    def __init__(self, url: str, bell: Bell, world: World, fate: Fate) -> None:
        self._bell = bell
        self._world = world
        self._url = url
        self._fate = fate
        self._engine = sqlite_engine(url, writes=True)
        self._connection = self._engine.connect()
        driver: Any = self._connection.connection.driver_connection
        driver.execute("PRAGMA synchronous=OFF")  # it is processes that die here, not disks
        self._local = threading.local()
        self._engines: list[Engine] = []
        self._line: list[_Job] = []
        self._closed = False
        self.shared = 0  # commits that several writes shared

    async def read(self, fn: Callable[[Tx], T]) -> T:
        await self._fate.linger()
        return self._read(fn)

    look = read

    async def write(self, fn: Callable[[Tx], T]) -> T:
        self._fate.check()
        job = _Job(fn, asyncio.get_running_loop())
        self._line.append(job)
        if len(self._line) == 1:
            for _ in range(self._fate.chance.randrange(TICKS_MAX)):
                await asyncio.sleep(0)
            self._commit_line()
        result: T = await job.future
        self._fate.check()
        return result

    def _commit_line(self) -> None:
        batch, self._line = self._line, []
        self.shared += len(batch) > 1
        if not self._fate.dead and not self._fate.strikes():
            self._commit(self._connection, batch)
            self._fate.strikes()
        if self._fate.dead:
            self._tell(batch)

    def _tell(self, batch: list[_Job]) -> None:
        if not self._fate.dead:
            super()._tell(batch)
        for job in batch:
            if not job.future.done():
                job.future.set_exception(Died())

    def let_go(self) -> None:
        """Close what an ended process would have closed."""
        self._connection.close()
        for engine in (self._engine, *self._engines):
            engine.dispose()

    async def close(self) -> None:
        self.let_go()


class MortalPostgres(PostgresStore):
    """PostgreSQL's store without its threads."""

    def __init__(self, url: str, bell: Bell, world: World, fate: Fate) -> None:
        super().__init__(url, bell, world)
        self._fate = fate
        self.shared = 0

    async def read(self, fn: Callable[[Tx], T]) -> T:
        await self._fate.linger()
        return self._read(fn)

    look = read

    async def write(self, fn: Callable[[Tx], T]) -> T:
        await self._fate.linger()
        if self._fate.strikes():
            raise Died
        result, rings = self._write(fn)
        if self._fate.strikes():
            raise Died
        for name in rings:
            self._bell.ring(name)
        return result

    def let_go(self) -> None:
        """Close what an ended process would have closed."""
        self._threads.shutdown(wait=False)
        self._engine.dispose()


class LossyBell(Bell):
    """A bell that loses every third ring."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def ring(self, name: str) -> None:
        if self._chance.random() > 1 / 3:
            super().ring(name)


class Receivers:
    """Every merchant's server: slow, failing, or heard and not answered; it acts on an id once."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.reliable = False
        self.down: set[str] = set()
        self.heard = 0
        self.acted: dict[str, dict[str, Any]] = {}  # URL → webhook-id → event
        self._newest: dict[tuple[str, str], int] = {}
        self.disorder: list[str] = []  # what came out of an intent's order

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Stand in for the courier."""
        for _ in range(self._chance.randrange(2 * TICKS_MAX)):
            await asyncio.sleep(0)
        fortune = 1.0 if self.reliable else self._chance.random()
        if not self.reliable and (url in self.down or fortune < 0.08):
            return _answer(None, "timeout")
        if fortune < 0.16:
            return _answer(500)
        self.heard += 1
        self._act(url, headers["webhook-id"], msgspec.json.decode(body))
        if fortune < 0.24:
            return _answer(None, "connection_lost")  # it was heard, and we do not know
        return _answer(204)

    def _act(self, url: str, id: str, event: dict[str, Any]) -> None:
        acted = self.acted.setdefault(url, {})
        if id in acted:
            return
        about, sequence = event["data"]["object"]["id"], event["sequence"]
        newest = self._newest.get((url, about), 0)
        if sequence < newest:
            self.disorder.append(f"{url} heard {about} at {sequence} after {newest}")
        self._newest[url, about] = max(sequence, newest)
        acted[id] = event

    def successes(self, url: str) -> Counter[str]:
        """Return how often a server acted on each intent's success."""
        return Counter(
            one["data"]["object"]["id"]
            for one in self.acted.get(url, {}).values()
            if one["type"] == "payment_intent.succeeded"
        )


def _answer(status_code: int | None, error: str | None = None) -> Answer:
    return Answer(status_code=status_code, body="", error=error, duration_ms=1)
