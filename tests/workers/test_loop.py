"""A loop steps, rests, wakes and survives."""

import asyncio

from structlog.testing import capture_logs

from app.bell import Bell
from app.workers.loop import Loop
from tests.still import StillWorld


class Steps:
    """A step that does as it is told, counts, and at the end stops the loop it is in."""

    def __init__(self, *answers: float | Exception | None) -> None:
        self.answers = list(answers)
        self.count = 0
        self.loop: Loop | None = None

    async def __call__(self) -> float | None:
        self.count += 1
        if not self.answers:
            if self.loop is not None:
                self.loop.stop()
            return None
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class OneLease:
    """A lease that is ours until it is not."""

    def __init__(self, *ours: bool, seconds: int = 30) -> None:
        self.ours = list(ours)
        self.released = 0
        self.seconds = seconds

    async def take(self) -> bool:
        return self.ours.pop(0) if self.ours else True

    async def release(self) -> None:
        self.released += 1


async def test_a_loop_steps_at_once_while_there_is_work_and_stops_when_told(
    world: StillWorld,
) -> None:
    steps = Steps(0, 0, 0)
    steps.loop = Loop("a", steps, world)
    await asyncio.wait_for(steps.loop.run(), 2)
    assert steps.count == 4


async def test_a_ring_wakes_a_resting_loop(world: StillWorld) -> None:
    bell, steps = Bell(), Steps(3600)
    loop = steps.loop = Loop("a", steps, world, bell=bell, rings=("other", "work"))
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.02)
    assert steps.count == 1
    bell.ring("work")
    await asyncio.wait_for(task, 2)
    assert steps.count == 2


async def test_a_ring_during_the_step_is_not_lost(world: StillWorld) -> None:
    bell, steps = Bell(), Steps(3600)

    async def step() -> float | None:
        bell.ring("work")
        return await steps()

    loop = steps.loop = Loop("a", step, world, bell=bell, rings=("work",))
    await asyncio.wait_for(loop.run(), 2)
    assert steps.count == 2


async def test_stopping_wakes_a_resting_loop(world: StillWorld) -> None:
    steps = Steps(3600, 3600)
    loop = Loop("a", steps, world)
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.02)
    loop.stop()
    await asyncio.wait_for(task, 2)
    assert steps.count == 1


async def test_what_a_step_raises_is_logged_and_slows_the_loop(world: StillWorld) -> None:
    steps = Steps(AssertionError("broken"), OSError("cable"), None)
    loop = steps.loop = Loop("a", steps, world, patience_seconds=10)
    with capture_logs() as logs:
        first, second, third = await loop.once(), await loop.once(), await loop.once()
    assert 0.9 <= first <= 1.1
    assert 1.8 <= second <= 2.2
    assert 9 <= third <= 11
    assert loop.failures == 0
    assert loop.succeeded_at == world.now()
    assert [line["event"] for line in logs] == ["worker.failed"] * 2


async def test_the_rest_of_a_failing_loop_is_bounded_and_bells_do_not_shorten_it(
    world: StillWorld,
) -> None:
    bell = Bell()
    steps = Steps(*[OSError("cable")] * 60)
    loop = steps.loop = Loop("a", steps, world, bell=bell, rings=("work",))
    for _ in range(50):
        assert await loop.once() <= 66
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.02)
    for _ in range(5):
        bell.ring("work")
        await asyncio.sleep(0)
    assert steps.count == 51
    loop.stop()
    await asyncio.wait_for(task, 2)


async def test_without_its_lease_a_loop_does_not_step(world: StillWorld) -> None:
    steps, lease = Steps(0), OneLease(False, True)
    loop = steps.loop = Loop("a", steps, world, lease=lease, patience_seconds=0.01)
    task = asyncio.create_task(loop.run())
    await asyncio.wait_for(task, 2)
    assert (steps.count, lease.released) == (2, 1)


async def test_a_slow_step_keeps_its_lease_and_ends_when_it_is_lost(world: StillWorld) -> None:
    canceled = asyncio.Event()

    async def slow() -> float | None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            canceled.set()
            raise
        return None

    lease = OneLease(True, True, False, seconds=0)
    loop = Loop("a", slow, world, lease=lease)
    with capture_logs() as logs:
        await loop.once()
    await asyncio.wait_for(canceled.wait(), 2)
    assert logs[0]["error"].args == ("a",)
