"""Who is not believed: forged messages, and a frame that stays mute."""

import json
from typing import Any

from playwright.sync_api import Page, Route, expect

from e2e.conftest import Open
from e2e.test_modal import checkout, enter, heard
from e2e.till import Till

# A forged event says of itself what a real one cannot: its origin and its source.
FORGE = """([data, origin, source]) => {
  const host = document.querySelector("body > div:last-of-type");
  const frame = host.shadowRoot.querySelector("iframe");
  const sources = { frame: frame.contentWindow, self: window, none: null };
  window.dispatchEvent(new MessageEvent("message", { data, origin, source: sources[source] }));
}"""
IDS = {"invoiceId": "pi_1", "paymentIntentId": "pi_1", "version": 99}
PAID = {"v": 1, "t": "status", "status": "succeeded", **IDS}


def opened(till: Till, page: Page) -> None:
    enter(page, till)
    page.evaluate("id => { Opentill.open({ paymentIntent: id }) }", till.chosen())
    checkout(page).locator("main.pending").wait_for()


def untouched(page: Page) -> None:
    assert heard(page, "message", "succeeded", "leave", "close", "error") == []
    expect(page.locator("dialog")).to_have_count(1)


def test_no_forged_message_is_believed(till: Till, open_page: Open) -> None:
    page = open_page()
    opened(till, page)
    origins = [
        till.url[:-1],  # what a prefix test would take
        f"{till.url}0",
        f"{till.url}.evil.example",
        till.url.replace("http:", "https:"),
        till.url.replace("127.0.0.1", "localhost"),
        f"{till.url}/",
        "null",
        "",
        till.shop,
    ]
    forged = [(PAID, origin, "frame") for origin in origins]
    forged += [(PAID, till.url, source) for source in ("self", "none")]
    forged += [({"v": 1, "t": "close"}, origin, "frame") for origin in origins]
    forged += [({"v": 1, "t": "close"}, till.url, "self")]
    shapes: list[Any] = [
        None,
        "close",
        "succeeded",
        7,
        [],
        {},
        {"t": "close"},
        {"v": 2, "t": "close"},
        {"v": "1", "t": "close"},
        {"v": 1},
        {"v": 1, "t": "toString"},
        {**PAID, "v": 2},
        {**PAID, "t": "paid"},
        {**PAID, "status": "paid"},
        {**PAID, "status": "succeeded\n"},
        {**PAID, "status": {"toString": "succeeded"}},
        {**PAID, "status": "__proto__"},
        {"v": 1, "t": "resize", "height": "9e9px;color:red"},
        {"v": 1, "t": "resize", "height": {"valueOf": 1}},
        {"status": "succeeded"},
        json.dumps(PAID),
    ]
    forged += [(shape, till.url, "frame") for shape in shapes]
    for one in forged:
        page.evaluate(FORGE, one)
    untouched(page)
    page.evaluate(FORGE, (PAID, till.url, "frame"))
    assert heard(page, "message") == [["message", "succeeded"]], "and the true shape is believed"


def test_another_frame_of_any_origin_is_not_believed(till: Till, open_page: Open) -> None:
    page = open_page()
    enter_with_stranger(till, page)
    untouched(page)


def enter_with_stranger(till: Till, page: Page) -> None:
    """Open a checkout beside a frame of the very same origin that lies."""
    lie = f"parent.postMessage({json.dumps(PAID)}, '*')"
    html = f"<!doctype html><script>for (let i = 0; i < 9; i++) {lie}</script>"
    page.route("**/i/liar", lambda route: route.fulfill(body=html, content_type="text/html"))
    opened(till, page)
    page.evaluate(
        """(src) => new Promise((done) => {
             const frame = document.createElement("iframe");
             frame.onload = () => setTimeout(done, 200);
             frame.src = src;
             document.body.prepend(frame);
           })""",
        f"{till.url}/i/liar",
    )


def test_the_pay_page_listens_to_nobody_and_tells_one_origin(till: Till, open_page: Open) -> None:
    page = open_page()
    intent = till.chosen()
    page.goto(till.shop)
    got = page.evaluate(
        """([src, other]) => new Promise((done) => {
             const got = [];
             addEventListener("message", (event) => got.push(event.data.t));
             const frame = document.createElement("iframe");
             frame.onload = () => {
               for (const data of [{ v: 1, t: "close" }, { v: 1, t: "status" }, "x"]) {
                 frame.contentWindow.postMessage(data, "*");
               }
               setTimeout(() => done(got), 500);
             };
             frame.src = src + encodeURIComponent(other);
             document.body.append(frame);
           })""",
        [f"{till.url}/i/{intent}?view=modal&origin=", "https://elsewhere.example"],
    )
    assert got == [], "this site is not the one the page was told to tell"


def mute(route: Route) -> None:
    """Answer as a page that a policy keeps from speaking."""
    route.fulfill(body="<!doctype html><title>mute</title>", content_type="text/html")


def test_a_mute_frame_gives_way_to_the_page_itself_where_the_site_says_so(
    till: Till, open_page: Open
) -> None:
    page = open_page()
    enter(page, till)
    page.evaluate("document.getElementById('by-link').setAttribute('redirect', '')")
    page.route("**/pay/*view=modal*", mute)
    page.locator("#by-link").click()
    page.wait_for_url(f"{till.link}?*")
    expect(page.get_by_role("button", name="Continue to payment")).to_be_visible()


# Opened by the page itself: a test's own commands count as a person's.
BY_ITSELF = """addEventListener("load", async () => {
  await customElements.whenDefined("opentill-button");
  window.errors = [];
  Opentill.on("error", (error) => errors.push(error.code));
  Opentill.open({ paymentIntent: "%s", timeout: 300, redirect: true });
});"""


def test_nobody_is_sent_anywhere_without_a_click(till: Till, open_page: Open) -> None:
    page = open_page()
    intent = till.chosen()
    page.route("**/i/*view=modal*", mute)
    page.add_init_script(BY_ITSELF % intent)
    page.goto(till.shop)
    expect(page.locator("dialog iframe")).to_be_hidden()
    assert page.evaluate("errors") == ["ready_timeout"]
    assert page.url == f"{till.shop}/"
    page.get_by_role("link", name="Continue to checkout").click()
    page.wait_for_url(f"{till.url}/i/{intent}")


def test_nobody_is_sent_anywhere_unless_the_site_says_so(till: Till, open_page: Open) -> None:
    page = open_page()
    enter(page, till)
    page.route("**/i/*view=modal*", mute)
    options = {"paymentIntent": till.chosen(), "timeout": 300}
    page.evaluate("options => { Opentill.open(options) }", options)
    expect(page.locator("dialog iframe")).to_be_hidden()
    assert heard(page, "error") == [["error", "ready_timeout"]]
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).to_have_count(0)
    assert page.url == f"{till.shop}/"


def test_a_frame_that_only_was_slow_comes_back(till: Till, open_page: Open) -> None:
    page = open_page()
    enter(page, till)
    held: list[Route] = []
    page.route("**/i/*view=modal*", lambda route: held.append(route))
    page.evaluate("id => { Opentill.open({ paymentIntent: id, timeout: 300 }) }", till.chosen())
    expect(page.locator("dialog iframe")).to_be_hidden()
    expect(page.get_by_role("link", name="Continue to checkout")).to_be_visible()
    held[0].continue_()
    expect(page.frame_locator("dialog iframe").locator("main.pending")).to_be_visible()
    expect(page.get_by_role("link", name="Continue to checkout")).to_be_hidden()
