"""The checkout over a shop on another origin: it opens, tells, closes, and believes nobody else."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from e2e.conftest import Open
from e2e.till import Till

HEARD = """() => {
  window.heard = [];
  const note = (name) => (detail) => heard.push([name, detail?.code ?? detail?.status ?? null]);
  Opentill.onModalWillEnter(note("enter"));
  Opentill.onModalWillLeave(note("leave"));
  Opentill.onModalReceiveMessage(note("message"));
  for (const name of ["ready", "processing", "succeeded", "error", "close"]) {
    Opentill.on(name, note(name));
  }
}"""


@pytest.fixture
def shop(till: Till, open_page: Open) -> Page:
    """The demo shop, with its ears open."""
    page = open_page(viewport={"width": 1000, "height": 900})
    enter(page, till)
    return page


def enter(page: Page, till: Till) -> None:
    page.goto(till.shop)
    page.locator("opentill-button button").first.wait_for()
    page.evaluate(HEARD)


def checkout(page: Page) -> FrameLocator:
    frame = page.frame_locator("dialog iframe")
    frame.locator("main").wait_for()
    return frame


def heard(page: Page, *names: str) -> list[list[str | None]]:
    said: list[list[str | None]] = page.evaluate("window.heard")
    return [one for one in said if not names or one[0] in names]


def shown(page: Page) -> str:
    """Return the id of the intent in the modal."""
    id = checkout(page).locator("main[data-id]").get_attribute("data-id")
    assert id
    return id


def test_a_shop_sells_with_one_script_tag(till: Till, shop: Page) -> None:
    shop.locator("#by-amount").click()
    frame = checkout(shop)
    expect(shop.locator("dialog")).to_have_attribute("aria-label", "Checkout")
    expect(shop.locator("dialog iframe")).to_have_attribute("title", "Checkout")
    frame.locator("#sandbox_usdc").click()
    expect(frame.locator("main.pending svg.qr")).to_be_visible()
    frame.locator("main").evaluate("() => { window.kept = true }")
    frame.locator("#play-full").click()
    expect(frame.locator("main.settled")).to_be_visible()
    assert frame.locator("main").evaluate("() => window.kept"), "the page turned without a reload"
    assert heard(shop, "message") == [["message", "processing"], ["message", "succeeded"]]
    assert [one[0] for one in heard(shop, "processing", "succeeded")] == ["processing", "succeeded"]
    frame.locator("#done").click()
    expect(shop.locator("dialog")).to_have_count(0)
    assert shop.evaluate("document.activeElement.id") == "by-amount", "the focus came back"
    assert heard(shop, "enter", "leave", "close") == [
        ["enter", None],
        ["leave", None],
        ["close", "succeeded"],
    ]
    assert till.ask("GET", "/v1/payment_intents?limit=1")["data"][0]["order_id"] == "beans-1"


def test_escape_closes_from_within_and_from_without(shop: Page) -> None:
    shop.locator("#by-script").click()
    checkout(shop).locator("#sandbox_usdc").focus()
    shop.keyboard.press("Escape")
    expect(shop.locator("dialog")).to_have_count(0)
    assert shop.evaluate("document.activeElement.id") == "by-script"
    shop.locator("#by-script").click()
    checkout(shop)
    shop.get_by_role("button", name="Close").focus()
    shop.keyboard.press("Escape")
    expect(shop.locator("dialog")).to_have_count(0)
    assert len(heard(shop, "leave")) == len(heard(shop, "close")) == 2


def test_a_button_goes_on_with_the_intent_it_made(shop: Page) -> None:
    shop.locator("#by-amount").click()
    first = shown(shop)
    shop.get_by_role("button", name="Close").click()
    shop.locator("#by-amount").click()
    assert shown(shop) == first
    frame = checkout(shop)
    frame.locator("#play-full").click()
    expect(frame.locator("main.settled")).to_be_visible()
    shop.get_by_role("button", name="Close").click()
    shop.locator("#by-amount").click()
    assert shown(shop) != first, "what is paid is not sold again"


def test_a_link_is_filled_in_inside_the_modal(shop: Page) -> None:
    shop.locator("#by-link").click()
    frame = checkout(shop)
    frame.get_by_role("button", name="Continue to payment").click()
    frame.locator("#play-full").click()
    expect(frame.locator("main.settled")).to_be_visible()
    assert heard(shop, "message")[-1] == ["message", "succeeded"]
    assert heard(shop, "error") == []


def test_what_happens_elsewhere_turns_the_modal(till: Till, shop: Page) -> None:
    intent = till.chosen()
    shop.evaluate("id => { window.last = Opentill.open({ paymentIntentId: id }) }", intent)
    frame = checkout(shop)
    expect(frame.locator("main.pending")).to_be_visible()
    till.pay(intent, share="0.5", confirmations=0)
    expect(frame.locator("main.underpaid")).to_be_visible()
    till.pay(intent, confirmations=0)
    expect(frame.locator("main.processing")).to_be_visible()
    till.mine(1)
    expect(frame.locator(".state")).to_contain_text("Confirmations: 1 of 2")
    till.mine(1)
    expect(frame.locator("main.settled")).to_be_visible()
    expect(frame.locator("#say")).to_have_text("Paid")
    shop.evaluate("Opentill.close()")
    assert shop.evaluate("window.last.then((last) => last)") == {
        "invoiceId": intent,
        "paymentIntentId": intent,
        "status": "succeeded",
        "version": till.view(intent)["version"],
    }


def test_one_intent_by_whichever_door(till: Till, shop: Page) -> None:
    intent = till.chosen()
    shortcode = till.link.rpartition("/")[2]
    before = len(till.ask("GET", "/v1/payment_intents?limit=100")["data"])
    for options in (
        {"paymentIntent": intent},
        {"paymentIntentId": intent},
        {"paymentLink": shortcode, "paymentIntentId": intent},
        {"amount": "1.00", "currency": "USD", "publishableKey": till.pk, "paymentIntent": intent},
    ):
        shop.evaluate("options => { Opentill.open(options) }", options)
        assert shown(shop) == intent
        shop.evaluate("Opentill.close()")
    shop.goto(f"{till.link}?paymentIntentId={intent}")
    assert shop.url == f"{till.url}/i/{intent}"
    assert till.ask("POST", "/v1/payment_intents", {"payment_intent": intent})["id"] == intent
    assert len(till.ask("GET", "/v1/payment_intents?limit=100")["data"]) == before


def test_closed_and_opened_at_once_it_stays_open(till: Till, shop: Page) -> None:
    first, second = till.chosen(), till.chosen()
    again = """async ([first, second]) => {
      Opentill.open({ paymentIntent: first });
      Opentill.close();
      Opentill.open({ paymentIntent: second });
      await new Promise((done) => setTimeout(done, 100));
    }"""
    shop.evaluate(again, [first, second])
    expect(shop.locator("dialog")).to_have_count(1)
    assert shown(shop) == second


def test_a_finished_intent_is_shown_and_not_paid_twice(till: Till, open_page: Open) -> None:
    page = open_page(expected=("409",))
    intent = till.chosen()
    till.pay(intent, confirmations=2)
    till.until(intent, "succeeded")
    page.goto(f"{till.link}?paymentIntentId={intent}")
    expect(page.locator("h1")).to_have_text("This payment is finished")
    page.get_by_role("link", name="See how it ended").click()
    expect(page.locator("main.settled")).to_be_visible()


def test_loaded_twice_it_is_there_once(till: Till, shop: Page) -> None:
    first = shop.evaluate("window.first = Opentill, true")
    assert first
    shop.add_script_tag(url=f"{till.url}/widget/v1/loader.js")
    assert shop.evaluate("window.first === Opentill")
    intent = till.chosen()
    shop.evaluate("id => { Opentill.open({ paymentIntent: id }) }", intent)
    checkout(shop)
    till.pay(intent, confirmations=0)
    till.until(intent, "processing")
    till.mine()
    expect(checkout(shop).locator("main.settled")).to_be_visible()
    assert heard(shop, "message") == [["message", "processing"], ["message", "succeeded"]]
    expect(shop.locator("dialog")).to_have_count(1)


def test_what_cannot_be_made_is_an_error_and_no_modal(till: Till, open_page: Open) -> None:
    shop = open_page(expected=("401",))
    enter(shop, till)
    refused = shop.evaluate(
        """() => Opentill.open({ amount: "1.00", currency: "USD", publishableKey: "pk_test_no" })
           .then(() => "opened", (error) => error.code)"""
    )
    assert refused == "unauthorized"
    expect(shop.locator("dialog")).to_have_count(0)
    assert heard(shop, "error") == [["error", "unauthorized"]]


def test_the_page_around_is_left_as_it_was(till: Till, shop: Page) -> None:
    before = shop.evaluate("[Object.keys(window).sort(), document.documentElement.outerHTML]")
    link = till.link.rpartition("/")[2]
    shop.evaluate("link => { Opentill.open({ paymentLink: link }) }", link)
    checkout(shop)
    shop.evaluate("Opentill.close()")
    after = shop.evaluate("[Object.keys(window).sort(), document.documentElement.outerHTML]")
    log = re.compile(r'<ol id="log".*?</ol>', re.DOTALL)
    assert after[0] == before[0]
    assert log.sub("", after[1]) == log.sub("", before[1])
