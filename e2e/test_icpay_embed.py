"""Sites that were written for ICPay's embed script: they change the host, and are paid and told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from e2e.conftest import Open
from e2e.host import Host
from e2e.till import Till

# As ICPay's own guide has it; what its dots leave out, a site leaves out.
SNIPPET = "ICPay.create('pay-button', { publishableKey, amountUsd, defaultSymbol }).mount('#el')"
LISTEN = """
window.heard = [];
for (const name of `icpay-sdk-transaction-created icpay-sdk-transaction-updated
  icpay-sdk-transaction-completed icpay-sdk-transaction-failed icpay-sdk-transaction-mismatched
  icpay-sdk-error icpay-pay icpay-amount-pay icpay-tip icpay-coffee icpay-donation icpay-unlock
  icpay-error`.split(/\\s+/)) addEventListener(name, ({ detail }) => heard.push([name, detail]));
window.succeeded = [];
"""
WAIT = """(names) => new Promise((done, fail) => {
  const ends = performance.now() + 10_000;
  const look = () => {
    if (names.every((name) => heard.some(([one]) => one === name))) return done();
    if (performance.now() > ends) return fail(Error(`heard only ${heard.map(([one]) => one)}`));
    setTimeout(look, 20);
  };
  look();
})"""
MOUNT = """([name, config]) => {
  const onSuccess = (paid) => succeeded.push(paid);
  ICPay.create(name, { ...config, onSuccess }).mount("main").element.id = "made";
}"""


class Shop:
    """A page of a site that loads ICPay's script from here, and what it hears."""

    def __init__(self, till: Till, page: Page, host: Host) -> None:
        self.till = till
        self.page = page
        self.host = host
        self.host.policy = ""

    def show(self, body: str = "", script: str = "") -> None:
        """Open a page under a policy that lets in no more than ICPay's own would need."""
        home = self.till.url
        html = (
            '<!doctype html><html lang="en"><title>A site</title><link rel="icon" href="data:,">'
            f"<script>{LISTEN}</script>"
            f'<script src="{home}/v1.2.156/embed.min.js"></script>'
            f"<main>{body}</main><script>{script}</script>"
        )
        self.host.policy = (
            f"default-src 'none'; script-src {home} 'unsafe-inline'; frame-src {home}; "
            f"connect-src {home}; img-src data:; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        self.host.files["/"] = ("text/html", html.encode())
        self.page.goto(self.host.url)

    def mount(self, name: str, **config: Any) -> Locator:
        """Make a widget by script, as its successor on the page."""
        self.page.evaluate("document.getElementById('made')?.remove(); heard.length = 0")
        told = {"publishableKey": self.till.pk, "tokenShortcodes": ["sandbox_usdc"]} | config
        self.page.evaluate(MOUNT, [name, told])
        return self.page.locator("#made")

    def frame(self) -> FrameLocator:
        return self.page.frame_locator("dialog iframe")

    def opened(self, widget: Locator) -> str:
        """Click a widget's button; return the intent whose checkout opens."""
        widget.locator("#open").click()
        intent = self.frame().locator("main[data-id]").get_attribute("data-id")
        assert intent
        return intent

    def pay(self, widget: Locator) -> str:
        """Click a widget's button, and pay what opens; return the intent."""
        intent = self.opened(widget)
        if self.till.view(intent)["ledger"] is None:
            self.till.ask(
                "POST", f"/v1/payment_intents/{intent}/ledger", {"ledger": "sandbox_usdc"}
            )
        self.till.pay(intent, confirmations=2)
        expect(self.frame().locator("main.settled")).to_be_visible()
        self.close()
        return intent

    def close(self) -> None:
        self.page.get_by_role("button", name="Close").click()
        expect(self.page.locator("dialog")).to_have_count(0)

    def heard(self, *names: str) -> list[Any]:
        """Wait until the window heard of these, and return their details."""
        self.page.evaluate(WAIT, names)
        told = dict(reversed(self.page.evaluate("heard")))  # the first of each name
        return [told[name] for name in names]

    def names(self) -> list[str]:
        return [name for name, _ in self.page.evaluate("heard")]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def shop(till: Till, open_page: Open, host: Host) -> Shop:
    return Shop(till, open_page(viewport={"width": 1000, "height": 900}), host)


def test_the_hosted_snippet_pays_and_the_window_hears_it(shop: Shop) -> None:
    names = f'const publishableKey = "{shop.till.pk}", amountUsd = 5, defaultSymbol = "USDC";\n'
    shop.show('<div id="el"></div>', names + SNIPPET)
    intent = shop.pay(shop.page.locator("#el"))
    view = shop.till.view(intent)
    assert (view["amount"], view["currency"], view["status"]) == ("5.00", "USD", "succeeded")
    assert view["metadata"]["icpay"] == {"icpay_context": "pay-button"}

    created, completed, paid = shop.heard(
        "icpay-sdk-transaction-created", "icpay-sdk-transaction-completed", "icpay-pay"
    )
    assert created["paymentIntentId"] == completed["paymentIntentId"] == intent
    assert completed["status"] == completed["payment"]["status"] == "completed"
    assert completed["payment"]["paymentIntentId"] == intent
    assert completed["payment"]["paymentId"].startswith("pay_")
    assert completed["amount"] == "5000000", "in the token's smallest unit"
    assert isinstance(completed["transactionId"], int)
    assert paid["amount"] == 5
    assert paid["tx"]["paymentIntentId"] == intent
    order = [one for one in shop.names() if one != "icpay-sdk-transaction-updated"]
    assert order == [
        "icpay-sdk-transaction-created",
        "icpay-sdk-transaction-completed",
        "icpay-pay",
    ]
    shop.till.until(intent, "succeeded")


def test_every_widget_pays_and_tells_in_its_own_words(shop: Shop) -> None:
    shop.show()
    items = [{"name": "Tea", "priceUsd": 2.5}, {"name": "Cake", "priceUsd": 4}]
    cases: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
        (
            "amount-input",
            {"defaultAmountUsd": 3.25},
            "icpay-amount-pay",
            {"amount": 3.25},
            {"amountUsd": 3.25},
        ),
        (
            "tip-jar",
            {"amountsUsd": [1, 5, 10], "defaultAmountUsd": 5},
            "icpay-tip",
            {"amount": 5, "total": 5},
            {"total": 5},
        ),
        (
            "coffee-shop",
            {"items": items, "defaultItemIndex": 1},
            "icpay-coffee",
            {"item": items[1]},
            {"item": "Cake"},
        ),
        (
            "donation-thermometer",
            {"goalUsd": 500, "defaultAmountUsd": 25},
            "icpay-donation",
            {"amount": 25, "raised": 25},
            {"raised": 25},
        ),
    ]
    for name, config, event, detail, success in cases:
        widget = shop.mount(name, **config)
        if name == "donation-thermometer":
            expect(widget.get_by_text("Goal: $500.00")).to_be_visible()
        intent = shop.pay(widget)
        (told,) = shop.heard(event)
        assert {key: told[key] for key in detail} == detail, name
        assert told["tx"]["paymentIntentId"] == intent
        paid = shop.page.evaluate("succeeded.pop()")
        assert {key: paid[key] for key in success} == success, name
        assert (paid["status"], paid["paymentIntentId"]) == ("completed", intent)
        assert float(shop.till.view(intent)["amount"]) == told.get("amount", 4)
    assert shop.page.evaluate("succeeded.length") == 0, "told once each"


def test_a_paywall_opens_with_a_token_for_what_was_paid(shop: Shop) -> None:
    shop.show()
    text = {"title": "Chapter two", "preview": "It was", "lockedContent": "a dark night."}
    widget = shop.mount("article-paywall", priceUsd=0.75, buttonLabel="Read for {amount}", **text)
    expect(widget.get_by_role("button", name="Read for $0.75")).to_be_visible()
    expect(widget.get_by_role("heading", name="Chapter two")).to_be_visible()
    assert "dark night" not in shop.page.inner_text("main")
    intent = shop.pay(widget)
    (told,) = shop.heard("icpay-unlock")
    expect(widget.get_by_text("a dark night.")).to_be_visible()
    assert (told["amount"], told["tx"]["paymentIntentId"]) == (0.75, intent)
    proof = shop.till.ask("POST", "/v1/unlocks/verify", {"token": told["token"]})
    assert proof["payment_intent"] == intent

    image = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    shop.pay(shop.mount("premium-content", priceUsd="2", imageUrl=image))
    shop.heard("icpay-unlock")
    expect(shop.page.locator("#made img")).to_have_css("filter", "none")


def test_an_element_takes_its_options_from_html_and_from_a_property(shop: Shop) -> None:
    config = json.dumps({"publishableKey": shop.till.pk, "amountUsd": 7, "buttonLabel": "Seven"})
    shop.show(
        f'<icpay-pay-button id="a" publishableKey="{shop.till.pk}" amountUsd="3" '
        f'buttonLabel="Three"></icpay-pay-button>'
        f"<icpay-pay-button id=\"b\" config='{config}'></icpay-pay-button>"
        '<icpay-pay-button id="c"></icpay-pay-button>',
        f"document.getElementById('c').config = {config}",
    )
    for id, label in {"a": "Three", "b": "Seven", "c": "Seven"}.items():
        expect(shop.page.locator(f"#{id}").get_by_role("button", name=label)).to_be_visible()
    shop.page.evaluate(
        "c.config = { ...c.config, buttonLabel: 'Later', disablePaymentButton: true }"
    )
    later = shop.page.locator("#c opentill-pay-button")
    expect(later).to_have_attribute("inert", "")
    expect(later.locator("#open")).to_have_text("Later")
    intent = shop.opened(shop.page.locator("#a"))
    assert shop.till.view(intent)["amount"] == "3.00"


def test_an_intent_that_exists_is_shown_and_its_end_is_told(shop: Shop) -> None:
    shop.show()
    for lever, names, status in (
        ("excess", ["mismatched", "updated"], "mismatched"),
        ("cancel", ["failed"], "failed"),
    ):
        intent = shop.till.chosen()
        widget = shop.mount("pay-button", paymentIntentId=intent)
        assert shop.opened(widget) == intent
        shop.till.pull(intent, lever)
        for detail in shop.heard(*(f"icpay-sdk-transaction-{name}" for name in names)):
            assert detail["paymentIntentId"] == intent
        last = [told for name, told in shop.page.evaluate("heard")][-1]
        assert last["status"] == status
        if status == "mismatched":
            assert int(last["paidAmount"]) > int(last["requestedAmount"])
        assert "icpay-pay" not in shop.names()
        shop.close()


def test_what_was_paid_is_told_once_and_not_sold_again(shop: Shop) -> None:
    shop.show()
    widget = shop.mount("pay-button", paymentIntentId=shop.till.chosen())
    intent = shop.pay(widget)
    assert shop.opened(widget) == intent
    expect(shop.frame().locator("main.settled")).to_be_visible()
    shop.close()
    assert shop.names().count("icpay-pay") == 1
    assert shop.heard("icpay-pay")[0]["amount"] == 18, "of the intent, where the page names none"
    assert shop.page.evaluate("succeeded.length") == 1
    shop.page.evaluate("made.config = { ...made.config, disableAfterSuccess: true }")
    expect(shop.page.locator("#made opentill-pay-button")).to_have_attribute("inert", "")


def test_names_of_tokens_that_are_not_here_are_left_out(shop: Shop) -> None:
    shop.show()
    known = {"tokenShortcodes": ["ic_icp", "sandbox_usdc", "base_usdc"]}
    intent = shop.opened(shop.mount("pay-button", amountUsd=2, **known))
    offered = shop.till.view(intent)["quotes"]
    assert [one["ledger"] for one in offered] == ["sandbox_usdc"]
    shop.close()
    shop.mount("pay-button", amountUsd=2, tokenShortcodes=["ic_icp"])
    sdk, own = shop.heard("icpay-sdk-error", "icpay-error")
    assert sdk["code"] == own["code"] == "NO_LEDGER"
    expect(shop.page.locator("#made button")).to_have_count(0)


def test_what_cannot_be_kept_is_refused_in_the_open(
    till: Till, open_page: Open, host: Host
) -> None:
    shop = Shop(till, open_page(expected=("401 (Unauthorized)", "400 (Bad Request)")), host)
    shop.show()
    unkept = {"externalCostAmount": "25", "x402Upto": True, "recipientAddress": "7xKXtg2CW87d"}
    for option, value in unkept.items():
        shop.mount("pay-button", amountUsd=2, **{option: value})
        (told,) = shop.heard("icpay-sdk-error")
        assert told["code"] == "NOT_SUPPORTED"
        assert option in told["message"]
        expect(shop.page.locator("#made button")).to_have_count(0)
    widget = shop.mount(
        "pay-button", amountUsd=2, publishableKey="pk_test_nobody", tokenShortcodes=[]
    )
    widget.locator("#open").click()
    (told,) = shop.heard("icpay-sdk-error")
    assert told["code"] == "UNAUTHORIZED"
    assert told["message"]
    paid = {"recipientAddresses": {"evm": "0x" + "1f" * 20, "ic": "", "sol": "0x0"}}
    shop.mount("pay-button", amountUsd=2, **paid).locator("#open").click()
    (told,) = shop.heard("icpay-error")
    assert "recipients" in told["message"], "no chain of this kind is here, so nobody is paid"
    with pytest.raises(Exception, match="There is no ICPay widget jukebox"):
        shop.page.evaluate("ICPay.create('jukebox', {})")
