"""A real ERC-20 transfer on a real node turns the shopper's page and the shop around it."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from e2e.conftest import Open
from e2e.host import Host
from e2e.signer import Signer
from e2e.test_icpay_embed import Shop
from e2e.test_modal import checkout, enter, heard
from e2e.till import Till
from tests.components import Anvil
from tests.rails.evm_chain import EvmChain
from tests.rails.till import fresh_xpub

SETTINGS = """
[[chains]]
id = "eip155:{number}"
rpc = ["{url}"]
short = "dev"
name = "Development chain"
livemode = false
native = "ETH"
block_seconds = 1
explorer_tx = "https://scan.example/tx/{{tx}}"
depths = [{{ confirmations = 2 }}]
tokens = [{{ symbol = "USDC", contract = "{usdc}", decimals = 6 }}]
"""


@pytest.fixture(scope="module")
def chain(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A chain that mines when told."""
    return EvmChain(anvil_factory(extra=("--no-mining",)))


@pytest.fixture(scope="module")
def evm_till(chain: EvmChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A demo whose account is also paid on that chain."""
    folder = tmp_path_factory.mktemp("chain")
    config = folder / "opentill.toml"
    given = {"number": chain.anvil.chain_id, "url": chain.anvil.url, "usdc": chain.usdc}
    config.write_text(SETTINGS.format(**given))
    with Till(folder / "data", OPENTILL_CONFIG=os.fspath(config)) as running:
        new = {"family": "evm", "kind": "xpub", "value": fresh_xpub()}
        running.ask("POST", "/v1/destinations", new)
        yield running


def test_a_wallet_pays_in_two_parts_and_the_shop_hears(
    evm_till: Till, chain: EvmChain, open_page: Open
) -> None:
    page = open_page()
    enter(page, evm_till)
    page.locator("#by-amount").click()
    frame = checkout(page)
    frame.locator("#dev_usdc").click()
    expect(frame.locator("main.pending")).to_contain_text("Development chain")
    expect(frame.locator(".sandbox")).to_have_count(0)
    to = frame.locator("#copy-address").get_attribute("data-copy")
    code = frame.locator("a.code").get_attribute("href")
    number = chain.anvil.chain_id
    asked = f"ethereum:{chain.usdc}@{number}/transfer?address={to}&uint256="
    assert to
    assert code == f"{asked}18000000"
    first = chain.transfer(chain.usdc, to, 8_000_000)
    chain.mine()
    expect(frame.locator("main.underpaid")).to_contain_text("8.00 USD of 18.00 USD arrived")
    expect(frame.locator("a.code")).to_have_attribute("href", f"{asked}10000000")
    explorer = frame.locator(".payments a")
    expect(explorer).to_have_attribute("href", f"https://scan.example/tx/{first}")
    chain.transfer(chain.usdc, to, 10_000_000)
    chain.mine()
    expect(frame.locator("main.processing")).to_be_visible()
    chain.mine()
    expect(frame.locator("main.settled")).to_be_visible()
    assert heard(page, "message") == [["message", "processing"], ["message", "succeeded"]]
    assert chain.balance(chain.usdc, to) == 18_000_000


def test_the_chains_own_coin_is_asked_for_exactly(
    evm_till: Till, chain: EvmChain, open_page: Open
) -> None:
    page = open_page()
    intent = evm_till.intent(ledgers=["dev_eth"])
    page.goto(f"{evm_till.url}/i/{intent}")
    quote = evm_till.view(intent)["quotes"][0]
    expect(page.locator("a.code")).to_have_attribute("href", quote["prompt"]["uri"])
    chain.send(quote["prompt"]["to"], value=int(quote["amount_atomic"]))
    chain.mine(2)
    expect(page.locator("main.settled")).to_be_visible()


def test_a_modal_hands_over_to_wallets_and_turns_by_push(
    evm_till: Till, chain: EvmChain, open_page: Open
) -> None:
    page = open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    signer = Signer(chain.anvil, b"\x05" * 32)
    chain.send(signer.address, value=10**18)
    chain.transfer(chain.usdc, signer.address, 100_000_000)
    chain.mine()
    signer.enter(page.context)
    page.context.route("https://link.metamask.io/**", lambda route: route.fulfill(body="app"))
    enter(page, evm_till)
    page.locator("#by-amount").click()
    frame = checkout(page)
    frame.locator("#dev_usdc").click()
    frame.get_by_text("Choose your wallet").click()
    with page.expect_popup() as app:
        frame.get_by_role("link", name="MetaMask").click()
    assert app.value.url.startswith(f"https://link.metamask.io/send/{chain.usdc}@31337/transfer?")
    app.value.close()
    with page.expect_popup() as tab:
        frame.get_by_role("link", name="Pay with a browser wallet").click()
    frame.locator("#wallet").click()  # a scheme no app answers here: the shop must stay
    assert page.url == f"{evm_till.shop}/"
    tab.value.get_by_role("dialog").get_by_role("button", name="Signer").click()
    expect(tab.value.locator("#payer-say")).to_contain_text("Please do not pay again")
    chain.mine()
    expect(frame.locator("main.processing")).to_be_visible()
    chain.mine(2)
    expect(frame.locator("main.settled")).to_be_visible()
    expect(tab.value.locator("main.settled")).to_be_visible()
    assert heard(page, "message") == [["message", "processing"], ["message", "succeeded"]]
    assert signer.asked.count("eth_sendTransaction") == 1


def test_a_site_written_for_icpay_pays_whom_it_names(
    evm_till: Till, chain: EvmChain, open_page: Open
) -> None:
    named = "0x" + "1f" * 20
    with Host() as host:
        shop = Shop(evm_till, open_page(), host)
        shop.show()
        wanted = {"tokenShortcodes": ["dev_usdc"], "recipientAddresses": {"evm": named}}
        intent = shop.opened(shop.mount("pay-button", amountUsd=2, **wanted))
        (quote,) = evm_till.view(intent)["quotes"]
        assert quote["prompt"]["to"].lower() == named
        due = int(quote["amount_atomic"])
        tx = chain.transfer(chain.usdc, quote["prompt"]["to"], due)
        chain.mine(3)
        completed, paid = shop.heard("icpay-sdk-transaction-completed", "icpay-pay")
        assert completed["payment"]["transactionId"] == tx
        assert completed["recipientCanister"].lower() == chain.usdc.lower()
        assert int(completed["amount"]) == int(completed["paidAmount"]) == due
        assert paid["tx"]["paymentIntentId"] == intent
    assert chain.balance(chain.usdc, named) == due
