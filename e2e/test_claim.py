"""A payee claims a refund on its page, and nobody is kept out of it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from e2e import axe
from e2e.conftest import Open
from e2e.till import Till


def refund(till: Till, **more: Any) -> Any:
    """Offer a refund as BTCPay's clients do."""
    store = till.ask("GET", "/v1/account")["id"]
    body = {"name": "Refund of order 15", "amount": "5.00", "currency": "USD"} | more
    return till.ask("POST", f"/api/v1/stores/{store}/pull-payments", body)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refund_is_claimed_on_its_page(till: Till, open_page: Open, scripts: bool) -> None:
    page = open_page(java_script_enabled=scripts, expected=("400",))
    if scripts:
        axe.install(page.context)
    made = refund(till)
    page.goto(made["viewLink"])
    expect(page.get_by_role("heading", name="Claim this money")).to_be_visible()
    page.get_by_label("Send me").select_option(label="USDC on Sandbox")
    page.get_by_label("Address to send it to").fill("nowhere")
    page.get_by_role("button", name="Claim it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert not scripts or axe.faults(page) == []
    expect(page.get_by_label("Address to send it to")).to_have_value("nowhere")
    page.get_by_label("Address to send it to").fill("sandbox1payee")
    page.get_by_label("Amount in USD").fill("2.00")
    page.get_by_role("button", name="Claim it").click()
    expect(page.locator("#left")).to_contain_text("3.00")
    expect(page.locator(".claims li")).to_contain_text("Waits for the sender's approval")
    assert not scripts or axe.faults(page) == []
    (payout,) = till.ask("GET", f"/api/v1/pull-payments/{made['id']}/payouts")
    till.ask("POST", f"/api/v1/payouts/{payout['id']}", {"revision": 0})
    till.ask("POST", f"/api/v1/payouts/{payout['id']}/mark-paid", {})
    page.reload()
    expect(page.locator(".claims li")).to_contain_text("The sender says that it was sent")
