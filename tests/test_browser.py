"""The browser the end-to-end tests drive is there and shows a page."""

from typing import TYPE_CHECKING

from tests.components import Answer, Receiver

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = b"<!doctype html><title>Opentill</title><p id=word>till</p>"


def test_the_browser_shows_a_page(browser: "Browser", receiver: Receiver) -> None:
    receiver.answer = Answer(200, PAGE, {"content-type": "text/html"})
    page = browser.new_page()
    page.goto(receiver.url)
    assert page.title() == "Opentill"
    assert page.locator("#word").inner_text() == "till"
    page.close()
