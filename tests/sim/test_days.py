"""Days of payments, reorgs, deaths, lost rings and slow receivers break none of the laws.

`SEEDS=200 DAYS=5 pytest tests/sim` looks further; a failure names the seed that shows it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import structlog

from app.domain import payment as credit
from app.domain.payment import Payment
from app.rails.base import Transfer
from app.services import arrivals, events, once
from app.services.standing import Standing
from tests.houses import new_database
from tests.sim.town import Broken, Town

SEEDS = int(os.environ.get("SEEDS", "4"))
POSTGRES_SEEDS = max(SEEDS // 4, 1)
DAYS = int(os.environ.get("DAYS", "1"))
FIRST = int(os.environ.get("FIRST_SEED", "1"))
TRIES_MAX = 12  # seeds within which a broken house is found out


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A house in this weather logs little else than trouble."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
async def test_no_day_breaks_a_law(seed: int, tmp_path: Path) -> None:
    town = Town(seed, new_database("sqlite", tmp_path), tmp_path)
    await town.days(DAYS)
    assert town.deaths > 0, "nobody died: the weather is too fine"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + POSTGRES_SEEDS))
async def test_no_day_on_postgresql_breaks_a_law(
    seed: int, tmp_path: Path, postgres_database: Callable[..., str]
) -> None:
    town = Town(seed, new_database("postgresql", tmp_path, postgres_database), tmp_path)
    await town.days(DAYS)
    assert town.deaths > 0, "nobody died: the weather is too fine"


async def test_one_seed_is_one_story(tmp_path: Path) -> None:
    """What a seed shows once it shows again, or nobody could mend it."""
    stories = []
    for take in ("first", "second"):
        folder = tmp_path / take
        folder.mkdir()
        town = Town(FIRST, new_database("sqlite", folder), folder)
        await town.days(1)
        stories.append((town.deaths, town.steps, town.receivers.heard, town.world.now()))
    assert stories[0] == stories[1]


def _by_index_alone(known: Sequence[Payment], transfer: Transfer) -> Payment | None:
    """Forget that a transaction is in one block at a time."""
    return next((one for one in known if one.index == transfer.index), None)


async def _nothing_is_due(self: arrivals.Arrivals, limit: int = 0) -> int:
    return 0


BREAKS: dict[str, AbstractContextManager[Any]] = {
    "a transaction counts in every block it ever was in": patch.object(
        arrivals, "_same", _by_index_alone
    ),
    "what came late counts": patch.object(
        credit.Payment, "counts", property(lambda self: not self.removed)
    ),
    "a reorg takes nothing back": patch.object(
        arrivals, "CHANGEABLE", ("index", "confirmations", "final", "block", "block_hash")
    ),
    "a status is told without its event being owed": patch.object(
        events.Events, "owe", lambda self, tx, event, to: []
    ),
    "a key forgets what it was answered": patch.object(once, "told", lambda *_, **__: None),
    "nobody looks at the clock": patch.object(
        arrivals.Arrivals, "look_again_at_due", _nothing_is_due
    ),
    "a payment moves no status": patch.object(
        Standing, "_save", lambda self, tx, intent, look_again: None
    ),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", list(BREAKS))
async def test_a_house_that_breaks_a_rule_is_found_out(what: str, tmp_path: Path) -> None:
    """The laws are no ornament: a house without the rule does not get past them."""
    for seed in range(FIRST, FIRST + TRIES_MAX):
        folder = tmp_path / str(seed)
        folder.mkdir()
        town = Town(seed, new_database("sqlite", folder), folder)
        with BREAKS[what]:
            try:
                await town.days(1)
            except Broken:
                return
    pytest.fail(f"in {TRIES_MAX} days nobody noticed that {what}")
