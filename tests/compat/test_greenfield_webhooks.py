"""Webhooks over Greenfield: made, read, changed and taken down, and what became of each try."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.components import Receiver
from tests.houses import new_database
from tests.services.office import PostOffice, open_office
from tests.sites import Site
from tests.still import StillWorld

WANTED = [
    *("InvoiceReceivedPayment", "InvoicePaymentSettled", "InvoiceProcessing"),
    *("InvoiceExpired", "InvoiceSettled", "InvoiceInvalid"),
]
SHOWN = ["id", "enabled", "automaticRedelivery", "url", "authorizedEvents"]


class Shop:
    """A shop that was written for BTCPay Server: its key goes by `token`, success is 200."""

    def __init__(self, office: PostOffice, site: Site) -> None:
        self.office = office
        self.site = site
        self.store = f"/api/v1/stores/{site.account.id}/webhooks"

    async def ask(self, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = {"Authorization": f"token {key or self.site.sk}"}
        return await self.site.ask(method, path, body, key=None, headers=headers)

    async def get(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.ask(method, path, body)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    async def hook(self, **more: Any) -> Any:
        asked = {"url": f"{self.office.receiver.url}/wc-api/btcpaygf_default/"} | more
        return await self.get("POST", self.store, asked)


@pytest_asyncio.fixture
async def shop(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Shop]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(new_database("sqlite", tmp_path), tmp_path, world, receiver) as office:
        yield Shop(office, office.site)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["message"]


async def test_a_plugin_registers_finds_changes_and_takes_down_its_webhook(shop: Shop) -> None:
    """What the plugin for WooCommerce sends, and the shape it was answered with elsewhere."""
    events = {"everything": False, "specificEvents": WANTED}
    made = await shop.hook(
        enabled=True, automaticRedelivery=True, authorizedEvents=events, secret=None
    )
    assert list(made) == [*SHOWN, "secret"]
    assert (made["enabled"], made["automaticRedelivery"]) == (True, True)
    assert made["authorizedEvents"] == events
    secret = made.pop("secret")
    assert len(secret) > 20
    own = f"{shop.store}/{made['id']}"
    for path in (own, f"/api/v1/webhooks/{made['id']}"):
        assert await shop.get("GET", path) == made, "without its secret"
    assert await shop.get("GET", shop.store) == [made]
    changed = {"url": made["url"] + "?x", "enabled": False, "automaticRedelivery": False}
    found = await shop.get("PUT", own, changed | {"authorizedEvents": {"everything": True}})
    everything = {"everything": True, "specificEvents": []}
    assert found == made | changed | {"authorizedEvents": everything}
    assert await shop.get("DELETE", own) is None
    refused(await shop.ask("GET", own), 404, "webhook-not-found")
    refused(await shop.ask("DELETE", f"/api/v1/webhooks/{made['id']}"), 404, "webhook-not-found")


async def test_a_secret_is_kept_as_it_came_and_signs(shop: Shop) -> None:
    made = await shop.hook(secret="a b-c_dé")
    assert made["secret"] == "a b-c_dé"
    assert made["authorizedEvents"] == {"everything": True, "specificEvents": []}
    path = f"{shop.store}/{made['id']}"
    for secret, said in (("a b-c_dé", {}), ("another", {"secret": "another"})):
        await shop.get("PUT", path, {"url": made["url"]} | said)
        shop.office.receiver.clear()
        await shop.site.intent()
        await shop.office.carry()
        (heard,) = shop.office.receiver.heard
        digest = hmac.new(secret.encode(), heard.body, hashlib.sha256).hexdigest()
        assert heard.headers["BTCPay-Sig"] == f"sha256={digest}"


async def test_what_is_wrong_is_named_by_its_path(shop: Shop) -> None:
    url = shop.office.receiver.url
    for asked, path in (
        ({}, "url"),
        ({"url": "shop"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": url, "secret": "x" * 300}, "secret"),
        (
            {"url": url, "authorizedEvents": {"everything": False, "specificEvents": []}},
            "authorizedEvents.specificEvents",
        ),
        (
            {"url": url, "authorizedEvents": {"everything": False, "specificEvents": ["Nothing"]}},
            "authorizedEvents.specificEvents",
        ),
    ):
        answer = await shop.ask("POST", shop.store, asked)
        assert answer.status_code == 422, answer.text
        assert [one["path"] for one in answer.json()] == [path]


async def test_each_try_is_listed_read_and_sent_again(shop: Shop) -> None:
    made = await shop.hook(authorizedEvents={"everything": False, "specificEvents": WANTED})
    office, site = shop.office, shop.site
    intent = (await site.intent())["id"]
    office.receiver.script(500)
    await site.pay(intent, confirmations=0)
    await site.settle()
    await office.carry()
    office.world.advance(seconds=10)
    await office.carry()
    path = f"{shop.store}/{made['id']}/deliveries"
    listed = await shop.get("GET", path)
    assert await shop.get("GET", f"/api/v1/webhooks/{made['id']}/deliveries") == listed
    assert all(
        list(one) == ["id", "timestamp", "httpCode", "errorMessage", "status"] for one in listed
    )
    assert [(one["httpCode"], one["status"]) for one in listed] == [
        (200, "HttpSuccess"),
        (200, "HttpSuccess"),
        (500, "HttpError"),
    ]
    assert await shop.get("GET", f"{path}?count=1") == listed[:1]
    told = [json.loads(one.body) for one in office.receiver.heard]
    assert [one["deliveryId"] for one in told] == [one["id"] for one in reversed(listed)]
    for one, heard in zip(reversed(listed), office.receiver.heard, strict=True):
        assert await shop.get("GET", f"{path}/{one['id']}") == one
        answer = await shop.ask("GET", f"{path}/{one['id']}/request")
        assert answer.content == heard.body, "byte for byte what was posted"
    again = await shop.get("POST", f"{path}/{listed[0]['id']}/redeliver")
    await office.carry()
    sent = json.loads(office.receiver.heard[-1].body)
    assert (sent["deliveryId"], sent["isRedelivery"]) == (again, True)
    assert sent["originalDeliveryId"] == listed[0]["id"]
    varying = {"deliveryId", "isRedelivery", "originalDeliveryId"}
    first = {name: value for name, value in told[-1].items() if name not in varying}
    assert {name: value for name, value in sent.items() if name not in varying} == first
    assert (await shop.get("GET", path))[0]["id"] == again
    for id in ("dl_none", f"{again}-9", again + "0"):
        refused(await shop.ask("GET", f"{path}/{id}"), 404, "webhookdelivery-not-found")


async def test_nobody_reaches_the_webhooks_of_another(shop: Shop) -> None:
    made = await shop.hook()
    await shop.site.intent()
    await shop.office.carry()
    (tried,) = await shop.get("GET", f"{shop.store}/{made['id']}/deliveries")
    stranger = await shop.site.newcomer()
    theirs = f"/api/v1/stores/{stranger.account.id}/webhooks"
    for path in (f"{theirs}/{made['id']}", f"/api/v1/webhooks/{made['id']}"):
        for method, end in (
            ("GET", ""),
            ("DELETE", ""),
            ("GET", "/deliveries"),
            ("GET", f"/deliveries/{tried['id']}"),
            ("GET", f"/deliveries/{tried['id']}/request"),
            ("POST", f"/deliveries/{tried['id']}/redeliver"),
        ):
            answer = await shop.ask(method, path + end, key=stranger.sk)
            assert answer.status_code == 404, (method, path, end)
    second = await shop.hook()
    crossed = f"{shop.store}/{second['id']}/deliveries/{tried['id']}"
    refused(await shop.ask("GET", crossed), 404, "webhookdelivery-not-found")
    answer = await shop.ask("GET", shop.store, key=stranger.sk)
    assert answer.status_code in {403, 404}
    ours = await shop.office.endpoint("/ours")
    refused(await shop.ask("GET", f"{shop.store}/{ours.id}"), 404, "webhook-not-found")
    assert [one["id"] for one in await shop.get("GET", shop.store)] == [made["id"], second["id"]]
