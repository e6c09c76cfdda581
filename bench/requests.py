"""Lines that are one request: each round takes every line once, so noise falls on all alike."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from bench import floor
from bench.client import Order
from bench.meter import Sample, cpu_seconds
from bench.report import Row, timed
from bench.subject import PYTHON, Loader, Served, Till
from tests.components.parts import ROOT, free_port

WISH = {
    "amount": "10.00",
    "currency": "USD",
    "description": "A pot of coffee",
    "order_id": "A-1001",
    "metadata": {"cart": "8c2f9a", "table": 7},
}
INVOICE = {
    "amount": "25.00",
    "currency": "USD",
    "metadata": {
        "orderId": "12",
        "buyerName": "Ann Buyer",
        "buyerCity": "LA",
        "taxIncluded": "0",
        "posData": '{"WooCommerce":{"Order ID":12,"Order Number":"12","Plugin Version":"2.8.0"}}',
        "orderUrl": "https://shop.example/wp-admin/admin.php?page=wc-orders&action=edit&id=12",
    },
    "checkout": {
        "speedPolicy": None,
        "paymentMethods": ["USDC_SANDBOX", "BTC_SANDBOX"],
        "expirationMinutes": None,
        "monitoringMinutes": None,
        "paymentTolerance": None,
        "redirectURL": "https://shop.example/checkout/order-received/12/",
        "redirectAutomatically": None,
        "defaultLanguage": None,
    },
}
NAMES = (
    "get",
    "get.payer",
    "get.16",
    "list",
    "post",
    "post.ready",
    "post.16",
    "greenfield.get",
    "greenfield.post",
    "page.first",
    "page.again",
)
INTENTS = 50  # read in turn


class Line(msgspec.Struct, frozen=True):
    """One line: its name, what it does, its target, and how one batch is taken."""

    name: str
    what: str
    target_ms: float | None
    batch: Callable[[], Sample]


def load(
    loader: Loader, pid: int, port: int, requests: list[bytes], count: int, connections: int = 1
) -> Sample:
    """Send a batch; return the CPU the server used for each request, and their wall times."""
    before = cpu_seconds(pid)
    order = Order(do="load", port=port, count=count, connections=connections, requests=requests)
    answer = loader.obey(order)
    return Sample((cpu_seconds(pid) - before) / count * 1000, answer.wall_ms)


class House:
    """The lines of one served house; `prefix` tells its database."""

    def __init__(self, till: Till, loader: Loader, prefix: str, many: int) -> None:
        self._till = till
        self._loader = loader
        self._prefix = prefix
        self._many = many
        made = [self.make(WISH) for _ in range(INTENTS)]
        ready = [self.make(WISH | {"ledgers": ["sandbox_usdc"]}) for _ in range(INTENTS)]
        self._read = [till.request("GET", f"/v1/payment_intents/{id}") for id in made]
        self._seen = [till.request("GET", f"/v1/payment_intents/{id}", key=False) for id in ready]
        self._page = [till.request("GET", f"/i/{id}", key=False) for id in ready]
        self._make = [till.request("POST", "/v1/payment_intents", WISH)]
        one = WISH | {"ledgers": ["sandbox_usdc"]}
        self._make_ready = [till.request("POST", "/v1/payment_intents", one)]
        store = f"/api/v1/stores/{till.account}/invoices"
        self._invoices = [till.request("GET", f"{store}/{id}") for id in made]
        self._invoice = [till.request("POST", store, INVOICE)]
        self._list = [till.request("GET", "/v1/payment_intents?limit=20")]

    def make(self, wish: dict[str, Any]) -> str:
        return str(self._till.call("POST", "/v1/payment_intents", wish)["id"])

    def lines(self) -> list[Line]:
        def line(
            name: str,
            what: str,
            target_ms: float | None,
            requests: list[bytes],
            connections: int = 1,
            part: float = 1,
        ) -> Line:
            count = max(int(self._many * part), 10)

            def batch() -> Sample:
                return self._load(requests, count, connections)

            return Line(self._prefix + name, what, self._judged(target_ms), batch)

        return [
            line("get", "GET intent, secret key", 1, self._read),
            line("get.payer", "GET intent with its prompt, no key", 1, self._seen),
            line("get.16", "GET intent, 16 connections", 1, self._read, 16),
            line("list", "GET 20 intents", None, self._list, part=0.2),
            line("post", "POST intent, three ledgers to choose from", 3, self._make),
            line("post.ready", "POST intent, one ledger: with its address", 3, self._make_ready),
            line("post.16", "POST intent, 16 connections", 3, self._make, 16),
            line("greenfield.get", "GET invoice over Greenfield", None, self._invoices),
            line("greenfield.post", "POST invoice as WooCommerce does", None, self._invoice),
            self._first_page(),
            line("page.again", "the same pay page again", None, self._page, part=0.5),
        ]

    def _first_page(self) -> Line:
        """Each page is asked for once, so that its code is drawn for it."""
        count = max(self._many // 5, 10)

        def batch() -> Sample:
            wish = WISH | {"ledgers": ["sandbox_usdc"]}
            pages = [f"/i/{self.make(wish)}" for _ in range(count)]
            return self._load([self._till.request("GET", one, key=False) for one in pages], count)

        what = "first pay page, drawing its QR"
        return Line(self._prefix + "page.first", what, self._judged(3), batch)

    def _judged(self, target_ms: float | None) -> float | None:
        """The targets are for SQLite; PostgreSQL's lines stand beside them for comparison."""
        return None if self._prefix else target_ms

    def _load(self, requests: list[bytes], count: int, connections: int = 1) -> Sample:
        return load(self._loader, self._till.pid, self._till.port, requests, count, connections)


def floors(stack: ExitStack, loader: Loader, home: Path, many: int) -> Iterator[Line]:
    """Yield the least things can cost here, and keep their servers until the stack closes."""
    request = [b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"]
    for kind, what in (("asgi", "a bare ASGI answer"), ("litestar", "Litestar says hello")):
        served = bare(stack, home, kind)

        def batch(served: Served = served) -> Sample:
            return load(loader, served.pid, served.port, request, many)

        yield Line(f"floor.{kind}", what, None, batch)
    yield Line(
        "floor.commit",
        "one raw SQLite commit, synchronous=FULL",
        None,
        lambda: floor.commits(home, many // 2),
    )


def bare(stack: ExitStack, home: Path, kind: str = "asgi") -> Served:
    """Serve a floor until the stack closes."""
    environ = {"OPENTILL_PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
    served = Served([*PYTHON, "bench.floor", kind, environ["OPENTILL_PORT"]], home, environ)
    stack.callback(served.stop)
    served.wait("/x")
    return served


def measure(lines: list[Line], rounds: int) -> list[Row]:
    """Take every line once a round."""
    samples: dict[str, list[Sample]] = {one.name: [] for one in lines}
    for one in lines:  # what is built or remembered on first use is not what a request costs
        one.batch()
    for number in range(rounds):
        for one in lines if number % 2 else reversed(lines):
            samples[one.name].append(one.batch())
    return [timed(one.name, one.what, samples[one.name], one.target_ms) for one in lines]
