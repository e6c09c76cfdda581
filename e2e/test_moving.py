"""The docs for those who come from BTCPay Server, done step by step as a newcomer does."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.rails.bitcoin.network import BITCOIN_REGTEST
from e2e.conftest import Open
from e2e.host import Host
from e2e.regtest import SETTINGS
from e2e.test_btcpay_modal import Shop
from e2e.test_office import ASKED, EMAIL, PASSWORD, THANKS
from e2e.till import ROOT, START_SECONDS, SURROUNDINGS
from tests.components import Bcoin, ElectrumX, Receiver
from tests.components.parts import free_port
from tests.rails.coin_chain import fresh_tpub

TOLD = [
    *("InvoiceCreated", "InvoiceReceivedPayment", "InvoiceProcessing"),
    *("InvoicePaymentSettled", "InvoiceSettled"),
]


class Served:
    """A server as the docs start it: its address, and the link it prints."""

    def __init__(self, url: str, welcome: str) -> None:
        self.url = url
        self.welcome = welcome


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def served(tmp_path: Path, electrumx: ElectrumX) -> Iterator[Served]:
    config, said, port = tmp_path / "opentill.toml", tmp_path / "said", free_port()
    config.write_text(SETTINGS.format(id=BITCOIN_REGTEST, url=electrumx.url))
    url = f"http://127.0.0.1:{port}"
    environ = SURROUNDINGS | {
        "OPENTILL_CONFIG": str(config),
        "OPENTILL_DATA": str(tmp_path / "var"),
        "OPENTILL_PORT": str(port),
        "OPENTILL_PUBLIC_URL": url,
        "OPENTILL_WEBHOOK_LOOPBACK": "1",  # the shop is on this machine
    }
    command = [sys.executable, "-m", "app", "serve"]
    with said.open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log, stdout=log)
    try:
        found = None
        for _ in range(int(START_SECONDS * 10)):
            found = re.search(r"Make the first user, within a day: (\S+)", said.read_text())
            if server.poll() is not None or (found and listens(port)):
                break
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
        assert found, said.read_text()
        yield Served(url, found[1])
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(START_SECONDS)


def make_a_shop(page: Page, served: Served) -> str:
    """Make the first user, an account and its destination; return the account's id."""
    page.goto(served.welcome)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in with it").click()
    page.get_by_label("Name").fill("Corner shop")
    page.get_by_label("Money").select_option("test")
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/destinations")  # that is what it lacks
    account = page.url.split("/")[-2]
    page.get_by_label("Family of chains").select_option("bitcoin")
    page.get_by_label("Kind").fill("xpub")
    page.get_by_label("Value").fill(fresh_tpub())
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("cell", name="xpub")).to_be_visible()
    return account


def connect(page: Page, served: Served, shop: Receiver) -> httpx.Client:
    """Press the plugin's button and consent; return what asks with the key it was given."""
    shop.answer = THANKS
    asked = "&".join(f"permissions={one}" for one in ASKED)
    back = quote(f"{shop.url}/?btcpay-settings-callback", safe="")
    page.goto(
        f"{served.url}/api-keys/authorize?{asked}&applicationName=WooCommerce&strict=true"
        f"&selectiveStores=true&redirect={back}"
    )
    page.get_by_label("Corner shop").check()
    page.get_by_role("button", name="Give the key").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    (posted,) = [one for one in shop.heard if one.method == "POST"]
    key = dict(parse_qsl(posted.body.decode(), strict_parsing=True))["apiKey"]
    shop.clear()
    headers = {"Authorization": f"token {key}"}
    return httpx.Client(base_url=f"{served.url}/api/v1", headers=headers, trust_env=False)


def test_a_shop_is_connected_sells_and_hears_as_the_docs_say(
    served: Served, bcoin: Bcoin, receiver: Receiver, open_page: Open
) -> None:
    page = open_page()
    account = make_a_shop(page, served)
    with connect(page, served, receiver) as plugin:
        assert [one["id"] for one in plugin.get("/stores").json()] == [account]
        hook = {
            "url": f"{receiver.url}/wc-api/btcpaygf_default/",
            "authorizedEvents": {"everything": True, "specificEvents": []},
        }
        assert plugin.post(f"/stores/{account}/webhooks", json=hook).json()["secret"]
        order = {
            "amount": "25.00",
            "currency": "USD",
            "metadata": {"orderId": "12"},
            "checkout": {"paymentMethods": ["BTC_CHAIN"], "redirectURL": f"{receiver.url}/thanks"},
        }
        invoice = plugin.post(f"/stores/{account}/invoices", json=order).json()["id"]
        path = f"/stores/{account}/invoices/{invoice}/payment-methods"
        (method,) = plugin.get(path).json()
        with Host() as host:
            shop = Shop(served, open_page(), host)
            shop.enter()
            frame = shop.show(invoice)
            bcoin.purse.pay(method["destination"], int(Decimal(method["due"]) * 10**8))
            expect(frame.locator("main.processing")).to_be_visible()
            bcoin.purse.mine()
            expect(frame.locator("main.settled")).to_be_visible()
            assert shop.messages() == ["loaded", "Processing", "Settled"]
        told = [json.loads(one.body) for one in receiver.wait(len(TOLD))]
        assert [one["type"] for one in told] == TOLD
        assert {one["metadata"]["orderId"] for one in told} == {"12"}
        assert plugin.get(f"/stores/{account}/invoices/{invoice}").json()["status"] == "Settled"
