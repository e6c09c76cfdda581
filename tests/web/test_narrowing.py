"""Ledgers, chains and kinds of chains narrow intents, links and a shopper's page of a link."""

import re

import pytest

from tests.sites import Site, refused
from tests.web.test_pages import moved, page, send

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS, LINKS = "/v1/payment_intents", "/v1/payment_links"
TEN = {"amount": "10.00", "currency": "USD"}
ALL = ["sandbox_usdc", "sandbox_eth", "sandbox_btc"]


async def test_an_intent_is_narrowed_by_each_name_a_field_has(site: Site) -> None:
    for narrowed in (
        {"chains": ["sandbox"]},
        {"chain_shortcodes": "sandbox"},
        {"chain_types": ["sandbox"]},
        {"chains": "sandbox:1", "chain_types": "sandbox"},
    ):
        made = await site.post(INTENTS, TEN | narrowed)
        assert made["ledgers"] == ALL, narrowed
    made = await site.post(INTENTS, TEN | {"token_shortcodes": "sandbox_eth,sandbox_btc"})
    assert made["ledgers"] == ["sandbox_eth", "sandbox_btc"]


async def test_what_is_unknown_is_refused_with_all_else_that_is_wrong(site: Site) -> None:
    asked = TEN | {"chains": ["moon"], "chain_types": "cheese", "success_url": "ftp://x"}
    told = {one["field"] for one in refused(await site.ask("POST", INTENTS, asked), 400)["errors"]}
    assert told == {"chains", "chain_types", "success_url"}


async def test_a_link_keeps_how_it_is_narrowed_and_may_be_narrowed_anew(site: Site) -> None:
    link = await site.link(token_shortcodes="sandbox_usdc,sandbox_eth", chain_types="sandbox")
    assert link["ledgers"] == ["sandbox_usdc", "sandbox_eth"]
    assert (link["chains"], link["chain_types"]) == (None, ["sandbox"])
    changed = await site.patch(f"{LINKS}/{link['id']}", {"ledgers": None, "chains": "sandbox"})
    assert (changed["ledgers"], changed["chains"]) == (None, ["sandbox"])
    assert changed["chain_types"] == ["sandbox"], "what is left out stays"
    assert (await site.get(f"{LINKS}/{link['id']}")) == changed


async def test_a_page_of_a_link_is_narrowed_by_its_address_down_to_the_intent(site: Site) -> None:
    link = await site.link(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/pay/{link['shortcode']}"
    for query in ("ledgers=sandbox_eth", "tokenShortcodes=sandbox_eth,sandbox_btc"):
        html = await page(site, f"{path}?{query}")
        fields = html.partition('class="fields"')[2].partition("</form>")[0]
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', fields))
        there = moved(await send(site, path, **form))
        made = await site.get(f"{INTENTS}/{there.rpartition('/')[2]}")
        assert made["ledgers"] == ["sandbox_eth"]


async def test_a_link_that_would_leave_nothing_says_so_before_a_form_is_filled_in(
    site: Site,
) -> None:
    link = await site.link(ledgers=["sandbox_usdc"])
    await page(site, f"/pay/{link['shortcode']}?ledgers=sandbox_btc", 400)
    await page(site, f"/pay/{link['shortcode']}?chains=moon", 400)
    path = f"{LINKS}/{link['shortcode']}/intents"
    told = refused(
        await site.ask("POST", path, {"ledgers": "sandbox_btc"}, key=None), 400, "no_ledger_left"
    )
    assert [one["field"] for one in told["errors"]] == ["ledgers"]
    assert "sandbox_usdc" in told["errors"][0]["message"]
