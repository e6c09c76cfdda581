"""ICPay's widget, unmodified, in a browser whose wallet signs with a key of its own."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Open
from e2e.host import Host
from e2e.icpay.conftest import SHORT, USDC
from e2e.signer import Signer
from e2e.till import ROOT, Till
from tests.components.parts import node_path
from tests.rails.evm_chain import EvmChain

BUILD_SECONDS_MAX = 60
TOKEN = f"{SHORT}_usdc"
PAGE = """<!doctype html><title>Shop</title><link rel="icon" href="data:,">
<{tag} id="widget"></{tag}>
<script type="module">
import "/widget.js";
window.told = [];
for (const name of ["created", "updated", "completed", "failed"])
  addEventListener(`icpay-sdk-transaction-${{name}}`, (event) => told.push([name, event.detail]));
document.querySelector("#widget").config = {config};
</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A site of its own, with the widget bundled as a site bundles it."""
    out = tmp_path_factory.mktemp("widget") / "widget.js"
    command = [node_path(), str(ROOT / "node_modules" / "esbuild" / "bin" / "esbuild")]
    command += [str(Path(__file__).parent / "widget.mjs"), "--bundle", "--format=esm"]
    command += ["--define:global=globalThis", "--log-level=error", f"--outfile={out}"]
    built = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS_MAX)
    assert built.returncode == 0, built.stderr
    with Host() as host:
        host.files["/widget.js"] = ("text/javascript", out.read_bytes())
        yield host


def enter(page: Page, site: Host, till: Till, tag: str, **config: Any) -> None:
    """Open a page with one of its elements on it."""
    given = {"publishableKey": till.pk, "apiUrl": till.url, "chainTypes": ["evm"]} | config
    text = PAGE.format(tag=f"icpay-{tag}", config=json.dumps(given))
    site.files["/"] = ("text/html", text.encode())
    page.goto(site.url)


def choose(page: Page) -> None:
    """Choose the wallet, then what to pay with."""
    page.get_by_text("MetaMask", exact=True).click()
    page.locator(".currency-item", has_text="USD Coin").filter(has_text="Base Sepolia").click()


def completed(page: Page, signer: Signer) -> dict[str, Any]:
    """Wait until the window heard of the end; return the intent it was told."""
    page.wait_for_function("told.some(([name]) => name === 'completed')")
    told = page.evaluate("told")
    assert "failed" not in [name for name, _ in told]
    (end,) = (detail for name, detail in told if name == "completed")
    assert end["status"] == "completed"
    assert signer.asked.count("eth_signTypedData_v4") == 1
    assert "eth_sendTransaction" not in signer.asked
    found: dict[str, Any] = end["payment"]["paymentIntent"]
    return found


@pytest.mark.parametrize(
    ("tag", "button", "usd", "config"),
    [
        ("pay-button", "Pay $5.00", "5.00", {"amountUsd": 5, "buttonLabel": "Pay ${amount}"}),
        ("tip-jar", "Tip $5", "5.00", {"amountsUsd": [1, 5]}),
        ("amount-input", "Pay $2.50", "2.50", {"minUsd": 1}),
        ("article-paywall", "Pay $3.00", "3.00", {"priceUsd": 3, "lockedContent": "The end."}),
    ],
)
def test_an_element_is_paid_by_a_signature(
    icpay_till: Till,
    base: EvmChain,
    payer: Signer,
    site: Host,
    open_page: Open,
    tag: str,
    button: str,
    usd: str,
    config: dict[str, Any],
) -> None:
    page = open_page(expected=("402",))  # what a browser calls the asking for a payment
    answers: list[tuple[str, int]] = []
    page.on("response", lambda one: answers.append((one.url, one.status)))
    payer.asked.clear()
    payer.enter(page, "MetaMask", injected=True)
    enter(page, site, icpay_till, tag, metadata={"orderId": tag}, **config)
    if tag == "amount-input":
        page.locator("input[type=number]").fill(usd)
    if tag == "tip-jar":
        page.get_by_text("$5", exact=True).click()
    before = base.balance(USDC, payer.address)
    page.get_by_role("button", name=button).click()
    choose(page)
    intent = completed(page, payer)
    view = icpay_till.view(intent["id"])
    assert (view["status"], view["amount"], view["currency"]) == ("succeeded", usd, "USD")
    assert view["metadata"]["orderId"] == tag
    assert base.balance(USDC, payer.address) == before - int(view["payments"][0]["amount_atomic"])
    expect(page.get_by_text("Payment Complete!")).to_be_visible()
    assert [one for one in answers if one[1] >= 400 and one[1] != 402] == []
    assert any(f"{intent['id']}/stream?" in url for url, _ in answers), "followed by its stream"
