"""What one source last said, and whether it is worth asking again.

A source that fails is left alone for five seconds, then ten, up to five minutes.
Its last word on each pair stays until it is stale or replaced by another, even by
silence: a market that vanished has no price.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime

import httpx
import msgspec
import structlog

from app.rates.base import Pair, Rate, Source, believable, crossed
from app.world import World

DEADLINE_SECONDS = 4.0
BACKOFF_SECONDS = 5
BACKOFF_SECONDS_MAX = 300
REFUSED_SECONDS = 60  # after "too many requests", whatever the ladder says
NEVER = float("-inf")
# What a source may raise, and what a source from outside the house may get wrong:
# neither keeps the others from being heard.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, ArithmeticError)
_BUGS = (LookupError, TypeError, AttributeError, RuntimeError)

log = structlog.get_logger()


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one source does: `error` is the last failure's kind, None since it is well."""

    name: str
    ok_at: datetime | None
    error: str | None
    failures: int  # in a row
    retry_seconds: int  # until it is asked again after a failure
    pairs: int
    newest_seconds: int | None  # ages of its answers
    oldest_seconds: int | None


class RateCache:
    """One source and its last word on every pair."""

    def __init__(
        self, source: Source, world: World, stale_seconds_max: int, deadline_seconds: float
    ) -> None:
        self._source = source
        self._world = world
        self._stale_seconds_max = stale_seconds_max
        self._deadline_seconds = deadline_seconds
        self._rates: dict[Pair, Rate] = {}
        self._asked: dict[Pair, float] = {}
        self._ok_at: datetime | None = None
        self._error: str | None = None
        self._failures = 0
        self._retry_at = 0.0

    def find(self, pair: Pair, via: str) -> Rate | None:
        """Return the source's fresh word on a pair, crossed through `via` if it has no other."""
        if rate := self._fresh(pair):
            return rate
        asset, code = pair
        priced, counted = self._fresh((asset, via)), self._fresh((code, via))
        return crossed(priced, counted) if priced and counted else None

    def due_at(self, pairs: Collection[Pair], age_seconds: float) -> float:
        """Return when asking this source about pairs may next bring something new."""
        asked = min(self._asked.get(pair, NEVER) for pair in pairs)
        return max(self._retry_at, asked + age_seconds)

    async def ask(self, pairs: Collection[Pair], age_seconds: float) -> None:
        """Ask for the pairs not asked for lately, unless the source is left alone."""
        now = self._world.monotonic()
        due = {pair for pair in pairs if now - self._asked.get(pair, NEVER) >= age_seconds}
        if not due or now < self._retry_at:
            return
        try:
            async with asyncio.timeout(self._deadline_seconds):
                rates = await self._source.rates(due)
            self._learn(due, rates)
        except (*_FAILURES, *_BUGS) as error:
            self._fail(error)

    def status(self) -> SourceStatus:
        """Tell how the source does."""
        now = self._world.now()
        ages = [int((now - rate.at).total_seconds()) for rate in self._rates.values()]
        return SourceStatus(
            name=self._source.name,
            ok_at=self._ok_at,
            error=self._error,
            failures=self._failures,
            retry_seconds=max(0, round(self._retry_at - self._world.monotonic())),
            pairs=len(ages),
            newest_seconds=min(ages, default=None),
            oldest_seconds=max(ages, default=None),
        )

    def _fresh(self, pair: Pair) -> Rate | None:
        rate = self._rates.get(pair)
        if rate is None:
            return None
        age_seconds = (self._world.now() - rate.at).total_seconds()
        return rate if age_seconds < self._stale_seconds_max else None

    def _learn(self, due: Collection[Pair], rates: Collection[Rate]) -> None:
        """Replace the last word on every pair asked for."""
        now = self._world.now()
        asked_at = self._world.monotonic()
        said = [rate for rate in rates if rate.pair in due]
        good = {rate.pair: rate for rate in said if believable(rate, now)}
        for pair in due:
            self._rates.pop(pair, None)
        if said and not good:
            raise ValueError("no answer could be a price")
        for pair, rate in good.items():
            at = min(rate.at, now)  # its clock may run a little ahead of ours
            self._rates[pair] = msgspec.structs.replace(rate, at=at)
        self._rates = {pair: rate for pair, rate in self._rates.items() if self._fresh(pair)}
        forgotten = asked_at - self._stale_seconds_max
        self._asked = {pair: at for pair, at in self._asked.items() if at > forgotten}
        self._asked.update(dict.fromkeys(due, asked_at))
        if not said:  # it may not even have asked: this tells nothing of its health
            return
        if self._failures:
            log.info("rates.source_back", source=self._source.name, failures=self._failures)
        self._ok_at, self._error, self._failures, self._retry_at = now, None, 0, 0.0

    def _fail(self, error: Exception) -> None:
        """Leave the source alone for a while, the longer the oftener it failed."""
        self._failures += 1
        wait_seconds = min(BACKOFF_SECONDS * 2 ** min(self._failures - 1, 10), BACKOFF_SECONDS_MAX)
        self._error = _kind(error)
        if self._error in {"http 429", "http 418"}:
            wait_seconds = max(wait_seconds, REFUSED_SECONDS)
        self._retry_at = self._world.monotonic() + wait_seconds
        log.warning(
            "rates.source_failed",
            source=self._source.name,
            error=self._error,
            failures=self._failures,
            retry_seconds=wait_seconds,
        )


def _kind(error: Exception) -> str:
    """Name a failure without its text: bodies and URLs stay out of logs."""
    match error:
        case httpx.HTTPStatusError():
            return f"http {error.response.status_code}"
        case TimeoutError() | httpx.TimeoutException():
            return "timeout"
        case httpx.HTTPError() | httpx.InvalidURL():
            return "unreachable"
        case ValueError() | ArithmeticError():
            return "bad answer"
        case _:
            return f"bug: {type(error).__name__}"
