"""Every state of the pay page can be reached with test money: by the API, and by its levers."""

import re

import pytest

from app.services.levers import Lever
from app.web.screens import Screen
from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEVERS = "/v1/sandbox/levers"

# What README.md tells: pulled one after the other on an intent that awaits its payment.
REACHED: dict[Screen, tuple[str, ...]] = {
    Screen.PENDING: (),
    Screen.UNDERPAID: ("half",),
    Screen.PROCESSING: ("stuck",),
    Screen.SETTLED: ("full", "confirm"),
    Screen.OVERPAID: ("more", "confirm"),
    Screen.EXCESS: ("excess",),
    Screen.SHORT: ("half", "expire"),
    Screen.LATE: ("late",),
    Screen.EXPIRED: ("expire",),
    Screen.FAILED: ("fail",),
    Screen.CANCELED: ("cancel",),
    Screen.UNPRICED: ("price_unavailable",),
    Screen.UNSEEN: ("chain_lagging",),
}
WAYS_OF_A_LIST = {Screen.NEW: "", Screen.CHOOSING: "?choose=1"}


async def shown(site: Site, intent: str, query: str = "") -> str:
    """Return the screen an intent's page shows."""
    answer = await site.http.get(f"/i/{intent}{query}")
    assert answer.status_code == 200, answer.text[:500]
    found = re.search(r'data-screen="(\w+)"', answer.text)
    assert found
    return found[1]


async def test_every_state_is_reached_by_the_api(site: Site) -> None:
    assert {*REACHED, *WAYS_OF_A_LIST} == set(Screen)
    for screen, pulled in REACHED.items():
        made = await site.intent()
        for lever in pulled:
            view = await site.post(LEVERS, {"payment_intent": made["id"], "lever": lever})
            assert view["id"] == made["id"]
            await site.settle()
        assert await shown(site, made["id"]) == screen, pulled


async def test_every_state_is_reached_by_the_page_without_a_script(site: Site) -> None:
    for screen, pulled in REACHED.items():
        made = await site.intent()
        path = f"/i/{made['id']}"
        for lever in pulled:
            page = await site.http.get(path)
            assert f'id="play-{lever}" name="action"' in page.text, f"{lever} is on the page"
            answer = await site.http.post(f"{path}/sandbox", data={"action": lever})
            assert answer.status_code == 303, answer.text[:500]
            await site.settle()
        assert await shown(site, made["id"]) == screen, pulled


async def test_a_list_is_reached_before_a_choice_and_after_one(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    assert await shown(site, made["id"]) == Screen.NEW
    await site.http.post(f"/i/{made['id']}/ledger", data={"ledger": "sandbox_eth"})
    assert await shown(site, made["id"], "?choose=1") == Screen.CHOOSING


async def test_a_lost_price_comes_back_and_is_not_asked_for_in_vain(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/i/{made['id']}"
    pull = {"payment_intent": made["id"], "lever": "price_unavailable"}
    assert (await site.post(LEVERS, pull))["outage"] == "price_unavailable"
    assert await shown(site, made["id"]) == Screen.UNPRICED
    there = await site.http.post(f"{path}/ledger", data={"ledger": "sandbox_eth"})
    assert there.headers["location"] == f"{path}?choose=1"
    assert await shown(site, made["id"], "?choose=1") == Screen.UNPRICED
    choice = await site.ask(
        "POST", f"/v1/payment_intents/{made['id']}/ledger", {"ledger": "sandbox_eth"}
    )
    refused(choice, 503, "price_unavailable")
    assert (await site.post(LEVERS, pull | {"lever": "restore"}))["outage"] is None
    assert await shown(site, made["id"]) == Screen.NEW
    fresh = await site.get(f"/v1/payment_intents/{made['id']}")
    assert {one["amount"] for one in fresh["quotes"]} == {
        one["amount"] for one in made["quotes"]
    }, "the price is as before"
    assert all(one["expires_at"] == made["expires_at"] for one in fresh["quotes"])


async def test_an_expired_price_that_cannot_be_renewed_says_so_and_keeps_its_id(site: Site) -> None:
    made = await site.intent()
    path = f"/i/{made['id']}"
    for lever in ("expire", "price_unavailable"):
        await site.post(LEVERS, {"payment_intent": made["id"], "lever": lever})
    there = await site.http.post(f"{path}/requote")
    assert there.headers["location"] == f"{path}?unpriced=1"
    page = (await site.http.get(there.headers["location"])).text
    assert f'data-screen="{Screen.UNPRICED}"' in page
    assert f'action="{path}/requote"' in page
    await site.post(LEVERS, {"payment_intent": made["id"], "lever": "restore"})
    assert (await site.http.post(f"{path}/requote")).headers["location"] == path
    assert await shown(site, made["id"]) == Screen.PENDING


async def test_what_is_stuck_is_never_mined(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], stuck=True)
    await site.post("/v1/sandbox/blocks", {"count": 5})
    assert (await site.look(made["id"]))["status"] == "processing"
    both = {"payment_intent": made["id"], "stuck": True, "confirmations": 1}
    refused(await site.ask("POST", "/v1/sandbox/transfers", both), 400)


async def test_nobody_pulls_a_lever_for_live_or_foreign_money(site: Site) -> None:
    made = await site.intent()
    stranger = await site.newcomer()
    pull = {"payment_intent": made["id"], "lever": "cancel"}
    refused(await stranger.ask("POST", LEVERS, pull), 404)
    live = await site.newcomer(live=True)
    refused(await live.ask("POST", LEVERS, pull), 403)
    refused(await site.ask("POST", LEVERS, pull | {"lever": "mint"}), 400)
    assert set(REACHED[Screen.UNSEEN]) <= set(Lever)
