"""Sites with BTCPay's script: they change its address, show an invoice, and hear of it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from e2e import axe
from e2e.conftest import Open
from e2e.host import Host
from e2e.test_states import wrong
from e2e.till import ROOT, Till
from tests.components import Bcoin

MEMBERS = [
    "appendAndShowInvoiceFrame",
    "appendInvoiceFrame",
    "hideFrame",
    "onModalReceiveMessage",
    "onModalWillEnter",
    "onModalWillLeave",
    "setApiUrlPrefix",
    "showFrame",
    "showInvoice",
]
LISTEN = """
window.heard = [];
btcpay.onModalWillEnter((...given) => heard.push(["enter", given.length]));
btcpay.onModalWillLeave((...given) => heard.push(["leave", given.length]));
btcpay.onModalReceiveMessage((event) => {
  if (!(event instanceof MessageEvent)) heard.push(["no event"]);
  heard.push(["message", event.data.status ?? event.data.open ?? event.data]);
});
"""
# A page that shares the beginning of the till's origin: whoever compares beginnings takes it.
PREFIX_SHARING = "http://127.0.0.1"


class Served(Protocol):
    """A server with our pages."""

    url: str


class Shop:
    """A page on another origin that loads BTCPay's script from the till, and what it hears."""

    def __init__(self, till: Served, page: Page, host: Host) -> None:
        self.till = till
        self.page = page
        self.host = host
        self.said: list[str] = []
        page.on("console", lambda one: self.said.append(one.text) if one.type == "log" else None)

    def publish(self, html: str) -> str:
        """Put a page up, under a policy that lets in the till and nobody else."""
        home = self.till.url
        self.host.policy = (
            f"default-src 'none'; script-src {home} 'unsafe-inline'; frame-src {home}; "
            "img-src data:; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        head = '<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">'
        self.host.files["/"] = ("text/html", f"{head}<body>{html}".encode())
        return self.host.url

    def enter(self, query: str = "?ver=6.8.1", more: str = "") -> None:
        """Open a page that listens, with a button that has the focus."""
        script = f'<script src="{self.till.url}/modal/btcpay.js{query}"></script>'
        button = '<button id="pay">Pay</button>'
        self.page.goto(self.publish(f"{script}<script>{LISTEN}</script>{button}{more}"))
        self.page.locator("#pay").focus()

    def show(self, intent: str, params: Any = None) -> FrameLocator:
        """Show an invoice as the site does, and wait until the shopper sees it."""
        self.page.evaluate("given => btcpay.showInvoice(...given)", [intent, params])
        return self.frame()

    def frame(self) -> FrameLocator:
        expect(self.page.locator("iframe[name=btcpay]")).to_be_visible()
        frame = self.page.frame_locator("iframe[name=btcpay]")
        frame.locator("main").wait_for()
        return frame

    def gone(self) -> None:
        expect(self.page.locator("iframe")).to_have_count(0)

    def heard(self) -> list[Any]:
        heard: list[Any] = self.page.evaluate("heard")
        return heard

    def messages(self) -> list[str]:
        return [what for kind, what in self.heard() if kind == "message"]

    def wait_for(self, message: str) -> None:
        self.page.wait_for_function("what => heard.some((one) => one[1] === what)", arg=message)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def shop(till: Till, open_page: Open, host: Host) -> Shop:
    return Shop(till, open_page(viewport={"width": 1000, "height": 800}), host)


def lines(till: Till, intent: str) -> str:
    """Return the lines of the docs for a site, for this till and this invoice."""
    docs = (ROOT / "docs" / "btcpay.md").read_text()
    block = re.search(r"```html\n(<script src=\"[^`]*/modal/btcpay\.js[^`]*)```", docs)
    assert block
    return block[1].replace("https://pay.example.com", till.url).replace("INVOICE_ID", intent)


def test_the_lines_of_the_docs_are_paid_in_bitcoin_and_hear_it_in_order(
    regtest_till: Till, bcoin: Bcoin, open_page: Open, host: Host
) -> None:
    shop = Shop(regtest_till, open_page(), host)
    new = {"amount": "25.00", "currency": "USD", "checkout": {"paymentMethods": ["BTC_CHAIN"]}}
    account = regtest_till.ask("GET", "/v1/account")["id"]
    intent = regtest_till.ask("POST", f"/api/v1/stores/{account}/invoices", new)["id"]
    shop.page.goto(shop.publish(lines(regtest_till, intent)))
    frame = shop.frame()
    expect(frame.locator("main.pending")).to_be_visible()
    uri = frame.locator("#wallet").get_attribute("href") or ""
    asked = re.fullmatch(r"bitcoin:(\w+)\?amount=([\d.]+).*", uri, re.IGNORECASE)
    assert asked, uri
    bcoin.purse.pay(asked[1].lower(), int(Decimal(asked[2]) * 10**8))
    expect(frame.locator("main.processing")).to_be_visible()
    bcoin.purse.mine()
    expect(frame.locator("main.settled")).to_be_visible()
    frame.locator("#done").click()
    shop.gone()
    assert shop.said == ["loaded", "Processing", "Settled", "close"]


def test_a_shopper_chooses_pays_and_leaves_inside_the_frame(till: Till, shop: Shop) -> None:
    shop.enter()
    intent = till.intent(success_url=f"{shop.host.url}/")
    frame = shop.show(intent)
    frame.locator("#sandbox_usdc").click()
    frame.locator("#play-full").click()
    expect(frame.locator("main.settled")).to_be_visible()
    frame.locator("#leave").click()
    shop.gone()
    assert shop.messages() == ["loaded", "Processing", "Settled", "close"]
    assert shop.heard()[0] == ["enter", 0]
    assert shop.heard()[-2:] == [["leave", 0], ["message", "close"]], "we do it, then they hear it"
    again = shop.show(intent)
    expect(again.locator("main.settled")).to_be_visible()
    assert shop.messages()[-1] == "loaded", "what was known when it opened is no news"
    again.locator("#onward").click()
    expect(shop.page.locator("#pay")).to_be_visible()
    shop.gone()


def test_who_paid_is_sent_on_where_the_shop_says_so(till: Till, shop: Shop) -> None:
    url = shop.publish("<h1>Thanks</h1>")
    account = till.ask("GET", "/v1/account")["id"]
    checkout = {"redirectURL": f"{url}/", "redirectAutomatically": True}
    new = {"amount": "3.00", "currency": "USD", "checkout": checkout}
    intent = till.ask("POST", f"/api/v1/stores/{account}/invoices", new)["id"]
    shop.page.clock.install()
    shop.page.goto(f"{till.url}/i/{intent}/USDC-SANDBOX")
    shop.page.locator("#play-full").click()
    expect(shop.page.locator("main.settled")).to_be_visible()
    shop.page.clock.fast_forward(5_000)
    expect(shop.page.get_by_role("heading", name="Thanks")).to_be_visible()
    assert shop.page.url == f"{url}/"


def test_an_end_without_money_is_told_and_the_frame_can_be_left(till: Till, shop: Shop) -> None:
    shop.enter()
    intent = till.chosen()
    frame = shop.show(intent)
    till.expire(intent)
    expect(frame.locator("main.expired")).to_be_visible()
    shop.wait_for("Expired")
    frame.locator("#requote").click()
    expect(frame.locator("main.pending")).to_be_visible()
    shop.wait_for("New")
    till.pull(intent, "cancel")
    expect(frame.locator("main.canceled")).to_be_visible()
    shop.page.keyboard.press("Escape")
    shop.gone()
    assert shop.messages() == ["loaded", "Expired", "New", "Invalid", "close"]
    assert shop.page.evaluate("document.activeElement.id") == "pay", "the focus came back"


def test_what_is_not_there_says_so_and_can_be_left(till: Till, open_page: Open, host: Host) -> None:
    shop = Shop(till, open_page(expected=("404",)), host)
    shop.enter()
    frame = shop.show("pi_0000000000000000000000")
    expect(frame.locator("main.invalid")).to_be_visible()
    frame.locator("#leave").click()
    shop.gone()
    assert shop.messages() == ["loaded", "close"]


def test_the_nine_members_and_where_they_ask(till: Till, open_page: Open, host: Host) -> None:
    wide = {"width": 1000, "height": 800}
    shop = Shop(till, open_page(viewport=wide, expected=("404",)), host)
    shop.enter()
    page = shop.page
    assert page.evaluate("Object.keys(btcpay).sort()") == MEMBERS
    intent = till.choice()
    shop.show(intent)
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("src", f"{till.url}/invoice?id={intent}&view=modal")
    expect(frame).to_have_attribute("allow", "clipboard-read; clipboard-write")
    expect(frame).to_have_css("position", "fixed")
    expect(frame).to_have_css("z-index", "2000")
    assert frame.bounding_box() == {"x": 0, "y": 0, "width": 1000, "height": 800}
    page.evaluate("btcpay.hideFrame()")
    shop.gone()

    shown = shop.show(intent, "USDC-SANDBOX")
    expect(shown.locator("main.pending")).to_contain_text("USDC")
    expect(frame).to_have_attribute("src", f"{till.url}/i/{intent}/USDC-SANDBOX?view=modal")
    page.evaluate("btcpay.hideFrame()")
    still = {"animateEntrance": False}
    page.evaluate("given => btcpay.appendAndShowInvoiceFrame(...given)", [intent, still])
    shop.frame()
    there = f"{till.url}/invoice?id={intent}&view=modal&animateEntrance=false"
    expect(frame).to_have_attribute("src", there)
    page.evaluate("btcpay.hideFrame()")

    page.evaluate("prefix => btcpay.setApiUrlPrefix(prefix)", f"{till.url}/sub//")
    page.evaluate("btcpay.appendInvoiceFrame('a/b')")
    expect(frame).to_have_attribute("src", f"{till.url}/sub/invoice?id=a%2Fb&view=modal")
    expect(shop.frame().locator("main.invalid")).to_be_visible()


def test_loaded_twice_it_is_there_once(till: Till, shop: Shop) -> None:
    warnings: list[str] = []
    shop.page.on("console", lambda one: warnings.append(one.type))
    named = '<div id="btcpay"></div><script>window.first = btcpay</script>'
    second = f'<script src="{till.url}/modal/btcpay.js"></script>'
    shop.enter(query="?v=2.8.0", more=named + second)
    assert shop.page.evaluate("window.first === btcpay")
    assert "warning" in warnings
    intent = till.chosen()
    shop.show(intent)
    till.pay(intent, confirmations=2)
    shop.wait_for("Settled")
    assert [shop.messages().count(one) for one in ("loaded", "Settled")] == [1, 1], "told once each"


def test_a_button_of_a_form_shows_the_frame(till: Till, shop: Shop) -> None:
    form = '<form data-btcpay-button><button id="buy">Buy</button></form>'
    shop.enter(more=form + "<script>onsubmit = (event) => event.preventDefault()</script>")
    shop.page.locator("#buy").click()
    expect(shop.page.locator("iframe[name=btcpay]")).to_be_visible()
    assert shop.heard() == [["enter", 0]]
    intent = till.chosen()
    expect(shop.show(intent).locator("main.pending")).to_be_visible()


FORGE = """([data, origin, source]) => {
  const frame = document.querySelector("iframe").contentWindow;
  const sources = { frame, self: window, none: null };
  dispatchEvent(new MessageEvent("message", { data, origin, source: sources[source] }));
}"""
PAID = {"invoiceId": "pi_1", "status": "Settled"}


def test_no_forged_message_is_believed(till: Till, shop: Shop) -> None:
    shop.enter()
    shop.show(till.chosen())
    before = shop.heard()
    origins = [
        *(till.url[:-1], f"{till.url}0", f"{till.url}/", f"{till.url}.evil.example"),
        *(till.url.replace("http:", "https:"), till.url.replace("127.0.0.1", "localhost")),
        *(PREFIX_SHARING, "http://", "null", "", shop.host.url),
    ]
    for data in (PAID, "close", "loaded", {"open": "bitcoin:x"}, "nfc:startScan"):
        for origin in origins:
            shop.page.evaluate(FORGE, [data, origin, "frame"])
        for source in ("self", "none"):
            shop.page.evaluate(FORGE, [data, till.url, source])
    assert shop.heard() == before
    shop.frame()
    shop.page.evaluate(FORGE, [PAID, till.url, "frame"])
    assert shop.messages()[-1] == "Settled", "and a true one is believed"
    shop.page.evaluate("btcpay.hideFrame()")
    known = len(shop.heard())
    shop.page.evaluate("heard.length")
    shop.page.evaluate(
        "(origin) => dispatchEvent(new MessageEvent('message', { data: 'loaded', origin }))",
        till.url,
    )
    assert len(shop.heard()) == known, "and nobody when nothing is shown"


INTRUDE = """async (data) => {
  window.got = [];
  addEventListener("message", (event) => got.push(event.data));
  const blocked = (look) => { try { look(); return false; } catch { return true; } };
  const frame = shop.frames[0];
  const unread = [
    blocked(() => shop.document.body),
    blocked(() => shop.heard),
    blocked(() => shop.btcpay.hideFrame),
    blocked(() => frame.document.body), blocked(() => frame.location.href),
  ];
  for (const one of data) for (const where of [shop, frame]) where.postMessage(one, "*");
  const own = document.createElement("iframe");
  own.src = window.checkout;
  await new Promise((done) => { own.onload = done; document.body.append(own); });
  return unread;
}"""


def test_a_page_of_a_prefix_sharing_origin_can_neither_read_nor_steer_it(
    till: Till, open_page: Open, host: Host
) -> None:
    """It even opened the shop itself, and so holds the shop's window and the frame's."""
    page = open_page(expected=("frame-ancestors", "Framing"))
    assert till.url.startswith(PREFIX_SHARING)
    html = '<!doctype html><title>Near</title><link rel="icon" href="data:,"><body>'
    page.route(
        f"{PREFIX_SHARING}/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    page.goto(f"{PREFIX_SHARING}/")
    assert page.evaluate("origin") == PREFIX_SHARING
    intent = till.chosen()
    script = f'<script src="{till.url}/modal/btcpay.js"></script>'
    show = f"btcpay.showInvoice('{intent}')"
    url = Shop(till, page, host).publish(f"{script}<script>{LISTEN}{show}</script>")
    till.ask("PATCH", "/v1/account", {"allowed_origins": [host.url]})
    try:
        with page.expect_popup() as opening:
            page.evaluate("url => { window.shop = open(url) }", url)
        shop = Shop(till, opening.value, host)
        expect(shop.frame().locator("main.pending")).to_be_visible()
        checkout = f"{till.url}/invoice?id={intent}&view=modal"
        page.evaluate("url => { window.checkout = url }", checkout)
        forged = [PAID, "close", {"invoiceId": intent, "status": "Settled"}, {"v": 1, "t": "close"}]
        assert page.evaluate(INTRUDE, [*forged, {"action": "nfc:data", "data": "x"}]) == [True] * 5
        till.pay(intent, confirmations=0)
        till.until(intent, "processing")
        till.mine()
        shop.wait_for("Settled")
        expect(shop.frame().locator("main.settled")).to_be_visible()
        assert shop.messages() == ["loaded", "Processing", "Settled"]
        assert page.evaluate("got") == [], "and its own frame of the checkout was refused"
    finally:
        till.ask("PATCH", "/v1/account", {"allowed_origins": []})


# What stands in for the radio: a reader that reads what the test holds to it.
READER = """
window.readers = [];
window.NDEFReader = class {
  async scan({ signal }) { this.signal = signal; readers.push(this); }
};
"""


def test_the_frame_may_ask_for_a_card_and_for_a_bitcoin_wallet(
    till: Till, open_page: Open, host: Host
) -> None:
    shop = Shop(till, open_page(expected=("registered handler", "bitcoin:")), host)
    shop.enter(more=f"<script>{READER}</script>")
    frame = shop.show(till.chosen()).locator("main")
    frame.evaluate("() => { window.got = []; onmessage = ({ data }) => got.push(data) }")
    frame.evaluate("parent.postMessage('nfc:startScan', '*')")
    shop.page.wait_for_function("readers.length === 1")
    read = """(word) => {
      const data = new DataView(new TextEncoder().encode(word).buffer);
      readers.at(-1).onreading({ message: { records: [{ data }] } });
    }"""
    shop.page.evaluate(read, "lnurlw://card")
    shop.page.evaluate("readers[0].onreadingerror()")
    frame.evaluate("parent.postMessage('nfc:abort', '*')")
    shop.page.wait_for_function("readers[0].signal.aborted")
    shop.page.evaluate(read, "too late")
    told = [{"action": "nfc:data", "data": "lnurlw://card"}, {"action": "nfc:error"}]
    assert frame.evaluate("got") == told
    shop.page.evaluate("delete window.NDEFReader")
    frame.evaluate("parent.postMessage('nfc:startScan', '*')")
    frame.evaluate("async () => { while (got.length < 3) await new Promise(setTimeout) }")
    assert frame.evaluate("got[2]") == {"action": "nfc:error"}, "no such thing in this browser"

    for sly in ("javascript:window.sly = 1", "https://evil.example/bitcoin:", "data:text/html,x"):
        frame.evaluate("(one, open) => parent.postMessage({ open }, '*')", sly)
    frame.evaluate(
        """(main) => {
          const link = document.createElement("a");
          link.href = "bitcoin:bc1qxyz?amount=1";
          main.append(link);
          link.click();
        }"""
    )
    shop.wait_for("bitcoin:bc1qxyz?amount=1")
    assert shop.page.evaluate("window.sly") is None
    assert shop.page.url.rstrip("/") == host.url
    shop.frame()


def test_it_fits_a_phone_and_everyone_can_use_it(till: Till, open_page: Open) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    axe.install(page.context)
    for path in (till.chosen(), f"{till.choice()}?choose=1"):
        page.goto(f"{till.url}/i/{path}{'&' if '?' in path else '?'}view=modal")
        page.locator("#leave").evaluate("button => { button.hidden = false }")
        assert wrong(page, path) == []
