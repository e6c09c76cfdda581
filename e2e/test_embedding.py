"""A strict site embeds with the lines our docs give; a site that is not named cannot.

The sites are served by the test itself, each on an origin and with a policy of its own.
"""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e import axe
from e2e.conftest import Open
from e2e.till import ROOT, Till

ACCENT = "#7a1f5c"
HTML = """<!doctype html><title>Beans</title><h1>Beans</h1>
<script async src="{url}/widget/v1/loader.js"></script>
<opentill-button payment-link="{link}"><a href="{url}/pay/{link}">Buy</a></opentill-button>"""


class Site(BaseHTTPRequestHandler):
    """A page with the strictest policy that has the lines in it."""

    till: Till

    def do_GET(self) -> None:
        self.send_response(200)
        policy = f"default-src 'none'; {lines(self.till)} base-uri 'none'; form-action 'none'"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        html = HTML.format(url=self.till.url, link=self.till.link.rpartition("/")[2])
        self.wfile.write(html.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(till: Till) -> Iterator[str]:
    """A site's origin."""
    Site.till = till
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def guarded(till: Till, site: str) -> Iterator[Till]:
    """The demo with a list of sites and colors of its own; both are taken back."""
    branding = {"accent": ACCENT, "background": "#20303a", "corner_radius_pixels": 4}
    till.ask("PATCH", "/v1/account", {"allowed_origins": [site], "branding": branding})
    yield till
    plain = {"accent": None, "background": None, "corner_radius_pixels": 12}
    till.ask("PATCH", "/v1/account", {"allowed_origins": [], "branding": plain})


def lines(till: Till) -> str:
    """Return the policy lines of the README, for this till; the page names no amounts."""
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"```\n(script-src [^`]*)```", readme)
    assert block
    told = block[1].replace("https://pay.example.com", till.url).split("\n")
    return " ".join(line for line in told if not line.startswith("connect-src"))


def enter(page: Page, origin: str) -> None:
    page.goto(f"{origin}/")
    page.locator("opentill-button button").wait_for()


def color(page: Any, selector: str) -> str:
    found = page.locator(selector).first.evaluate("one => getComputedStyle(one).backgroundColor")
    return str(found)


def test_a_strict_site_embeds_with_the_lines_of_the_readme_and_is_paid(
    guarded: Till, site: str, open_page: Open
) -> None:
    page = open_page()
    enter(page, site)
    page.evaluate("window.paid = new Promise((done) => Opentill.on('succeeded', done)), 0")
    page.locator("opentill-button button").click()
    frame = page.frame_locator("dialog iframe")
    expect(frame.get_by_role("button", name="Continue to payment")).to_be_visible()
    assert color(frame, "button.main") == "rgb(122, 31, 92)"
    frame.get_by_role("button", name="Continue to payment").click()
    frame.locator("#play-full").click()
    expect(frame.locator("main.settled")).to_be_visible()
    assert page.evaluate("window.paid.then((one) => one.status)") == "succeeded"


def test_a_site_that_is_not_named_gets_a_link_in_place_of_the_frame(
    guarded: Till, site: str, open_page: Open
) -> None:
    page = open_page(expected=("frame-ancestors",))
    enter(page, site.replace("localhost", "127.0.0.1"))
    with page.expect_event("console", lambda one: "frame-ancestors" in one.text):
        page.evaluate(
            "link => { Opentill.open({ paymentLink: link, timeout: 500 }) }",
            guarded.link.rpartition("/")[2],
        )
    expect(page.locator("dialog iframe")).to_be_hidden()
    page.get_by_role("link", name="Continue to checkout").click()
    page.wait_for_url(re.compile(re.escape(guarded.link)))
    expect(page.get_by_role("button", name="Continue to payment")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_brand_is_readable_on_page_and_modal(guarded: Till, open_page: Open, scheme: Any) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    axe.install(page.context)
    path = f"/i/{guarded.chosen()}"
    expected = {"light": "rgb(122, 31, 92)", "dark": "rgb(171, 114, 152)"}
    other = {"light": "dark", "dark": "light"}[scheme]
    for query, shown in (
        ("", scheme),
        (f"?view=modal&origin={site}", scheme),
        (f"?theme={other}", other),
    ):
        page.goto(guarded.url + path + query)
        assert color(page, "#wallet") == expected[shown]
        assert axe.faults(page) == [], query
    page.goto(f"{guarded.url}/embed-check?origin={site}&policy=default-src+'self'")
    expect(page.get_by_role("heading", name="The checkout cannot open there")).to_be_visible()
    assert axe.faults(page) == []


def test_type_twice_as_large_and_forced_colors_hide_nothing(guarded: Till, open_page: Open) -> None:
    page = open_page(viewport={"width": 320, "height": 640}, forced_colors="active")
    page.goto(f"{guarded.url}/i/{guarded.chosen()}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for text in page.locator("main :is(p, dt, dd, button, a, h1):visible").all():
        assert text.evaluate("one => one.scrollWidth <= one.clientWidth + 1 || !one.clientWidth")
