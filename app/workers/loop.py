"""Run one step for ever: woken by bells, kept alone by a lease, slowed by failures.

A worker is a loop around one service method. The step does a bounded piece of work and
says when it wants to be called again: in how many seconds, at once (0), or None when it
knows nothing better than `patience_seconds`. Bells are listened to before the step reads
its tables, so a ring that comes while it works is not lost.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Protocol

import structlog

from app.bell import Bell
from app.world import World

log = structlog.get_logger()

PATIENCE_SECONDS = 15.0
BACKOFF_SECONDS = 1.0
BACKOFF_SECONDS_MAX = 60.0
JITTER = 0.1

Step = Callable[[], Awaitable[float | None]]
Sleep = Callable[[float], Awaitable[None]]


class Lease(Protocol):
    """A right to be the only one at work. `services/leases.py` has one in the database."""

    @property
    def seconds(self) -> int: ...

    async def take(self) -> bool:
        """Take or renew; tell whether it is ours for `seconds` from now."""

    async def release(self) -> None: ...


class LeaseLost(Exception):
    """Another hand took the work while a step was on its way."""


class Loop:
    """One worker. `failures` and `succeeded_at` tell /readyz how it fares."""

    def __init__(
        self,
        name: str,
        step: Step,
        world: World,
        *,
        bell: Bell | None = None,
        rings: Iterable[str] = (),
        lease: Lease | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.name = name
        self.failures = 0  # in a row
        self.succeeded_at: datetime | None = None
        self._step = step
        self._world = world
        self._bell = bell
        self._rings = tuple(rings) if bell is not None else ()
        self._lease = lease
        self._patience_seconds = patience_seconds
        self._stop = asyncio.Event()
        self._random = random.Random(world.secret(16))  # noqa: S311 -- spreads load, guards nothing

    def stop(self) -> None:
        """Ask the loop to end: a step under way is finished first, a rest is not."""
        self._stop.set()

    async def run(self) -> None:
        """Step until told to stop."""
        try:
            while not self._stop.is_set():
                sleeps = self._listen()
                seconds = await self.once()
                if self.failures:
                    sleeps = []  # a bell must not talk a failing step out of its rest
                await self._rest(sleeps, seconds)
        finally:
            if self._lease is not None:
                await asyncio.shield(self._lease.release())

    async def once(self) -> float:
        """Take one step and return how long to rest. Whatever it raises is logged, not raised."""
        try:
            seconds = await self._turn()
        except Exception as error:  # the one place that may: a broken step must not end the worker
            self.failures += 1
            log.exception("worker.failed", worker=self.name, failures=self.failures, error=error)
            doubled = BACKOFF_SECONDS * 2 ** min(self.failures - 1, 16)
            return self._jittered(min(doubled, BACKOFF_SECONDS_MAX))
        self.failures = 0
        self.succeeded_at = self._world.now()
        return self._jittered(self._patience_seconds) if seconds is None else max(seconds, 0.0)

    async def _turn(self) -> float | None:
        if self._lease is None:
            return await self._step()
        if not await self._lease.take():
            return None
        return await self._alone(self._lease)

    async def _alone(self, lease: Lease) -> float | None:
        """Take one step, renewing the lease as often as a slow step needs."""
        step = asyncio.ensure_future(self._step())
        try:
            while True:
                done, _ = await asyncio.wait({step}, timeout=lease.seconds / 3)
                if done:
                    return step.result()
                if not await lease.take():
                    raise LeaseLost(self.name)
        finally:
            step.cancel()
            await asyncio.wait({step})

    def _listen(self) -> list[Sleep]:
        if self._bell is None:
            return []
        return [self._bell.listen(name) for name in self._rings]

    async def _rest(self, sleeps: list[Sleep], seconds: float) -> None:
        """Sleep until a ring, the stop, or the time; at the least let others run."""
        if seconds == 0:
            await asyncio.sleep(0)
            return
        resting = [asyncio.ensure_future(sleep(seconds)) for sleep in sleeps]
        resting.append(asyncio.ensure_future(self._told()))
        try:
            await asyncio.wait(resting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in resting:
                one.cancel()
            await asyncio.gather(*resting, return_exceptions=True)

    async def _told(self) -> None:
        await self._stop.wait()

    def _jittered(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - JITTER, 1 + JITTER)
