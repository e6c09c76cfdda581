"""Three ways to pay the same intent on a real node: a code, a browser's wallet, a named hash."""

import io
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from e2e.conftest import Open
from e2e.signer import Refusal, Signer
from e2e.till import Till
from tests.components import Anvil
from tests.rails.evm_chain import EvmChain, encode
from tests.rails.till import fresh_xpub

SETTINGS = """
[[chains]]
id = "eip155:{number}"
rpc = ["{url}"]
rpc_public = "https://rpc.chain.example"
short = "dev"
name = "Development chain"
livemode = false
native = "ETH"
block_seconds = 1
explorer_tx = "https://scan.example/tx/{{tx}}"
depths = [{{ confirmations = 2 }}]
tokens = [{{ symbol = "USDC", contract = "{usdc}", decimals = 6 }}]
"""
PHONE: dict[str, Any] = {
    "has_touch": True,
    "is_mobile": True,
    "viewport": {"width": 390, "height": 844},
}
SECRET = b"\x07" * 32
PUBLIC = "https://pay.example"


@pytest.fixture(scope="module")
def chain(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A chain that mines when told."""
    return EvmChain(anvil_factory(extra=("--no-mining",)))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the operator would put WalletConnect's bundle. Nothing is there."""
    return tmp_path_factory.mktemp("bundle") / "index.umd.js"


@pytest.fixture(scope="module")
def evm_till(
    chain: EvmChain, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Till]:
    """A demo that says it is reached by https, paid on that chain."""
    folder = tmp_path_factory.mktemp("wallet")
    config = folder / "opentill.toml"
    given = {"number": chain.anvil.chain_id, "url": chain.anvil.url, "usdc": chain.usdc}
    config.write_text(SETTINGS.format(**given))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {"OPENTILL_CONFIG": os.fspath(config), "OPENTILL_PUBLIC_URL": PUBLIC}
    environment["OPENTILL_WALLETCONNECT"] = os.fspath(bundle)
    with Till(folder / "data", port=port, **environment) as running:
        new = {"family": "evm", "kind": "xpub", "value": fresh_xpub()}
        running.ask("POST", "/v1/destinations", new)
        yield running


@pytest.fixture
def signer(chain: EvmChain) -> Signer:
    """A wallet with a thousand dollars and some coin, on the chain."""
    made = Signer(chain.anvil, SECRET)
    chain.send(made.address, value=10**18)
    chain.transfer(chain.usdc, made.address, 1_000_000_000)
    chain.mine()
    return made


def payable(till: Till, ledger: str = "dev_usdc", amount: str = "18.00") -> tuple[str, str]:
    """Return an intent that is ready to be paid, and where its money goes."""
    intent = till.intent(amount, ledgers=[ledger])
    return intent, till.view(intent)["quotes"][0]["prompt"]["to"]


def ask(page: Page) -> None:
    """Open the panel and choose the wallet that announced itself."""
    page.get_by_role("button", name="Pay with a browser wallet").click()
    page.get_by_role("dialog").get_by_role("button", name="Signer").click()


def said(page: Page, words: str) -> None:
    expect(page.locator("#payer-say")).to_contain_text(words)


def test_a_code_on_the_screen_is_read_and_paid(
    evm_till: Till, chain: EvmChain, open_page: Open
) -> None:
    page = open_page()
    intent, to = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    picture = Image.open(io.BytesIO(page.locator("a.code").screenshot()))
    [code] = zxingcpp.read_barcodes(picture)
    # EIP-681: "ethereum:" target "@" chain ["/" function] ["?" parameters]
    scheme, _, rest = code.text.partition(":")
    path, _, query = rest.partition("?")
    target, _, call = path.partition("/")
    contract, _, number = target.partition("@")
    asked = dict(parse_qsl(query, strict_parsing=True))
    assert (scheme, int(number), call) == ("ethereum", chain.anvil.chain_id, "transfer")
    data = encode("transfer(address,uint256)", asked["address"], int(asked["uint256"]))
    chain.send(contract, data)
    chain.mine(3)
    expect(page.locator("main.settled")).to_be_visible()
    assert chain.balance(chain.usdc, to) == 18_000_000


def test_a_wallet_in_the_browser_pays_once(
    evm_till: Till, chain: EvmChain, signer: Signer, open_page: Open
) -> None:
    page = open_page(expected=("429",))  # a reload asks again at once
    signer.enter(page)
    intent, to = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    scripts = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [name for name in scripts if "wallet" in name], "nobody asked for a wallet yet"
    ask(page)
    said(page, "Please do not pay again")
    expect(page.locator("#payer-list button")).to_have_count(0)
    assert page.url.startswith(f"{evm_till.url}/i/{intent}#tx=0x")
    page.reload()
    page.get_by_role("button", name="Sent from your wallet").click()
    said(page, "Please do not pay again")
    expect(page.locator("#payer-list button")).to_have_count(0)
    chain.mine()
    expect(page.locator("main.processing")).to_be_visible()
    expect(page.locator("#payer")).to_be_hidden()
    assert "#" not in page.url
    chain.mine(2)
    expect(page.locator("main.settled")).to_be_visible()
    assert chain.balance(chain.usdc, to) == 18_000_000
    assert signer.asked.count("eth_sendTransaction") == 1
    assert [one["ledger"] for one in evm_till.view(intent)["payments"]] == ["dev_usdc"]


def test_what_a_wallet_refuses_has_its_own_words_and_a_way_on(
    evm_till: Till, chain: EvmChain, signer: Signer, open_page: Open
) -> None:
    page = open_page()
    signer.enter(page)
    intent, to = payable(evm_till, "dev_eth")
    page.goto(f"{evm_till.url}/i/{intent}")
    page.get_by_role("button", name="Pay with a browser wallet").click()
    ours = page.get_by_role("dialog").get_by_role("button", name="Signer <b>& Co")
    expect(ours.locator("img")).to_have_attribute("alt", "")
    for method, code, words in (
        ("eth_requestAccounts", 4001, "You declined"),
        ("eth_requestAccounts", -32002, "asking you something already"),
        ("eth_requestAccounts", 4100, "Unlock it"),
        ("eth_sendTransaction", 4001, "Nothing was sent"),
        ("eth_sendTransaction", -32603, "Look there whether the payment was sent"),
    ):
        signer.refusals[method] = Refusal(code, "no")
        ours.click()
        said(page, words)
    ours.click()
    said(page, "Please do not pay again")
    chain.mine(3)
    expect(page.locator("main.settled")).to_be_visible()
    paid = int(chain.anvil.rpc("eth_getBalance", to, "latest"), 16)
    assert paid == int(evm_till.view(intent)["payments"][0]["amount_atomic"])


def test_a_wallet_changes_network_or_learns_it(
    evm_till: Till, chain: EvmChain, signer: Signer, open_page: Open
) -> None:
    page = open_page()
    signer.enter(page)
    signer.chains, signer.chain = {1, chain.anvil.chain_id}, 1
    intent, _ = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    signer.refusals["wallet_switchEthereumChain"] = Refusal(4001, "no")
    ask(page)
    said(page, "You declined")
    page.get_by_role("button", name="Signer").click()
    said(page, "Please do not pay again")
    assert "wallet_addEthereumChain" not in signer.asked
    chain.mine(3)
    expect(page.locator("main.settled")).to_be_visible()

    signer.chains, signer.chain = {1}, 1
    intent, _ = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    ask(page)
    said(page, "Please do not pay again")
    chain.mine(3)
    expect(page.locator("main.settled")).to_be_visible()
    assert signer.added == {
        "chainId": hex(chain.anvil.chain_id),
        "chainName": "Development chain",
        "nativeCurrency": {"name": "ETH", "symbol": "ETH", "decimals": 18},
        "rpcUrls": ["https://rpc.chain.example"],
        "blockExplorerUrls": ["https://scan.example"],
    }


def test_a_wallet_without_enough_says_so(evm_till: Till, chain: EvmChain, open_page: Open) -> None:
    page = open_page()
    Signer(chain.anvil, b"\x09" * 32).enter(page)  # an account with nothing in it
    intent, _ = payable(evm_till, "dev_eth")
    page.goto(f"{evm_till.url}/i/{intent}")
    ask(page)
    said(page, "There is not enough in this wallet")
    expect(page.get_by_role("dialog").get_by_role("button", name="Signer")).to_be_visible()


def test_no_wallet_or_only_the_old_kind(evm_till: Till, chain: EvmChain, open_page: Open) -> None:
    page = open_page()
    intent, _ = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    page.get_by_role("button", name="Pay with a browser wallet").click()
    said(page, "No wallet was found in this browser")
    page.keyboard.press("Escape")
    expect(page.locator("#payer")).to_be_hidden()
    page.evaluate("window.ethereum = { request: async () => [] }")
    page.get_by_role("button", name="Pay with a browser wallet").click()
    page.get_by_role("button", name="The wallet of this browser").click()
    said(page, "gave no account")


def test_a_hash_that_is_named_is_found(evm_till: Till, chain: EvmChain, open_page: Open) -> None:
    page = open_page()
    intent, to = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    tx = chain.transfer(chain.usdc, to, 18_000_000)
    chain.mine()
    hint = {"chain": f"eip155:{chain.anvil.chain_id}", "tx": tx}
    found = evm_till.ask("POST", f"/v1/payment_intents/{intent}/transactions", hint)
    assert [one["tx"] for one in found["data"]] == [tx]
    expect(page.locator("main.processing")).to_be_visible()
    chain.mine(2)
    expect(page.locator("main.settled")).to_be_visible()


def test_a_page_opened_in_a_wallets_own_browser_pays_and_the_first_one_turns(
    evm_till: Till, chain: EvmChain, signer: Signer, open_page: Open
) -> None:
    first = open_page(**PHONE)
    intent, _ = payable(evm_till)
    first.goto(f"{evm_till.url}/i/{intent}")
    first.get_by_text("Choose your wallet").click()
    link = first.get_by_role("link", name="Base (Coinbase Wallet)")
    expect(link).to_have_attribute("target", "_blank")
    _, _, inside = (link.get_attribute("href") or "").partition("?cb_url=")
    second = open_page(**PHONE)
    signer.enter(second)
    second.goto(unquote(inside).replace(PUBLIC, evm_till.url))
    ask(second)
    said(second, "Please do not pay again")
    chain.mine()
    for page in (first, second):
        expect(page.locator("main.processing")).to_be_visible()
    chain.mine(2)
    for page in (first, second):
        expect(page.locator("main.settled")).to_be_visible()


def test_wallets_are_offered_where_a_finger_points(evm_till: Till, open_page: Open) -> None:
    page = open_page()
    intent, _ = payable(evm_till)
    page.goto(f"{evm_till.url}/i/{intent}")
    expect(page.locator("#wallet")).to_be_visible()
    expect(page.get_by_text("Choose your wallet")).to_be_hidden()


# What the vendor's bundle does as seen from the page: it tells of a pairing, then asks a relay.
STAND_IN = """globalThis.trustedTypes?.createPolicy("vendor", {});
globalThis["@walletconnect/ethereum-provider"] = { EthereumProvider: {
  async init({ projectId, optionalChains, showQrModal }) {
    let tell;
    return {
      on: (_, listener) => (tell = listener),
      async connect() {
        if (projectId !== "%s" || optionalChains[0] !== %d || showQrModal) throw { code: 1 };
        tell("%s");
        await new Promise((done) => setTimeout(done, 1500));
        throw new Error("no relay");
      },
    };
  },
} };"""


def test_walletconnect_is_there_for_who_wants_it_alone(
    evm_till: Till, chain: EvmChain, bundle: Path, open_page: Open
) -> None:
    page = open_page(expected=("404",))
    intent, _ = payable(evm_till)
    plain = page.goto(f"{evm_till.url}/i/{intent}")
    assert plain
    assert "relay" not in plain.headers["content-security-policy"]
    project, pairing = "ab" * 16, f"wc:{'ab' * 32}@2?relay-protocol=irn&symKey={'cd' * 32}"
    evm_till.ask("PATCH", "/v1/account", {"walletconnect_project_id": project})
    try:
        wanted = page.goto(f"{evm_till.url}/i/{intent}")
        assert wanted
        relays = "connect-src 'self' wss://relay.walletconnect.com wss://relay.walletconnect.org;"
        assert relays in wanted.headers["content-security-policy"]
        page.get_by_role("button", name="Pay with a browser wallet").click()
        scripts = "performance.getEntriesByType('resource').map((one) => one.name).join()"
        assert "walletconnect" not in page.evaluate(scripts), "nobody asked for it yet"
        elsewhere = page.get_by_role("button", name="A wallet on another device")
        elsewhere.click()
        said(page, "WalletConnect is not installed here")
        bundle.write_text(STAND_IN % (project, chain.anvil.chain_id, pairing))
        page.reload()
        page.get_by_role("button", name="Pay with a browser wallet").click()
        elsewhere.click()
        said(page, "Scan this code")
        link = page.get_by_role("link", name="Rainbow")
        expect(link).to_have_attribute(
            "href", f"https://rnbwapp.com/wc?uri={quote(pairing, safe='')}"
        )
        expect(page.locator("#payer-code")).to_have_attribute("src", re.compile("^data:image/svg"))
        picture = Image.open(io.BytesIO(page.locator("#payer-code").screenshot()))
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [pairing]
        said(page, "WalletConnect cannot be reached")
    finally:
        evm_till.ask("PATCH", "/v1/account", {"walletconnect_project_id": None})
