"""Event streams: what an open one holds, whether the others suffer, how soon it hears."""

import time

from bench.client import Order
from bench.meter import Sample, cpu_seconds, descriptors, quantile, resident_bytes
from bench.report import Row
from bench.requests import WISH, load
from bench.subject import Loader, Till

LISTENERS_KIB_MAX = 40
PUSH_P50_MS_MAX, PUSH_P99_MS_MAX = 10, 50
UNHURT = 1.5  # times as slow, or
UNHURT_MS = 3.0  # so much slower, is what a busy machine does by itself
GROWN_MIB_MAX = 4  # from 2,000 streams opened and closed to all of them
CYCLE_AT_ONCE = 200
ROUNDS = 5
SECONDS_OF_LOOKING = 20  # changes over a SQLite file take a second each to be heard of
SETTLE_SECONDS = 1.0
WATCHED_SECONDS = 4.0  # longer than a sandbox block, shorter than a heartbeat


class Streams:
    """Lines about open streams on one house."""

    def __init__(self, till: Till, loader: Loader, prefix: str, listeners: int) -> None:
        self._till = till
        self._loader = loader
        self._prefix = prefix
        self._listeners = listeners
        self._crowd = [self._follow(self._make()) for _ in range(listeners)]

    def _make(self) -> str:
        wish = WISH | {"expires_in_seconds": 3600}
        return str(self._till.call("POST", "/v1/payment_intents", wish)["id"])

    def _follow(self, id: str) -> bytes:
        path = f"/v1/payment_intents/{id}/events?after=1"
        more = "Accept: text/event-stream\r\n"
        return self._till.request("GET", path, key=False, more=more)

    def _change(self, id: str, number: int) -> bytes:
        body = {"metadata": {"step": number}}
        return self._till.request("PATCH", f"/v1/payment_intents/{id}", body)

    def _obey(self, do: str, loader: Loader | None = None, **how: object) -> list[float]:
        order = Order(do=do, port=self._till.port, **how)  # type: ignore[arg-type]
        return (loader or self._loader).obey(order).wall_ms

    def memory(self) -> Row:
        """Open the crowd; return what one of them holds, and what they cost asleep."""
        pid = self._till.pid
        self._obey("listen", streams=self._crowd[:50])
        self._obey("close")
        time.sleep(SETTLE_SECONDS)
        before, used = resident_bytes(pid), cpu_seconds(pid)
        self._obey("listen", streams=self._crowd)
        opened = (cpu_seconds(pid) - used) / len(self._crowd) * 1000
        time.sleep(SETTLE_SECONDS)
        each = (resident_bytes(pid) - before) / len(self._crowd) / 1024
        used = cpu_seconds(pid)
        time.sleep(WATCHED_SECONDS)
        asleep = (cpu_seconds(pid) - used) / WATCHED_SECONDS * 100
        self._obey("close")
        return Row(
            line=f"{self._prefix}sse.memory",
            what=f"{len(self._crowd):,} open event streams; CPU is to open one",
            cpu_ms=opened,
            found=f"{each:.1f} KiB each; {asleep:.1f} % of a core asleep",
            target=f"≤ {LISTENERS_KIB_MAX} KiB each",
            met=each <= LISTENERS_KIB_MAX,
        )

    def beside(self, rounds: int, count: int) -> Row:
        """Read an intent with nobody listening and with a crowd, in turns."""
        id = self._make()
        request = [self._till.request("GET", f"/v1/payment_intents/{id}")]
        second = Loader()  # the crowd's own client, so that readers wait for no listener
        alone: list[Sample] = []
        crowded: list[Sample] = []
        try:
            for _ in range(rounds):
                alone.append(load(self._loader, self._till.pid, self._till.port, request, count))
                self._obey("listen", second, streams=self._crowd)
                time.sleep(SETTLE_SECONDS)
                crowded.append(load(self._loader, self._till.pid, self._till.port, request, count))
                self._obey("close", second)
                time.sleep(SETTLE_SECONDS)
        finally:
            second.close()
        lonely = [one for sample in alone for one in sample.wall_ms]
        busy = [one for sample in crowded for one in sample.wall_ms]
        p99, was = quantile(busy, 0.99), quantile(lonely, 0.99)
        cpu = [one.cpu_ms for one in crowded]
        return Row(
            line=f"{self._prefix}sse.get",
            what=f"GET intent beside {len(self._crowd):,} open event streams",
            cpu_ms=quantile(cpu, 0.5),
            cpu_ms_best=min(cpu),
            p50_ms=quantile(busy, 0.5),
            p99_ms=p99,
            found=f"without them {quantile(lonely, 0.5):.1f} / {was:.1f} ms",
            target="p99 unhurt",
            met=p99 <= max(was * UNHURT, was + UNHURT_MS),
        )

    def cycle(self, count: int) -> Row:
        """Open and close streams; return what is left of them."""
        pid = self._till.pid
        some = self._crowd[:CYCLE_AT_ONCE]
        first = count // 5

        def run(many: int) -> None:
            self._obey("cycle", streams=some, count=many, connections=CYCLE_AT_ONCE)
            time.sleep(SETTLE_SECONDS)

        run(first)
        files, memory, used = descriptors(pid), resident_bytes(pid), cpu_seconds(pid)
        run(count - first)
        more_files = descriptors(pid) - files
        more_mib = (resident_bytes(pid) - memory) / 2**20
        each = (cpu_seconds(pid) - used) / (count - first) * 1000
        return Row(
            line=f"{self._prefix}sse.cycle",
            what=f"{count:,} event streams opened and closed",
            cpu_ms=each,
            found=f"{more_files:+d} descriptors, {more_mib:+.1f} MiB after the first {first:,}",
            target="flat",
            met=more_files <= 2 and more_mib <= GROWN_MIB_MAX,
        )

    def push(self, count: int) -> Row:
        """Time a change from its request to the screen: more than commit to screen, never less.

        A crowd listens to other intents meanwhile.
        """
        ids = [self._make() for _ in range(count)]
        second = Loader()
        try:
            self._obey("listen", second, streams=self._crowd)
            time.sleep(SETTLE_SECONDS)
            rounds = [self._changes(ids[start::ROUNDS], 0) for start in range(ROUNDS)]
        finally:
            second.close()
        return self._pushed("sse.push", "a change to the screen that follows it", rounds)

    def across(self, count: int) -> Row:
        """Time a change made by another process until it is on the screen."""
        port = self._till.start_beside().port
        if not self._till.database_url:
            count = min(count, SECONDS_OF_LOOKING)
        ids = [self._make() for _ in range(count)]
        rounds = [self._changes(ids[start::ROUNDS], port) for start in range(ROUNDS)]
        row = self._pushed("sse.across", "a change by another process to the screen", rounds)
        if not self._till.database_url:  # by design: SQLite's file is looked at once a second
            row.target, row.met = "", None
        return row

    def _changes(self, ids: list[str], port: int) -> list[float]:
        return self._obey(
            "push",
            streams=[self._follow(id) for id in ids],
            requests=[self._change(id, number) for number, id in enumerate(ids)],
            count=port,
        )

    def _pushed(self, name: str, what: str, rounds: list[list[float]]) -> Row:
        """Judge the quietest round: one that others disturbed says nothing of us."""
        wall = [one for some in rounds for one in some]
        best = min(rounds, key=lambda some: quantile(some, 0.99))
        p50, p99 = quantile(best, 0.5), quantile(best, 0.99)
        return Row(
            line=self._prefix + name,
            what=what,
            p50_ms=quantile(wall, 0.5),
            p99_ms=quantile(wall, 0.99),
            found=f"request to event, {len(wall)} times; quietest round {p50:.1f} / {p99:.1f}",
            target=f"p50 < {PUSH_P50_MS_MAX}, p99 < {PUSH_P99_MS_MAX} ms",
            met=p50 < PUSH_P50_MS_MAX and p99 < PUSH_P99_MS_MAX,
        )

    def fan(self, times: int) -> Row:
        """Time one change until everybody who follows the same intent has heard."""
        id = self._make()
        self._obey("listen", streams=[self._follow(id)] * self._listeners)
        time.sleep(SETTLE_SECONDS)
        used = cpu_seconds(self._till.pid)
        wall = self._obey("fan", requests=[self._change(id, number) for number in range(times)])
        each = (cpu_seconds(self._till.pid) - used) / len(wall) * 1000
        self._obey("close")
        return Row(
            line=f"{self._prefix}sse.fan",
            what=f"one change to {self._listeners:,} screens of one intent; CPU is for each",
            cpu_ms=each,
            p50_ms=quantile(wall, 0.5),
            p99_ms=quantile(wall, 0.99),
        )
