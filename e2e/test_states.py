"""Every screen in every dress: allowed by its policy, usable by everyone, on the smallest phone."""

import pytest
from playwright.sync_api import Page

from app.web.screens import Screen
from e2e import axe
from e2e.conftest import Open
from e2e.scenes import DRESSES, SCHEMES, Dress, scenes
from e2e.till import Till

# An answer that is meant to be 404 or the like is an error to the browser's console.
MEANT = ("the server responded with a status of 4",)


@pytest.fixture(scope="module")
def stage(till: Till) -> dict[str, str]:
    """The path of every screen."""
    return scenes(till)


# What a thumb may miss, and how wide the page is before and after its text was doubled.
SIZES = """() => {
  const small = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((one) => one.type !== "hidden" && one.checkVisibility())
    .filter((one) => one.getBoundingClientRect().height < 43.5)
    .map((one) => one.outerHTML.slice(0, 60));
  const root = document.documentElement;
  const wide = root.scrollWidth;
  root.style.fontSize = "200%";
  const doubled = root.scrollWidth;
  root.style.fontSize = "";
  return [small, wide, doubled];
}"""


def wrong(page: Page, name: str) -> list[str]:
    """Return what is wrong with a page that is shown, in the light and in the dark."""
    found: list[str] = []
    rules: tuple[str, ...] = ()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{name}, {scheme}: {one}" for one in axe.faults(page, rules)]
        rules = axe.COLORS
    small, wide, doubled = page.evaluate(SIZES)
    found += [f"{name}: {one} is less than 44 px high" for one in small]
    found += [f"{name}: {size} px wide" for size in (wide, doubled) if size > 320]
    return found


@pytest.mark.parametrize("dress", DRESSES, ids=str)
def test_every_screen_in_every_dress(
    till: Till, stage: dict[str, str], open_page: Open, dress: Dress
) -> None:
    """Nothing for axe to find or to doubt, nothing refused by policy, nothing beyond 320 px.

    Not with the text at 200 % either; and nothing to touch that is smaller than 44 px.
    """
    page = open_page(viewport={"width": 320, "height": 640}, expected=MEANT)
    axe.install(page.context)
    found, seen = [], set()
    for name, path in stage.items():
        page.goto(till.url + dress.path(path))
        assert page.locator("html").get_attribute("dir") == dress.direction, path
        seen.add(page.locator("main").get_attribute("data-screen"))
        box = page.locator("main").bounding_box()
        assert box, path
        assert min(box["width"], box["height"]) > 100, f"{name} is hidden from sight"
        found += wrong(page, name)
    assert found == []
    assert set(Screen) <= seen, "a screen nobody can reach here: see e2e/scenes.py"


def test_the_pages_around_it(till: Till, stage: dict[str, str], open_page: Open) -> None:
    page = open_page(viewport={"width": 320, "height": 640}, expected=MEANT)
    axe.install(page.context)
    page.goto(till.url + stage["form"])
    page.locator("form.fields").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Continue to payment").click()
    page.locator("#amount-fault").wait_for()
    assert wrong(page, "a form with faults") == []
    page.goto(till.shop)
    page.locator("opentill-button button").first.wait_for()
    assert axe.faults(page) == [], "the demo shop"


def test_the_guard_sees_what_is_wrong(till: Till, stage: dict[str, str], open_page: Open) -> None:
    """A judge that never condemns proves nothing."""
    page = open_page(expected=("refused by policy", "Content Security Policy", "inline style"))
    axe.install(page.context)
    page.goto(till.url + stage["pending"])
    with page.expect_console_message(lambda one: "refused by policy: style-src-attr" in one.text):
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.locator("h1").evaluate("title => title.setAttribute('role', 'slider')")
    page.locator(".price").evaluate("price => { price.style.color = '#ddd' }")
    said = " ".join(axe.faults(page))
    assert "aria-required-attr" in said
    assert "color-contrast" in said
