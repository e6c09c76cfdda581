"""The browsers that are not Chromium: the page pays, the modal opens, the stream turns it."""

from collections.abc import Iterator

import pytest

from e2e.host import Host
from e2e.till import Till
from tests.components.firefox import Firefox
from tests.components.webdriver import Driven
from tests.components.webkit import WebKit

FRAME = "[...document.querySelectorAll('body > *')].at(-1).shadowRoot?.querySelector('iframe')"


@pytest.fixture(scope="module", params=[Firefox, WebKit])
def other(request: pytest.FixtureRequest) -> Iterator[Driven]:
    """One of the other browsers."""
    with request.param() as browser:
        yield browser


def test_the_page_pays_and_the_stream_turns_it(till: Till, other: Driven) -> None:
    intent = till.chosen()
    other.go(f"{till.url}/i/{intent}")
    other.until("document.querySelector('main.pending svg.qr')")
    other.run("window.kept = true")
    till.pay(intent, share="0.5", confirmations=0)
    other.until("document.querySelector('main.underpaid')")
    other.click("#play-full")
    other.until("document.querySelector('main.settled')")
    assert other.run("return window.kept"), "the page turned without a reload"
    assert till.view(intent)["status"] == "succeeded"


def test_the_modal_opens_pays_and_gives_the_focus_back(till: Till, other: Driven) -> None:
    other.go(till.shop)
    other.until("customElements.get('opentill-button') && document.getElementById('by-amount')")
    other.run("window.said = []; Opentill.on('status', ({ status }) => said.push(status))")
    other.click("#by-amount")
    other.enter(FRAME)
    other.press("#sandbox_usdc", "document.querySelector('main.pending svg.qr')")
    other.press("#play-full", "document.querySelector('main.settled')")
    other.click("#done")
    other.leave()
    other.until("document.activeElement?.id === 'by-amount'")
    assert other.run("return said") == ["processing", "succeeded"]


def test_btcpays_modal_knows_its_site(till: Till, other: Driven) -> None:
    """Even where the site hides its referrer: the frame is told of it all the same."""
    intent = till.chosen()
    html = (
        '<!doctype html><title>A shop</title><meta name="referrer" content="no-referrer"><body>'
        f'<script src="{till.url}/modal/btcpay.js?ver=1"></script>'
        "<script>window.said = [];"
        "btcpay.onModalReceiveMessage(({ data }) => said.push(data.status ?? data));"
        f"btcpay.showInvoice('{intent}')</script>"
    )
    with Host() as host:
        host.files["/"] = ("text/html", html.encode())
        other.go(host.url)
        other.until("document.querySelector('iframe[name=btcpay]')?.style.display === 'block'")
        other.enter("document.querySelector('iframe')")
        other.press("#play-full", "document.querySelector('main.settled')")
        other.click("#done")
        other.leave()
        other.until("!document.querySelector('iframe')")
        assert other.run("return said") == ["loaded", "Processing", "Settled", "close"]
