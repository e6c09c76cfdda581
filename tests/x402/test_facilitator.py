"""Our facilitator, as the official Python client knows one: over HTTP."""

import asyncio
from typing import Any

import pytest
from x402.http.facilitator_client import HTTPFacilitatorClient
from x402.http.facilitator_client_base import FacilitatorConfig
from x402.schemas import PaymentPayload, PaymentRequirements

from app.domain.authorization import Requirement
from app.web import x402_wire as wire
from tests.rails.till import Till
from tests.sites import Site
from tests.x402.payer import ACCOUNTS, Payer, payload
from tests.x402.test_settle import asking

pytestmark = pytest.mark.asyncio(loop_scope="module")


def official(site: Site) -> HTTPFacilitatorClient:
    url = f"{site.house.settings.url}/x402/facilitator"
    return HTTPFacilitatorClient(FacilitatorConfig(url=url, http_client=site.http))


def echo(asked: Requirement, **other: Any) -> dict[str, Any]:
    """Return a requirement as a client sends it back."""
    one = wire.accepted(asked)
    told = {
        "scheme": one.scheme,
        "network": one.network,
        "asset": one.asset,
        "amount": one.amount,
        "payTo": one.pay_to,
        "maxTimeoutSeconds": one.max_timeout_seconds,
        "extra": one.extra,
    }
    return told | other


async def test_it_tells_what_it_supports(till: Till, address: str) -> None:
    client = HTTPFacilitatorClient(FacilitatorConfig(url=f"{address}/x402/facilitator"))
    told = await asyncio.to_thread(client.get_supported)  # it is the one that asks without await
    assert [(one.scheme, one.network) for one in told.kinds] == [("exact", "eip155:84532")]
    (signer,) = told.signers["eip155:*"]
    assert signer == ACCOUNTS[2]


async def test_it_verifies_and_settles_and_repeats_its_answer(till: Till, site: Site) -> None:
    view, asked = await asking(till)
    payer = Payer(till.chain)
    requirements = PaymentRequirements.model_validate(echo(asked))
    paid = PaymentPayload.model_validate(payload(payer.sign(asked), echo(asked)))
    client = official(site)
    assert (await client.verify(paid, requirements)).is_valid
    done = await client.settle(paid, requirements)
    assert done.success
    assert done.payer is not None
    assert done.payer.lower() == payer.address.lower()
    again = await client.settle(paid, requirements)
    assert (again.success, again.transaction) == (True, done.transaction)
    assert (await till.after(view, blocks=2)).status.value == "succeeded"
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "scheme": ({"scheme": "upto"}, "unsupported_scheme"),
    "network": ({"network": "eip155:1"}, "network_mismatch"),
    "asset": ({"asset": ACCOUNTS[0]}, "invalid_payment_requirements"),
    "amount": (
        {"amount": "1"},
        "invalid_exact_evm_payload_authorization_value_mismatch",
    ),
    "stranger": ({"payTo": ACCOUNTS[1], "extra": {}}, "invalid_payment_requirements"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_echo_proves_nothing(till: Till, site: Site, lie: str) -> None:
    """Whatever an echo says, and though it was signed so: what we did not ask for, we refuse."""
    other, reason = LIES[lie]
    _, asked = await asking(till)
    told = echo(asked, **other)
    to = {"to": ACCOUNTS[1]} if lie == "stranger" else {}
    value = {"value": 1} if lie == "amount" else {}
    paid = payload(Payer(till.chain).sign(asked, **to), told)
    body = {"x402Version": 2, "paymentPayload": paid, "paymentRequirements": told}
    judged = await site.post("/x402/facilitator/verify", body, key=None)
    assert (judged["isValid"], judged["invalidReason"]) == (False, reason)
    if value:  # signed for less, and echoed so
        body["paymentPayload"] = payload(Payer(till.chain).sign(asked, **value), told)
        judged = await site.post("/x402/facilitator/verify", body, key=None)
        assert (judged["isValid"], judged["invalidReason"]) == (False, reason)
    done = await site.post("/x402/facilitator/settle", body, key=None)
    assert (done["success"], done["errorReason"]) == (False, reason)
    assert done["transaction"] == ""


async def test_what_cannot_be_read_is_refused_by_name(till: Till, site: Site) -> None:
    _, asked = await asking(till)
    paid = payload(Payer(till.chain).sign(asked), echo(asked))
    paid["payload"]["authorization"]["nonce"] = "0x12"
    body = {"x402Version": 2, "paymentPayload": paid, "paymentRequirements": echo(asked)}
    judged = await site.post("/x402/facilitator/verify", body, key=None)
    assert judged["invalidReason"] == "invalid_payload"
    assert "nonce" in judged["invalidMessage"]
    judged = await site.post("/x402/facilitator/verify", body | {"x402Version": 1}, key=None)
    assert judged["invalidReason"] == "invalid_x402_version"
