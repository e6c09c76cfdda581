"""Growth: the same questions to a thousand, a hundred thousand and a million intents.

Requests go to the served product, and their CPU is set against a bare ASGI answer of the
same minute. What workers ask goes straight to the store, and its quickest of many tries
counts. A line is flat when the largest database costs hardly more than the smallest.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

from app.bell import Bell
from app.storage import deliveries, endpoints, intents, payments, places, tables
from app.storage.store import Store, Tx, open_store
from app.world import World
from bench.fill import ENDPOINTS, Filling
from bench.meter import Sample, middle
from bench.report import Row
from bench.requests import WISH, load
from bench.subject import Loader, Served, Till

SIZES = (1_000, 100_000, 1_000_000)
BATCHES = 5
TRIES = 25
FLAT = 1.5  # times as much, or
FLAT_MS = 0.5  # so much more, is still flat
SECONDS_MAX = 780.0  # of a whole run: a size that would not fit is left out, and said so
FAMILY = "sandbox"
CHAIN = "sandbox:1"

Found = dict[str, dict[int, float]]


class _Undone(Exception):
    """What was measured inside a transaction is not to be kept."""


class Growth:
    """One database that grows, and what questions to it cost at each size."""

    def __init__(self, till: Till, loader: Loader, floor: Served, prefix: str, many: int) -> None:
        self._till = till
        self._loader = loader
        self._floor = floor
        self._prefix = prefix
        self._many = many
        self._cpu: Found = {}
        self._wall: Found = {}
        self._floors: dict[int, float] = {}
        self._stopped = ""

    def run(self, begun: float) -> list[Row]:
        """Measure at every size there is time for; `begun` is when the whole run began."""
        till = self._till
        wish = WISH | {"ledgers": ["sandbox_usdc"], "expires_in_seconds": 86_400}
        seed = str(till.call("POST", "/v1/payment_intents", wish)["id"])
        till.stop()
        filling = Filling(till.database, till.account, seed)
        took = 0.0
        try:
            for size in SIZES:
                left = SECONDS_MAX - (time.monotonic() - begun)
                if filling.size and took * size / filling.size > left:
                    self._stopped = f"; no time for {size:,}"
                    break
                at = time.monotonic()
                filling.grow(size)
                took = time.monotonic() - at
                self._requests(size)
                asyncio.run(self._questions(size))
        finally:
            filling.close()
        return [self._row(name) for name in self._cpu]

    def _requests(self, size: int) -> None:
        till = self._till
        till.start()
        middle_id = Filling.intent(size // 2)
        at = till.call("GET", f"/v1/payment_intents/{middle_id}")["created_at"]
        lists = {
            "list": "",
            "list.deep": f"after={middle_id}",
            "list.status": "status=requires_payment",
            "list.order": f"order_id={Filling.order(size // 2)}",
            "list.label": f"metadata[cart]=c-{size // 2}",
            "list.common": "metadata[table]=7",
            "list.range": f"created_before={quote(at)}",
        }
        asked = {
            "get": (
                self._many,
                [
                    till.request("GET", f"/v1/payment_intents/{Filling.intent(number)}")
                    for number in range(1, size, max(size // 200, 1))
                ],
            ),
            "post": (self._many, [till.request("POST", "/v1/payment_intents", WISH)]),
        }
        for name, query in lists.items():
            path = f"/v1/payment_intents?limit=20&{query}"
            asked[name] = (self._many // 5, [till.request("GET", path)])
        bare = [b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"]
        cpu: dict[str, list[float]] = {name: [] for name in asked}
        wall: dict[str, list[float]] = {name: [] for name in asked}
        floors: list[float] = []
        for _ in range(BATCHES):
            floors.append(self._load(self._floor, bare, self._many).cpu_ms)
            for name, (count, requests) in asked.items():
                assert till.served is not None
                sample = self._load(till.served, requests, count)
                cpu[name].append(sample.cpu_ms)
                wall[name] += sample.wall_ms
        till.stop()
        self._floors[size] = middle(floors)
        for name in asked:
            self._note(name, size, middle(cpu[name]), middle(wall[name]))

    def _load(self, served: Served, requests: list[bytes], count: int) -> Sample:
        return load(self._loader, served.pid, served.port, requests, count)

    def _note(self, name: str, size: int, cpu_ms: float, wall_ms: float) -> None:
        self._cpu.setdefault(name, {})[size] = cpu_ms
        self._wall.setdefault(name, {})[size] = wall_ms

    async def _questions(self, size: int) -> None:
        """Ask what the workers ask, in this process."""
        store = open_store(self._till.database, Bell(), World())
        addresses = [Filling.address(number) for number in range(1, 501)]
        try:
            await store.write(_wake)
            asked: dict[str, Callable[[Tx], object]] = {
                "clock": lambda tx: intents.due(tx, 200),
                "scan.few": lambda tx: places.few(tx, FAMILY, 200),
                "scan.among": lambda tx: places.among(tx, FAMILY, addresses),
                "scan.at": lambda tx: places.at(tx, FAMILY, addresses[0], None),
                "scan.unsettled": lambda tx: payments.unsettled(tx, CHAIN),
                "claim": lambda tx: endpoints.claim(tx, "hand", 30, 16, failures=(0, 3)),
                "claim.next": lambda tx: deliveries.next_of(tx, "we_0"),
                "claim.due": deliveries.earliest_due,
            }
            for name, question in asked.items():
                cpu, wall = await _quickest(store, question)
                self._note(name, size, cpu, wall)
        finally:
            await store.write(_rest)
            await store.close()

    def _row(self, name: str) -> Row:
        cpu, wall = self._cpu[name], self._wall[name]
        sizes = sorted(cpu)
        served = name == "get" or name == "post" or name.startswith("list")
        # Questions to PostgreSQL are answered by another process: there the wall tells.
        costs = cpu if served or not self._till.database_url else wall
        first, last = costs[sizes[0]], costs[sizes[-1]]
        scaled = last
        if served:  # the machine may have been busier at one size than at the other
            scaled = last * self._floors[sizes[0]] / self._floors[sizes[-1]]
        steps = " · ".join(f"{size:,}: {costs[size]:.2f}" for size in sizes)
        return Row(
            line=f"{self._prefix}growth.{name}",
            what=WHAT[name],
            cpu_ms=cpu[sizes[-1]],
            p50_ms=wall[sizes[-1]],
            found=f"{steps} ms{self._stopped}",
            target="flat",
            met=scaled <= max(first * FLAT, first + FLAT_MS),
        )


def _wake(tx: Tx) -> None:
    """Let the endpoints be claimed, which rest while requests are measured."""
    tx.execute(tables.endpoints.update().values(active=True))


def _rest(tx: Tx) -> None:
    tx.execute(tables.endpoints.update().values(active=False))


async def _quickest(store: Store, question: Callable[[Tx], object]) -> tuple[float, float]:
    """Return the least CPU and wall time of many tries; whatever it writes is undone."""
    taken: list[tuple[float, float]] = []

    def ask(tx: Tx) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        question(tx)
        taken.append(
            ((time.thread_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000),
        )
        raise _Undone

    for _ in range(TRIES):
        with suppress(_Undone):
            await store.write(ask)
    return min(cpu for cpu, _ in taken), min(wall for _, wall in taken)


WHAT = {
    "get": "GET intent",
    "post": "POST intent",
    "list": "GET 20 intents",
    "list.deep": "… after the middle of all",
    "list.status": "… of one status",
    "list.order": "… of one order",
    "list.label": "… with a label of their own",
    "list.common": "… with a label one in fifty has",
    "list.range": "… before a day in the middle",
    "clock": "intents that are due, by the clock",
    "scan.few": "who is watched: few enough to name?",
    "scan.among": "which of 500 addresses are ours",
    "scan.at": "whose address this is",
    "scan.unsettled": "payments a chain may still change",
    "claim": f"claim of {ENDPOINTS} endpoints, one intent in a hundred has a delivery due",
    "claim.next": "the next delivery of an endpoint",
    "claim.due": "when the next delivery is due",
}
