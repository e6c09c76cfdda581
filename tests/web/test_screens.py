"""Nine screens: every standing of an intent has one, and none is mistaken for another."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from app.domain.account import Account
from app.domain.intent import Oddity, Overpayment, Status, Underpayment
from app.domain.payment import PaymentStatus
from app.services.views import PayerView, PaymentView, PromptView, QuoteView
from app.web import templates
from app.web.screens import Screen, by_chain, levers, screen, show
from app.web.setting import Setting

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHOP = Account(
    id="acct_1",
    name="Tom & Anna's <Teas>",
    livemode=False,
    browser_amounts=True,
    unique_orders=False,
    underpayment=Underpayment.WAIT,
    overpayment=Overpayment.ACCEPT,
    tolerance_bps=0,
    contact="https://shop.example/help",
    created_at=NOON,
)


def quote(ledger: str = "sandbox_usdc", chain: str = "sandbox:1", **more: Any) -> QuoteView:
    asked: dict[str, Any] = {
        "ledger": ledger,
        "chain": chain,
        "chain_name": "Sandbox",
        "symbol": "USDC",
        "decimals": 6,
        "contract": None,
        "amount": "1234.5",
        "amount_atomic": "1234500000",
        "rate": "0.999912345678901234",
        "rate_at": NOON,
        "rate_sources": ("kraken", "coinbase"),
        "expires_at": NOON + timedelta(minutes=15),
        "prompt": PromptView(to="sandbox1abc", uri=f"sandbox:abc?ledger={ledger}"),
    }
    return QuoteView(**asked | more)


def payment(status: PaymentStatus = PaymentStatus.PENDING, **more: Any) -> PaymentView:
    asked: dict[str, Any] = {
        "id": "pay_1",
        "ledger": "sandbox_usdc",
        "symbol": "USDC",
        "amount": "4",
        "amount_atomic": "4000000",
        "credit": "4",
        "tx": "0x" + "ab" * 32,
        "confirmations": 1,
        "confirmations_required": 2,
        "status": status,
        "explorer_url": "https://scan.example/tx/0xabab",
        "created_at": NOON,
    }
    return PaymentView(**asked | more)


def view(
    status: Status = Status.REQUIRES_PAYMENT, exception: Oddity | None = None, **more: Any
) -> PayerView:
    asked: dict[str, Any] = {
        "id": "pi_1",
        "status": status,
        "exception": exception,
        "amount": "1234.50",
        "currency": "USD",
        "amount_received": "0.00",
        "amount_due": "1234.50",
        "description": "<b>Tea</b>",
        "order_id": "A&7",
        "ledger": "sandbox_usdc",
        "ledgers": ("sandbox_usdc",),
        "quotes": (quote(),),
        "payments": (),
        "success_url": "https://shop.example/thanks",
        "cancel_url": "https://shop.example/basket",
        "payment_link": None,
        "pay_url": "https://till.example/i/pi_1",
        "events_url": "https://till.example/v1/payment_intents/pi_1/events",
        "livemode": False,
        "created_at": NOON,
        "expires_at": NOON + timedelta(minutes=15),
        "version": 3,
    }
    return PayerView(**asked | more)


def html(shown: PayerView, setting: Setting | None = None, **more: Any) -> str:
    setting = setting or Setting()
    showing = show(shown, SHOP, NOON, setting, **more)
    return templates.render("pay/intent.html", nonce="n", setting=setting, show=showing)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (view(ledger=None), Screen.NEW),
        (view(quotes=(quote(prompt=None),)), Screen.NEW),
        (view(), Screen.PENDING),
        (view(expires_at=NOON), Screen.EXPIRED),  # before the clock's worker came by
        (view(exception=Oddity.UNDERPAID), Screen.UNDERPAID),
        (view(Status.PROCESSING), Screen.PROCESSING),
        (view(Status.PROCESSING, Oddity.OVERPAID), Screen.PROCESSING),
        (view(Status.SUCCEEDED), Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.MARKED), Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.LATE), Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.OVERPAID), Screen.OVERPAID),
        (view(Status.MISMATCHED, Oddity.OVERPAID), Screen.OVERPAID),
        (view(Status.MISMATCHED, Oddity.UNDERPAID), Screen.UNDERPAID),
        (view(Status.EXPIRED), Screen.EXPIRED),
        (view(Status.EXPIRED, Oddity.LATE), Screen.LATE),
        (view(Status.CANCELED, Oddity.LATE), Screen.LATE),
        (view(Status.CANCELED), Screen.INVALID),
        (view(Status.FAILED), Screen.INVALID),
    ],
)
def test_a_screen_for_each_standing(given: PayerView, expected: Screen) -> None:
    assert screen(given, NOON) is expected
    assert f'data-screen="{expected}"' in html(given)


def test_no_standing_is_without_words() -> None:
    said: dict[str, set[Screen]] = {}
    for status, exception in product(Status, [None, *Oddity]):
        given = view(status, exception, payments=(payment(),))
        page = html(given)
        title = page.partition('id="state" tabindex="-1">')[2].partition("</h1>")[0]
        assert title.strip(), (status, exception)
        said.setdefault(title, set()).add(screen(given, NOON))
    assert all(len(screens) == 1 for screens in said.values()), "one title, one screen"


def test_every_text_from_outside_is_escaped() -> None:
    page = html(view())
    assert "<b>Tea</b>" not in page
    assert "&lt;b&gt;Tea&lt;/b&gt;" in page
    assert "Tom &amp; Anna&#39;s &lt;Teas&gt;" in page
    assert "Tom & Anna" not in page
    paid = html(view(Status.SUCCEEDED, payments=(payment(PaymentStatus.CONFIRMED),)))
    assert "Return to Tom &amp; Anna&#39;s &lt;Teas&gt;" in paid


def test_nothing_inline_that_a_policy_would_refuse() -> None:
    for status, exception in product(Status, [None, *Oddity]):
        page = html(view(status, exception, payments=(payment(),)))
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script nonce="n"') == 1
        assert page.count("<style") == page.count('<style nonce="n"') == 1


def test_an_open_page_reloads_without_a_script_and_a_closed_one_does_not() -> None:
    reload = '<noscript><meta http-equiv="refresh"'
    assert reload in html(view())
    assert reload in html(view(Status.PROCESSING))
    assert reload not in html(view(ledger=None)), "a choice is not taken from under a hand"
    assert reload not in html(view(Status.SUCCEEDED))
    assert reload not in html(view(Status.EXPIRED))


def test_a_prompt_says_what_to_send_where() -> None:
    page = html(view(quotes=(quote(contract="0xToken"), quote("sandbox_eth"))))
    for text in ("1,234.5 USDC", "sandbox1abc", "0xToken", "0.99991235 USD", "kraken, coinbase"):
        assert text in page
    assert 'data-copy="1234.5"' in page, "what is copied has no separators"
    assert "12:15 UTC" in page
    assert "Pay another way" in page
    assert "Pay another way" not in html(view()), "there is no other way"


def test_a_closed_intent_shows_no_address() -> None:
    for status in set(Status) - {Status.REQUIRES_PAYMENT}:
        page = html(view(status, payments=(payment(),)))
        assert "sandbox1abc" not in page, status
        assert '<svg xmlns="http://www.w3.org/2000/svg" class="qr"' not in page


def test_a_modal_keeps_its_setting_on_every_way_out() -> None:
    setting = Setting.of("modal", "https://shop.example", None)
    page = html(view(ledger=None, quotes=(quote(), quote("sandbox_eth"))), setting)
    inside = "view=modal&amp;origin=https%3A%2F%2Fshop.example"
    assert f'action="/i/pi_1/ledger?{inside}"' in page
    assert 'data-origin="https://shop.example"' in page
    assert "data-origin" not in html(view())


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "https://shop.example/",
        "https://shop.example/path",
        "https://user@shop.example",
        "https://shop.example:99999999",
        "javascript:alert(1)",
        "https://shop.example\n",
        "ftp://shop.example",
        "https://SHOP.example",
        'https://shop.example"onload="x',
    ],
)
def test_a_page_tells_nobody_but_an_origin(origin: str) -> None:
    assert Setting.of("modal", origin, None).origin is None


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example", "http://127.0.0.1:8001", "http://[::1]:80", "https://xn--a.b"],
)
def test_an_origin_is_known_when_it_is_one(origin: str) -> None:
    assert Setting.of("modal", origin, None).origin == origin
    assert Setting.of(None, origin, None).origin is None, "a page of its own has nobody to tell"


def test_live_money_has_no_levers() -> None:
    assert levers(view(), Screen.PENDING) == ("full", "half", "more", "late")
    assert levers(view(livemode=True), Screen.PENDING) == ()
    real = quote("anvil_eth", chain="eip155:31337")
    assert levers(view(ledger="anvil_eth", quotes=(quote(), real)), Screen.PENDING) == ()
    assert "late" not in levers(view(ledger=None), Screen.NEW), "no address to be late at"


def test_ledgers_are_grouped_by_chain_in_their_own_order() -> None:
    mixed = (quote("a", chain_name="Base"), quote("b"), quote("c", chain_name="Base"))
    grouped = [(name, [one.ledger for one in group]) for name, group in by_chain(mixed)]
    assert grouped == [("Base", ["a", "c"]), ("Sandbox", ["b"])]


def test_help_is_offered_where_it_leads_somewhere() -> None:
    assert templates.contact_href("help@shop.example") == "mailto:help@shop.example"
    assert templates.contact_href("https://shop.example") == "https://shop.example"
    assert templates.contact_href("javascript:alert(1)") is None
    assert templates.contact_href("room 7") is None
