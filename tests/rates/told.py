"""A source that says what it is told, and the engine around it."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from app.rates.base import Pair, Rate, Source
from app.rates.fixed import sandbox
from app.services.prices import Prices
from app.settings import RateSettings
from tests.still import StillWorld


def engine(world: StillWorld, sources: Collection[Source], **more: int) -> Prices:
    settings = RateSettings(**more)  # type: ignore[arg-type]
    return Prices(sources, world, settings, sandbox=sandbox(world), deadline_seconds=1)


class Told(Source):
    """Says `ETH_USD="2000"`, remembers what it was asked, waits at its gate, raises its error."""

    def __init__(self, name: str, world: StillWorld, **said: str) -> None:
        self.name = name
        self.world = world
        self.said = said
        self.age_seconds = 0
        self.asked: list[set[Pair]] = []
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        self.asked.append(set(pairs))
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        at = self.world.now() - timedelta(seconds=self.age_seconds)
        return [
            Rate(pair=pair, price=Decimal(self.said[name]), source=self.name, at=at)
            for pair in pairs
            if (name := "_".join(pair)) in self.said
        ]
