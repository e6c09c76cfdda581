"""Every component on one strict page: it pays by attribute and by script, speaks, and unlocks."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from app.web import widget
from e2e import axe
from e2e.conftest import Open
from e2e.host import Host
from e2e.till import Till

NAMES = (
    "pay-button",
    "amount-input",
    "tip-jar",
    "coffee-shop",
    "premium-content",
    "article-paywall",
    "donation-thermometer",
    "progress-bar",
)
HEARD = """() => {
  window.heard = [];
  for (const name of "open ready status processing succeeded unlocked error close".split(" ")) {
    document.addEventListener(`opentill-${name}`, (event) => {
      heard.push([event.target.id || event.target.localName, name, event.detail?.status ?? null]);
    });
  }
}"""
MOUNT = """([name, config]) => {
  window.made = Opentill.create(name, config).mount("main");
  window.made.element.id = "made";
}"""


class Site:
    """A page of another site with a policy of its own, and the links its components sell by."""

    def __init__(self, till: Till, page: Page, host: Host) -> None:
        self.till = till
        self.page = page
        self.host = host
        self.link = self.shortcode()
        self.open = self.shortcode(amount=None)
        self.fund = self.shortcode(amount=None, goal="100.00")

    def shortcode(self, **more: Any) -> str:
        asked = {"ledgers": ["sandbox_usdc"], "metadata": {"content": "chapter-2"}} | more
        return self.till.link_to(**asked).rpartition("/")[2]

    def options(self, name: str) -> dict[str, str]:
        """Return what a component needs to be paid here."""
        own = {
            "amount-input": {"payment-link": self.open, "currency": "USD", "value": "2.50"},
            "tip-jar": {"payment-link": self.open, "currency": "USD", "amounts": "3 5 10"},
            "coffee-shop": {"payment-link": self.open, "currency": "USD", "price": "4.50"},
            "donation-thermometer": {"payment-link": self.fund},
            "progress-bar": {"payment-link": self.fund},
        }
        return own.get(name, {"payment-link": self.link})

    def show(self, body: str, *, lang: str = "en", direction: str = "ltr", csp: str = "") -> None:
        """Open a page with this body, under a strict policy."""
        home = self.till.url
        policy = csp or (
            f"default-src 'none'; script-src {home}; frame-src {home}; connect-src {home}; "
            "img-src data:; style-src 'self'; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        html = (
            f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>A site</title>'
            '<link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="/site.css">'
            '<meta name="color-scheme" content="light dark">'
            f'<script async src="{home}/widget/v1/loader.js"></script></head>'
            f"<body><main><h1>A site</h1>{body}</main></body></html>"
        )
        self.host.files["/site.css"] = ("text/css", b"html{background:Canvas;color:CanvasText}")
        self.host.files["/"] = ("text/html", html.encode())
        self.host.policy = policy
        self.page.goto(self.host.url)
        self.page.evaluate(HEARD)

    def all(self) -> str:
        """Return the HTML of every component, by attributes."""
        return "".join(
            f'<opentill-{name} id="{name}" '
            + " ".join(f'{key}="{value}"' for key, value in self.options(name).items())
            + f'><a href="{self.till.url}/pay/{self.link}">Beginning of {name}</a>'
            f"</opentill-{name}>"
            for name in NAMES
        )

    def frame(self) -> FrameLocator:
        return self.page.frame_locator("dialog iframe")

    def pay(self, element: Locator) -> str:
        """Click a component's button and pay what opens; return the intent."""
        element.locator("#open").click()
        main = self.frame().locator("main")
        main.wait_for()
        if "/pay/" in str(self.page.locator("dialog iframe").get_attribute("src")):
            if self.frame().get_by_label("Amount").count():
                self.frame().get_by_label("Amount").fill("1.00")
            self.frame().get_by_role("button", name="Continue to payment").click()
        id = self.frame().locator("main[data-id]").get_attribute("data-id")
        assert id
        self.till.pay(id, confirmations=2)
        expect(self.frame().locator("main.settled")).to_be_visible()
        self.page.get_by_role("button", name="Close").click()
        expect(self.page.locator("dialog")).to_have_count(0)
        return id

    def heard(self, id: str) -> list[str]:
        """Return the names of the events of one element, as the document heard them."""
        return list(dict.fromkeys(one[1] for one in self.page.evaluate("heard") if one[0] == id))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def site(till: Till, open_page: Open, host: Host) -> Site:
    # A private total is refused, and so is the script a merchant put into what it sells.
    expected = ("403 (Forbidden)", "Executing inline script violates")
    page = open_page(expected=expected, viewport={"width": 1000, "height": 900})
    return Site(till, page, host)


def test_every_component_pays_by_attributes_and_is_heard_at_the_document(site: Site) -> None:
    site.show(site.all())
    amounts = {}
    for name in NAMES:
        element = site.page.locator(f"#{name}")
        if name in ("donation-thermometer", "progress-bar"):
            expect(element.get_by_role("progressbar")).to_have_count(1)
        intent = site.pay(element)
        amounts[name] = site.till.view(intent)["amount"]
        events = [one for one in site.heard(name) if one not in ("status", "processing")]
        expected = ["open", "ready", "succeeded", "close"]
        assert [one for one in events if one != "unlocked"] == expected, name
    assert {name: amounts[name] for name in NAMES[1:4]} == {
        "amount-input": "2.50",
        "tip-jar": "3.00",
        "coffee-shop": "4.50",
    }


def test_every_component_is_made_by_a_line_of_script(site: Site) -> None:
    site.show("")
    for name in NAMES:
        config = {camel(key): value for key, value in site.options(name).items()}
        site.page.evaluate(MOUNT, [name, config | {"label": f"Give to {name}"}])
        element = site.page.locator("#made")
        expect(element.locator("#open")).to_have_text(f"Give to {name}")
        site.page.evaluate("made.element.config = { ...made.element.config, label: 'Go' }")
        expect(element.locator("#open")).to_have_text("Go")
        site.pay(element)
        assert "succeeded" in site.heard("made"), name
        site.page.evaluate("made.unmount(); heard.length = 0")
        expect(element).to_have_count(0)


def camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(one.capitalize() for one in rest)


def test_the_total_is_the_links_own_and_turns_with_a_payment(site: Site) -> None:
    private = site.shortcode(amount=None)
    site.page.context.set_default_timeout(10_000)
    site.show(
        f'<opentill-donation-thermometer id="t" payment-link="{site.fund}">'
        f'</opentill-donation-thermometer><opentill-progress-bar id="p" payment-link="{site.fund}">'
        "</opentill-progress-bar>"
    )
    thermometer, bar = site.page.locator("#t"), site.page.locator("#p")
    expect(bar.get_by_text("Raised: $0.00")).to_be_visible()
    thermometer.locator("#open").click()
    site.frame().get_by_label("Amount").fill("25")
    site.frame().get_by_role("button", name="Continue to payment").click()
    id = site.frame().locator("main[data-id]").get_attribute("data-id")
    assert id
    site.till.pay(id, confirmations=2)
    expect(thermometer.get_by_text("Raised: $25.00")).to_be_visible()
    expect(thermometer.get_by_text("Payments: 1")).to_be_visible()
    expect(thermometer.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
    site.page.get_by_role("button", name="Close").click()
    site.page.evaluate(
        "link => document.getElementById('p').setAttribute('payment-link', link)", private
    )
    expect(bar.get_by_text("The total is not shown here right now.")).to_be_visible()


def test_an_amount_that_cannot_be_is_said_beside_its_field(site: Site) -> None:
    site.show(
        f'<opentill-amount-input id="a" payment-link="{site.open}" currency="USD" min="2" '
        'max="9.5"></opentill-amount-input>'
    )
    field = site.page.locator("#a").get_by_role("textbox", name="Amount (USD)")
    wrong = site.page.locator("#a").get_by_role("alert")
    for typed, said in {
        "": "Enter an amount, such as 5.00.",
        "1e3": "Enter an amount, such as 5.00.",
        "-4": "Enter an amount, such as 5.00.",
        "1.99": "At least $2.00.",
        "9,51": "At most $9.50.",
    }.items():
        field.fill(typed)
        field.press("Enter")
        expect(wrong).to_have_text(said)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
    assert site.heard("a") == []
    field.fill("9,50")
    site.pay(site.page.locator("#a"))


def test_what_is_paid_for_comes_from_the_server_and_no_sooner(site: Site) -> None:
    content = {
        "title": "Chapter two",
        "html": "<p>It was a <b>dark</b> night.</p><script>0</script>",
    }
    site.till.ask("PUT", f"/v1/payment_links/{site.link}/content", content)
    site.host.files["/chapter"] = ("text/plain", b"From the site's own server.")
    body = (
        f'<opentill-premium-content id="ours" payment-link="{site.link}"><p>Beginning</p>'
        f'</opentill-premium-content><opentill-article-paywall id="theirs" content-url="/chapter" '
        f'payment-link="{site.link}"><p>Beginning</p></opentill-article-paywall>'
    )
    home = site.till.url
    policy = f"default-src 'self' data:; script-src {home}; frame-src {home}"
    site.show(body, csp=policy)
    ours, theirs = site.page.locator("#ours"), site.page.locator("#theirs")
    expect(ours.get_by_text("Beginning")).to_be_visible()
    assert "night" not in site.page.content()
    intent = site.pay(ours)
    inside = ours.frame_locator("iframe")
    expect(inside.locator("b")).to_have_text("dark")
    expect(ours.locator("iframe")).to_have_attribute("sandbox", SANDBOX)
    before = ours.locator("iframe").evaluate("one => one.style.height")
    assert before.endswith("px"), "it is as high as what is in it"
    for origin in (home, "null"):
        forged = "origin => dispatchEvent(new MessageEvent('message', { origin, source: window,"
        site.page.evaluate(f"{forged} data: {{ v: 1, t: 'height', height: 9999 }} }}))", origin)
    assert ours.locator("iframe").evaluate("one => one.style.height") == before
    expect(ours.get_by_text("Beginning")).to_be_hidden()
    expect(ours.get_by_role("status")).to_have_text("This part is open now.")
    assert "unlocked" in site.heard("ours")
    site.pay(theirs)
    expect(theirs.get_by_text("From the site's own server.")).to_be_visible()
    ((_, header),) = [one for one in site.host.asked if one[0] == "/chapter"]
    assert header is not None
    token = header.removeprefix("Bearer ")
    check = {"token": token, "content": "chapter-2", "origin": site.host.url}
    assert site.till.ask("POST", "/v1/unlocks/verify", check)["content"] == "chapter-2"
    assert site.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        *[0, 0],
        "",
    ]

    site.show(body.replace("id=", f'resume="{intent}" id='), csp=policy)
    expect(inside.locator("b")).to_have_text("dark")
    site.show(body.replace("<p>Beginning", "<p>Begin"), csp=policy)
    expect(ours.locator("#open")).to_be_visible()
    assert ours.locator("iframe").count() == 0, "nobody is remembered"


SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"


def test_the_page_around_is_left_as_it_was(site: Site) -> None:
    site.show(f'{site.all()}<div style="height:3000px"></div>', csp=" ")
    for name in NAMES:  # each one drawn whole: what comes later would move the page itself
        expect(site.page.locator(f"#{name} #open")).to_be_visible()
    expect(site.page.locator("#progress-bar").get_by_role("progressbar")).to_be_visible()
    look = """() => [
      Object.keys(window).sort().join(), scrollX, scrollY, history.length, location.href,
      JSON.stringify([...document.querySelectorAll("html, body, main, h1, a")].map((one) =>
        [...getComputedStyle(one)].map((name) => getComputedStyle(one).getPropertyValue(name)))),
      document.body.outerHTML, document.activeElement.id,
    ]"""
    button = site.page.locator("#coffee-shop #open")
    button.focus()
    site.page.evaluate("scrollBy(0, 200)")
    before = site.page.evaluate(look)
    site.page.evaluate("document.getElementById('coffee-shop').open()")
    site.frame().locator("main[data-id]").wait_for()
    site.page.keyboard.press("Escape")
    expect(site.page.locator("dialog")).to_have_count(0)
    assert site.page.evaluate(look) == before
    assert site.page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "open"


def test_axe_finds_nothing_in_any_component_light_dark_or_from_right_to_left(site: Site) -> None:
    axe.install(site.page.context)
    found = []
    for lang, direction in (("en", "ltr"), ("ar", "rtl")):
        site.show(site.all(), lang=lang, direction=direction)
        expect(site.page.locator("#progress-bar").get_by_role("progressbar")).to_be_visible()
        expect(site.page.locator("#premium-content #open")).to_be_visible()
        for scheme in ("light", "dark"):
            site.page.emulate_media(color_scheme=scheme)
            found += [f"{lang}, {scheme}: {one}" for one in axe.faults(site.page)]
        wide = site.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, lang
    assert found == []


def test_filters_language_and_theme_go_to_the_checkout(site: Site) -> None:
    site.show(
        f'<opentill-pay-button id="a" payment-link="{site.link}" token-shortcodes="sandbox_usdc" '
        'chain-shortcodes="sandbox" chain-types="sandbox" lang="de" theme="dark">'
        "</opentill-pay-button>"
    )
    site.page.locator("#a #open").click()
    frame = site.page.locator("dialog iframe")
    expect(frame).to_have_attribute("src", re.compile("/pay/"))
    query = parse_qs(urlsplit(frame.get_attribute("src") or "").query)
    assert {name: query.get(name) for name in ("lang", "theme", "ledgers", "chains")} == {
        "lang": ["de"],
        "theme": ["dark"],
        "ledgers": ["sandbox_usdc"],
        "chains": ["sandbox"],
    }
    assert query["chainTypes"] == ["sandbox"]


def test_a_pinned_loader_brings_its_own_version(site: Site) -> None:
    tag = widget.tags(site.till.url).partition("no others.\n")[2]
    head = "<!doctype html><html lang=en><title>x</title><link rel=icon href='data:,'>"
    html = f"{head}{tag}<main>{site.all()}</main>"
    site.host.files["/pinned"] = ("text/html", html.encode())
    asked: list[str] = []
    site.page.on("request", lambda one: asked.append(one.url))
    site.page.goto(f"{site.host.url}/pinned")
    expect(site.page.locator("#pay-button #open")).to_be_visible()
    parts = {one.removeprefix(site.till.url) for one in asked if "/widget/" in one}
    own = {f"/widget/{widget.VERSION}/{name}" for name in widget.RELEASED}
    assert {one.partition("?")[0] for one in parts} - {"/widget/v1/total.js"} == own | {
        "/widget/v1/words.js"
    }


def test_without_scripts_each_component_is_a_link(site: Site, open_page: Open) -> None:
    site.show(site.all())
    page = open_page(java_script_enabled=False)
    page.goto(site.host.url)
    for name in NAMES:
        link = page.get_by_role("link", name=f"Beginning of {name}")
        expect(link).to_have_attribute("href", f"{site.till.url}/pay/{site.link}")
