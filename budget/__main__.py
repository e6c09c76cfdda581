"""`python -m budget [LINE …]`: measure, and print one Markdown table.

A LINE is a name of the table's first column or a group's: `weight`, `speed`, `turning`,
`proofs`, `lighthouse`. The exit status is 1 when a gate fails, or a time is over its target.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator

from budget import lighthouse, proofs, speed, turning, weight
from budget.report import Row, table
from budget.stage import Stage

# What yields a line's row stands beside the names it can be asked for by.
LINES: tuple[tuple[tuple[str, ...], Callable[[Stage], Iterator[Row]]], ...] = (
    (("weight", "loader", "components", "embed", "modal"), lambda _: weight.files()),
    (("weight", "page", "script", "requests"), weight.visits),
    (("speed", "lcp", "still"), speed.visits),
    (("lighthouse",), lighthouse.opinion),
    (("proofs", "axe"), proofs.accessible),
    (("turning", "push"), turning.changes),
    (("turning", "cut"), turning.cuts),
    (("proofs", "codes"), proofs.readable),
    (("proofs", "locales"), proofs.words),
    (("proofs", "hostile", "noscript"), proofs.tested),
)


def main() -> int:
    """Measure what is wanted; return whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m budget", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE")
    wanted = set(parser.parse_args().lines)
    if unknown := wanted - {name for names, _ in LINES for name in names}:
        parser.error(f"there is no line {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    rows: list[Row] = []
    with Stage() as stage:
        try:
            for names, measure in LINES:
                if wanted and not wanted & set(names):
                    continue
                begun = time.monotonic()
                rows += measure(stage)
                print(f"{names[-1]}: {time.monotonic() - begun:.1f} s", file=sys.stderr)
        finally:  # a run that was cut short has still found something
            print(table(rows))
    return int(any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
