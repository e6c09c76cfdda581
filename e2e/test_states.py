"""Each screen in a real browser: allowed by its policy, readable by everyone, code and all."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from e2e.conftest import Open
from e2e.till import ROOT, Till

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
KINDS = {"short": "underpaid"}


@pytest.fixture(scope="module")
def standings(till: Till) -> dict[str, str]:
    """An intent for every screen."""
    return till.standings()


def violations(page: Page) -> list[str]:
    """Ask axe what is wrong with a page; needs a context that bypasses the policy."""
    page.add_script_tag(path=AXE)
    found: Any = page.evaluate("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
    return [
        f"{kind} {one['id']}: {json.dumps([node['target'] for node in one['nodes']])}"
        for kind in ("violations", "incomplete")
        for one in found[kind]
    ]


def every(standings: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each screen's name and address, as a page and in a modal."""
    for name, intent in standings.items():
        yield name, f"/i/{intent}"
        yield name, f"/i/{intent}?view=modal&origin=https://shop.example"


def test_a_screen_breaks_no_policy_and_fits_a_small_phone(
    till: Till, standings: dict[str, str], open_page: Open
) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    for name, path in every(standings):
        page.goto(till.url + path)
        assert page.locator("main").get_attribute("data-screen") == KINDS.get(name, name)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        assert page.locator("h1").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    till: Till, standings: dict[str, str], open_page: Open, scheme: Any
) -> None:
    page = open_page(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    for _, path in every(standings):
        page.goto(till.url + path)
        assert violations(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_pages(
    till: Till, standings: dict[str, str], open_page: Open, scheme: Any
) -> None:
    asked = dict.fromkeys(("email", "name", "phone", "business", "address", "shipping"), "required")
    form = till.link_to(amount=None, min="1", quantity={"allow": True}, collect=asked)
    page = open_page(bypass_csp=True, color_scheme=scheme, expected=("404", "400"))
    for path in (f"{till.url}/i/{standings['settled']}/receipt", f"{till.url}/i/nothing", form):
        page.goto(path)
        assert violations(page) == []
    page.locator("form").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button").click()
    page.locator("#amount-fault").wait_for()
    assert violations(page) == []
    page.goto(till.shop)
    page.locator("opentill-button button").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("density", [1, 2, 3])
@pytest.mark.parametrize("width", [320, 390])
def test_the_code_on_a_screen_is_read_by_a_camera(
    till: Till, standings: dict[str, str], open_page: Open, width: int, density: int, scheme: Any
) -> None:
    page = open_page(
        viewport={"width": width, "height": 800}, device_scale_factor=density, color_scheme=scheme
    )
    for name in ("pending", "underpaid"):
        page.goto(f"{till.url}/i/{standings[name]}")
        shown = page.locator("a.code").get_attribute("href")
        box = page.locator("svg.qr").bounding_box()
        assert box is not None
        assert box["width"] >= 240
        image = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        assert [one.text for one in zxingcpp.read_barcodes(image)] == [shown]
