"""A page speaks its reader's language, and the address keeps it."""

import re
from html import unescape

import pytest

from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def spoken(html: str) -> str:
    """Return the language a page says it is in, with its direction."""
    found = re.search(r'<html lang="([\w-]+)" dir="(\w+)">', html)
    assert found
    return f"{found[1]} {found[2]}"


async def read(site: Site, path: str, accept: str = "") -> str:
    answer = await site.http.get(path, headers={"accept-language": accept})
    assert "Accept-Language" in answer.headers["vary"]
    assert "set-cookie" not in answer.headers
    return answer.text


async def test_address_account_browser_english(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/i/{made['id']}"
    assert spoken(await read(site, path)) == "en ltr"
    assert spoken(await read(site, path, "xx, de-AT;q=0.4")) == "de ltr"
    await site.patch("/v1/account", {"locale": "fr"})
    assert spoken(await read(site, path, "de")) == "fr ltr"
    for name in ("lang", "locale"):
        html = await read(site, f"{path}?{name}=ar", "de")
        assert spoken(html) == "ar rtl"
        assert "\u206610.00 USD\u2069" in html, "an amount keeps its order in a line from the right"
    assert spoken(await read(site, f"{path}?lang=tlh", "de")) == "fr ltr"
    assert spoken(await read(site, f"/pay/nowhere?view=modal&lang={'x' * 60}", "de")) == "de ltr"


async def test_an_account_keeps_a_language_that_exists(site: Site) -> None:
    assert (await site.get("/v1/account"))["locale"] is None
    assert (await site.patch("/v1/account", {"locale": "pt-BR"}))["locale"] == "pt-BR"
    assert (await site.patch("/v1/account", {"name": "Tea"}))["locale"] == "pt-BR"
    for wrong in ("xx", "", "pt_BR", "DE"):
        problem = refused(await site.ask("PATCH", "/v1/account", {"locale": wrong}), 400)
        assert problem["errors"][0]["field"] == "locale"
    assert (await site.patch("/v1/account", {"locale": None}))["locale"] is None


async def test_the_language_stays_in_the_address(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/i/{made['id']}"
    html = await read(site, f"{path}?lang=de&view=modal&origin=https://a.example")
    assert (
        f'action="{path}/ledger?view=modal&amp;origin=https%3A%2F%2Fa.example&amp;lang=de"' in html
    )
    answer = await site.http.post(
        f"{path}/ledger?lang=de", data={"ledger": "sandbox_usdc"}, headers=FORM
    )
    assert answer.headers["location"] == f"{path}?lang=de"
    html = await read(site, answer.headers["location"])
    assert "Senden Sie genau" in html
    part = await read(site, f"{path}?lang=de&part=main")
    assert "Senden Sie genau" in part


async def test_what_is_copied_is_plain_and_what_is_read_is_not(site: Site) -> None:
    made = await site.intent(amount="1234.50", ledgers=["sandbox_usdc"])
    html = await read(site, f"/i/{made['id']}?lang=de")
    assert "1.234,50 USD" in html
    assert 'data-copy="1234.5"' in html
    assert '<bdi dir="ltr" class="amount">1.234,5 USDC</bdi>' in html
    assert re.search(r"Zahlen Sie vor \d\d:\d\d UTC", html)


async def test_faults_of_a_form_are_told_in_its_language(site: Site) -> None:
    link = await site.link(
        amount=None, min="2", max="1500", collect={"email": "required", "shipping": "required"}
    )
    wrong = {"amount": "2000", "email": "me@x", "shipping": " "}
    answer = await site.http.post(f"/pay/{link['shortcode']}?lang=de", data=wrong, headers=FORM)
    assert answer.status_code == 400
    html = answer.text
    assert 'id="amount-fault">darf höchstens 1.500,00 USD sein' in html
    assert 'id="email-fault">muss eine E-Mail-Adresse sein' in html
    assert 'id="shipping-fault">wird benötigt' in html
    assert "Von 2,00 USD bis 1.500,00 USD." in html
    assert ">Lieferadresse" in html
    said = await site.ask("POST", f"/v1/payment_links/{link['id']}/submissions", {"amount": "2000"})
    assert "muss" not in said.text, "the API stays English"


async def test_a_problem_is_told_to_people_in_their_words(site: Site) -> None:
    closed = await site.link(active=False)
    html = await read(site, f"/pay/{closed['shortcode']}", "de")
    assert "Dieser Link ist ausgeschaltet" in html
    assert "Der Verkäufer nimmt hier im Moment keine Zahlungen an." in html
    html = await read(site, "/i/pi_nowhere", "de")
    assert "Hier ist nichts" in html


async def test_a_language_is_picked_without_a_script(site: Site) -> None:
    made = await site.intent()
    html = await read(site, f"/i/{made['id']}?view=modal&origin=https://a.example&lang=de")
    form = html.partition('<details class="languages">')[2].partition("</details>")[0]
    assert f'<form method="get" action="/i/{made["id"]}">' in form
    assert '<input type="hidden" name="view" value="modal">' in form
    assert '<input type="hidden" name="origin" value="https://a.example">' in form
    assert 'type="hidden" name="lang"' not in form
    assert '<option value="de" lang="de" selected>Deutsch</option>' in form
    assert '<option value="ar" lang="ar">العربية</option>' in form
    assert form.count(" selected") == 1
    hostile = await read(site, f'/i/{made["id"]}?a="><script>x</script>')
    assert "<script>x" not in hostile
    assert 'value="' in hostile


async def test_a_seller_whose_name_runs_the_other_way_keeps_to_itself(site: Site) -> None:
    await site.patch("/v1/account", {"name": "תה וקפה"})
    made = await site.intent(cancel_url="https://shop.example/")
    html = unescape(await read(site, f"/i/{made['id']}?lang=de"))
    assert "Zurück zu \u2068תה וקפה\u2069" in html
