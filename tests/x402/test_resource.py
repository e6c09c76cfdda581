"""`/x402/…` and `/v1/x402`, paid by the official client and by hand."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.components.parts import ROOT, node_path
from tests.rails.proxy import Proxy
from tests.rails.till import USDC, Till
from tests.sites import Site
from tests.x402.payer import Payer, header, opened, payload
from tests.x402.test_facilitator import echo
from tests.x402.test_settle import asking

pytestmark = pytest.mark.asyncio(loop_scope="module")
NETWORK = "eip155:84532"


async def fetch(url: str, payer: Payer, *more: str) -> dict[str, Any]:
    """Let the official client get a resource, and return what it saw."""
    process = await asyncio.create_subprocess_exec(
        node_path(),
        str(Path(__file__).with_name("fetch.mjs")),
        url,
        payer.key,
        NETWORK,
        *more,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    told: dict[str, Any] = json.loads(said)
    return told


async def test_the_official_client_pays_an_intent(till: Till, address: str) -> None:
    view = await till.ask("7.00")
    payer = Payer(till.chain)
    told = await fetch(f"{address}/x402/{view.id}", payer)
    assert told["seen"] == [402, 200], told
    assert told["told"]["success"] is True
    assert told["told"]["payer"].lower() == payer.address.lower()
    assert told["body"]["id"] == view.id
    paid = await till.after(view, blocks=2)
    assert paid.status.value == "succeeded"
    assert [one.tx for one in paid.payments] == [told["told"]["transaction"]]
    again = await fetch(f"{address}/x402/{view.id}", payer)  # paid is paid: nothing is asked
    assert again["seen"] == [200]


async def test_the_official_client_pays_a_link_and_makes_one_intent(
    till: Till, address: str, site: Site
) -> None:
    link = await site.link(amount=None, ledgers=[USDC])
    url = f"{address}/x402/{link['shortcode']}"
    told = await fetch(url, Payer(till.chain), "POST", '{"amount":"4.50"}')
    assert told["seen"] == [402, 200], told
    assert told["body"]["amount"] == "4.50"
    made = await site.get(f"/v1/payment_intents?payment_link={link['id']}")
    assert [one["id"] for one in made["data"]] == [told["body"]["id"]]


async def test_a_browser_gets_the_pay_page(till: Till, site: Site) -> None:
    view = await till.ask()
    answer = await site.http.get(f"/x402/{view.id}", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/i/{view.id}")


async def test_402_says_the_same_in_header_and_body_and_pages_may_read_it(
    till: Till, site: Site
) -> None:
    view = await till.ask()
    answer = await site.http.get(f"/x402/{view.id}", headers={"Origin": "https://agent.example"})
    assert answer.status_code == 402
    assert opened(answer.headers["payment-required"]) == answer.json()
    assert answer.headers["cache-control"] == "no-store"
    exposed = answer.headers["access-control-expose-headers"]
    assert {"PAYMENT-REQUIRED", "PAYMENT-RESPONSE"} <= set(exposed.split(", "))
    (asked,) = answer.json()["accepts"]
    assert asked["extra"]["paymentIntent"] == view.id


async def test_a_wrong_signature_is_asked_again_with_its_reason(till: Till, site: Site) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked, signer=f"0x{5:064x}")
    signed = {"PAYMENT-SIGNATURE": header(payload(said, echo(asked)))}
    answer = await site.http.get(f"/x402/{view.id}", headers=signed)
    assert answer.status_code == 402
    assert answer.json()["error"] == "invalid_exact_evm_payload_signature"
    told = opened(answer.headers["payment-response"])
    assert (told["success"], told["errorReason"]) == (False, answer.json()["error"])
    answer = await site.http.get(f"/x402/{view.id}", headers={"PAYMENT-SIGNATURE": "%%%"})
    assert answer.status_code == 400


async def test_a_late_receipt_never_asks_a_second_time(till: Till, site: Site, node: Proxy) -> None:
    view, asked = await asking(till)
    signed = {"PAYMENT-SIGNATURE": header(payload(Payer(till.chain).sign(asked), echo(asked)))}
    till.house.x402.settling.answer_seconds = 0.2
    node.rule = lambda call: (
        {"error": {"code": -32000, "message": "busy"}}
        if call["method"] == "eth_sendRawTransaction"
        else None
    )
    answer = await site.http.get(f"/x402/{view.id}", headers=signed)
    assert answer.status_code == 202
    assert opened(answer.headers["payment-response"])["errorReason"] == "settlement_pending"
    assert (await site.http.get(f"/x402/{view.id}")).status_code == 202
    other = Payer(till.chain).sign(asked)
    second = {"PAYMENT-SIGNATURE": header(payload(other, echo(asked)))}
    answer = await site.http.get(f"/x402/{view.id}", headers=second)
    assert answer.status_code == 202
    assert opened(answer.headers["payment-response"])["errorReason"] == "duplicate_settlement"
    node.rule = lambda call: None
    till.world.advance(10)
    await till.house.x402.settling.step()
    answer = await site.http.get(f"/x402/{view.id}", headers=signed)
    assert answer.status_code == 200
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_a_merchants_own_path_is_paid_through_the_api(till: Till, site: Site) -> None:
    wanted = {"amount": "0.25", "currency": "USD", "resource": "https://shop.example/report"}
    asked = await site.post("/v1/x402/requirements", wanted)
    assert opened(asked["payment_required"]) == asked["body"]
    assert asked["body"]["resource"]["url"] == wanted["resource"]
    (requirement,) = await till.house.x402.requirements(till.account, asked["payment_intent"])
    paid = payload(Payer(till.chain).sign(requirement), asked["body"]["accepts"][0])
    offered = {"payment": header(paid), **wanted}
    judged = await site.post("/v1/x402/verify", offered)
    assert (judged["outcome"], judged["reason"]) == ("pending", None)
    for lie in ({"resource": "https://shop.example/dear"}, {"amount": "9"}, {"currency": "EUR"}):
        refused = await site.post("/v1/x402/settle", offered | lie)
        assert (refused["outcome"], refused["reason"]) == (
            "refused",
            "invalid_payment_requirements",
        )
    done = await site.post("/v1/x402/settle", offered)
    assert (done["outcome"], done["repeated"]) == ("settled", False)
    assert opened(done["payment_response"])["transaction"] == done["tx"]
    again = await site.post("/v1/x402/settle", offered)
    assert (again["tx"], again["repeated"]) == (done["tx"], True)


async def test_another_merchant_cannot_settle_it_for_theirs(till: Till, site: Site) -> None:
    _, asked = await asking(till)
    offered = {"payment": header(payload(Payer(till.chain).sign(asked), echo(asked)))}
    stranger = await site.newcomer()
    told = await stranger.post("/v1/x402/settle", offered)
    assert (told["outcome"], told["reason"]) == ("refused", "invalid_payment_requirements")
    answer = await site.ask("POST", "/v1/x402/settle", offered, key=site.pk)
    assert answer.status_code == 403
