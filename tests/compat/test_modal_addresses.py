"""BTCPay's checkout addresses: they lead to our page, and tell where an invoice stands."""

import json
import re

import pytest

from app.compat.modal import script
from app.compat.modal.translate import FRAME
from app.domain.intent import Oddity, Status
from app.web import widget
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP = "https://shop.example"
FROM_SHOP = {"referer": f"{SHOP}/"}


async def moved(site: Site, path: str, **headers: str) -> str:
    answer = await site.http.get(path, headers=headers)
    assert answer.status_code == 302, answer.text[:300]
    return str(answer.headers["location"])


async def test_an_invoice_by_query_is_the_page_we_have(site: Site) -> None:
    id = (await site.intent())["id"]
    assert await moved(site, f"/invoice?id={id}") == f"/i/{id}"
    assert await moved(site, f"/invoice?invoiceId={id}") == f"/i/{id}"
    assert await moved(site, f"/invoice?id={id}&view=modal") == f"/i/{id}?view=modal"
    still = f"/invoice?id={id}&view=modal&animateEntrance=false"
    assert await moved(site, still) == f"/i/{id}?view=modal"
    assert await moved(site, f"/invoice?id={id}&lang=de") == f"/i/{id}?lang=de"
    method = f"/invoice?id={id}&paymentMethodId=USDC-SANDBOX&view=modal"
    assert await moved(site, method) == f"/i/{id}/USDC-SANDBOX?view=modal"
    sly = await moved(site, "/invoice?id=../pay/x%3Fview=modal")
    assert sly == "/i/..%2Fpay%2Fx%3Fview%3Dmodal", "an id is one part of a path, whatever is in it"
    assert (await site.http.get("/invoice")).status_code == 404


async def test_the_site_that_opened_it_is_kept_in_the_address(site: Site) -> None:
    id = (await site.intent())["id"]
    there = await moved(site, f"/invoice?id={id}&view=modal", **FROM_SHOP)
    assert there == f"/i/{id}?view=modal&parent=https%3A%2F%2Fshop.example"
    html = (await site.http.get(there)).text
    assert f'class="over" data-foreign data-parent="{SHOP}"' in html
    assert "data-origin" not in html, "our own messages are not for this site"
    assert f'src="{script.frame_path()}"'.replace("&", "&amp;") in html
    assert html.index("frame.js") < html.index("pay.js"), "it hears what the page says first"
    assert 'id="leave"' in html
    for wrong in ("https://shop.example:x/", "javascript:alert(1)", "", 'https://a"b/', "null"):
        html = (await site.http.get(f"/i/{id}?view=modal", headers={"referer": wrong})).text
        assert "data-parent" not in html, wrong
        assert "data-foreign" in html
    named = (await site.http.get(f"/i/{id}?view=modal&origin={SHOP}", headers=FROM_SHOP)).text
    assert "frame.js" not in named, "a site that names itself speaks our own words"
    assert "data-foreign" not in named
    alone = (await site.http.get(f"/i/{id}", headers=FROM_SHOP)).text
    assert "frame.js" not in alone
    assert "data-parent" not in alone


async def test_a_site_that_is_not_allowed_is_neither_framed_nor_told(site: Site) -> None:
    id = (await site.intent())["id"]
    await site.patch("/v1/account", {"allowed_origins": [SHOP]})
    site.world.advance(10)  # an account is remembered for seconds
    answer = await site.http.get(f"/i/{id}?view=modal", headers={"referer": "https://shop.exam/"})
    assert f"frame-ancestors {SHOP};" in answer.headers["content-security-policy"]
    assert "data-parent" not in answer.text
    answer = await site.http.get(f"/i/{id}?view=modal", headers=FROM_SHOP)
    assert f'data-parent="{SHOP}"' in answer.text


async def test_a_page_that_lies_of_its_site_stays_with_our_own_words(site: Site) -> None:
    id = (await site.intent(ledgers=["sandbox_usdc", "sandbox_btc"]))["id"]
    html = (await site.http.get(f"/i/{id}?view=modal&origin=nonsense")).text
    assert "frame.js" not in html
    assert f'action="/i/{id}/ledger?view=modal&amp;origin=null"' in html


async def test_a_frame_may_stand_on_any_site_until_sites_are_named(site: Site) -> None:
    id = (await site.intent())["id"]
    for path in (f"/i/{id}?view=modal", "/i/pi_nowhere?view=modal"):
        answer = await site.http.get(path, headers=FROM_SHOP)
        assert "frame-ancestors *;" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
        assert "frame.js" in answer.text, "a page that cannot be shown says so, and can be left"


async def test_an_address_may_choose_how_to_pay(site: Site) -> None:
    id = (await site.intent(ledgers=["sandbox_usdc", "sandbox_btc"]))["id"]
    there = await moved(site, f"/i/{id}/usdc_sandbox?view=modal", **FROM_SHOP)
    assert there == f"/i/{id}?view=modal&parent=https%3A%2F%2Fshop.example"
    assert (await site.look(id))["ledger"] == "sandbox_usdc"
    before = (await site.look(id))["version"]
    await moved(site, f"/i/{id}/USDC-SANDBOX")
    assert (await site.look(id))["version"] == before, "chosen again is chosen once"
    assert await moved(site, f"/i/{id}/BTC-LN") == f"/i/{id}", "not on offer: the page says what is"
    assert (await site.look(id))["ledger"] == "sandbox_usdc"
    for path in (f"/i/{id}/nonsense", "/i/pi_nowhere/BTC"):
        assert (await site.http.get(path)).status_code == 404, path
    await site.pay(id)
    await site.settle()
    assert await moved(site, f"/i/{id}/BTC-SANDBOX") == f"/i/{id}", "and what is paid stays so"


async def test_what_is_polled_tells_what_the_page_shows(site: Site) -> None:
    made = await site.intent(
        ledgers=["sandbox_usdc", "sandbox_btc"], order_id="7", success_url=f"{SHOP}/thanks"
    )
    id = made["id"]
    bare = (await site.http.get(f"/i/{id}/status")).json()
    assert (bare["status"], bare["activated"], bare["address"]) == ("New", False, None)
    assert [one["paymentMethodId"] for one in bare["availablePaymentMethods"]] == [
        "USDC-SANDBOX",
        "BTC-SANDBOX",
    ]
    await moved(site, f"/i/{id}/USDC-SANDBOX")
    quote = (await site.look(id))["quotes"][0]
    told = []
    for path in (
        f"/i/{id}/status?invoiceId={id}&paymentMethodId=USDC-SANDBOX",
        f"/i/{id}/USDC_SANDBOX/status",
        f"/invoice/{id}/status",
        f"/invoice/status?invoiceId={id}",
    ):
        answer = await site.http.get(path)
        assert answer.headers["cache-control"] == "no-store"
        told.append(answer.json())
    assert told[0] == told[1] == told[2] == told[3]
    first = told[0]
    assert first["invoiceId"] == id
    assert first["storeId"] == site.account.id
    assert (first["due"], first["paid"], first["orderAmount"]) == ("10", "0", "10")
    assert first["invoiceBitcoinUrl"] == first["invoiceBitcoinUrlQR"] == quote["prompt"]["uri"]
    assert first["address"] == quote["prompt"]["to"]
    assert (first["orderId"], first["merchantRefLink"]) == ("7", f"{SHOP}/thanks")
    assert 0 < first["expirationSeconds"] <= first["maxTimeSeconds"]
    await site.pay(id, share="0.5")
    await site.settle()
    half = (await site.http.get(f"/i/{id}/status")).json()
    assert (half["status"], half["due"], half["paid"]) == ("New", "5", "5")
    await site.pay(id, confirmations=0)
    await site.settle()
    busy = (await site.http.get(f"/i/{id}/status")).json()
    assert (busy["status"], busy["due"], busy["address"]) == ("Processing", "0", None)
    assert busy["receivedConfirmations"] < busy["requiredConfirmations"]
    for path in (f"/i/{id}/BTC-LN/status", "/i/pi_nowhere/status", "/invoice/status"):
        assert (await site.http.get(path)).status_code == 404, path
    assert (await site.http.get(f"/i/{id}/status/ws")).status_code == 404, "there is no socket"


async def test_a_shop_may_have_who_paid_sent_on_by_the_page(site: Site) -> None:
    new = {
        "amount": "3.00",
        "currency": "USD",
        "checkout": {"redirectURL": f"{SHOP}/?i={{InvoiceId}}", "redirectAutomatically": True},
    }
    made = await site.post(f"/api/v1/stores/{site.account.id}/invoices", new)
    id = made["id"]
    onward = f'data-onward="{SHOP}/?i={id}"'
    assert onward not in (await site.http.get(f"/i/{id}")).text, "nobody paid yet"
    told = (await site.http.get(f"/i/{id}/status")).json()
    assert (told["redirectAutomatically"], told["merchantRefLink"]) == (True, f"{SHOP}/?i={id}")
    await moved(site, f"/i/{id}/USDC-SANDBOX")
    await site.pay(id, confirmations=2)
    await site.settle()
    assert onward in (await site.http.get(f"/i/{id}")).text
    asked = await site.intent(success_url=f"{SHOP}/")
    await site.pay(asked["id"], confirmations=2)
    await site.settle()
    assert "data-onward" not in (await site.http.get(f"/i/{asked['id']}")).text, "not asked for"


async def test_every_status_has_a_word_and_the_frame_has_the_same() -> None:
    text = widget.text(script.FRAME)
    table = re.search(r"const STATUS = (\{.*?\});", text, re.DOTALL)
    assert table
    words = json.loads(re.sub(r"(\w+):(?= )", r'"\1":', table[1]).replace(",\n}", "\n}"))
    spoken = {"New", "Processing", "Settled", "Expired", "Invalid"}
    for status in Status:
        for oddity in (None, *Oddity):
            word = words.get(f"{status} {oddity}") or words[status]
            assert word == FRAME[status, oddity], (status, oddity)
            assert word in spoken
