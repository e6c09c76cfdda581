"""`python -m bench [--quick] [--json] [LINE …]`: measure, and print one Markdown table.

A LINE is a name of the table or the beginning of some (`get`, `sse`, `pg`). Floors are
measured in every run, for a figure means little without the machine it was found on.
"""

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import msgspec

from bench import coins, requests, starting, x402
from bench.growth import WHAT, Growth
from bench.report import Row, table
from bench.streams import Streams
from bench.subject import BenchFailed, Loader, Till, folder
from tests.components.postgres import Postgres


class Size(msgspec.Struct, frozen=True):
    """How much is done for each line."""

    rounds: int
    requests: int
    starts: int
    listeners: int
    cycles: int
    pushes: int
    fans: int
    settlements: int
    coin_blocks: int


WHOLE = Size(
    rounds=5,
    requests=200,
    starts=5,
    listeners=1000,
    cycles=10_000,
    pushes=300,
    fans=5,
    settlements=20,
    coin_blocks=12,
)
QUICK = Size(
    rounds=3,
    requests=100,
    starts=2,
    listeners=200,
    cycles=1000,
    pushes=40,
    fans=3,
    settlements=10,
    coin_blocks=4,
)
QUICK_LINES = ("floor", "get", "post", "page", "sse.memory", "sse.push", "start", "idle")


class Bench:
    """One run: what is wanted of it, and what it has found so far."""

    def __init__(self, names: list[str], size: Size) -> None:
        self._names = names
        self._size = size
        self.rows: list[Row] = []
        self.floor_ms: float | None = None
        self._begun = time.monotonic()

    def wants(self, line: str) -> bool:
        """Tell whether a line was asked for: by its name, or by the beginning of it."""
        return not self._names or any(f"{line}.".startswith(f"{one}.") for one in self._names)

    def run(self) -> None:
        """Measure what is wanted, one thing after the other."""
        with ExitStack() as stack:
            self._postgres: Postgres | None = None
            if any(one == "pg" or one.startswith("pg.") for one in self._names or ["pg"]):
                self._postgres = Postgres()
                stack.callback(self._postgres.stop)
            self._requests()
            if self.wants("start") or self.wants("start.first"):
                self._add(*starting.start(self._size.starts))
            if self.wants("idle"):
                self._add(starting.rest())
            if any(self.wants(one) for one in x402.NAMES):
                self._add(*x402.lines(self._size.rounds, self._size.settlements, self.wants))
            if self.wants(coins.NAME):
                self._add(coins.scan(self._size.coin_blocks))
            for prefix in ["", "pg."] if self._postgres is not None else [""]:
                self._streams(prefix)
                if any(self.wants(f"{prefix}growth.{one}") for one in WHAT):
                    self._growth(prefix)

    def _add(self, *rows: Row) -> None:
        for row in rows:
            self.rows.append(row)
            print(f"measured {row.line}", file=sys.stderr)

    def _till(self, stack: ExitStack, prefix: str) -> Till:
        """Serve a fresh house on the database a prefix names."""
        url = ""
        if prefix == "pg.":
            assert self._postgres is not None
            url = self._postgres.database().replace("+psycopg", "")
            stack.callback(self._postgres.drop, url)
        till = stack.enter_context(Till(url))
        till.make_account()
        till.start()
        return till

    def _requests(self) -> None:
        with ExitStack() as stack:
            home = folder()
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            loader = Loader()
            stack.callback(loader.close)
            lines = list(requests.floors(stack, loader, home, self._size.requests))
            for prefix in ["", "pg."] if self._postgres is not None else [""]:
                if any(self.wants(prefix + one) for one in requests.NAMES):
                    till = self._till(stack, prefix)
                    house = requests.House(till, loader, prefix, self._size.requests)
                    lines += [one for one in house.lines() if self.wants(one.name)]
            found = requests.measure(lines, self._size.rounds)
            self.floor_ms = found[0].cpu_ms
            self._add(*found)

    def _streams(self, prefix: str) -> None:
        names = ("memory", "get", "cycle", "push", "fan", "across")
        wanted = [one for one in names if self.wants(f"{prefix}sse.{one}")]
        if not wanted:
            return
        size = self._size
        with ExitStack() as stack:
            till = self._till(stack, prefix)
            loader = Loader()
            stack.callback(loader.close)
            streams = Streams(till, loader, prefix, size.listeners)
            lines: dict[str, Callable[[], Row]] = {
                "memory": streams.memory,
                "get": lambda: streams.beside(size.rounds // 2, size.requests),
                "cycle": lambda: streams.cycle(size.cycles),
                "push": lambda: streams.push(size.pushes),
                "fan": lambda: streams.fan(size.fans),
                "across": lambda: streams.across(size.pushes),
            }
            for name in wanted:
                self._add(lines[name]())

    def _growth(self, prefix: str) -> None:
        with ExitStack() as stack:
            till = self._till(stack, prefix)
            loader = Loader()
            stack.callback(loader.close)
            floor = requests.bare(stack, till.home)
            growth = Growth(till, loader, floor, prefix, self._size.requests)
            found = growth.run(self._begun)
            self._add(*(row for row in found if self.wants(row.line)))


def main() -> int:
    """Run the bench; the exit status tells whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE")
    parser.add_argument("--quick", action="store_true", help="fewer lines, in less than a minute")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    names = options.lines or (list(QUICK_LINES) if options.quick else [])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    bench = Bench(names, QUICK if options.quick else WHOLE)
    try:
        bench.run()
    except BenchFailed as failed:
        print(f"bench: {failed}", file=sys.stderr)
        return 2
    finally:  # a run that was cut short has still found something
        if options.json:
            print(msgspec.json.encode(bench.rows).decode())
        else:
            print(table(bench.rows, bench.floor_ms))
    return int(any(row.met is False for row in bench.rows))


if __name__ == "__main__":
    sys.exit(main())
