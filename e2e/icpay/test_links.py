"""A pay link's intent, paid through ICPay's SDK: one intent, and a webhook in each form.

What checks the webhooks is written from ICPay's pages for those who receive them, and uses
nothing of ours.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from e2e.icpay.client import Sdk
from e2e.icpay.conftest import PAYER, SHORT
from e2e.signer import Signer
from e2e.till import Till
from tests.components import Heard, Receiver
from tests.rails.evm_chain import EvmChain

TOLERANCE_SECONDS = 300
TOLD_SECONDS = 10
FORMS = ("timestamped", "bare")


def opened(heard: Heard, secret: str) -> dict[str, Any]:
    """Return an event whose signature holds, as a receiver of either form checks it."""
    signature = heard.headers["X-ICPay-Signature"]
    if "t=" in signature and "v1=" in signature:
        parts = dict(part.split("=", 1) for part in signature.split(","))
        assert heard.headers["X-ICPay-Timestamp"] == parts["t"]
        assert abs(time.time() - int(parts["t"])) <= TOLERANCE_SECONDS
        signed, given = f"{parts['t']}.".encode() + heard.body, parts["v1"]
    else:
        signed, given = heard.body, signature
    made = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(made, given)
    assert heard.headers["Content-Type"].startswith("application/json")
    event: dict[str, Any] = json.loads(heard.body)
    assert event["object"] == "event"
    return event


@pytest.fixture
def receivers(icpay_till: Till) -> Iterator[dict[str, Receiver]]:
    """A receiver for each form. ICPay signs with the account's own secret key."""
    made = {form: Receiver() for form in FORMS}
    ids = []
    for form, receiver in made.items():
        endpoint = {"url": f"{receiver.url}/hook", "dialect": "icpay", "signature": form}
        answer = icpay_till.ask(
            "POST", "/v1/webhook_endpoints", endpoint | {"secret": icpay_till.sk}
        )
        ids.append(answer["id"])
    yield made
    for id in ids:
        icpay_till.ask("DELETE", f"/v1/webhook_endpoints/{id}")
    for receiver in made.values():
        receiver.stop()


def test_a_links_intent_is_paid_by_the_sdk_and_told_once(
    icpay_till: Till,
    base: EvmChain,
    payer: Signer,
    receivers: dict[str, Receiver],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with httpx.Client(base_url=icpay_till.url, timeout=10, trust_env=False) as http:
        key = {"Authorization": f"Bearer {icpay_till.pk}"}
        table = {"amountUsd": 12.5, "name": "Table 4"}
        answer = http.post("/sdk/public/payment-links", json=table, headers=key)
        assert answer.is_success, answer.text
        shortcode, intent = answer.json()["shortcode"], answer.json()["paymentIntentId"]
        told = http.get(f"/public/payment-links/{shortcode}").json()
        assert (told["link"]["name"], told["link"]["amountUsd"]) == ("Table 4", 12.5)
        assert (told["link"]["showWalletConnectQr"], told["link"]["showBaseWalletQr"]) == (
            False,
            True,
        )
        assert told["account"]["name"] == "Demo shop"
        page = http.get(
            f"/pay/{shortcode}",
            params={"paymentIntentId": intent},
            headers={"Accept": "text/html"},
            follow_redirects=True,
        )
        assert f'data-id="{intent}"' in page.text

    link = {"id": told["link"]["id"], "shortcode": shortcode, "quantity": 1, "name": "Ada"}
    request = {
        "usdAmount": 12.5,
        "tokenShortcode": f"{SHORT}_usdc",
        "paymentIntentId": intent,
        "metadata": {"waiter": "7", "icpayPaymentLink": link},
    }
    config = {"apiUrl": icpay_till.url, "publishableKey": icpay_till.pk}
    held = {"rpc": base.anvil.url, "key": f"0x{PAYER.hex()}"}
    with Sdk(tmp_path_factory.mktemp("sdk") / "log") as sdk:
        paid = sdk.wait(sdk.start("createPaymentX402Usd", request, config=config, wallet=held))
    assert paid.error is None, paid.error
    assert paid.result["status"] == "completed"

    made = icpay_till.ask("GET", f"/v1/payment_intents?payment_link={told['link']['id']}")["data"]
    assert [one["id"] for one in made] == [intent]
    for form, receiver in receivers.items():
        (event,) = completed(receiver, icpay_till)
        assert event["livemode"] is False
        about = event["data"]["object"]
        assert (about["paymentIntentId"], about["status"]) == (intent, "completed")
        assert (about["amount"], about["paidAmount"]) == ("12500000", "12500000")
        assert (about["network"], about["token"]) == ("evm", "USDC")
        assert about["metadata"]["icpay_x402"] is True, about["metadata"]
        assert about["metadata"]["icpayPaymentLink"]["shortcode"] == shortcode
        assert about["metadata"]["waiter"] == "7"
        timed = "X-ICPay-Timestamp" in receiver.heard[-1].headers
        assert timed is (form == "timestamped")


def completed(receiver: Receiver, till: Till) -> list[dict[str, Any]]:
    """Return the ends that were told, when nothing is left to tell."""
    ends = time.monotonic() + TOLD_SECONDS
    while owed := till.ask("GET", "/v1/deliveries?status=pending")["data"]:
        assert time.monotonic() < ends, owed
        time.sleep(0.05)
    events = [opened(heard, till.sk) for heard in receiver.wait()]
    return [one for one in events if one["type"] == "payment.completed"]
