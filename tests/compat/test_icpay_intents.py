"""ICPay's public addresses: intents made, read, chosen for, noticed and followed, to the letter."""

import asyncio
import json
from typing import Any

import pytest

from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLIC = "/sdk/public"
INTENTS = f"{PUBLIC}/payments/intents"
FIVE = {
    "tokenShortcode": "sandbox_usdc",
    "expectedSenderPrincipal": "0xF8c37BdD62cAFc9b7283566fAaf29feDeEb17325",
    "metadata": {"orderId": "A", "icpay": {}},
    "amountUsd": 5,
    "recipientAddress": "0x0000000000000000000000000000000000000000",
    "x402Upto": False,
}


async def make(site: Site, **more: Any) -> Any:
    return told(await site.ask("POST", INTENTS, FIVE | more, key=site.pk), 201)


async def notify(site: Site, intent: str, **more: Any) -> Any:
    body = {"paymentIntentId": intent, **more}
    return told(await site.ask("POST", f"{PUBLIC}/payments/notify", body, key=site.pk), 200)


async def test_an_intent_is_made_and_read_with_the_key_in_the_address(site: Site) -> None:
    made = await make(site)
    intent = made["paymentIntent"]
    assert made["paymentIntentId"] == intent["id"]
    assert made["paymentIntentCode"] == intent["intentCode"]
    assert (made["payment"], made["onramp"]) == (None, None)
    assert intent["status"] == "requires_payment"
    assert intent["amount"] == "5000000"
    assert intent["amountUsd"] == 5
    assert intent["tokenShortcode"] == intent["ledgerId"] == "sandbox_usdc"
    assert intent["chainType"] == "evm"
    assert intent["expectedSenderPrincipal"] == FIVE["expectedSenderPrincipal"]
    assert intent["metadata"]["orderId"] == "A"
    assert 0 < int(intent["accountCanisterId"]) < 2**32
    assert 0 < intent["intentCode"] < 2**32
    assert intent["contractAddress"] is None, "no wallet can send the sandbox's money"
    path = f"{INTENTS}/{intent['id']}?publishableKey={site.pk}"
    assert await site.get(path, key=None) == made
    ours = await site.get(f"/v1/payment_intents/{intent['id']}")
    assert (ours["amount"], ours["currency"]) == ("5.00", "USD"), "the same intent as anybody's"


async def test_dollars_are_read_to_the_nearest_cent_and_written_digit_by_digit(site: Site) -> None:
    response = await site.ask("POST", INTENTS, FIVE | {"amountUsd": 10.1 + 0.2}, key=site.pk)
    told(response, 201)
    assert b'"amountUsd":10.30' in response.content


async def test_a_price_may_be_named_in_the_token(site: Site) -> None:
    made = await make(site, amountUsd=None, amount="1250000")
    intent = made["paymentIntent"]
    assert (intent["amount"], intent["fiatCurrencyCode"]) == ("1250000", "USDC")
    assert intent["amountInFiat"] == 1.25
    assert intent["amountUsd"] == 1.25


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amountUsd": None}, "amountUsd"),
        ({"amountUsd": 0.001}, "amountUsd"),
        ({"amountUsd": -1}, "amountUsd"),
        ({"amountUsd": None, "amount": "1.5"}, "amount"),
        ({"amountUsd": None, "amount": "1", "tokenShortcode": None}, "tokenShortcode"),
        ({"tokenShortcode": "base_none"}, "tokenShortcode"),
        ({"tokenShortcode": None, "symbol": "NONE"}, "symbol"),
        ({"externalCostAmount": "5"}, "externalCostAmount"),
    ],
)
async def test_a_wrong_field_is_named_in_a_message(
    house_site: Site, more: dict[str, Any], field: str
) -> None:
    response = await house_site.ask("POST", INTENTS, FIVE | more, key=house_site.pk)
    refusal = told(response, 400)
    assert refusal["statusCode"] == 400
    assert field in refusal["message"]
    assert [one["field"] for one in refusal["errors"]] == [field]


async def test_without_a_token_the_client_chooses_one_afterwards(site: Site) -> None:
    made = await make(site, tokenShortcode=None)
    intent = made["paymentIntent"]
    assert (intent["ledgerId"], intent["ledgerCanisterId"]) == (None, None)
    path = f"{INTENTS}/{intent['id']}/set-token"
    chosen = told(
        await site.ask("PATCH", path, {"tokenShortcode": "sandbox_eth"}, key=site.pk), 200
    )
    assert chosen["ok"] is True
    assert chosen["paymentIntent"]["ledgerId"] == "sandbox_eth"
    read = await site.get(f"{INTENTS}/{intent['id']}?publishableKey={site.pk}", key=None)
    assert read["paymentIntent"] == chosen["paymentIntent"]
    assert int(read["paymentIntent"]["amount"]) > 0


async def test_notices_tell_where_an_intent_stands_to_the_end(site: Site) -> None:
    id = (await make(site))["paymentIntentId"]
    before = await notify(site, id)
    assert (before["status"], before["payment"]) == ("requires_payment", None)
    await site.pay(id)
    await site.settle()
    seen = await notify(site, id)
    assert (seen["paymentIntent"]["status"], seen["payment"]["status"]) == ("processing", "pending")
    await site.post("/v1/sandbox/blocks", {"count": 2})
    await site.settle()
    done = await notify(site, id)
    assert done["paymentIntent"]["status"] == "succeeded"
    assert done["status"] == done["payment"]["status"] == "completed"
    assert done["payment"]["requestedAmount"] == done["payment"]["paidAmount"] == "5000000"
    assert done["transactionId"] == done["payment"]["transactionId"]
    assert done["paymentId"] == done["payment"]["id"]
    assert done["accountCanisterId"] == int(done["paymentIntent"]["accountCanisterId"])


async def test_an_abandoned_intent_ends_as_canceled(site: Site) -> None:
    id = (await make(site))["paymentIntentId"]
    await site.advance(901)
    assert (await notify(site, id))["paymentIntent"]["status"] == "canceled"


async def test_a_notice_is_a_hint_and_an_underpaid_intent_stays_open(site: Site) -> None:
    id = (await make(site))["paymentIntentId"]
    sent = await site.pay(id, amount="2")
    noticed = await notify(site, id, transactionId=sent["tx"])
    assert noticed["paymentIntent"]["status"] == "requires_payment"
    assert noticed["payment"]["status"] == "mismatched"
    assert noticed["payment"]["paidAmount"] == "2000000"
    assert noticed["payment"]["requestedAmount"] == "5000000"
    assert noticed["paymentIntent"]["amount"] == "3000000", "what is left"
    again = await notify(site, id, transactionId=sent["tx"])
    assert again == noticed, "asked again at once it answers what is known"


async def test_an_intent_is_gone_on_with_by_id(site: Site) -> None:
    ours = await site.intent(metadata={"icpayPaymentLink": {"shortcode": "x"}, "private": "1"})
    body = FIVE | {"paymentIntentId": ours["id"], "metadata": {"icpay": {}, "cart": "7"}}
    reused = told(await site.ask("POST", INTENTS, body, key=site.pk), 200)
    assert reused["paymentIntentId"] == ours["id"]
    kept = (await site.get(f"/v1/payment_intents/{ours['id']}"))["metadata"]
    assert kept == ours["metadata"] | {"cart": "7"}
    assert len((await site.get("/v1/payment_intents"))["data"]) == 1
    shown = reused["paymentIntent"]["metadata"]
    assert shown == {"icpayPaymentLink": {"shortcode": "x"}}
    whole = told(await site.ask("POST", INTENTS, body), 200)
    assert whole["paymentIntent"]["metadata"] == kept, "the secret key reads what its server wrote"


async def read_stream(site: Site, id: str) -> list[tuple[str, Any]]:
    path = f"{INTENTS}/{id}/stream?publishableKey={site.pk}"
    headers = {"Accept": "text/event-stream", "Origin": "https://shop.example"}
    response = await site.ask("GET", path, key=None, headers=headers)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["content-type"].startswith("text/event-stream")
    messages: list[tuple[str, Any]] = []
    for block in response.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            messages.append((lines["event"], json.loads(lines["data"])))
    return messages


async def test_the_stream_tells_each_change_and_ends_with_terminal(site: Site) -> None:
    id = (await make(site))["paymentIntentId"]
    reading = asyncio.create_task(read_stream(site, id))
    for _ in range(1000):
        if site.house.metrics.streams:
            break
        await asyncio.sleep(0.01)
    await site.pay(id)
    await site.settle()
    await site.post("/v1/sandbox/blocks", {"count": 2})
    await site.settle()
    messages = await asyncio.wait_for(reading, 10)
    kinds = [kind for kind, _ in messages]
    assert kinds[-1] == "terminal"
    assert set(kinds[:-1]) <= {"payment_intent_update"}
    last = messages[-1][1]
    assert last["paymentIntent"]["status"] == "succeeded"
    assert last["payment"]["status"] == "completed"
    path = f"{INTENTS}/{id}?publishableKey={site.pk}"
    assert last == await site.get(path, key=None), "the stream tells what a read tells"
    ((kind, at_once),) = await read_stream(site, id)
    assert (kind, at_once) == ("terminal", last)
