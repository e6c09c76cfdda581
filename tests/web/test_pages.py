"""What the pages promise over plain HTTP: right, whole and safe before any script runs."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = "application/x-www-form-urlencoded"


async def page(site: Site, path: str, expected: int = 200, **more: Any) -> str:
    """Read a page as a browser does, and check what every page must carry."""
    answer = await site.http.get(path, **more)
    assert answer.status_code == expected, answer.text[:500]
    return checked(answer)


def checked(answer: httpx.Response) -> str:
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] in {"no-store", "private, no-cache"}
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    nonces = set(re.findall(r"'nonce-(\w+)'", policy))
    assert len(nonces) == 1
    assert set(re.findall(r'nonce="(\w+)"', answer.text)) <= nonces
    assert " style=" not in answer.text
    return answer.text


async def send(site: Site, path: str, **form: str) -> httpx.Response:
    """Send a form as a browser without scripts does."""
    return await site.http.post(path, data=form, headers={"content-type": FORM})


def moved(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.headers["location"])


def once(html: str) -> str:
    found = re.search(r'name="once" value="(\w+)"', html)
    assert found
    return found[1]


async def test_a_payment_from_choice_to_receipt_without_a_script(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"], description="Beans")
    path = f"/i/{made['id']}"
    html = await page(site, path)
    assert 'data-screen="new"' in html
    assert "10.00 USD" in html
    assert moved(await send(site, f"{path}/ledger", ledger="sandbox_usdc")) == path
    html = await page(site, path)
    assert 'data-screen="pending"' in html
    assert '<path d="m' in html
    assert 'href="sandbox:' in html
    assert moved(await send(site, f"{path}/sandbox", action="half")) == path
    await site.settle()
    html = await page(site, path)
    assert 'data-screen="underpaid"' in html
    assert "5.00 USD of 10.00 USD arrived" in html
    assert 'data-copy="5"' in html
    assert "amount=5000000" in unescape(html), "the new code asks for the rest"
    await send(site, f"{path}/sandbox", action="full")
    await site.settle()
    assert 'data-screen="processing"' in await page(site, path)
    await send(site, f"{path}/sandbox", action="confirm")
    await site.settle()
    html = await page(site, path)
    assert 'data-screen="settled"' in html
    assert f'href="{path}/receipt"' in html
    receipt = await page(site, f"{path}/receipt")
    assert "Receipt" in receipt
    assert receipt.count("5.00 USD <small>") == 2, "each with what it counted as"
    assert receipt.count("1 USDC = 1 USD") == 2


async def test_a_list_can_be_shown_again_after_a_choice(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    await send(site, f"/i/{made['id']}/ledger", ledger="sandbox_usdc")
    again = await page(site, f"/i/{made['id']}?choose=1")
    assert 'data-screen="choosing"' in again
    assert 'value="sandbox_usdc" aria-current="true"' in again
    assert moved(await send(site, f"/i/{made['id']}/ledger", ledger="sandbox_eth"))
    assert "ETH" in await page(site, f"/i/{made['id']}")


async def test_a_new_price_on_the_same_page(site: Site) -> None:
    made = await site.intent()
    await site.advance(901)
    html = await page(site, f"/i/{made['id']}")
    assert 'data-screen="expired"' in html
    assert f'action="/i/{made["id"]}/requote"' in html
    assert moved(await send(site, f"/i/{made['id']}/requote")) == f"/i/{made['id']}"
    assert 'data-screen="pending"' in await page(site, f"/i/{made['id']}")
    assert moved(await send(site, f"/i/{made['id']}/requote")), "asked twice is no error"


async def test_what_comes_too_late_is_told_apart(site: Site) -> None:
    made = await site.intent()
    assert moved(await send(site, f"/i/{made['id']}/sandbox", action="late"))
    await site.settle()
    html = await page(site, f"/i/{made['id']}")
    assert 'data-screen="late"' in html
    assert "/requote" not in html
    assert "Record of a payment" in await page(site, f"/i/{made['id']}/receipt")


async def test_a_receipt_before_any_payment_is_the_pay_page(site: Site) -> None:
    made = await site.intent()
    assert moved(await site.http.get(f"/i/{made['id']}/receipt")) == f"/i/{made['id']}"


async def test_the_part_is_the_main_part_alone_and_the_rest_stays_home(site: Site) -> None:
    made = await site.intent(metadata={"secret": "basement"}, customer_email="a@shop.example")
    for query in ("view=fragment", "part=main"):
        part = await page(site, f"/i/{made['id']}?{query}")
        assert part.startswith("<main")
        assert part.rstrip().endswith("</main>")
    whole = await page(site, f"/i/{made['id']}")
    assert "basement" not in whole
    assert "a@shop.example" not in whole


async def test_only_a_modal_may_be_framed_elsewhere(site: Site) -> None:
    made = await site.intent()
    for query, framing in (("", "'self'"), ("?view=modal&origin=https://a.example", "*")):
        answer = await site.http.get(f"/i/{made['id']}{query}")
        assert f"frame-ancestors {framing};" in answer.headers["content-security-policy"]
    path = f"/i/{made['id']}/ledger?view=modal&origin=https://a.example"
    there = moved(await send(site, path, ledger="sandbox_usdc"))
    assert there == f"/i/{made['id']}?view=modal&origin=https%3A%2F%2Fa.example"


async def test_a_code_alone_for_whoever_shows_it_elsewhere(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_btc"])
    assert (await site.http.get(f"/i/{made['id']}/qr.svg")).status_code == 404
    await send(site, f"/i/{made['id']}/ledger", ledger="sandbox_usdc")
    for query in ("", "?ledger=sandbox_usdc"):
        code = await site.http.get(f"/i/{made['id']}/qr.svg{query}")
        assert code.headers["content-type"].startswith("image/svg+xml")
        assert code.text.startswith("<svg xmlns=")


async def test_levers_are_for_test_money_alone(site: Site) -> None:
    made = await site.intent()
    wrong = await send(site, f"/i/{made['id']}/sandbox", action="mint")
    assert wrong.status_code == 400
    assert f'href="/i/{made["id"]}"' in checked(wrong), "and there is a way back"


async def test_what_is_not_there_is_a_page_too(site: Site) -> None:
    for path in ("/i/pi_nowhere", "/i/pi_nowhere/receipt", "/pay/nowhere", "/i/%3Cscript%3E"):
        html = await page(site, path, 404)
        assert 'data-code="not_found"' in html
        assert "<script>" not in html
    assert (await send(site, "/i/pi_nowhere/ledger", ledger="sandbox_usdc")).status_code == 404
    assert (await send(site, "/pay/nowhere")).status_code == 404


async def test_looking_at_a_link_makes_nothing_and_a_double_click_one_intent(site: Site) -> None:
    link = await site.link()
    path = f"/pay/{link['shortcode']}"
    html = await page(site, path)
    assert "3.00 USD" in html
    await page(site, path)
    assert (await site.get("/v1/payment_intents"))["data"] == []
    word = once(html)
    places = [moved(await send(site, path, once=word)) for _ in range(3)]
    assert len(set(places)) == 1
    assert moved(await send(site, path, once=once(await page(site, path)))) != places[0]
    made = (await site.get("/v1/payment_intents"))["data"]
    assert len(made) == 2
    assert {one["payment_link"] for one in made} == {link["id"]}


async def test_going_back_and_changing_the_form_is_another_intent(site: Site) -> None:
    link = await site.link(amount=None)
    path = f"/pay/{link['shortcode']}"
    word = once(await page(site, path))
    first = moved(await send(site, path, once=word, amount="5"))
    second = moved(await send(site, path, once=word, amount="6"))
    assert first != second
    assert "6.00 USD" in await page(site, second)


async def test_what_is_wrong_is_said_beside_each_field_and_what_was_typed_is_kept(
    site: Site,
) -> None:
    collect = {"email": "required", "name": "optional", "shipping": "required"}
    link = await site.link(
        amount=None, min="2", max="50", quantity={"allow": True, "max": 5}, collect=collect
    )
    path = f"/pay/{link['shortcode']}"
    html = await page(site, path)
    assert "From 2.00 USD to 50.00 USD." in html
    assert 'name="phone"' not in html
    wrong = {"amount": "99", "quantity": "2", "email": "me@x", "name": "Zoë <Z>", "shipping": " "}
    answer = await send(site, path, once=once(html), **wrong)
    assert answer.status_code == 400
    html = checked(answer)
    assert 'id="amount-fault">must be at most 50' in html
    assert 'id="email-fault">must be an e-mail address' in html
    assert 'id="shipping-fault">is required' in html
    assert "name-fault" not in html
    assert html.count('aria-invalid="true"') == 3
    assert 'value="me@x"' in html
    assert 'value="Zoë &lt;Z&gt;"' in html
    assert (await site.get("/v1/payment_intents"))["data"] == []
    right = wrong | {"amount": "12.50", "email": "me@x.example", "shipping": "Rue 1\nParis"}
    there = moved(await send(site, path, once=once(html), **right))
    assert "25.00 USD" in await page(site, there)
    typed = (await site.get(f"/v1/payment_links/{link['id']}/submissions"))["data"]
    assert typed[0]["fields"] == {
        "email": "me@x.example",
        "name": "Zoë <Z>",
        "shipping": "Rue 1\nParis",
    }


@pytest.mark.parametrize(
    "amount", ["", "abc", "-1", "1e3", "1,500", "0", "0.001", "9" * 60, "NaN", "١٢"]
)
async def test_no_amount_breaks_a_form(site: Site, amount: str) -> None:
    link = await site.link(amount=None)
    answer = await send(site, f"/pay/{link['shortcode']}", amount=amount)
    assert answer.status_code == 400
    assert 'id="amount-fault"' in checked(answer)


async def test_a_closed_link_says_why(site: Site) -> None:
    idle = await site.link(active=False)
    ends = (site.world.now() + timedelta(hours=1)).isoformat()
    over = await site.link(expires_at=ends)
    sold = await site.link(max_redemptions=1)
    there = moved(await send(site, f"/pay/{sold['shortcode']}"))
    await send(site, f"{there}/ledger", ledger="sandbox_usdc")
    await send(site, f"{there}/sandbox", action="full")
    await site.settle()
    await send(site, f"{there}/sandbox", action="confirm")
    await site.advance(3601)
    await site.patch("/v1/account", {"contact": "help@shop.example"})
    for link, why in ((idle, "inactive"), (over, "expired"), (sold, "sold_out")):
        path = f"/pay/{link['shortcode']}"
        html = await page(site, path, 410)
        assert f'data-reason="{why}"' in html
        assert 'href="mailto:help@shop.example"' in html
        assert 'data-code="link_closed"' in html
        assert (await send(site, path, once="w")).status_code == 410


async def test_a_link_goes_on_with_the_intent_it_is_given(site: Site) -> None:
    link = await site.link()
    made = await site.intent()
    path = f"/pay/{link['shortcode']}?paymentIntentId={made['id']}"
    assert moved(await site.http.get(path)) == f"/i/{made['id']}"
    there = moved(await site.http.get(f"{path}&view=modal&origin=https://a.example"))
    assert there == f"/i/{made['id']}?view=modal&origin=https%3A%2F%2Fa.example"
    stranger = await site.newcomer()
    theirs = await stranger.intent()
    await page(site, f"/pay/{link['shortcode']}?paymentIntentId={theirs['id']}", 404)
    await site.post(f"/v1/payment_intents/{made['id']}/cancel")
    html = await page(site, path, 409)
    assert 'data-code="intent_not_reusable"' in html
    assert f'href="/i/{made["id"]}"' in html
    assert len((await site.get("/v1/payment_intents"))["data"]) == 1, "and never a new one"


async def test_a_page_that_asks_again_is_told_when_nothing_changed(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/i/{made['id']}"
    html = await page(site, path)
    mark = re.search(r'data-mark="(\w+)"', html)
    assert mark
    known = {"if-none-match": f'"{mark[1]}"'}
    answer = await site.http.get(f"{path}?part=main", headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    await site.advance(5)
    answer = await site.http.get(f"{path}?part=main", headers=known)
    assert answer.status_code == 304, "seconds that pass are counted by the page itself"
    chosen = await page(site, f"{path}?part=main&choose=1", headers=known)
    assert "data-screen" in chosen
    await send(site, f"{path}/ledger", ledger="sandbox_usdc")
    answer = await site.http.get(f"{path}?part=main", headers=known)
    assert 'data-screen="pending"' in checked(answer)
    assert answer.headers["etag"] != f'"{mark[1]}"'
    seen = answer.headers["etag"]
    await site.pay(made["id"])
    await site.settle()
    answer = await site.http.get(f"{path}?part=main", headers={"if-none-match": seen})
    assert 'data-screen="processing"' in checked(answer)
    whole = await site.http.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert whole.status_code == 200
    assert whole.headers["cache-control"] == "private, no-cache", 'kept as it stands for "back"'
