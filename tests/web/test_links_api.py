"""What the API promises of payment links: one page, many intents, the merchant's words kept."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINKS = "/v1/payment_links"


async def submit(site: Site, link: Any, **body: Any) -> Any:
    """Fill the form in as a shopper does, without a key."""
    return await site.post(f"{LINKS}/{link['shortcode']}/intents", body, key=None)


async def test_a_link_is_found_by_id_and_by_shortcode_by_its_merchant_alone(site: Site) -> None:
    link = await site.link(description="Green", metadata={"shelf": "3"})
    assert link["url"].endswith(f"/pay/{link['shortcode']}")
    for name in (link["id"], link["shortcode"]):
        assert await site.get(f"{LINKS}/{name}") == link
        stranger = await site.newcomer()
        refused(await stranger.ask("GET", f"{LINKS}/{name}"), 404)
        refused(await stranger.ask("PATCH", f"{LINKS}/{name}", {"name": "Mine"}), 404)
        refused(await stranger.ask("DELETE", f"{LINKS}/{name}"), 404)
        refused(await site.ask("GET", f"{LINKS}/{name}", key=site.pk), 403)
        refused(await site.ask("GET", f"{LINKS}/{name}", key=None), 401)


async def test_a_repeated_key_makes_one_link(site: Site) -> None:
    body = {"name": "Tea", "currency": "USD", "amount": "3.00"}
    answers = await asyncio.gather(*(site.ask("POST", LINKS, body, once="l") for _ in range(5)))
    assert len({told(one, 200, 201)["id"] for one in answers}) == 1
    refused(
        await site.ask("POST", LINKS, body | {"name": "Mate"}, once="l"),
        409,
        "idempotency_mismatch",
    )


async def test_a_submission_makes_an_intent_at_the_links_price(site: Site) -> None:
    link = await site.link(metadata={"shelf": "3"}, success_url="https://shop.example/thanks")
    made = await submit(site, link, metadata={"shelf": "stolen", "utm": "mail"})
    assert made["amount"] == "3.00"
    assert made["payment_link"] == link["id"]
    assert made["success_url"] == "https://shop.example/thanks"
    assert "metadata" not in made
    whole = await site.get(f"/v1/payment_intents/{made['id']}")
    assert whole["metadata"] == {"shelf": "3", "utm": "mail"}, "the merchant's own words win"


async def test_a_double_click_with_one_key_makes_one_intent(site: Site) -> None:
    link = await site.link()
    path = f"{LINKS}/{link['shortcode']}/intents"
    answers = await asyncio.gather(
        *(site.ask("POST", path, {}, key=None, once="click") for _ in range(5))
    )
    assert len({told(one, 200, 201)["id"] for one in answers}) == 1
    other = await site.link()
    elsewhere = await site.post(f"{LINKS}/{other['shortcode']}/intents", {}, key=None, once="click")
    assert elsewhere["id"] != answers[0].json()["id"], "a key counts on its own link"


async def test_quantity_multiplies_within_its_limits(site: Site) -> None:
    link = await site.link(quantity={"allow": True, "min": 2, "max": 5, "default": 3})
    assert (await submit(site, link))["amount"] == "9.00"
    assert (await submit(site, link, quantity=5))["amount"] == "15.00"
    path = f"{LINKS}/{link['shortcode']}/intents"
    for quantity in (0, 1, 6, -3):
        problem = refused(await site.ask("POST", path, {"quantity": quantity}, key=None), 400)
        assert problem["errors"][0]["field"] == "quantity"


async def test_a_link_without_a_price_lets_the_payer_choose_within_its_limits(site: Site) -> None:
    link = await site.link(amount=None, min="2.00", max="50.00")
    assert (await submit(site, link, amount="7.25"))["amount"] == "7.25"
    path = f"{LINKS}/{link['shortcode']}/intents"
    for body in ({}, {"amount": "1.99"}, {"amount": "50.01"}, {"amount": "7.255"}):
        problem = refused(await site.ask("POST", path, body, key=None), 400)
        assert problem["errors"][0]["field"] == "amount"


async def test_a_form_asks_for_what_the_link_collects_and_the_merchant_reads_it(
    site: Site,
) -> None:
    link = await site.link(collect={"email": "required", "name": "optional"})
    path = f"{LINKS}/{link['shortcode']}/intents"
    problem = refused(await site.ask("POST", path, {"fields": {"name": "Ada"}}, key=None), 400)
    assert [one["field"] for one in problem["errors"]] == ["email"]
    problem = refused(
        await site.ask("POST", path, {"fields": {"email": "nobody", "hat": "red"}}, key=None), 400
    )
    assert sorted(one["field"] for one in problem["errors"]) == ["email", "hat"]
    fields = {"email": "ada@example.org", "name": "<b>Ada</b>"}
    made = await submit(site, link, fields=fields)
    page = await site.get(f"{LINKS}/{link['id']}/submissions")
    assert [(one["intent"], one["fields"]) for one in page["data"]] == [(made["id"], fields)]
    whole = await site.get(f"/v1/payment_intents/{made['id']}")
    assert whole["customer_email"] == "ada@example.org"
    refused(await site.ask("GET", f"{LINKS}/{link['id']}/submissions", key=site.pk), 403)


async def test_a_shopper_may_only_narrow_the_ledgers_of_a_link(site: Site) -> None:
    link = await site.link(ledgers=["sandbox_usdc", "sandbox_eth"])
    assert (await submit(site, link, ledgers=["sandbox_eth"]))["ledgers"] == ["sandbox_eth"]
    path = f"{LINKS}/{link['shortcode']}/intents"
    none = await site.ask("POST", path, {"ledgers": ["sandbox_btc"]}, key=None)
    refused(none, 400, "no_ledger_left")


async def test_a_closed_link_says_why(site: Site) -> None:
    off = await site.link(active=False)
    ends = (site.world.now() + timedelta(hours=1)).isoformat()
    ended = await site.link(expires_at=ends)
    once = await site.link(max_redemptions=1, ledgers=["sandbox_usdc"])
    made = await submit(site, once)
    await site.pay(made["id"], confirmations=2)
    assert (await site.look(made["id"]))["status"] == "succeeded"
    await site.advance(3600)
    for link, word in ((off, "active"), (ended, "expired"), (once, "sold out")):
        path = f"{LINKS}/{link['shortcode']}/intents"
        problem = refused(await site.ask("POST", path, {}, key=None), 410, "link_closed")
        assert word in problem["detail"]


async def test_a_link_goes_on_with_an_open_intent_of_its_account(site: Site) -> None:
    link = await site.link()
    made = await submit(site, link)
    path = f"{LINKS}/{link['shortcode']}/intents"
    again = told(await site.ask("POST", path, {"payment_intent": made["id"]}, key=None), 200)
    assert again["id"] == made["id"]
    stranger = await site.newcomer()
    foreign = await stranger.intent()
    refused(await site.ask("POST", path, {"payment_intent": foreign["id"]}, key=None), 404)
    await site.post(f"/v1/payment_intents/{made['id']}/cancel")
    problem = refused(
        await site.ask("POST", path, {"payment_intent": made["id"]}, key=None),
        409,
        "intent_not_reusable",
    )
    assert "canceled" in problem["detail"]


async def test_changing_a_link_leaves_its_intents_at_their_price(site: Site) -> None:
    link = await site.link(description="Green")
    made = await submit(site, link)
    changed = await site.patch(f"{LINKS}/{link['id']}", {"amount": "4.00", "name": "Mate"})
    assert (changed["amount"], changed["name"]) == ("4.00", "Mate")
    assert (changed["description"], changed["shortcode"]) == ("Green", link["shortcode"])
    assert (await site.get(f"/v1/payment_intents/{made['id']}"))["amount"] == "3.00"
    assert (await submit(site, link))["amount"] == "4.00"
    emptied = await site.patch(f"{LINKS}/{link['id']}", {"description": None, "amount": None})
    assert (emptied["description"], emptied["amount"]) == (None, None)


async def test_a_link_taken_down_is_gone_and_its_intents_are_not(site: Site) -> None:
    link = await site.link(ledgers=["sandbox_usdc"])
    made = await submit(site, link)
    gone = await site.ask("DELETE", f"{LINKS}/{link['id']}")
    assert gone.status_code == 204
    refused(await site.ask("GET", f"{LINKS}/{link['id']}"), 404)
    refused(await site.ask("POST", f"{LINKS}/{link['shortcode']}/intents", {}, key=None), 404)
    refused(await site.ask("DELETE", f"{LINKS}/{link['id']}"), 404)
    await site.pay(made["id"], confirmations=2)
    assert (await site.look(made["id"]))["status"] == "succeeded"


async def test_lists_walk_everything_once(site: Site) -> None:
    links = [(await site.link(name=f"Tea {number}"))["id"] for number in range(5)]
    made = [(await submit(site, await site.get(f"{LINKS}/{links[0]}")))["id"] for _ in range(5)]
    for path, key, expected in (
        (LINKS, "id", links),
        (f"{LINKS}/{links[0]}/submissions", "intent", made),
    ):
        walked: list[Any] = []
        after = ""
        while True:
            page = await site.get(f"{path}?limit=2{after}")
            walked += page["data"]
            if not page["has_more"]:
                break
            after = f"&after={walked[-1]['id']}"
        assert sorted(one[key] for one in walked) == sorted(expected)
