"""`/healthz` and `/readyz`: is the process alive, and should requests be sent to it.

Alive asks nothing of anybody: a database that is away is no reason to kill a process.
Ready looks at all a payment needs, and says of each part how it is. What a house can do
without, it does: one chain of three that lags is told and not held against it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy.exc import SQLAlchemyError

from app.bell import Bell
from app.domain.ledger import Catalogue
from app.services.chains import Chains, ChainStatus
from app.services.prices import Prices, SourceStatus

DATABASE_SECONDS = 2.0
FAILURES_MAX = 5  # in a row, before a worker counts as broken
SCANS = "scan:"  # a chain's worker is judged by its chain
NO_STORE = {"Cache-Control": "no-store"}


class Worker(Protocol):
    """What is known of one worker."""

    name: str
    failures: int
    succeeded_at: datetime | None


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """How one worker fares: failures in a row, and when a step last succeeded."""

    name: str
    failures: int
    succeeded_at: datetime | None


class DatabasePart(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the database answers."""

    ok: bool
    error: str | None = None


class WorkersPart(msgspec.Struct, frozen=True, kw_only=True):
    """The workers of this process; none where they run elsewhere."""

    ok: bool
    of: list[WorkerView]


class ChainsPart(msgspec.Struct, frozen=True, kw_only=True):
    """How far behind each chain is; well while one can be paid on."""

    ok: bool
    of: list[ChainStatus]


class RatesPart(msgspec.Struct, frozen=True, kw_only=True):
    """How each source of prices does; well while one answers, or none is needed."""

    ok: bool
    needed: bool
    of: list[SourceStatus]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Every part a payment needs."""

    ready: bool
    stopping: bool
    database: DatabasePart
    workers: WorkersPart
    chains: ChainsPart
    rates: RatesPart


class Health:
    """Looks at every part of a house."""

    def __init__(
        self,
        chains: Chains,
        prices: Prices,
        catalogue: Catalogue,
        bell: Bell,
        workers: Callable[[], Sequence[Worker]],
    ) -> None:
        self._chains = chains
        self._prices = prices
        self._catalogue = catalogue
        self._bell = bell
        self._workers = workers

    async def look(self) -> Readiness:
        """Return how every part is now."""
        database = await self._database()
        workers, chains, rates = self._working(), self._reading(), self._pricing()
        stopping = self._bell.closed
        well = database.ok and workers.ok and chains.ok and rates.ok
        return Readiness(
            ready=well and not stopping,
            stopping=stopping,
            database=database,
            workers=workers,
            chains=chains,
            rates=rates,
        )

    async def _database(self) -> DatabasePart:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await self._chains.refresh()  # a read that brings news
        except TimeoutError:
            return DatabasePart(ok=False, error="timeout")
        except (SQLAlchemyError, RuntimeError) as error:
            return DatabasePart(ok=False, error=type(error).__name__)
        return DatabasePart(ok=True)

    def _working(self) -> WorkersPart:
        views = [
            WorkerView(name=one.name, failures=one.failures, succeeded_at=one.succeeded_at)
            for one in self._workers()
        ]
        broken = [
            one for one in views if one.failures >= FAILURES_MAX and not one.name.startswith(SCANS)
        ]
        return WorkersPart(ok=not broken, of=views)

    def _reading(self) -> ChainsPart:
        found = self._chains.status()
        return ChainsPart(ok=not found or any(not one.lagging for one in found), of=found)

    def _pricing(self) -> RatesPart:
        found = self._prices.status()
        needed = any(chain.livemode for chain in self._catalogue.chains.values())
        # A source that was never asked is not known to be ill.
        ok = not needed or not found or any(one.error is None for one in found)
        return RatesPart(ok=ok, needed=needed, of=found)


@get("/healthz", include_in_schema=False)
async def alive() -> Response[dict[str, str]]:
    """Tell that the process answers."""
    return Response({"status": "alive"}, headers=NO_STORE)


@get("/readyz", include_in_schema=False)
async def ready(health: NamedDependency[Health]) -> Response[Readiness]:
    """Tell whether requests should come here, part by part."""
    found = await health.look()
    return Response(found, status_code=200 if found.ready else 503, headers=NO_STORE)
