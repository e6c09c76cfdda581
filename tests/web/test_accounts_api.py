"""What the API promises of accounts: policies, keys shown once, destinations that are checked."""

import pytest

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_account_reads_and_changes_itself_alone(site: Site) -> None:
    account = await site.get("/v1/account")
    assert account["id"] == site.account.id
    assert account["livemode"] is False
    changed = await site.patch(
        "/v1/account",
        {"name": "Tea & Co <b>", "tolerance_bps": 50, "contact": "https://tea.example/help"},
    )
    assert changed["name"] == "Tea & Co <b>"
    assert changed["tolerance_bps"] == 50
    assert await site.get("/v1/account") == changed
    stranger = await site.newcomer()
    assert (await stranger.get("/v1/account"))["name"] != changed["name"]


async def test_policies_apply_to_intents_made_afterwards(site: Site) -> None:
    before = await site.intent()
    await site.patch("/v1/account", {"underpayment": "close"})
    await site.pay(before["id"], share="0.5")
    assert (await site.look(before["id"]))["status"] == "requires_payment"


async def test_a_key_is_shown_once_works_and_ends_at_once(site: Site) -> None:
    made = told(await site.ask("POST", "/v1/keys", {"kind": "secret", "name": "till 2"}), 201)
    assert made["key"].startswith("sk_test_")
    assert (await site.get("/v1/account", key=made["key"]))["id"] == site.account.id
    listed = (await site.get("/v1/keys"))["data"]
    shown = next(one for one in listed if one["id"] == made["id"])
    assert shown["name"] == "till 2"
    assert shown["hint"] == made["key"][-4:]
    assert made["key"] not in str(listed)
    gone = await site.ask("DELETE", f"/v1/keys/{made['id']}")
    assert gone.status_code == 204
    refused(await site.ask("GET", "/v1/account", key=made["key"]), 401, "unauthorized")
    refused(await site.ask("DELETE", f"/v1/keys/{made['id']}"), 404)
    stranger = await site.newcomer()
    (theirs, *_) = (await stranger.get("/v1/keys"))["data"]
    refused(await site.ask("DELETE", f"/v1/keys/{theirs['id']}"), 404)


async def test_a_repeated_key_request_shows_the_same_key(site: Site) -> None:
    body = {"kind": "publishable"}
    first = await site.post("/v1/keys", body, once="k")
    assert await site.post("/v1/keys", body, once="k") == first
    refused(await site.ask("POST", "/v1/keys", {"kind": "secret"}, once="k"), 409)


async def test_what_needs_the_secret_key_is_closed_to_the_publishable_one(site: Site) -> None:
    destination = {"family": "sandbox", "kind": "book", "value": "x"}
    asked: list[tuple[str, str, dict[str, str] | None]] = [
        ("GET", "/v1/account", None),
        ("PATCH", "/v1/account", {"name": "Mine"}),
        ("GET", "/v1/keys", None),
        ("POST", "/v1/keys", {"kind": "secret"}),
        ("DELETE", "/v1/keys/key_x", None),
        ("GET", "/v1/destinations", None),
        ("PUT", "/v1/destinations", destination),
        ("POST", "/v1/destinations", destination),
        ("GET", "/v1/payment_intents", None),
        ("GET", "/v1/payment_links", None),
        ("POST", "/v1/payment_links", {"name": "Tea", "currency": "USD"}),
    ]
    for method, path, body in asked:
        refused(await site.ask(method, path, body, key=site.pk), 403, "forbidden")
        missing = await site.ask(method, path, body, key=None)
        refused(missing, 401, "unauthorized")
        assert missing.headers["www-authenticate"] == "Bearer"


async def test_ledgers_tell_what_is_configured_and_can_be_offered_now(site: Site) -> None:
    for key in (site.sk, site.pk):
        found = (await site.get("/v1/ledgers", key=key))["data"]
        usdc = next(one for one in found if one["id"] == "sandbox_usdc")
        assert (usdc["configured"], usdc["available"], usdc["livemode"]) == (True, True, False)
    live = await site.newcomer(live=True)
    assert not [one for one in (await live.get("/v1/ledgers"))["data"] if not one["livemode"]]


async def test_a_live_account_never_meets_test_money(site: Site) -> None:
    live = await site.newcomer(live=True)
    assert live.sk.startswith("sk_live_")
    problem = refused(
        await live.ask("POST", "/v1/payment_intents", {"amount": "1.00", "currency": "USD"}), 400
    )
    assert problem["code"] == "not_configured"
    body = {"amount": "1.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
    refused(await live.ask("POST", "/v1/payment_intents", body), 400, "not_configured")


async def test_a_destination_is_checked_and_kept(site: Site) -> None:
    (sandbox,) = (await site.get("/v1/destinations"))["data"]
    assert sandbox["family"] == "sandbox"
    for body, field in (
        ({"family": "sandbox", "kind": "none", "value": "x"}, "kind"),
        ({"family": "nowhere", "kind": "address", "value": "x"}, "family"),
    ):
        problem = refused(await site.ask("PUT", "/v1/destinations", body), 400)
        assert problem["errors"][0]["field"] == field
    again = await site.ask(
        "PUT", "/v1/destinations", {"family": "sandbox", "kind": "book", "value": sandbox["value"]}
    )
    assert told(again, 200)["id"] == sandbox["id"]
