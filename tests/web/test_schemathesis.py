"""Schemathesis reads the API's document and does its worst: no answer may break a promise.

Every operation is asked with a secret key, a publishable key and none; with requests that
fit the document and with requests that do not. Half of them name things that exist.
"""

import asyncio
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.server import listen, server
from tests.components import Postgres
from tests.houses import new_database
from tests.sites import Site, open_site

Case = schemathesis.Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# It ends by itself and much later: tests/web/test_webhooks.py reads it.
STREAM = "events_stream"
PATIENCE_SECONDS = 30
EXAMPLES = int(os.environ.get("EXAMPLES", "6"))  # of each operation and mode; more by hand
# Words that mean something here, which chance would not find.
WORDS: dict[str, Any] = {
    "amount": "12.50",
    "chain": "sandbox:1",
    "currency": "USD",
    "customer_email": "ada@example.org",
    "family": "sandbox",
    "ledger": "sandbox_usdc",
    "ledgers": ["sandbox_usdc", "sandbox_eth"],
    "payment_intent": None,
    "success_url": "https://shop.example/thanks",
    "url": "https://shop.example/hook",
}
bounded = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Till:
    """A house behind a real server, with something of everything inside."""

    def __init__(self, folder: Path, database: str) -> None:
        self.url = self.sk = self.pk = ""
        self.known: dict[str, list[str]] = {}  # by the resource in the path
        self.cases = 0
        self.session = requests.Session()
        self._folder = folder
        self._database = database
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        taken = listen("127.0.0.1", 0)
        port = taken.getsockname()[1]
        async with open_site(self._database, self._folder, port=str(port)) as site:
            await self._furnish(site)
            self._server = server(site.app, site.house.settings)
            self.url = f"http://127.0.0.1:{port}"
            self._ready.set()
            # The house is open already, so its application's own beginning is left out.
            self._server.config.lifespan = "off"
            await self._server.serve(sockets=[taken])

    async def _furnish(self, site: Site) -> None:
        self.sk, self.pk = site.sk, site.pk
        self.document = await site.get("/schema/openapi.json", key=None)
        paid, expired, fresh = [await site.intent(order_id=f"{n}") for n in range(3)]
        await site.pay(paid["id"], confirmations=2)
        await site.settle()
        await site.advance(901)
        fresh = await site.intent()
        link = await site.link(collect={"email": "optional"})
        hook = await site.post("/v1/webhook_endpoints", {"url": "https://shop.example/hook"})
        events = (await site.get("/v1/events"))["data"]
        self.known = {
            "payment_intents": [one["id"] for one in (paid, expired, fresh)],
            "payment_links": [link["id"], link["shortcode"]],
            "webhook_endpoints": [hook["id"]],
            "events": [one["id"] for one in events],
        }

    def __enter__(self) -> "Till":
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        self.session.close()

    def ask(self, case: Case, key: str | None) -> None:
        """Send a case with one key and judge the answer."""
        self._aim(case)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if key is None and case.headers:
            case.headers.pop("Authorization", None)
        response = case.call(
            base_url=self.url, session=self.session, headers=headers, timeout=PATIENCE_SECONDS
        )
        self.cases += 1
        case.validate_response(response, checks=CHECKS)

    def _aim(self, case: Case) -> None:
        """Let every other case name something that exists; the same case always the same."""
        drawn = zlib.crc32(repr((case.body, case.path_parameters)).encode(errors="replace"))
        resource = case.path.split("/")[2]
        if drawn % 2 and case.path_parameters and (ids := self.known.get(resource)):
            if case.path.endswith("/events"):
                ids = ids[:1]  # the paid one, whose stream is over
            for name in case.path_parameters:
                case.path_parameters[name] = ids[drawn // 2 % len(ids)]
        if drawn % 2 and isinstance(case.body, dict):
            case.body |= {name: WORDS[name] for name in case.body if name in WORDS}
            if drawn % 4 == 1 and "payment_intent" in case.body:
                ids = self.known["payment_intents"]
                case.body["payment_intent"] = ids[drawn // 4 % len(ids)]


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Till]:
    folder = tmp_path_factory.mktemp("till")
    # Of the two databases the one that takes less: SQLite keeps any text it is given.
    with Till(folder, new_database("postgresql", folder, postgres.database)) as opened:
        yield opened


def besiege(till: Till, key: str | None, examples: int, subtests: pytest.Subtests) -> None:
    """Ask every operation with requests that fit it and requests that do not."""
    before = till.cases
    api = schemathesis.openapi.from_dict(till.document)
    operations = [one.ok() for one in api.get_all_operations() if isinstance(one, Ok)]
    assert len(operations) == sum(len(item) for item in till.document["paths"].values())
    for operation in operations:
        if operation.definition.raw["operationId"] == STREAM and key == till.sk:
            continue
        for mode in MODES:

            @settings(bounded, max_examples=examples)
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Case) -> None:
                till.ask(case, key)

            # Whatever is asked of some operations, it fits: nothing can be wrong with it.
            what = {"operation": operation.label, "mode": mode.value}
            with subtests.test(**what), suppress(Unsatisfiable):
                ask()
    assert till.cases - before > len(operations), "too few cases to mean anything"


def test_no_request_with_a_secret_key_breaks_a_promise(
    till: Till, subtests: pytest.Subtests
) -> None:
    besiege(till, till.sk, EXAMPLES, subtests)


def test_no_request_with_a_publishable_key_breaks_a_promise(
    till: Till, subtests: pytest.Subtests
) -> None:
    besiege(till, till.pk, EXAMPLES // 2, subtests)


def test_no_request_without_a_key_breaks_a_promise(till: Till, subtests: pytest.Subtests) -> None:
    besiege(till, None, EXAMPLES // 2, subtests)
