"""ICPay's SDK, unmodified, in Node.js: all it may ask of a server, and payments to the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from e2e.icpay.client import Answer, Sdk
from e2e.icpay.conftest import CHAIN, PAYER, SHORT, USDC
from e2e.signer import Signer
from e2e.till import Till
from tests.rails.evm_chain import EvmChain
from tests.rails.till import fresh_address

TOKEN, COIN = f"{SHORT}_usdc", f"{SHORT}_eth"
NOTHING = "0x" + "0" * 40
# What is paid by services no self-hosted checkout has; it says so in its own words.
NOT_HERE = (
    "/sdk/public/onramp/",
    "/sdk/public/atxp/",
    "/stripe/",
    "/sdk/public/payments/x402/upto",
)


class Shop:
    """A site with the SDK in it: its keys, and its shopper's wallet."""

    def __init__(self, sdk: Sdk, till: Till, chain: EvmChain, shopper: Signer) -> None:
        self.sdk = sdk
        self.till = till
        self.shopper = shopper
        self.held = {"rpc": chain.anvil.url, "key": f"0x{PAYER.hex()}"}
        self.public = {"apiUrl": till.url, "publishableKey": till.pk}
        self.secret = {"apiUrl": till.url, "secretKey": till.sk}

    def start(self, name: str, *words: Any, refuses: tuple[str, ...] = (), **config: Any) -> int:
        held = self.held | {"refuses": refuses}
        return self.sdk.start(name, *words, config=self.public | config, wallet=held)

    def call(self, name: str, *words: Any, **config: Any) -> Answer:
        """Call with the publishable key, as a page does."""
        return self.sdk.wait(self.start(name, *words, **config))

    def ask(self, name: str, *words: Any) -> Any:
        """Call with the secret key alone, as a merchant's server does."""
        answer = self.sdk.wait(self.sdk.start(name, *words, config=self.secret))
        assert answer.error is None, answer.error
        return answer.result

    def get(self, name: str, *words: Any, **config: Any) -> Any:
        answer = self.call(name, *words, **config)
        assert answer.error is None, answer.error
        return answer.result

    def paid(self, **more: Any) -> Answer:
        """Pay by a signature and wait for the end."""
        request = {"usdAmount": 5, "tokenShortcode": TOKEN, "metadata": {"orderId": "A"}} | more
        return self.call("createPaymentX402Usd", request)


@pytest.fixture(scope="module")
def shop(
    icpay_till: Till, base: EvmChain, payer: Signer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    with Sdk(tmp_path_factory.mktemp("sdk") / "log") as sdk:
        yield Shop(sdk, icpay_till, base, payer)
        lost = [one for one in sdk.asked if one[2] in {404, 405}]
        assert [one for one in lost if not any(part in one[1] for part in NOT_HERE)] == []


@pytest.fixture(scope="module")
def payment(shop: Shop) -> Answer:
    """A payment by signature, to its end."""
    return shop.paid()


def only(rows: list[dict[str, Any]], **by: Any) -> dict[str, Any]:
    (found,) = (row for row in rows if by.items() <= row.items())
    return found


def test_an_account_and_what_it_takes(shop: Shop) -> None:
    account = shop.get("getAccountInfo")
    assert account["isActive"]
    assert not account["isLive"]
    assert 1 <= account["accountCanisterId"] < 2**32
    again = shop.ask("getAccountInfo")  # a secret key opens what a publishable one does
    assert again == account
    for name in ("getVerifiedLedgers", "getAllLedgersWithPrices"):
        dollar = only(shop.get(name), shortcode=TOKEN)
        assert (dollar["canisterId"], dollar["decimals"]) == (USDC, 6)
        assert dollar["currentPrice"] == 1
    ledger = shop.get("getLedgerInfo", USDC)
    assert ledger["symbol"] == "USDC"
    chain = only(shop.get("getChains"), shortcode=SHORT)
    assert (chain["chainId"], chain["chainType"]) == (str(CHAIN), "evm")
    coin = shop.get("getLedgerInfo", NOTHING, {"chainId": chain["id"]})
    assert coin["symbol"] == "ETH"
    price = {"usdAmount": 5, "ledgerCanisterId": USDC}
    assert shop.get("calculateTokenAmountFromUSD", price)["tokenAmountDecimals"] == "5000000"


def test_what_a_wallet_holds(shop: Shop, base: EvmChain) -> None:
    holder = fresh_address()  # what is known of a wallet is remembered for seconds
    base.mint(USDC, holder, 7_000_000)
    held = {"network": "evm", "address": holder, "amountUsd": 5}
    balances = shop.get("getExternalWalletBalances", held)["balances"]
    dollar = only(balances, tokenShortcode=TOKEN)
    assert (dollar["balance"], dollar["formattedBalance"]) == ("7000000", "7")
    assert (dollar["requiredAmount"], dollar["hasSufficientBalance"]) == ("5000000", True)
    assert (dollar["x402Accepts"], dollar["eip3009Version"]) == (True, "2")
    poor = held | {"address": fresh_address(), "tokenShortcodes": [TOKEN]}
    (dollar,) = shop.get("getExternalWalletBalances", poor)["balances"]
    assert (dollar["balance"], dollar["hasSufficientBalance"]) == ("0", False)


def test_a_signature_pays(shop: Shop, base: EvmChain, payment: Answer) -> None:
    assert payment.error is None, payment.error
    assert payment.result["status"] == "completed"
    asked = [(method, path.rpartition("/public")[2]) for method, path, _ in payment.asked]
    assert asked[:2] == [
        ("POST", "/payments/intents/x402"),
        ("POST", "/payments/x402/settle"),
    ]
    assert [status for *_, status in payment.asked[:2]] in ([402, 200], [402, 201])
    assert payment.events[-1] == "icpay-sdk-transaction-completed"
    assert "icpay-sdk-transaction-failed" not in payment.events
    intent = payment.result["payment"]["paymentIntent"]
    assert intent["metadata"]["orderId"] == "A"
    view = shop.till.view(intent["id"])
    assert (view["status"], len(view["payments"])) == ("succeeded", 1)
    (paid,) = view["payments"]
    moved = base.receipt(paid["tx"])["logs"]
    assert [log["address"] for log in moved] == [USDC.lower()] * 2  # authorized, transferred
    assert paid["amount_atomic"] == "5000000"


def test_an_intent_is_used_again_by_config_and_by_request(shop: Shop) -> None:
    calls = {}
    for way in ("config", "request"):
        intent = shop.till.intent("3.00", metadata={"order": way})
        request: dict[str, Any] = {"usdAmount": 3, "tokenShortcode": TOKEN}
        named = {"paymentIntentId": intent}
        config: dict[str, Any] = named if way == "config" else {}
        request |= {} if config else named
        calls[way, intent] = shop.start("createPaymentX402Usd", request, **config)
    for (way, intent), call in calls.items():
        answer = shop.sdk.wait(call)
        assert answer.error is None, answer.error
        assert answer.result["status"] == "completed"
        view = shop.till.view(intent)
        assert view["status"] == "succeeded"
        assert view["metadata"]["order"] == way
        assert answer.result["payment"]["paymentIntent"]["id"] == intent


def test_a_refused_signature_ends_with_its_intent(shop: Shop) -> None:
    intent = shop.till.intent("4.00")
    request = {"usdAmount": 4, "tokenShortcode": TOKEN, "paymentIntentId": intent}
    refuses = ("eth_signTypedData_v4",)
    call = shop.start("createPaymentX402Usd", request, refuses=refuses)
    shop.sdk.refused(call)
    shop.till.expire(intent)
    answer = shop.sdk.wait(call)
    assert answer.error is None
    assert answer.result["status"] == "failed"
    assert answer.events[-1] == "icpay-sdk-transaction-failed"
    assert all(path.endswith("/notify") for _, path, _ in answer.asked[1:])
    assert shop.till.view(intent)["payments"] == []


def test_the_chains_own_coin_is_sent_to_the_merchant(shop: Shop, base: EvmChain) -> None:
    request = {"usdAmount": 6, "tokenShortcode": COIN, "metadata": {"orderId": "N"}}
    answer = shop.call("createPaymentUsd", request)
    assert answer.error is None, answer.error
    assert answer.result["status"] == "completed"
    assert "icpay-sdk-transaction-created" in answer.events
    intent = answer.result["payment"]["paymentIntent"]
    (paid,) = shop.till.view(intent["id"])["payments"]
    sent = base.anvil.rpc("eth_getTransactionByHash", paid["tx"])
    assert sent["input"].startswith("0x8062dd66")  # the SDK's own words for a processor
    assert sent["input"].endswith("8021" * 8), "and its mark behind them"
    words = sent["input"][10:]
    number = shop.get("getAccountInfo")["accountCanisterId"]
    assert int(words[:16], 16) == number
    assert int(words[56:64], 16) == intent["intentCode"]
    assert int(sent["value"], 16) == int(paid["amount_atomic"])


def test_money_goes_straight_to_whom_a_page_names(shop: Shop, base: EvmChain) -> None:
    named: dict[str, Any] = {"recipientAddress": fresh_address(), "metadata": {"orderId": "relay"}}
    shop.till.ask("PATCH", "/v1/account", {"browser_recipients": False})
    refused = shop.paid(**named)
    assert refused.error is not None, "no page may, unless the account lets it"
    shop.till.ask("PATCH", "/v1/account", {"browser_recipients": True})
    paid = shop.paid(**named)
    assert paid.error is None, paid.error
    assert paid.result["status"] == "completed"
    assert base.balance(USDC, named["recipientAddress"]) == int(paid.result["amount"]) >= 5_000_000


def test_a_token_is_chosen_later(shop: Shop) -> None:
    intent = shop.till.intent("2.00")
    request = {"usdAmount": 2, "tokenShortcode": COIN}
    answer = shop.call("createPaymentUsd", request, paymentIntentId=intent)
    assert answer.error is None, answer.error
    assert answer.result["status"] == "completed"
    methods = [(method, path.rpartition(intent)[2]) for method, path, _ in answer.asked]
    assert methods[:3] == [("GET", ""), ("PATCH", "/set-token"), ("GET", "")]
    assert shop.till.view(intent)["status"] == "succeeded"


def test_a_page_may_ask_how_a_payment_stands(shop: Shop, payment: Answer) -> None:
    intent = payment.result["payment"]["paymentIntent"]["id"]
    said = shop.get("notifyPayment", {"paymentIntentId": intent})
    assert said["paymentIntent"]["status"] in {"completed", "succeeded"}
    assert (said["payment"]["status"], said["paymentIntentId"]) == ("completed", intent)
    ended = shop.call("waitForPaymentIntentCompletion", intent)
    assert ended.result["status"] == "completed"
    assert [method for method, *_ in ended.asked] == ["GET"]
    by_secret = shop.ask("waitForPaymentIntentCompletion", intent)
    assert by_secret["status"] == "completed"
    lie = {"paymentIntentId": shop.till.intent("7.00"), "transactionId": "0x" + "ab" * 32}
    assert shop.get("notifyPayment", lie)["paymentIntent"]["status"] == "requires_payment"


def test_a_merchants_server_reads_everything(shop: Shop, payment: Answer) -> None:
    intent = payment.result["payment"]["paymentIntent"]["id"]
    listed = shop.ask("protected.listPayments")
    (one,) = (row for row in listed if row["payment"]["paymentIntentId"] == intent)
    assert (one["payment"]["status"], one["payment"]["amount"]) == ("completed", "5000000")
    alone = shop.ask("protected.getPaymentById", one["payment"]["id"])
    assert alone["intent"]["id"] == shop.ask("protected.getPaymentIntentById", intent)["id"]
    history = shop.ask("protected.getPaymentHistory", {"limit": 1, "offset": 0})
    assert (len(history["payments"]), history["limit"]) == (1, 1)
    assert history["total"] >= 1
    by_order = shop.ask("protected.getPaymentsByMetadata", {"metadata": {"orderId": "A"}})
    assert [row["id"] for row in by_order["payments"]] == [one["payment"]["id"]]
    principal = {"principalId": shop.shopper.address}
    by_sender = shop.ask("protected.getPaymentsByPrincipal", principal)
    assert one["payment"]["id"] in [row["id"] for row in by_sender["payments"]]
    assert shop.ask("protected.getDetailedAccountInfo")["isActive"]
    assert only(shop.ask("protected.getVerifiedLedgersPrivate"), shortcode=TOKEN)
    assert only(shop.ask("protected.getAllLedgersWithPricesPrivate"), shortcode=TOKEN)
    assert shop.ask("protected.getLedgerInfoPrivate", USDC)["symbol"] == "USDC"
    moved = alone["transaction"]
    assert shop.ask("protected.getTransactionById", moved["id"])["paymentIntentId"] == intent
    assert shop.ask("protected.getTransactionStatus", moved["id"])["status"] == "completed"
    wallet = only(shop.till.ask("GET", "/v1/destinations")["data"], family="evm")
    assert shop.ask("protected.getWalletById", wallet["id"])["chainType"] == "evm"
    ends = shop.till.ask("GET", "/v1/events?type=payment_intent.succeeded")["data"]
    told = [shop.ask("protected.getWebhookEventById", event["id"]) for event in ends]
    assert {event["type"] for event in told} == {"payment.completed"}
    assert intent in [event["data"]["object"]["paymentIntentId"] for event in told]
    for name in ("getAccountWalletBalances", "getWalletsWithBalances"):
        assert isinstance(shop.ask(f"protected.{name}")["balances"], list)


def test_what_is_not_ours_is_refused_in_words(shop: Shop) -> None:
    for key in ("pk_test_nobody", "sk_test_nobody"):
        answer = shop.call("getAccountInfo", publishableKey=key)
        assert answer.error is not None
        assert answer.error["details"]["status"] == 401
        assert answer.error["details"]["data"]["message"]
    for more in ({"onrampPayment": True}, {"networkType": "stripe"}):
        answer = shop.call("createPayment", {"amountUsd": 5} | more)
        assert answer.error is not None
        assert "configured" in answer.error["details"]["data"]["message"]
    upto = {"usdAmount": 5, "tokenShortcode": TOKEN, "x402Upto": True}
    answer = shop.call("createPaymentX402Usd", upto)
    assert answer.error is not None
    assert "upto" in answer.error["details"]["data"]["message"]
    unknown = {"usdAmount": 5, "tokenShortcode": "no_such"}
    answer = shop.call("createPaymentUsd", unknown)
    assert answer.error is not None
    (status,) = {status for *_, status in answer.asked}
    assert 400 <= status < 500
