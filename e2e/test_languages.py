"""A page from right to left is as whole as the others, and a reader finds the way out of it."""

from playwright.sync_api import expect

from e2e import axe
from e2e.conftest import Open
from e2e.till import Till


def test_arabic_fits_the_smallest_phone_and_can_be_left(till: Till, open_page: Open) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    axe.install(page.context)
    page.goto(f"{till.url}/i/{till.chosen()}?lang=ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator(".languages summary").click()
    expect(page.locator("select")).to_have_value("ar")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe.faults(page) == []
    page.locator("select").select_option("de")
    page.locator(".languages button").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_text("Senden Sie genau")).to_be_visible()
