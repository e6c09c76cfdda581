"""ICPay's x402 addresses on a real chain: what is asked is signed, settled, and found."""

import base64

import pytest

from app.services.accounts import NewDestination
from tests.compat.icpay_shop import PUBLIC, SETTLE, X402, Payer, look, now, require, settle
from tests.rails.evm_chain import ACCOUNTS, EvmChain
from tests.rails.till import fresh_address
from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_signed_payment_is_settled_and_found_on_the_chain(
    shop: Site, chain: EvmChain, payer: Payer
) -> None:
    required = await require(shop)
    (asked,) = required["accepts"]
    assert required["x402Version"] == 2
    assert required["error"] == ""
    assert asked["scheme"] == "exact"
    assert asked["network"] == f"eip155:{chain.anvil.chain_id}"
    assert asked["maxAmountRequired"] == "5000000"
    assert asked["asset"] == chain.usdc
    assert asked["extra"]["intentId"] == required["paymentIntentId"]
    assert (asked["extra"]["name"], asked["extra"]["eip3009Version"]) == ("USD Coin", "2")
    assert asked["extra"]["rpcChainId"] == str(chain.anvil.chain_id)
    header = payer.sign(asked, now(shop))
    sent = await settle(shop, required, header)
    assert (sent["ok"], sent["status"]) == (True, "processing")
    again = await settle(shop, required, header)
    assert again["status"] != "failed"
    await look(shop, chain, 3)
    done = await settle(shop, required, header)
    assert (done["ok"], done["status"]) == (True, "completed")
    assert done["paymentIntent"]["status"] == "succeeded"
    assert done["payment"]["paidAmount"] == "5000000"
    assert done["txHash"] == done["payment"]["transactionId"]
    assert chain.balance(chain.usdc, asked["payTo"]) == 5_000_000, "it was paid once"
    by = await shop.get(f"/sdk/payments/by-principal/{payer.address}")
    assert [one["intent"]["id"] for one in by["payments"]] == [required["paymentIntentId"]]


async def test_a_payment_that_is_reused_stays_one_and_keeps_its_words(
    shop: Site, chain: EvmChain, payer: Payer
) -> None:
    words = {"icpayPaymentLink": {"shortcode": "abc"}, "orderId": "O-9"}
    ours = await shop.intent(ledgers=None, metadata=words)
    required = await require(shop, paymentIntentId=ours["id"], metadata={"icpay": {}})
    assert required["paymentIntentId"] == ours["id"]
    (asked,) = required["accepts"]
    assert asked["maxAmountRequired"] == "10000000", "the price is the intent's own"
    await settle(shop, required, payer.sign(asked, now(shop)))
    body = {"paymentIntentId": ours["id"], "tokenShortcode": "dev_usdc"}
    paying = told(await shop.ask("POST", X402, body, key=shop.pk), 409)
    assert "processing" in paying["message"], "and no word of paying in another way"
    await look(shop, chain, 3)
    (kept,) = (await shop.get("/v1/payment_intents"))["data"]
    assert (kept["id"], kept["status"]) == (ours["id"], "succeeded")
    assert kept["metadata"] == words | {"icpay_x402": True}
    over = told(await shop.ask("POST", X402, body, key=shop.pk), 409)
    assert "succeeded" in over["message"]


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"value": "4999999"}, "invalid_exact_evm_payload_authorization_value_mismatch"),
        ({"to": ACCOUNTS[1]}, "invalid_exact_evm_payload_recipient_mismatch"),
        ({"validBefore": "1"}, "invalid_exact_evm_payload_authorization_valid_before"),
    ],
)
async def test_what_was_not_asked_for_is_refused_whatever_the_echo_says(
    shop: Site, payer: Payer, other: dict[str, str], error: str
) -> None:
    required = await require(shop)
    asked = required["accepts"][0]
    header = payer.sign(asked, now(shop), **other)
    echo = asked | {"maxAmountRequired": "1", "payTo": ACCOUNTS[1]}
    refused = await settle(shop, required, header, paymentRequirements=echo)
    assert (refused["ok"], refused["status"], refused["error"]) == (False, "failed", error)
    assert refused["message"]
    assert refused["paymentIntent"]["status"] == "requires_payment", "it may be paid yet"
    assert refused["payment"] is None


async def test_what_cannot_be_read_or_offered_is_refused_by_name(shop: Site) -> None:
    required = await require(shop)
    body = {"paymentIntentId": required["paymentIntentId"], "paymentRequirements": {}}
    for header, status in (("%%%", 400), (base64.b64encode(b"{}").decode(), 400), (None, 501)):
        response = await shop.ask("POST", SETTLE, body | {"paymentHeader": header}, key=shop.pk)
        assert told(response, status)["message"]
    upto = {"amountUsd": 5, "tokenShortcode": "dev_usdc", "x402Upto": True, "x402Scheme": "upto"}
    assert "upto" in told(await shop.ask("POST", X402, upto, key=shop.pk), 501)["message"]
    sandbox = {"amountUsd": 5, "tokenShortcode": "sandbox_usdc"}
    page = told(await shop.ask("POST", X402, sandbox, key=shop.pk), 400)
    assert "payment page" in page["message"]


async def test_a_chains_own_coin_is_sent_by_the_client_to_the_intents_place(
    shop: Site, chain: EvmChain
) -> None:
    coin = {"amountUsd": 5, "tokenShortcode": "dev_eth"}
    suggested = told(await shop.ask("POST", X402, coin, key=shop.pk), 200)
    assert (suggested["status"], suggested["fallbackSuggested"]) == ("failed", True)
    assert (await shop.get("/v1/payment_intents"))["data"] == [], "the client makes its own"
    made = told(await shop.ask("POST", f"{PUBLIC}/payments/intents", coin, key=shop.pk), 201)
    intent = made["paymentIntent"]
    assert intent["ledgerCanisterId"] == "0x" + "0" * 40
    assert intent["rpcChainId"] == str(chain.anvil.chain_id)
    memo = "0x8062dd66" + "00" * 128 + "62635f68353439633075670b0080218021802180218021802180218021"
    tx = chain.send(intent["contractAddress"], memo, int(intent["amount"]), gas=100_000)
    chain.mine()
    notice = {"paymentIntentId": intent["id"], "transactionId": tx}
    path = f"{PUBLIC}/payments/notify"
    noticed = told(await shop.ask("POST", path, notice, key=shop.pk), 200)
    assert noticed["transactionId"] == tx, "found by the notice alone, no scan has read the block"
    assert noticed["payment"]["paidAmount"] == intent["amount"]
    await look(shop, chain, 3)
    done = told(await shop.ask("POST", path, notice, key=shop.pk), 200)
    assert (done["status"], done["paymentIntent"]["status"]) == ("completed", "succeeded")


async def test_ledgers_say_which_of_them_can_be_signed_for(shop: Site) -> None:
    listed = await shop.get(f"{PUBLIC}/ledgers/verified", key=shop.pk)
    assert {one["id"]: one["x402Accepts"] for one in listed} == {
        "dev_usdc": True,
        "dev_eth": False,
        "sandbox_usdc": False,
        "sandbox_eth": False,
        "sandbox_btc": False,
    }


async def test_a_relay_payment_goes_straight_to_its_recipient(
    shop: Site, chain: EvmChain, payer: Payer
) -> None:
    friend = fresh_address()
    required = await require(shop, recipientAddress=friend.lower())
    (asked,) = required["accepts"]
    assert asked["payTo"] == friend
    await settle(shop, required, payer.sign(asked, now(shop)))
    await look(shop, chain, 3)
    ours = await shop.get(f"/v1/payment_intents/{required['paymentIntentId']}")
    assert (ours["status"], ours["recipients"]) == ("succeeded", {"evm": friend})
    assert chain.balance(chain.usdc, friend) == int(asked["maxAmountRequired"])
    coin = {
        "amountUsd": 5,
        "tokenShortcode": "dev_eth",
        "recipientAddresses": {"evm": friend, "ic": "aaaaa-aa", "sol": ""},
        "externalCostAmount": "0",
    }
    made = told(await shop.ask("POST", f"{PUBLIC}/payments/intents", coin, key=shop.pk), 201)
    intent = made["paymentIntent"]
    assert intent["contractAddress"] == friend
    chain.send(friend, "0x8062dd66", int(intent["amount"]), gas=100_000)
    await look(shop, chain, 3)
    assert (await shop.get(f"/v1/payment_intents/{intent['id']}"))["status"] == "succeeded"


async def test_a_relay_that_cannot_be_kept_is_refused_by_name(shop: Site) -> None:
    friend = fresh_address()
    path = f"{PUBLIC}/payments/intents"
    body = {"amountUsd": 5, "tokenShortcode": "dev_usdc"}
    for asked, words in (
        ({"recipientAddress": friend, "externalCostAmount": "100"}, "externalCostAmount"),
        ({"recipientAddresses": {"ic": "aaaaa-aa"}}, "recipientAddresses"),
        ({"recipientAddress": "aaaaa-aa"}, "recipientAddress"),
        ({"recipientAddress": friend[:-1] + "g"}, "recipientAddress"),
        ({"recipientAddresses": {"evm": "0x12"}}, "recipients.evm"),
        ({"recipientAddress": friend, "tokenShortcode": "sandbox_usdc"}, "name nobody"),
    ):
        refused = told(await shop.ask("POST", path, body | asked, key=shop.pk), 400)
        assert words in refused["message"], refused
    assert (await shop.get("/v1/payment_intents"))["data"] == [], "nothing is left behind"
    plain = told(await shop.ask("POST", path, body, key=shop.pk), 201)
    other = body | {"paymentIntentId": plain["paymentIntentId"], "recipientAddress": friend}
    assert "recipients" in told(await shop.ask("POST", path, other, key=shop.pk), 409)["message"]
    await shop.patch("/v1/account", {"browser_recipients": False})
    relayed = body | {"recipientAddress": friend}
    assert "browser" in told(await shop.ask("POST", path, relayed, key=shop.pk), 403)["message"]
    told(await shop.ask("POST", path, relayed), 201)


async def test_the_wallets_rows_are_what_it_can_pay_with_and_what_it_has(
    shop: Site, chain: EvmChain, payer: Payer
) -> None:
    path = f"{PUBLIC}/wallet/external-balances?network=evm&address={payer.address}"
    rich = await shop.get(f"{path}&amountUsd=5", key=shop.pk)
    rows = {one["tokenShortcode"]: one for one in rich["balances"]}
    assert set(rows) == {"dev_usdc", "dev_eth"}, "not the sandbox's: no wallet holds that"
    usdc, eth = rows["dev_usdc"], rows["dev_eth"]
    held = chain.balance(chain.usdc, payer.address)
    assert (usdc["balance"], usdc["x402Accepts"]) == (str(held), True)
    assert (usdc["requiredAmount"], usdc["hasSufficientBalance"]) == ("5000000", True)
    assert usdc["requiredAmountFormatted"] == "5"
    assert usdc["chainId"] == str(chain.anvil.chain_id)
    assert (eth["canisterId"], eth["x402Accepts"]) == ("0x" + "0" * 40, False)
    assert eth["hasSufficientBalance"] is False, "it has no coins"
    assert rich["totalBalancesUSD"] == pytest.approx(held / 10**6, abs=0.01)
    plain = await shop.get(path, key=shop.pk)
    assert "hasSufficientBalance" not in plain["balances"][0]
    for more in ("chainShortcodes=dev&tokenShortcodes=dev_usdc", "tokenShortcodes=dev_usdc"):
        few = await shop.get(f"{path}&{more}", key=shop.pk)
        assert [one["tokenShortcode"] for one in few["balances"]] == ["dev_usdc"]
    for network in ("sol", "ic"):
        other = f"{PUBLIC}/wallet/external-balances?network={network}&principal=2vxsx-fae"
        assert (await shop.get(other, key=shop.pk))["balances"] == []
    wrong = f"{PUBLIC}/wallet/external-balances?network=evm&address=0x12"
    assert "address" in told(await shop.ask("GET", wrong, key=shop.pk), 400)["message"]


async def test_the_merchants_own_balances_are_told_where_they_can_be(
    shop: Site, chain: EvmChain
) -> None:
    none = await shop.get("/sdk/account/wallet-balances")
    assert all(not one["chainUuid"].startswith("eip155:") for one in none["balances"]), "an xpub"
    new = NewDestination(family="evm", kind="address", value=ACCOUNTS[1])
    await shop.house.accounts.put_destination(shop.account.id, new)
    rows = {
        one["tokenShortcode"]: one
        for one in (await shop.get("/sdk/wallets/with-balances"))["balances"]
    }
    assert rows["dev_usdc"]["balance"] == str(chain.balance(chain.usdc, ACCOUNTS[1]))
    assert int(rows["dev_eth"]["balance"]) > 10**18


async def test_any_origin_may_read_what_is_asked_for_and_what_is_not_here(shop: Site) -> None:
    origin = {"Origin": "https://shop.example"}
    body = {"amountUsd": 5, "tokenShortcode": "dev_usdc"}
    for path, status in ((X402, 402), (f"{PUBLIC}/payments/solana/relay", 501)):
        response = await shop.ask("POST", path, body, key=shop.pk, headers=origin)
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["content-type"] == "application/json"
