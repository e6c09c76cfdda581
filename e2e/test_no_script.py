"""A browser without scripts pays as well; it only has to look again by itself."""

from playwright.sync_api import Page, expect

from e2e.conftest import Open
from e2e.till import Till


def look_again(page: Page, screen: str) -> None:
    """Reload until the server says so, as the page's own refresh does every ten seconds."""
    main = page.locator(f"main.{screen}")
    for _ in range(40):
        if main.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(main).to_be_visible()


def test_from_a_link_to_a_receipt(till: Till, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(till.link_to(amount=None, min="2", quantity={"allow": True}, name="Coffee"))
    page.get_by_label("Amount").fill("4.50")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("main.new")).to_contain_text("9.00 USD")
    page.get_by_role("button", name="USDC").click()
    expect(page.locator("main.pending svg.qr")).to_be_visible()
    expect(page.get_by_role("link", name="Open in wallet")).to_be_visible()
    expect(page.locator("[data-copy]").first).to_be_hidden()
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    page.get_by_role("button", name="Pay half").click()
    look_again(page, "underpaid")
    expect(page.locator("main")).to_contain_text("4.50 USD of 9.00 USD arrived")
    page.get_by_role("button", name="Pay in full").click()
    look_again(page, "settled")
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()


def test_the_page_refreshes_itself(till: Till, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    till.pay(intent, confirmations=2)
    expect(page.locator("main.settled")).to_be_visible(timeout=13_000)


def test_faults_are_beside_their_fields_and_nothing_is_lost(till: Till, open_page: Open) -> None:
    page = open_page(java_script_enabled=False, expected=("400",))
    page.goto(till.link_to(collect={"email": "required", "name": "optional"}))
    page.get_by_label("E-mail").fill("me@x")  # a browser lets this pass, we do not
    page.get_by_label("Name").fill("Zoë")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_accessible_description("must be an e-mail address")
    expect(page.get_by_label("Name")).to_have_value("Zoë")
    page.get_by_label("E-mail").fill("me@x.example")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("main.new")).to_be_visible()


def test_a_new_price_and_another_way(till: Till, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    intent = till.until(till.expire(till.intent()), "expired")
    page.goto(f"{till.url}/i/{intent}")
    page.get_by_role("button", name="Get a new price").click()
    page.get_by_role("button", name="ETH").click()
    expect(page.locator("main.pending")).to_contain_text("0.009 ETH")
    page.get_by_role("link", name="Pay another way").click()
    page.get_by_role("button", name="BTC").click()
    expect(page.locator("main.pending")).to_contain_text("BTC")


def test_a_shop_without_scripts_still_links_to_the_checkout(till: Till, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(till.shop)
    page.get_by_role("link", name="Buy coffee").click()
    assert page.url == till.link
