"""Webhooks over HTTP: from making an endpoint to hearing, missing, and hearing again."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.domain.event import EventType
from tests.components import Receiver
from tests.houses import database
from tests.services.office import PostOffice, open_office, verified
from tests.sites import Site, refused
from tests.still import StillWorld

__all__ = ["database"]
HOOKS = "/v1/webhook_endpoints"
NOON = "2026-01-01T12:00:00Z"


@pytest_asyncio.fixture
async def office(database: str, tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(database, tmp_path, world, receiver) as opened:
        yield opened


@pytest.fixture
def site(office: PostOffice) -> Site:
    return office.site


async def test_a_merchant_hears_of_a_payment(office: PostOffice, site: Site) -> None:
    made = await site.post(HOOKS, {"url": f"{office.receiver.url}/hook"})
    assert made["secret"].startswith("whsec_")
    intent = await site.intent()
    await site.pay(intent["id"])
    await office.carry()
    bodies = [verified(heard, made["secret"]) for heard in office.receiver.heard]
    assert [one["sequence"] for one in bodies] == list(range(1, len(bodies) + 1))
    types = [one["type"] for one in bodies]
    assert types[0] == "payment_intent.created"
    assert bodies[0]["data"]["object"]["id"] == intent["id"]
    assert await site.get(f"/v1/events/{bodies[0]['id']}") == bodies[0]
    listed = await site.get("/v1/events?limit=100")
    assert listed["data"] == bodies[::-1]


async def test_an_endpoint_lives_and_dies(office: PostOffice, site: Site) -> None:
    asked = {
        "url": f"{office.receiver.url}/hook",
        "event_types": ["payment.seen"],
        "description": "Shop",
    }
    made = await site.post(HOOKS, asked)
    path = f"{HOOKS}/{made['id']}"
    secret = made.pop("secret")
    assert await site.get(path) == made
    assert made["object"] == "webhook_endpoint"
    assert made | asked == made
    assert (await site.get(HOOKS))["data"] == [made]
    rotated = await site.post(f"{path}/rotate")
    assert rotated["secret"] != secret
    bare = await site.ask("POST", f"{path}/rotate")
    assert bare.json()["secret"] not in {secret, rotated["secret"]}
    cut = await site.post(f"{path}/rotate", {"overlap_seconds": 0})
    assert cut["old_secret_until"] is None
    for wrong in ({"overlap_seconds": -1}, {"overlap_seconds": "0"}, {"overlap": 0}):
        refused(await site.ask("POST", f"{path}/rotate", wrong), 400, "invalid_request")
    sent = await site.post(f"{path}/test")
    await office.carry()
    delivery = await site.get(f"/v1/deliveries/{sent['delivery']}")
    assert (delivery["status"], delivery["attempts"]) == ("succeeded", 1)
    assert delivery["tries"][0]["status_code"] == 200
    changed = await site.patch(path, {"event_types": ["*"], "description": None})
    assert (changed["event_types"], changed["description"]) == (["*"], None)
    gone = await site.ask("DELETE", path)
    assert gone.status_code == 204
    refused(await site.ask("GET", path), 404, "not_found")


async def test_creating_twice_with_one_key_makes_one(office: PostOffice, site: Site) -> None:
    asked = {"url": office.receiver.url}
    first = await site.ask("POST", HOOKS, asked, once="key-1")
    second = await site.ask("POST", HOOKS, asked, once="key-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


async def test_wrong_requests_are_refused_by_name(site: Site) -> None:
    for asked, field in (
        ({}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://hooks.example/", "event_types": ["x"]}, "event_types"),
        ({"url": "https://hooks.example/", "colour": "red"}, "colour"),
    ):
        problem = refused(await site.ask("POST", HOOKS, asked), 400)
        assert [one["field"] for one in problem["errors"]] == [field]
    refused(await site.ask("POST", "/v1/events/replay", {}), 400)
    refused(await site.ask("POST", "/v1/events/replay", {"since": "2026-01-01T00:00:00"}), 400)
    refused(await site.ask("GET", "/v1/deliveries?status=lost"), 400)
    refused(await site.ask("GET", "/v1/events?type=lost"), 400)
    refused(await site.ask("GET", "/v1/deliveries/dl_none"), 404)
    refused(await site.ask("GET", "/v1/events/evt_none"), 404)


async def test_only_the_secret_key_opens_these_doors(site: Site) -> None:
    for method, path in (
        ("GET", HOOKS),
        ("POST", HOOKS),
        ("GET", f"{HOOKS}/we_1"),
        ("PATCH", f"{HOOKS}/we_1"),
        ("DELETE", f"{HOOKS}/we_1"),
        ("POST", f"{HOOKS}/we_1/rotate"),
        ("POST", f"{HOOKS}/we_1/test"),
        ("GET", "/v1/deliveries"),
        ("GET", "/v1/deliveries/dl_1"),
        ("POST", "/v1/deliveries/dl_1/redeliver"),
        ("GET", "/v1/events"),
        ("GET", "/v1/events/evt_1"),
        ("GET", "/v1/events/stream"),
        ("POST", "/v1/events/replay"),
    ):
        body = {"since": NOON} if "replay" in path else {"url": "https://hooks.example/"}
        sent = body if path.startswith(HOOKS) or "replay" in path else None
        assert (await site.ask(method, path, sent, key=None)).status_code == 401, path
        assert (await site.ask(method, path, sent, key=site.pk)).status_code == 403, path


async def test_a_failed_delivery_is_seen_and_sent_again(office: PostOffice, site: Site) -> None:
    made = await site.post(HOOKS, {"url": office.receiver.url})
    office.receiver.script(500)
    await office.happen()
    await office.carry()
    (owed,) = (await site.get(f"/v1/deliveries?endpoint={made['id']}&status=pending"))["data"]
    assert owed["last_attempt"]["status_code"] == 500
    assert "tries" not in owed
    again = await site.post(f"/v1/deliveries/{owed['id']}/redeliver")
    assert again["id"] == owed["id"]
    await office.carry()
    assert (await site.get(f"/v1/deliveries/{owed['id']}"))["status"] == "succeeded"
    since = (office.world.now()).isoformat()
    replay = await site.post("/v1/events/replay", {"since": since})
    assert (replay["events"], replay["deliveries"], replay["has_more"]) == (1, 1, False)
    await office.carry()
    assert len({one.headers["webhook-id"] for one in office.receiver.heard}) == 1
    assert len(office.receiver.heard) == 3


async def test_events_are_listed_in_pages_and_by_type(office: PostOffice, site: Site) -> None:
    for version in range(1, 6):
        type = EventType.PAYMENT_SEEN if version % 2 else EventType.INTENT_UPDATED
        await office.happen("pi_1", version, type)
    first = await site.get("/v1/events?limit=3")
    rest = await site.get(f"/v1/events?limit=3&after={first['data'][-1]['id']}")
    sequences = [one["sequence"] for one in first["data"] + rest["data"]]
    assert (sequences, first["has_more"], rest["has_more"]) == ([5, 4, 3, 2, 1], True, False)
    seen = await site.get("/v1/events?type=payment.seen")
    assert [one["sequence"] for one in seen["data"]] == [5, 3, 1]


async def read_stream(office: PostOffice, path: str, **headers: str) -> list[tuple[int, Any]]:
    """Return a stream's messages: it ends by itself once the world's clock has run on."""
    office.world.advance(seconds=1)

    async def clock() -> None:
        while True:
            await asyncio.sleep(0.05)
            office.world.advance(seconds=100)
            office.site.house.bell.ring(f"account:{office.account}")

    ticking = asyncio.create_task(clock())
    answer = await asyncio.wait_for(office.site.ask("GET", path, headers=headers), 10)
    ticking.cancel()
    assert answer.headers["content-type"].startswith("text/event-stream")
    return list(messages(answer))


def messages(answer: httpx.Response) -> Any:
    assert answer.text.startswith("retry: 1000\n\n")
    for block in answer.text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if "data" in fields:
            yield int(fields["id"]), json.loads(fields["data"])


async def test_a_server_without_a_url_hears_by_stream(office: PostOffice) -> None:
    for version in range(1, 4):
        await office.happen("pi_1", version)
    heard = await read_stream(office, "/v1/events/stream")
    assert [sequence for sequence, _ in heard] == [1, 2, 3]
    assert heard[2][1] == await office.site.get(f"/v1/events/{heard[2][1]['id']}")
    heard = await read_stream(office, "/v1/events/stream?after=1")
    assert [sequence for sequence, _ in heard] == [2, 3]
    last = {"Last-Event-ID": "2"}
    heard = await read_stream(office, "/v1/events/stream?after=0", **last)
    assert [sequence for sequence, _ in heard] == [3], "what was seen wins"


async def test_a_stream_tells_what_happens_while_it_is_open(office: PostOffice) -> None:
    reading = asyncio.create_task(read_stream(office, "/v1/events/stream?type=payment.seen"))
    await asyncio.sleep(0.1)
    await office.happen("pi_1", 1)
    await office.happen("pi_1", 2, EventType.PAYMENT_SEEN)
    heard = await reading
    assert [(sequence, one["type"]) for sequence, one in heard] == [(2, "payment.seen")]


async def test_an_account_hears_its_own_events_alone(office: PostOffice, site: Site) -> None:
    stranger = await site.newcomer()
    await office.happen(account=stranger.account.id)
    assert await read_stream(office, "/v1/events/stream") == []
    assert (await site.get("/v1/events"))["data"] == []
    (event,) = (await stranger.get("/v1/events"))["data"]
    refused(await site.ask("GET", f"/v1/events/{event['id']}"), 404)
