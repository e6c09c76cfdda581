"""Consent: who asks is named, what is given is just that, and it goes where it was said to go."""

import re

import pytest

from app.domain.permission import Right
from app.office import words
from tests.sites import Site
from tests.web.office import WOO, Browser, browser, newcomer, office

__all__ = ["browser", "office"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_right_has_words_a_merchant_understands() -> None:
    assert set(words.SAYS) == set(Right)
    assert len(set(words.SAYS.values())) == len(Right)


async def test_the_consent_names_who_asks_for_what_and_where_the_key_goes(browser: Browser) -> None:
    answer = await browser.get(WOO)
    assert answer.status_code == 200
    for part in ("WooCommerce", "https://shop.example", "See invoices", "Create invoices"):
        assert part in answer.text
    assert browser.site.account.id in answer.text
    assert "form-action 'self';" in answer.headers["content-security-policy"]


async def test_what_is_given_goes_to_the_redirect_and_nothing_else(browser: Browser) -> None:
    id = browser.site.account.id
    answer = await browser.fill(WOO, decision="give", account=id, right="unrestricted")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' https://shop.example;" in policy
    given = re.findall(r'name="permissions\[\]" value="([^"]+)"', answer.text)
    assert given == [f"btcpay.store.canviewinvoices:{id}", f"btcpay.store.cancreateinvoice:{id}"]
    key = re.search(r'name="apiKey" value="(gk_\w+)"', answer.text)
    assert key
    holder = await browser.site.house.keys.holder(key[1])
    assert [str(one) for one in holder.permissions] == given
    assert f'value="{browser.user.id}"' in answer.text
    canceled = await browser.fill(WOO, decision="cancel", account=id)
    assert canceled.headers["location"] == "/office"


async def test_a_program_is_handed_its_key_again(browser: Browser) -> None:
    id, asked = browser.site.account.id, f"{WOO}&applicationIdentifier=woo-1"
    keys = []
    for _ in range(2):
        answer = await browser.fill(asked, decision="give", account=id)
        found = re.search(r'name="apiKey" value="(gk_\w+)"', answer.text)
        assert found
        keys.append(found[1])
    assert keys[0] == keys[1]
    assert "gave it a key before" in (await browser.get(asked)).text


async def test_a_user_may_untick_where_the_program_lets_them(browser: Browser) -> None:
    id, asked = browser.site.account.id, WOO.replace("strict=true", "strict=false")
    answer = await browser.fill(
        asked, decision="give", account=id, right="btcpay.store.canviewinvoices"
    )
    given = re.findall(r'name="permissions\[\]" value="([^"]+)"', answer.text)
    assert given == [f"btcpay.store.canviewinvoices:{id}"]
    none = await browser.fill(asked, decision="give", account=id)
    assert none.status_code == 400
    assert "tick at least one" in none.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("permissions=btcpay.store.canflytothemoon", "permissions"),
        ("applicationName=Shop", "permissions"),
        ("permissions=btcpay.store.canviewinvoices&redirect=javascript:alert(1)", "redirect"),
        ("permissions=btcpay.store.canviewinvoices&redirect=https://a@evil.example", "redirect"),
        ("permissions=btcpay.store.canviewinvoices&redirect=https://a;b.example", "redirect"),
        ("permissions=btcpay.store.canviewinvoices&strict=perhaps", "strict"),
    ],
)
async def test_an_ask_that_makes_no_sense_is_refused_by_its_field(
    browser: Browser, query: str, field: str
) -> None:
    answer = await browser.get(f"/api-keys/authorize?{query}")
    assert answer.status_code == 400
    assert field in answer.text


async def test_nobody_gives_rights_on_the_house_but_an_operator(office: Site) -> None:
    asked = "/api-keys/authorize?permissions=btcpay.server.canmanageusers&strict=true"
    clerk, boss = await newcomer(office), await newcomer(office, operator=True)
    for one in (clerk, boss):
        await one.sign_in()
    assert "whole server" in (await clerk.get(asked)).text
    refused = await clerk.fill(asked, decision="give")
    assert refused.status_code == 400
    assert "Only an operator" in refused.text
    assert "gk_" in (await boss.fill(asked, decision="give")).text
    for one in (clerk, boss):
        await one.http.aclose()


async def test_a_key_made_by_hand_is_shown_once_and_revoked(browser: Browser) -> None:
    id = browser.site.account.id
    made = await browser.fill(
        "/office/keys", label="Reports", account=id, right="btcpay.store.canviewreports"
    )
    key = re.search(r"gk_\w+", made.text)
    assert key
    listed = (await browser.get("/office/keys")).text
    assert key[0] not in listed
    assert f"btcpay.store.canviewreports:{id}" in listed
    revoke = re.search(r'action="(/office/keys/gr_\w+/revoke)"', listed)
    assert revoke
    assert (await browser.fill(revoke[1])).is_redirect
    with pytest.raises(Exception, match="unknown or was revoked"):
        await browser.site.house.keys.holder(key[0])
    none = await browser.fill("/office/keys", label="Nothing")
    assert none.status_code == 400


async def test_an_application_that_asked_is_paired_with_the_account_chosen(
    browser: Browser,
) -> None:
    pairings, id = browser.site.house.pairings, browser.site.account.id
    client = f"T{id.removeprefix('acct_')}"
    code = (await pairings.ask(client, "A till <1>")).code
    page = (await browser.get(f"/api-access-request?pairingCode={code}")).text
    assert "A till &lt;1&gt;" in page
    assert client in page
    other = await browser.site.newcomer()
    stolen = await browser.fill("/api-access-request", pairingCode=code, storeId=other.account.id)
    assert stolen.status_code == 404
    done = await browser.fill("/api-access-request", pairingCode=code, storeId=id)
    assert done.status_code == 200, done.text
    assert (await pairings.identify(client)).id == id
    again = await browser.fill("/api-access-request", pairingCode=code, storeId=id)
    assert again.status_code == 404
    listed = (await browser.get("/api-tokens")).text
    pairing = re.search(r'name="pairing" value="(pair_\w+)"', listed)
    assert pairing
    ended = await browser.fill("/api-tokens/end", storeId=id, pairing=pairing[1])
    assert ended.is_redirect
    assert client not in (await browser.get("/api-tokens")).text


async def test_a_code_made_here_is_claimed_by_an_application(browser: Browser) -> None:
    pairings, id = browser.site.house.pairings, browser.site.account.id
    made = await browser.fill("/api-tokens", storeId=id, label="Till")
    code = re.search(r"<code>([1-9A-HJ-NP-Za-km-z]{7})</code>", made.text)
    assert code
    waits = (await browser.get(f"/api-access-request?pairingCode={code[1]}")).text
    assert "Type this code into your shop" in waits
    client = f"S{id.removeprefix('acct_')}"
    await pairings.claim(code[1], client)
    assert (await pairings.identify(client)).id == id
