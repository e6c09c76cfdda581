"""The house without its front: its rooms, and what is at work in them.

`asgi.py` puts HTTP before it, `__main__.py` the command line, a test whatever it likes.
There are no globals: two houses can stand side by side in one process.
"""

import asyncio

from app.domain.ledger import Catalogue
from app.rails.base import Rail
from app.rooms import Rooms
from app.services.events import DELIVERIES
from app.services.leases import Lease
from app.services.mails import MAILS
from app.settings import Settings
from app.storage.notify import carrier
from app.workers.loop import Loop
from app.workers.tasks import loops
from app.world import World

STOP_SECONDS = 2.0
CHAINS_SECONDS = 5.0


class House(Rooms):
    """Every service, ready to be used once `open` was awaited."""

    def __init__(
        self,
        settings: Settings,
        world: World | None = None,
        rails: dict[str, Rail] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        super().__init__(settings, world, rails, catalogue)
        self._show()
        self.loops: list[Loop] = []
        self._tasks: list[asyncio.Task[None]] = []

    def _show(self) -> None:
        """Let the metrics read off the house what is so at any moment."""

        def lags() -> dict[tuple[str, ...], float]:
            known = [one for one in self.chains.status() if one.lag_seconds is not None]
            return {(one.chain,): one.lag_seconds or 0 for one in known}

        def ages() -> dict[tuple[str, ...], float]:
            known = [one for one in self.prices.status() if one.newest_seconds is not None]
            return {(one.name,): one.newest_seconds or 0 for one in known}

        gauge = self.metrics.gauge
        gauge("store_waiting", "Writes that wait", (), lambda: {(): self.store.waiting})
        gauge("chain_lag_seconds", "Age of the newest block read", ("chain",), lags)
        gauge("rate_age_seconds", "Age of a source's newest answer", ("source",), ages)
        gauge(
            "worker_failures",
            "A worker's failures in a row",
            ("worker",),
            lambda: {(one.name,): one.failures for one in self.loops},
        )

    async def open(self, *, workers: bool) -> None:
        """Start hearing other processes, and the workers where they are wanted."""
        await self.chains.refresh()
        self._tasks = [asyncio.create_task(carrier(self.settings.database, self.bell))]
        if workers:
            self.scanning.listen(self.bell)
        # Whoever scans a chain, this process must know whether it is still read.
        knowing = Loop("chains", self.chains.refresh, self.world, patience_seconds=CHAINS_SECONDS)
        self.loops = [knowing]
        if workers:
            self.loops += loops(
                self.world,
                self.bell,
                lambda name: Lease(self.store, self.world, name),
                scanning=self.scanning,
                arrivals=self.arrivals,
                deliveries=self.deliveries,
                deliveries_bell=DELIVERIES,
                mails=self.mails,
                mails_bell=MAILS,
                prices=self.prices,
                tidying=self.tidying,
                settling=self.x402.settling,
                settings=self.settings,
                rails=list(self.rails.values()),
            )
        self._tasks += [asyncio.create_task(one.run()) for one in self.loops]

    def retire(self) -> None:
        """Let open streams and resting workers go, so that a stop takes no time."""
        self.bell.close()
        for loop in self.loops:
            loop.stop()

    async def close(self) -> None:
        """Stop what was started, finish what was begun, let go of the database."""
        self.retire()
        for hearing in self._tasks[:1]:
            hearing.cancel()  # it has nothing to finish
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        await self.deliveries.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.scanning.close()
        await self.store.close()
        await self.world.close()
