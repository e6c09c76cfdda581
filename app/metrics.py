"""Counts: what this process did since it started, for Prometheus.

Counting is a dictionary and an addition, so a request pays next to nothing for it; the
client library is only loaded when somebody first asks for the numbers. Each house has
its own. The events table is the truth: a transaction the database made us run again is
counted twice here.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.5)  # seconds
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"  # whatever strangers ask for that is not there

Reading = Mapping[tuple[str, ...], float]  # by the values of a gauge's labels


class _Timing:
    """How long one route took: how many answers up to each bucket's end, and in all."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Metrics:
    """One house's counts and gauges."""

    def __init__(self) -> None:
        self.streams = 0  # open now
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._timings: dict[tuple[str, str], _Timing] = {}
        self._events: Counter[tuple[str, bool]] = Counter()
        self._deliveries: Counter[str] = Counter()
        self._gauges: list[tuple[str, str, tuple[str, ...], Callable[[], Reading]]] = []
        self._lock = threading.Lock()  # transactions run in threads
        self._registry: Any = None

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer, and how long it took to begin."""
        method = method if method in METHODS else "other"
        self._answers[method, route, status] += 1
        if (timing := self._timings.get((method, route))) is None:
            timing = self._timings[method, route] = _Timing()
        timing.seconds += seconds
        for number, end in enumerate(BUCKETS):
            if seconds <= end:
                timing.buckets[number] += 1
                return
        timing.buckets[-1] += 1

    def happened(self, type: str, livemode: bool) -> None:
        """Count one event: an intent made, a status that changed, a payment seen."""
        with self._lock:
            self._events[type, livemode] += 1

    def delivered(self, outcome: str) -> None:
        """Count one attempt to deliver: succeeded, refused or unreachable."""
        with self._lock:
            self._deliveries[outcome] += 1

    def gauge(
        self, name: str, help: str, labels: tuple[str, ...], read: Callable[[], Reading]
    ) -> None:
        """Show what `read` says whenever somebody looks."""
        self._gauges.append((f"opentill_{name}", help, labels, read))

    def text(self) -> bytes:
        """Return everything in the text format Prometheus reads."""
        from prometheus_client import CollectorRegistry, generate_latest

        if self._registry is None:
            self._registry = CollectorRegistry(auto_describe=False)
            self._registry.register(self)
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Any]:
        """Yield each family of numbers: what a registry asks of a collector."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        answers = CounterMetricFamily(
            "opentill_requests", "Answers given", labels=["method", "route", "status"]
        )
        for (method, route, status), count in self._answers.items():
            answers.add_metric([method, _plain(route), str(status)], count)
        yield answers
        yield self._histogram()
        events = CounterMetricFamily(
            "opentill_events", "What happened, by event type", labels=["type", "livemode"]
        )
        deliveries = CounterMetricFamily(
            "opentill_deliveries", "Attempts to deliver a webhook", labels=["outcome"]
        )
        with self._lock:
            for (type, livemode), count in self._events.items():
                events.add_metric([type, "true" if livemode else "false"], count)
            for outcome, count in self._deliveries.items():
                deliveries.add_metric([outcome], count)
        yield from (events, deliveries)
        yield GaugeMetricFamily("opentill_open_streams", "Event streams open", value=self.streams)
        for name, help, labels, read in self._gauges:
            gauge = GaugeMetricFamily(name, help, labels=labels)
            for values, number in read().items():
                gauge.add_metric(values, number)
            yield gauge

    def _histogram(self) -> Any:
        from prometheus_client.core import HistogramMetricFamily

        seconds = HistogramMetricFamily(
            "opentill_request_seconds", "Seconds until an answer began", labels=["method", "route"]
        )
        ends = [*map(str, BUCKETS), "+Inf"]
        for (method, route), timing in self._timings.items():
            total = 0
            buckets = []
            for end, count in zip(ends, timing.buckets, strict=True):
                total += count
                buckets.append((end, total))
            seconds.add_metric([method, _plain(route)], buckets, timing.seconds)
        return seconds


def _plain(route: str) -> str:
    """Write `/v1/keys/{id:str}` as `/v1/keys/{id}`."""
    return route.replace(":str}", "}") or NO_ROUTE
