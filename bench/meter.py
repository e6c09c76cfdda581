"""Meters: what a process has used so far, and what a handful of samples say."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Sample(msgspec.Struct, frozen=True):
    """One batch: CPU-milliseconds of the server for each request, and how long each took."""

    cpu_ms: float
    wall_ms: list[float]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all threads of a process, to the nanosecond.

    Linux gives every process a clock of its own, named by its id (clock_getcpuclockid(3)).
    """
    return time.clock_gettime((~pid << 3) | 2)


def resident_bytes(pid: int) -> int:
    """Return how much memory a process keeps in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def descriptors(pid: int) -> int:
    """Return how many files and sockets a process holds open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def family(pid: int) -> list[int]:
    """Return the children of a process that are alive."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` of the others lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def middle(values: Sequence[float]) -> float:
    return median(values)
