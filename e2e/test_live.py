"""The page turns by itself, by stream or without one, and keeps what a person was doing."""

from playwright.sync_api import expect

from e2e.conftest import Open
from e2e.till import Till


def test_focus_and_place_are_kept_while_the_page_turns(till: Till, open_page: Open) -> None:
    page = open_page()
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    page.locator("#copy-address").focus()
    till.pay(intent, share="0.5", confirmations=0)
    expect(page.locator("main.underpaid")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()  # what was asked for has changed: hear it first
    page.locator("#copy-address").focus()
    till.mine(1)
    expect(page.locator(".payments")).to_contain_text("1 of 2")
    expect(page.locator("#copy-address")).to_be_focused()
    till.pay(intent, confirmations=2)
    expect(page.locator("main.settled")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Paid")


def test_without_event_streams_the_page_asks(till: Till, open_page: Open) -> None:
    page = open_page()
    page.add_init_script("delete window.EventSource")
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    till.pay(intent, confirmations=2)
    expect(page.locator("main.settled")).to_be_visible()


def test_a_broken_stream_is_taken_up_again(till: Till, open_page: Open) -> None:
    page = open_page(expected=("503",))
    refusals = [1, 1]
    page.route(
        "**/events?*",
        lambda route: (
            route.fulfill(status=503) if refusals and refusals.pop() else route.continue_()
        ),
    )
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    till.pay(intent, confirmations=2)
    expect(page.locator("main.settled")).to_be_visible()


def test_a_reorganization_takes_the_page_back(till: Till, open_page: Open) -> None:
    page = open_page()
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    till.pay(intent, confirmations=1)
    expect(page.locator("main.processing")).to_be_visible()
    page.locator("#play-reorg").click()
    expect(page.locator("main.pending")).to_be_visible()
    expect(page.locator(".payments")).to_contain_text("taken back by the network")


def test_copying_says_so(till: Till, open_page: Open) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{till.url}/i/{till.chosen(amount='1234.50')}")
    page.locator("#copy-amount").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "1234.5"


def test_copying_works_without_a_clipboard(till: Till, open_page: Open) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{till.url}/i/{till.chosen()}")
    page.locator("#copy-address").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    expect(page.locator("#copy-address")).to_be_focused()


def test_a_page_is_four_requests_and_none_to_a_stranger(till: Till, open_page: Open) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{till.url}/i/{till.chosen()}", wait_until="load")
    page.wait_for_timeout(300)
    ours = [url for url in asked if url.startswith(f"{till.url}/")]
    assert len(ours) <= 3, asked  # page, script, stream
    assert [url for url in asked if url not in ours and not url.startswith("data:")] == []


def test_the_guard_of_these_tests_sees_what_a_policy_refuses(till: Till, open_page: Open) -> None:
    page = open_page(expected=("Content Security Policy", "TrustedHTML", "inline style"))
    page.goto(f"{till.url}/i/{till.chosen()}")
    with page.expect_console_message(lambda one: "Content Security Policy" in one.text):
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    refused = page.evaluate("try { document.body.innerHTML = '<b>'; 'done' } catch (e) { e.name }")
    assert refused == "TypeError"


def test_a_price_that_is_lost_and_found_turns_the_page(till: Till, open_page: Open) -> None:
    page = open_page()
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    page.get_by_text("Other endings and outages").click()
    page.get_by_role("button", name="Lose the price").click()
    expect(page.locator("main.unpriced")).to_be_visible()
    expect(page.locator("svg.qr")).to_have_count(0)
    till.pull(intent, "restore")
    expect(page.locator("main.pending svg.qr")).to_be_visible()


def test_a_form_says_what_several_come_to_while_they_are_typed(till: Till, open_page: Open) -> None:
    page = open_page()
    page.goto(till.link_to(amount="0.10", quantity={"allow": True, "max": 99_999}))
    total = page.locator("#total")
    expect(total).to_have_text("Total: 0.10 USD")
    page.get_by_label("Quantity").fill("12345")
    expect(total).to_have_text("Total: 1,234.50 USD")
    page.get_by_label("Quantity").fill("0")
    expect(total).to_be_hidden()
    page.goto(till.link_to(amount=None, quantity={"allow": True}))
    page.get_by_label("Amount").fill("4,5")
    page.get_by_label("Quantity").fill("3")
    expect(total).to_have_text("Total: 13.50 USD")
