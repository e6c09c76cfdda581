"""The playground: a component is set up, paid with test money, and watched; its address is all."""

import os
import subprocess
import sys

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from e2e import axe
from e2e.conftest import Open
from e2e.host import Host
from e2e.till import Till


@pytest.fixture
def page(open_page: Open) -> Page:
    opened = open_page(
        expected=("400 (Bad Request)",),  # an option that is wrong is refused
        viewport={"width": 1280, "height": 1000},
        permissions=["clipboard-read", "clipboard-write"],
    )
    axe.install(opened.context)
    return opened


def preview(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


def titles(page: Page, log: str) -> list[str]:
    """Return what a pane says, the oldest first."""
    said = page.locator(f"#{log} summary").all_text_contents()
    return [one.partition(" · ")[0] for one in said][::-1]


def test_a_tip_jar_is_set_up_paid_watched_and_shared(till: Till, page: Page) -> None:
    page.goto(f"{till.url}/playground")
    page.get_by_role("link", name="tip-jar").click()
    page.get_by_label("Amounts to choose from").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2 4")
    expect(preview(page).get_by_role("button", name="$2.00")).to_be_visible()
    expect(page.locator("#html")).to_contain_text('amounts="2 4"')
    assert page.url.endswith("/playground?component=tip-jar&amounts=2+4")
    page.get_by_label("Currency").fill("dollars")
    expect(page.locator("#fault")).to_contain_text("currency must be a currency's code")
    page.get_by_label("Currency").fill("USD")
    expect(page.locator("#fault")).to_be_empty()
    assert page.locator("[aria-invalid]").count() == 0

    preview(page).locator("#open").click()
    checkout = preview(page).frame_locator("dialog iframe")
    checkout.locator("#sandbox_usdc").click()
    checkout.locator("#play-full").click()
    expect(checkout.locator("main.settled")).to_be_visible()
    expect(page.locator("#webhook-log")).to_contain_text("payment_intent.succeeded")
    expect(page.locator("#event-log")).to_contain_text("opentill-succeeded")
    events = titles(page, "event-log")
    for name in ("open", "ready", "status", "processing", "succeeded"):
        assert f"opentill-{name}" in events
    intent = str(checkout.locator("main[data-id]").get_attribute("data-id"))
    history = till.ask("GET", "/v1/events?limit=50")["data"]
    told = [one["type"] for one in history if one["data"]["object"]["id"] == intent][::-1]
    assert titles(page, "webhook-log") == told, "what a server would be sent, in its order"
    expect(page.locator("#webhook-log .good")).to_have_text(["✓ verified"] * len(told))

    entry = page.locator("#webhook-log details").first
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(entry.locator("pre")).to_contain_text("webhook-signature: v1,")
    checkout.locator("#done").click()
    page.get_by_role("button", name="Copy", exact=True).last.click()
    expect(page.locator("#say")).to_have_text("HTML: copied")
    html = page.locator("#html").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == html
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if theme == "light" else "dark")
        assert axe.faults(page) == [], theme
    page.reload()
    expect(page.get_by_label("Amounts to choose from")).to_have_value("2 4")
    assert page.locator("#html").text_content() == html
    expect(preview(page).get_by_role("button", name="$4.00")).to_be_visible()


def test_every_component_is_drawn_and_nothing_is_wider_than_a_small_phone(
    till: Till, page: Page
) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{till.url}/playground")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    names = page.locator("nav a").all_text_contents()
    assert len(names) == 8
    for name in names:
        page.goto(f"{till.url}/playground/preview?component={name}")
        expect(page.locator(f"opentill-{name} [part=button]")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_without_scripts_the_form_sets_and_the_previews_link_pays(
    till: Till, open_page: Open
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{till.url}/playground?component=pay-button")
    page.get_by_label("Words on the button").fill("Buy tea")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#html")).to_contain_text('label="Buy tea"')
    preview(page).get_by_role("link", name="Continue to checkout").click()
    preview(page).get_by_role("button", name="Continue to payment").click()
    preview(page).locator("#sandbox_usdc").click()
    intent = str(preview(page).locator("main.pending").get_attribute("data-id"))
    preview(page).locator("#play-full").click()
    till.until(intent, "succeeded")


def test_what_is_copied_opens_a_payment_on_another_site(till: Till, open_page: Open) -> None:
    page = open_page()
    with Host() as host:
        for name, asked in (("html", "component=coffee-shop"), ("pinned", "component=pay-button")):
            told = httpx.get(f"{till.url}/playground/code?{asked}", trust_env=False).json()
            code = {one["name"]: one["text"] for one in told["code"]}[name]
            text = f"<!doctype html><title>Mine</title><link rel=icon href=data:,>{code}"
            host.files[f"/{name}"] = ("text/html; charset=utf-8", text.encode())
            page.goto(f"{host.url}/{name}")
            page.locator("#open, [part=button]").last.click()
            checkout = page.frame_locator("dialog iframe")
            if name == "pinned":
                checkout.get_by_role("button", name="Continue to payment").click()
            checkout.locator("#sandbox_usdc").click()
            expect(checkout.locator("main.pending svg.qr")).to_be_visible()


def test_the_copied_programs_run(till: Till) -> None:
    url = f"{till.url}/playground/code?component=premium-content"
    told = httpx.get(url, trust_env=False).json()["code"]
    codes = {one["name"]: one["text"] for one in told}
    commands = {
        "curl": ["sh", "-euc"],
        "python": [sys.executable, "-c"],
        "node": ["node", "--input-type=module", "-e"],
    }
    for name, command in commands.items():
        code = codes[name].partition("# What is read")[0] if name == "curl" else codes[name]
        done = subprocess.run(
            [*command, code],
            env=os.environ | {"SK": till.sk},
            capture_output=True,
            text=True,
            timeout=20,
        )
        made = till.ask("GET", "/v1/payment_links?limit=1")["data"][0]
        assert made["shortcode"] in done.stdout, f"{name}: {done.stdout} {done.stderr}"
