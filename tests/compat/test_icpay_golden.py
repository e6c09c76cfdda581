"""Every route of ICPay's wire, answered once and compared with what it answered before.

`icpay_golden.json` is what this house says, with what differs from run to run written as a
word; `icpay_shapes.py` is what ICPay's clients read. To write the first anew after a change
that is meant: `OPENTILL_GOLDEN=1` and read the difference.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from app.services.accounts import NewDestination
from tests.compat import icpay_shapes
from tests.compat.icpay_shop import Payer, look, now
from tests.rails.evm_chain import ACCOUNTS, EvmChain
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")
GOLDEN = Path(__file__).parent / "icpay_golden.json"
WORDS = (
    (re.compile(r"0x[0-9a-f]{64}"), "<tx>"),
    (re.compile(r"0x(?!0{40})[0-9a-fA-F]{40}"), "<address>"),
    (re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r"\b(pi|pay|acct|evt|dst|plink)_[0-9A-Za-z]{22}"), r"\1_<id>"),
    (re.compile(r"\b31337\b"), "<chain>"),
    (re.compile(r"(?<=/pay/)[0-9A-Za-z]{10}"), "<shortcode>"),
)
NUMBERS = {
    "accountCanisterId",
    "intentCode",
    "paymentIntentCode",
    "created",
    "blockHeight",
    "confirmations",
    "balance",
    "formattedBalance",
    "totalBalancesUSD",
    "shortcode",
}


def plain(value: Any, name: str = "") -> Any:
    """Return an answer with what differs from run to run written as a word."""
    if name in NUMBERS and value is not None:
        return f"<{type(value).__name__}>"
    if isinstance(value, dict):
        return {key: plain(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str):
        for pattern, word in WORDS:
            value = pattern.sub(word, value)
    return value


class Story:
    """Asks, and keeps each answer by its route."""

    def __init__(self, shop: Site) -> None:
        self.shop = shop
        self.told: dict[str, dict[str, Any]] = {}

    async def ask(
        self, route: str, body: Any = None, *, pk: bool = False, query: str = "", **path: str
    ) -> Any:
        """Ask a route, its path filled in, with the secret key unless `pk`."""
        method, _, template = route.partition(" ")
        key = self.shop.pk if pk else ""
        response = await self.shop.ask(method, template.format(**path) + query, body, key=key)
        read = json.loads(response.content)
        self.told[route] = {"status": response.status_code, "body": read}
        return read


async def tell(story: Story, chain: EvmChain, payer: Payer) -> None:
    """Walk once through the life of a payment, and look at it from everywhere."""
    ask = story.ask
    public = "/sdk/public/payments"
    for path in ("account", "chains", "ledgers/verified", "ledgers/all-with-prices"):
        await ask(f"GET /sdk/public/{path}", pk=True)
    await ask("GET /sdk/public/ledgers/{id}", pk=True, id=chain.usdc)
    for path in ("account", "ledgers/verified", "ledgers/all-with-prices"):
        await ask(f"GET /sdk/{path}")
    await ask("GET /sdk/ledgers/{id}", id="dev_usdc")
    query = f"?network=evm&address={payer.address}&amountUsd=5&tokenShortcodes=dev_usdc"
    await ask("GET /sdk/public/wallet/external-balances", pk=True, query=query)
    body = {"amountUsd": 5, "description": "Order", "metadata": {"orderId": "O-1", "icpay": {}}}
    made = await ask(f"POST {public}/intents", body, pk=True)
    id = made["paymentIntentId"]
    token = {"tokenShortcode": "dev_usdc"}
    await ask(f"PATCH {public}/intents/{{id}}/set-token", token, pk=True, id=id)
    required = await ask(
        f"POST {public}/intents/x402", token | {"amountUsd": 5, "paymentIntentId": id}, pk=True
    )
    (asked,) = required["accepts"]
    settlement = {
        "paymentIntentId": id,
        "paymentHeader": payer.sign(asked, now(story.shop)),
        "paymentRequirements": asked,
    }
    await ask(f"POST {public}/x402/settle", settlement, pk=True)
    await look(story.shop, chain, 3)
    done = await ask(f"POST {public}/x402/settle", settlement, pk=True)
    await ask(f"GET {public}/intents/{{id}}", pk=True, id=id)
    await ask(f"POST {public}/notify", {"paymentIntentId": id}, pk=True)
    tx, payment = done["txHash"], done["payment"]["id"]
    await ask("GET /sdk/public/transactions/{id}/sync", pk=True, id=tx)
    address = NewDestination(family="evm", kind="address", value=ACCOUNTS[1])
    await story.shop.house.accounts.put_destination(story.shop.account.id, address)
    for path in ("account/wallet-balances", "wallets/with-balances"):
        await ask(f"GET /sdk/{path}")
    for path in ("payments", "payments/history"):
        await ask(f"GET /sdk/{path}")
    await ask("GET /sdk/payments/{id}", id=payment)
    await ask("GET /sdk/payments/by-principal/{principal}", principal=payer.address)
    await ask("POST /sdk/payments/by-metadata", {"metadata": {"orderId": "O-1"}})
    await ask("GET /sdk/payment-intents/{id}", id=id)
    await ask("GET /sdk/transactions/{id}", id=tx)
    await ask("GET /sdk/transactions/{id}/status", id=tx)
    await ask("GET /sdk/invoices/{id}", id="inv_1")
    destinations = (await story.shop.get("/v1/destinations"))["data"]
    place = next(one["id"] for one in destinations if one["family"] == "evm")
    await ask("GET /sdk/wallets/{id}", id=place)
    events = (await story.shop.get("/v1/events?type=payment_intent.succeeded"))["data"]
    await ask("GET /sdk/webhook-events/{id}", id=events[0]["id"])
    till = {"amountUsd": 12.5, "name": "Table 4", "tokenShortcodes": ["dev_usdc"]}
    link = await ask("POST /sdk/public/payment-links", till, pk=True)
    await ask("GET /public/payment-links/{shortcode}", shortcode=link["shortcode"])
    for path in (
        "payments/intents/x402/upto/confirm",
        "payments/x402/relay",
        "payments/solana/relay",
        "payments/intents/stripe/checkout",
        "onramp/intents",
        "atxp/quote",
    ):
        await ask(f"POST /sdk/public/{path}", {}, pk=True)
    await ask("POST /sdk/payments/x402/upto/settle", {"paymentIntentId": id})


async def test_every_route_answers_as_it_did_and_as_its_clients_read(
    shop: Site, chain: EvmChain, payer: Payer
) -> None:
    story = Story(shop)
    await tell(story, chain, payer)
    assert set(story.told) == set(icpay_shapes.ROUTES), "every route is asked"
    for route, told in story.told.items():
        assert icpay_shapes.faults(route, told["body"]) == [], route
    said = {route: plain(told) for route, told in story.told.items()}
    if os.environ.get("OPENTILL_GOLDEN"):
        GOLDEN.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    golden = json.loads(GOLDEN.read_text())
    assert set(said) == set(golden)
    for route, told in said.items():
        assert told == golden[route], route
