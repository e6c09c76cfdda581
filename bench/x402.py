"""x402: what one settlement costs the house, and one payment by the official client in all.

The node is a process of its own, so that what the house spends is its own: judging, signing,
writing, asking. Every payment is signed beforehand by a key that is thrown away.
"""

import json
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from eth_account import Account

from bench.meter import Sample, cpu_seconds
from bench.report import Row, timed
from bench.subject import BenchFailed, Till, folder
from e2e.icpay.client import Sdk
from tests.components.anvil import Anvil
from tests.components.parts import ROOT, node_path
from tests.rails.evm_chain import XPUB, EvmChain, encode
from tests.x402.payer import FIELDS, GAS_KEY, header, opened

NAMES = ("x402.settle", "x402.fetch", "x402.sdk")
KEY = f"0x{0xB0B:064x}"
CONFIG = """
[[chains]]
id = "eip155:84532"
rpc = ["{rpc}"]
short = "dev"
name = "Development chain"
native = "ETH"
only = ["USDC"]
depths = [{{ confirmations = 1 }}]

[[chains.tokens]]
symbol = "USDC"
contract = "{usdc}"
decimals = 6
eip712 = ["USD Coin", "2"]
"""
DOLLAR = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"  # where the official client knows a dollar
Json = dict[str, Any]


class Shop:
    """A served house that watches a node of its own and settles on it."""

    def __init__(self, stack: ExitStack) -> None:
        anvil = Anvil(84532)
        stack.callback(anvil.stop)
        self.rpc = anvil.url
        chain = EvmChain(anvil)
        anvil.rpc("anvil_setCode", DOLLAR, anvil.rpc("eth_getCode", chain.usdc, "latest"))
        self.payer = Account.from_key(KEY)
        chain.send(DOLLAR, encode("mint(address,uint256)", self.payer.address, 10**15))
        home = folder()
        config = home / "opentill.toml"
        config.write_text(CONFIG.format(rpc=anvil.url, usdc=DOLLAR))
        given = {"OPENTILL_CONFIG": str(config), "OPENTILL_X402_GAS_KEY": GAS_KEY}
        given |= {"OPENTILL_X402_PAYER_HOURLY": "1000000", "OPENTILL_X402_GAS_DAILY": "1000"}
        self.till = stack.enter_context(Till(home=home, given=given))
        self.till.make_account()
        self.till.start()
        wanted = {"family": "evm", "kind": "xpub", "value": XPUB}
        self.till.call("POST", "/v1/destinations", wanted)
        self._wait()
        self._nonces = iter(range(1, 10**9))

    def _wait(self) -> None:
        """Wait until the node was read once: before that its chain lags, and is not offered."""
        for _ in range(100):
            try:
                self.ask()
                return
            except BenchFailed:
                time.sleep(0.1)
        raise BenchFailed("the house does not offer its chain")

    def ask(self) -> Json:
        body = {"amount": "0.10", "currency": "USD", "resource": "https://shop.example/report"}
        asked: Json = self.till.call("POST", "/v1/x402/requirements", body)
        return asked

    def sign(self, asked: Json) -> str:
        """Return the `PAYMENT-SIGNATURE` for what was asked."""
        (one,) = opened(asked["payment_required"])["accepts"]
        words = {
            "from": self.payer.address,
            "to": one["payTo"],
            "value": int(one["amount"]),
            "validAfter": 0,
            "validBefore": int(time.time()) + 3600,
            "nonce": next(self._nonces).to_bytes(32, "big"),
        }
        domain = {
            "name": one["extra"]["name"],
            "version": one["extra"]["version"],
            "chainId": 84532,
            "verifyingContract": one["asset"],
        }
        signed = Account.sign_typed_data(KEY, domain, {"TransferWithAuthorization": FIELDS}, words)
        told = {name: str(value) for name, value in words.items()}
        told["nonce"] = "0x" + words["nonce"].hex()
        exact = {"authorization": told, "signature": "0x" + signed.signature.hex()}
        return header({"x402Version": 2, "accepted": one, "payload": exact})


def lines(rounds: int, many: int, wants: Callable[[str], bool]) -> list[Row]:
    """Settle `many` a round, one after the other, and let the official client pay once a round."""
    with ExitStack() as stack:
        shop = Shop(stack)
        found: list[Row] = []
        _settled(shop, 3)  # the core is imported when it is first used
        if wants("x402.settle"):
            samples = [_settled(shop, many) for _ in range(rounds)]
            what = "x402: verify and settle one payment, and find its transfer; the node is apart"
            found.append(timed("x402.settle", what, samples))
        if wants("x402.fetch"):
            samples = [_fetched(shop) for _ in range(rounds)]
            what = "x402: the official client from 402 to its receipt, its own start included"
            found.append(timed("x402.fetch", what, samples))
        if wants("x402.sdk"):
            with Sdk(shop.till.home / "sdk.log") as sdk:
                paid = _by_sdk(shop, sdk)
                samples = [paid() for _ in range(rounds + 1)][1:]  # the first also loads the SDK
            what = "x402: ICPay's SDK from its call to `completed`, its polling included"
            found.append(timed("x402.sdk", what, samples))
        return found


def _settled(shop: Shop, many: int) -> Sample:
    signed = [shop.sign(shop.ask()) for _ in range(many)]
    walls: list[float] = []
    before = cpu_seconds(shop.till.pid)
    for one in signed:
        begun = time.perf_counter()
        told = shop.till.call("POST", "/v1/x402/settle", {"payment": one})
        walls.append((time.perf_counter() - begun) * 1000)
        if told["outcome"] != "settled":
            raise BenchFailed(f"x402: {told}")
    return Sample((cpu_seconds(shop.till.pid) - before) / many * 1000, walls)


def _fetched(shop: Shop) -> Sample:
    asked = shop.ask()
    url = f"http://127.0.0.1:{shop.till.port}/x402/{asked['payment_intent']}"
    before, begun = cpu_seconds(shop.till.pid), time.perf_counter()
    command = [node_path(), "tests/x402/fetch.mjs", url, KEY, "eip155:84532"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wall = (time.perf_counter() - begun) * 1000
    if json.loads(said).get("seen") != [402, 200]:
        raise BenchFailed(f"x402: {said}")
    return Sample((cpu_seconds(shop.till.pid) - before) * 1000, [wall])


def _by_sdk(shop: Shop, sdk: Sdk) -> Callable[[], Sample]:
    """Return what pays once by ICPay's SDK and waits for the end."""
    shop.till.call("PATCH", "/v1/account", {"browser_amounts": True})
    key = shop.till.call("POST", "/v1/keys", {"kind": "publishable"})["key"]
    config = {"publishableKey": key, "apiUrl": f"http://127.0.0.1:{shop.till.port}"}
    request = {"usdAmount": 0.1, "tokenShortcode": "dev_usdc"}
    wallet = {"rpc": shop.rpc, "key": KEY}

    def paid() -> Sample:
        before, begun = cpu_seconds(shop.till.pid), time.perf_counter()
        call = sdk.start("createPaymentX402Usd", request, config=config, wallet=wallet)
        answer = sdk.wait(call)
        wall = (time.perf_counter() - begun) * 1000
        if answer.error is not None or answer.result["status"] != "completed":
            raise BenchFailed(f"x402: {answer.error or answer.result}")
        return Sample((cpu_seconds(shop.till.pid) - before) * 1000, [wall])

    return paid
