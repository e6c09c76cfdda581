"""A price for every pair, from cached rates, or a refusal that names the pair.

All sources are asked together, in one request each, by at most one flight at a time:
a thundering herd boards the same one. A source that fails is left alone for a while,
so an outage costs nothing per request. What is served is the median of the sources
that agree, never older than the settings allow: a wrong price costs the merchant
money, no price costs one retry.
"""

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

import msgspec

from app.domain.money import CRYPTO, FIAT, SATS_PER_BTC, currency, round_rate
from app.errors import PriceUnavailable
from app.rates.base import Pair, Rate, Source, agreed, believable
from app.services.rate_cache import DEADLINE_SECONDS, RateCache, SourceStatus
from app.settings import RateSettings
from app.world import World

__all__ = ["Priced", "Prices", "SourceStatus"]

RECENT_SECONDS = 3600  # a pair nobody wanted for this long is not kept warm
WANTED_MAX = 512  # pairs kept warm
VIA = "USD"  # what prices are crossed through


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What one asset costs, on whose word, as of when (the oldest answer used).

    `sources` is empty when asset and currency are one unit: nobody had to be asked.
    """

    pair: Pair
    price: Decimal
    sources: tuple[str, ...]
    at: datetime


class _Known(msgspec.Struct, frozen=True):
    """A price, or why there is none, until a moment of the monotonic clock."""

    answer: Priced | str
    until: float


class Prices:
    """The one place that knows what things cost now."""

    def __init__(
        self,
        sources: Iterable[Source],
        world: World,
        settings: RateSettings,
        *,
        sandbox: Source,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._world = world
        self._settings = settings
        self._sandbox = sandbox
        self._caches = [
            RateCache(source, world, settings.stale_seconds_max, deadline_seconds)
            for source in sources
        ]
        self._known: dict[Pair, _Known] = {}
        self._wanted: dict[Pair, float] = {}
        self._flight: asyncio.Task[None] | None = None
        self._aboard: frozenset[Pair] = frozenset()
        self._next: asyncio.Task[None] | None = None
        self._boarding: set[Pair] = set()
        self._early = False

    async def get(self, pairs: Collection[Pair], *, sandbox: bool) -> dict[Pair, Priced]:
        """Return a price for every pair, or raise `PriceUnavailable` naming one without.

        In the sandbox prices never change and no network is touched.
        """
        answers = await self._answers(pairs, sandbox=sandbox)
        for pair, answer in answers.items():
            if isinstance(answer, str):
                raise PriceUnavailable(
                    f"There is no trustworthy price of {pair[0]} in {pair[1]}: {answer}.",
                    asset=pair[0],
                    currency=pair[1],
                )
        return {pair: answer for pair, answer in answers.items() if isinstance(answer, Priced)}

    async def some(self, pairs: Collection[Pair], *, sandbox: bool) -> dict[Pair, Priced]:
        """Return the prices there are and leave the others out: for offering a choice."""
        answers = await self._answers(pairs, sandbox=sandbox)
        return {pair: answer for pair, answer in answers.items() if isinstance(answer, Priced)}

    async def refresh(self, pairs: Collection[Pair] = ()) -> None:
        """Ask again before anybody has to wait: for `pairs` and those wanted lately.

        Only what is past half its freshness is asked for, so calling often costs nothing.
        """
        units = [(asset, _unit(code)) for asset, code in pairs]
        self._want([unit for unit in units if not _same(unit)])
        self._forget()
        if self._wanted:
            await self._ask(set(self._wanted), early=True)

    def status(self) -> list[SourceStatus]:
        """Tell how each source does."""
        return [cache.status() for cache in self._caches]

    async def _answers(self, pairs: Collection[Pair], *, sandbox: bool) -> dict[Pair, Priced | str]:
        units = {pair: (pair[0], _unit(pair[1])) for pair in pairs}
        if sandbox:
            rates = await self._sandbox.rates(tuple(units.values()))
            written = {rate.pair: rate for rate in rates}
            known = {
                unit: self._judge([written[unit]]) for unit in units.values() if unit in written
            }
        else:
            known = await self._live({unit for unit in units.values() if not _same(unit)})
        return {pair: self._in(pair, unit, known.get(unit)) for pair, unit in units.items()}

    async def _live(self, pairs: Collection[Pair]) -> dict[Pair, Priced | str]:
        """Serve what is known, and ask the sources once for all the rest."""
        self._want(pairs)
        now = self._world.monotonic()
        due = {pair for pair in pairs if not self._held(pair) and self._due_at(pair) <= now}
        if due:
            await self._ask(due)
        for pair in pairs:
            if not self._held(pair):
                self._known[pair] = self._price(pair)
        return {pair: self._known[pair].answer for pair in pairs}

    def _held(self, pair: Pair) -> bool:
        known = self._known.get(pair)
        return known is not None and self._world.monotonic() < known.until

    def _in(self, pair: Pair, unit: Pair, answer: Priced | str | None) -> Priced | str:
        """Write an answer in the currency it was asked in."""
        if _same(unit):
            answer = Priced(pair=unit, price=Decimal(1), sources=(), at=self._world.now())
        if answer is None:
            return "the sandbox has no such rate"
        if isinstance(answer, str) or pair == unit:
            return answer
        price = answer.price * SATS_PER_BTC  # the only unit that is another's part
        return msgspec.structs.replace(answer, pair=pair, price=price)

    def _price(self, pair: Pair) -> _Known:
        """Judge what the sources last said of a pair."""
        rates = [rate for cache in self._caches if (rate := cache.find(pair, VIA))]
        if pair[0] in FIAT:  # a token that calls itself USD: only the operator may vouch for it
            rates = [rate for rate in rates if rate.declared]
        answer = self._judge(rates)
        until = self._due_at(pair)
        if isinstance(answer, Priced):
            limit = timedelta(seconds=self._settings.stale_seconds_max)
            left = answer.at + limit - self._world.now()
            until = min(until, self._world.monotonic() + left.total_seconds())
        return _Known(answer, until)

    def _judge(self, rates: list[Rate]) -> Priced | str:
        now = self._world.now()
        rates = [rate for rate in rates if believable(rate, now)]
        if not rates:
            return "no source has a fresh answer"
        near = agreed(rates, self._settings.spread_bps_max)
        if not near:
            return "the sources disagree"
        return Priced(
            pair=near[0].pair,
            price=round_rate(median(rate.price for rate in near)),
            sources=tuple(rate.source for rate in near),
            at=min(rate.at for rate in near),
        )

    def _due_at(self, pair: Pair) -> float:
        """Return when asking about a pair may next bring something new."""
        fresh = self._settings.fresh_seconds
        return min(
            (cache.due_at(_legs(pair), fresh) for cache in self._caches), default=float("inf")
        )

    def _want(self, pairs: Collection[Pair]) -> None:
        now = self._world.monotonic()
        for pair in pairs:
            self._wanted[pair] = now
        if len(self._wanted) > WANTED_MAX:
            newest = sorted(self._wanted.items(), key=lambda item: item[1])[-WANTED_MAX // 2 :]
            self._wanted = dict(newest)

    def _forget(self) -> None:
        since = self._world.monotonic() - RECENT_SECONDS
        self._wanted = {pair: at for pair, at in self._wanted.items() if at >= since}

    async def _ask(self, pairs: set[Pair], *, early: bool = False) -> None:
        """Wait for the flight that carries these pairs; board the next if none does."""
        flight = self._flight
        if flight is None or not self._aboard.issuperset(pairs):
            self._boarding |= pairs
            self._early |= early
            if self._next is None or self._next.done():
                self._next = asyncio.create_task(self._fly(flight))
            flight = self._next
        await asyncio.wait({flight})  # a waiter that gives up leaves the flight to the others
        flight.result()

    async def _fly(self, before: asyncio.Task[None] | None) -> None:
        """Ask every source once for all who boarded while the flight before was out."""
        if before is not None:
            await asyncio.wait({before})
        self._forget()
        self._aboard, self._boarding = frozenset(self._boarding | self._wanted.keys()), set()
        self._flight, self._next = self._next, None
        age = self._settings.fresh_seconds / (2 if self._early else 1)
        self._early = False
        legs = {leg for pair in self._aboard for leg in _legs(pair)}
        try:
            await asyncio.gather(*(cache.ask(legs, age) for cache in self._caches))
        finally:
            self._known.clear()
            self._flight, self._aboard = None, frozenset()


def _legs(pair: Pair) -> tuple[Pair, ...]:
    """Return what may be asked for to price a pair: itself, and both sides in dollars."""
    asset, code = pair
    return (pair,) if code == VIA else (pair, (asset, VIA), (code, VIA))


def _unit(code: str) -> str:
    """Return the unit a currency is counted in: SATS are parts of BTC."""
    code = currency(code)
    return "BTC" if code == "SATS" else code


def _same(pair: Pair) -> bool:
    """Tell whether asset and currency are really one unit: BTC in BTC, never USD in USD."""
    return pair[0] == pair[1] and pair[0] in CRYPTO
