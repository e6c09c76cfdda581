"""Health and numbers: what is told to whoever runs the house."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.ledger import Catalogue, Chain, Depth
from app.storage.work import Cursor, move_cursor
from tests.houses import new_database
from tests.sites import Site, open_site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_house_that_can_be_paid_is_ready_and_tells_each_part(site: Site) -> None:
    ready = told(await site.ask("GET", "/readyz", key=None), 200)
    assert ready["ready"] is True
    assert ready["database"] == {"ok": True, "error": None}
    assert "chains" in [one["name"] for one in ready["workers"]["of"]]
    assert [one["chain"] for one in ready["chains"]["of"]] == ["sandbox:1"]
    assert ready["chains"]["of"][0]["lagging"] is False
    assert ready["rates"]["needed"] is False, "test money has no market"
    assert told(await site.ask("GET", "/healthz", key=None), 200) == {"status": "alive"}


BASE = Chain(
    id="eip155:8453",
    short="base",
    family="evm",
    name="Base",
    livemode=True,
    block_seconds=Decimal(2),
    depths=(Depth(confirmations=None, up_to=None),),
    lag_seconds_max=120,
)


def read_by_another(site: Site) -> Cursor:
    """Return a cursor as another process leaves it when it has just read the chain."""
    now = site.world.now()
    return Cursor(chain=BASE.id, cursor="1", tip=1, tip_at=now, scanned_at=now)


async def test_readiness_follows_the_chains_whoever_reads_them(tmp_path: Path) -> None:
    """A process that serves and does not scan learns of the scans of another."""
    url = new_database("sqlite", tmp_path)
    only_base = Catalogue([BASE], [])
    async with open_site(url, tmp_path, catalogue=only_base, rails={}, sandbox=False) as site:
        unread = told(await site.ask("GET", "/readyz", key=None), 503)
        assert (unread["ready"], unread["chains"]["ok"]) == (False, False)
        assert unread["rates"]["needed"] is True
        moved = read_by_another(site)
        await site.house.store.write(lambda tx: move_cursor(tx, moved))
        assert site.house.chains.lagging() == {BASE.id}
        knowing = next(one for one in site.house.loops if one.name == "chains")
        await knowing.once()
        assert site.house.chains.lagging() == set()
        told(await site.ask("GET", "/readyz", key=None), 200)
        site.world.advance(3600)
        stale = told(await site.ask("GET", "/readyz", key=None), 503)
        assert stale["chains"]["of"][0]["lag_seconds"] == 3600


async def test_one_chain_of_two_that_lags_is_told_and_not_held_against_the_house(
    tmp_path: Path,
) -> None:
    url = new_database("sqlite", tmp_path)
    async with open_site(url, tmp_path, catalogue=Catalogue([BASE], []), rails={}) as site:
        ready = told(await site.ask("GET", "/readyz", key=None), 200)
        lagging = {one["chain"]: one["lagging"] for one in ready["chains"]["of"]}
        assert lagging == {BASE.id: True, "sandbox:1": False}


async def test_a_worker_that_keeps_failing_makes_it_unready(site: Site) -> None:
    knowing = next(one for one in site.house.loops if one.name == "chains")
    knowing.failures = 5
    try:
        ready = told(await site.ask("GET", "/readyz", key=None), 503)
        assert ready["workers"]["ok"] is False
    finally:
        knowing.failures = 0


async def test_a_house_that_stops_or_lost_its_database_is_alive_and_not_ready(
    tmp_path: Path,
) -> None:
    async with open_site(new_database("sqlite", tmp_path), tmp_path) as site:
        site.house.bell.close()
        ready = told(await site.ask("GET", "/readyz", key=None), 503)
        assert ready["stopping"] is True
        await site.house.store.close()
        ready = told(await site.ask("GET", "/readyz", key=None), 503)
        assert ready["database"]["ok"] is False
        told(await site.ask("GET", "/healthz", key=None), 200)


async def numbers(site: Site) -> dict[str, float]:
    """Return each number by its name and labels."""
    answer = await site.ask("GET", "/metrics", key=None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if line and line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_numbers_count_answers_events_and_what_is_so_now(house_site: Site) -> None:
    site = await house_site.newcomer()
    before = await numbers(site)
    site.house.metrics.delivered("refused")
    made = await site.intent()
    await site.pay(made["id"], confirmations=2)
    await site.look(made["id"])
    await site.get(f"/v1/payment_intents/{made['id']}")
    assert (await site.ask("GET", f"/v1/nothing/{made['id']}")).status_code == 404
    after = await numbers(site)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    route = 'method="GET",route="/v1/payment_intents/{id}"'
    assert more(f'opentill_requests_total{{{route},status="200"}}') == 2
    assert more(f"opentill_request_seconds_count{{{route}}}") == 2
    assert more(f'opentill_request_seconds_bucket{{le="+Inf",{route}}}') == 2
    assert more('opentill_requests_total{method="GET",route="none",status="404"}') == 1
    for type in ("payment_intent.created", "payment_intent.succeeded", "payment.confirmed"):
        assert more(f'opentill_events_total{{livemode="false",type="{type}"}}') == 1, type
    assert more('opentill_deliveries_total{outcome="refused"}') == 1
    assert after["opentill_open_streams"] == 0
    assert after["opentill_store_waiting"] == 0
    assert after['opentill_chain_lag_seconds{chain="sandbox:1"}'] == 0
    assert after['opentill_worker_failures{worker="chains"}'] == 0


async def test_two_houses_count_for_themselves(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with (
        open_site(new_database("sqlite", tmp_path / "a"), tmp_path / "a") as one,
        open_site(new_database("sqlite", tmp_path / "b"), tmp_path / "b") as other,
    ):
        await one.intent()
        name = 'opentill_events_total{livemode="false",type="payment_intent.created"}'
        assert name in await numbers(one)
        assert name not in await numbers(other)


async def test_an_open_stream_is_counted_while_it_is_open(site: Site) -> None:
    made = await site.intent()
    stream = asyncio.create_task(
        site.ask("GET", f"/v1/payment_intents/{made['id']}/events", key=None)
    )
    try:
        for _ in range(100):
            await asyncio.sleep(0.01)
            if site.house.metrics.streams:
                break
        assert (await numbers(site))["opentill_open_streams"] == 1
        await site.post(f"/v1/payment_intents/{made['id']}/cancel")
        assert "payment_intent.canceled" in (await asyncio.wait_for(stream, 10)).text
        assert (await numbers(site))["opentill_open_streams"] == 0
    finally:
        stream.cancel()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_numbers_are_not_for_strangers_behind_a_proxy(site: Site, header: str) -> None:
    refused(await site.ask("GET", "/metrics", key=None, headers={header: "1.2.3.4"}), 404)


async def test_numbers_are_for_the_bearer_of_their_token(tmp_path: Path) -> None:
    url = new_database("sqlite", tmp_path)
    async with open_site(url, tmp_path, metrics_token="let me see") as site:
        refused(await site.ask("GET", "/metrics", key=None), 401)
        refused(await site.ask("GET", "/metrics"), 401)
        told_all = await site.ask("GET", "/metrics", key="let me see")
        assert told_all.status_code == 200
