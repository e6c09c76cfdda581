"""The house's workers: one loop a chain; clock, deliveries, mail, rates, x402, tidying."""

from collections.abc import Callable, Sequence

from app.bell import Bell
from app.domain.sandbox import FAMILY
from app.rails.base import Rail
from app.services.arrivals import Arrivals
from app.services.deliveries import Deliveries
from app.services.mails import Mails
from app.services.prices import Prices
from app.services.scanning import Scanning
from app.services.settling import Settling
from app.services.tidying import Tidying
from app.settings import Settings
from app.workers.loop import Lease, Loop
from app.world import World

CLOCK_SECONDS = 1.0
RATES_SECONDS = 10.0
TIDY_SECONDS = 600.0
X402_SECONDS = 2.0
SCAN_SECONDS_MIN = 1.0
SCAN_SECONDS_MAX = 15.0
BATCH = 200


def loops(
    world: World,
    bell: Bell,
    alone: Callable[[str], Lease],
    *,
    scanning: Scanning,
    arrivals: Arrivals,
    deliveries: Deliveries,
    deliveries_bell: str,
    mails: Mails,
    mails_bell: str,
    prices: Prices,
    tidying: Tidying,
    settling: Settling,
    settings: Settings,
    rails: Sequence[Rail],
) -> list[Loop]:
    """Return every worker. Those that must be alone take a lease of that name first."""

    async def clock() -> float | None:
        return 0 if await arrivals.look_again_at_due(BATCH) == BATCH else None

    async def rates() -> None:
        await prices.refresh()

    return [
        *(_scan(world, bell, alone, scanning, settings, rail) for rail in rails),
        Loop("clock", clock, world, bell=bell, rings=["clock"], patience_seconds=CLOCK_SECONDS),
        Loop("deliver", deliveries.step, world, bell=bell, rings=[deliveries_bell]),
        Loop("mail", mails.step, world, bell=bell, rings=[mails_bell]),
        Loop("rates", rates, world, patience_seconds=RATES_SECONDS),
        *([_x402(world, alone, settling)] if settling.able else []),
        Loop("tidy", tidying.step, world, lease=alone("tidy"), patience_seconds=TIDY_SECONDS),
    ]


def _x402(world: World, alone: Callable[[str], Lease], settling: Settling) -> Loop:
    lease = alone("x402")
    return Loop("x402", settling.step, world, lease=lease, patience_seconds=X402_SECONDS)


def _scan(
    world: World,
    bell: Bell,
    alone: Callable[[str], Lease],
    scanning: Scanning,
    settings: Settings,
    rail: Rail,
) -> Loop:
    chain = rail.chain

    async def step() -> None:
        await scanning.step(chain.id)

    if chain.family == FAMILY:
        seconds = float(settings.sandbox_block_seconds)
    else:
        wanted = next((one.scan_seconds for one in settings.chains if one.id == chain.id), None)
        seconds = float(wanted or chain.block_seconds)
        seconds = min(max(seconds, SCAN_SECONDS_MIN), SCAN_SECONDS_MAX)
    return Loop(
        f"scan:{chain.id}",
        step,
        world,
        bell=bell,
        rings=[f"chain:{chain.id}"],
        lease=alone(f"scan:{chain.id}"),
        patience_seconds=seconds,
    )
