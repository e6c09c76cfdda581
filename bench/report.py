"""The table: each line with the command that measures it, what it cost, and its target."""

from collections.abc import Sequence
from statistics import median

import msgspec

from bench.meter import Sample, quantile


class Row(msgspec.Struct, kw_only=True):
    """One line. `met` None: it is a floor or a comparison and has no target."""

    line: str
    what: str
    cpu_ms: float | None = None
    cpu_ms_best: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    found: str = ""  # what is neither CPU nor wall time
    target: str = ""
    met: bool | None = None


def timed(line: str, what: str, samples: Sequence[Sample], target_ms: float | None = None) -> Row:
    """Return the row of a request that was measured in several rounds.

    The median of the rounds is what is judged; the best round is what it costs when
    nobody else is on the cores.
    """
    wall = [one for sample in samples for one in sample.wall_ms]
    cpu = [sample.cpu_ms for sample in samples]
    cost = median(cpu)
    return Row(
        line=line,
        what=what,
        cpu_ms=cost,
        cpu_ms_best=min(cpu),
        p50_ms=quantile(wall, 0.5),
        p99_ms=quantile(wall, 0.99),
        target="" if target_ms is None else f"≤ {target_ms:g} ms CPU",
        met=None if target_ms is None else cost <= target_ms,
    )


def table(rows: Sequence[Row], floor_ms: float | None) -> str:
    """Return the rows as Markdown. `floor_ms`: what a bare ASGI answer cost in this run."""
    lines = [
        "| line | what | command | CPU-ms (best) | × bare | wall p50 / p99 ms | found | target | |",
        "|---|---|---|---:|---:|---:|---|---|---|",
    ]
    for row in rows:
        cpu = "" if row.cpu_ms is None else f"{row.cpu_ms:.2f}"
        cpu += "" if row.cpu_ms_best is None else f" ({row.cpu_ms_best:.2f})"
        over = "" if row.cpu_ms is None or not floor_ms else f"{row.cpu_ms / floor_ms:.1f}"
        wall = "" if row.p50_ms is None else f"{row.p50_ms:.1f}"
        wall += "" if row.p99_ms is None else f" / {row.p99_ms:.1f}"
        met = {None: "", True: "met", False: "**missed**"}[row.met]
        lines.append(
            f"| {row.line} | {row.what} | `python -m bench {row.line}` | {cpu} | {over} "
            f"| {wall} | {row.found} | {row.target} | {met} |"
        )
    return "\n".join(lines)
