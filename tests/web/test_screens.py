"""Screens: every standing of an intent has one, and none is mistaken for another."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.account import Account
from app.domain.intent import Oddity, Overpayment, Status, Underpayment
from app.domain.ledger import Fee
from app.domain.payment import PaymentStatus
from app.services.help import Help
from app.services.levers import Lever
from app.services.prompt_views import PromptView
from app.services.views import PayerView, PaymentView, QuoteView
from app.web import levers, templates
from app.web.offers import families
from app.web.screens import FACES, Look, Screen, screen
from app.web.setting import Setting
from app.web.showing import show

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
        "family": "sandbox",
        "wait_seconds": 4,
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
    return templates.render(
        "pay/intent.html", nonce="n", setting=setting, show=showing, help=Help()
    )


TWO = (quote(), quote("sandbox_eth"))
BLIND = Look(now=NOON, unseen=frozenset({"sandbox:1"}))
NOW = Look(now=NOON)
AFTER = Look(now=NOON + timedelta(hours=1))
AGAIN = Look(now=NOON, choose=True)


@pytest.mark.parametrize(
    ("given", "look", "expected"),
    [
        (view(ledger=None), NOW, Screen.NEW),
        (view(quotes=(quote(prompt=None),)), NOW, Screen.NEW),
        (view(quotes=TWO), AGAIN, Screen.CHOOSING),
        (view(), AGAIN, Screen.PENDING),  # there is nothing else to choose
        (view(), NOW, Screen.PENDING),
        (view(), AFTER, Screen.EXPIRED),  # before the clock's worker came by
        (view(exception=Oddity.UNDERPAID), NOW, Screen.UNDERPAID),
        (view(exception=Oddity.UNDERPAID), BLIND, Screen.UNDERPAID),
        (view(exception=Oddity.UNDERPAID), AFTER, Screen.SHORT),
        (view(), BLIND, Screen.UNSEEN),
        (view(ledger=None), BLIND, Screen.UNSEEN),
        (view(ledger=None, quotes=(quote(), quote("b", "b:1"))), BLIND, Screen.NEW),
        (view(Status.EXPIRED), BLIND, Screen.UNSEEN),  # it may have been paid in time
        (view(Status.EXPIRED, payments=(payment(),)), BLIND, Screen.EXPIRED),
        (view(quotes=(quote(expires_at=NOON),)), NOW, Screen.UNPRICED),
        (view(quotes=(quote(expires_at=NOON), TWO[1])), NOW, Screen.UNPRICED),
        (view(quotes=(quote(expires_at=NOON), TWO[1])), AGAIN, Screen.CHOOSING),
        (view(ledger=None, quotes=(quote(expires_at=NOON), TWO[1])), NOW, Screen.NEW),
        (view(Status.EXPIRED), Look(now=NOON, unpriced=True), Screen.UNPRICED),
        (view(Status.PROCESSING), NOW, Screen.PROCESSING),
        (view(Status.PROCESSING, Oddity.OVERPAID), NOW, Screen.PROCESSING),
        (view(Status.SUCCEEDED), NOW, Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.MARKED), NOW, Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.LATE), NOW, Screen.SETTLED),
        (view(Status.SUCCEEDED, Oddity.OVERPAID), NOW, Screen.OVERPAID),
        (view(Status.MISMATCHED, Oddity.OVERPAID), NOW, Screen.EXCESS),
        (view(Status.MISMATCHED, Oddity.UNDERPAID), NOW, Screen.SHORT),
        (view(Status.EXPIRED), NOW, Screen.EXPIRED),
        (view(Status.EXPIRED, Oddity.LATE), NOW, Screen.LATE),
        (view(Status.CANCELED, Oddity.LATE), NOW, Screen.LATE),
        (view(Status.CANCELED), NOW, Screen.CANCELED),
        (view(Status.FAILED), NOW, Screen.FAILED),
    ],
)
def test_a_screen_for_each_standing(given: PayerView, look: Look, expected: Screen) -> None:
    assert screen(given, look) is expected


QUOTES = st.builds(
    quote,
    ledger=st.sampled_from(["sandbox_usdc", "sandbox_eth", "base_usdc"]),
    chain=st.sampled_from(["sandbox:1", "eip155:8453"]),
    expires_at=st.sampled_from([NOON - timedelta(minutes=1), NOON + timedelta(minutes=9)]),
    prompt=st.sampled_from([None, quote().prompt]),
)
VIEWS = st.builds(
    view,
    st.sampled_from(Status),
    st.sampled_from([None, *Oddity]),
    ledger=st.sampled_from([None, "sandbox_usdc", "base_usdc"]),
    quotes=st.lists(QUOTES, min_size=1, max_size=3).map(tuple),
    payments=st.lists(st.builds(payment, st.sampled_from(PaymentStatus)), max_size=2).map(tuple),
    expires_at=st.sampled_from([NOON - timedelta(minutes=1), NOON + timedelta(minutes=15)]),
    success_url=st.sampled_from([None, "https://shop.example/thanks"]),
    livemode=st.booleans(),
)


@given(
    VIEWS,
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(["sandbox:1", "eip155:8453"])),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_so_there_is_one_screen_with_a_title_words_and_a_way_on(
    shown: PayerView, choose: bool, unpriced: bool, unseen: frozenset[str]
) -> None:
    page = html(shown, choose=choose, unpriced=unpriced, unseen=unseen)
    kind = screen(shown, Look(now=NOON, choose=choose, unpriced=unpriced, unseen=unseen))
    assert f'data-screen="{kind}"' in page
    state = page.partition('id="state" tabindex="-1">')[2].partition("</section>")[0]
    title, _, words = state.partition("</h1>")
    assert title == FACES[kind].title
    assert re.sub(r"<[^>]*>", "", words).strip(), "it has words"
    ways = page.partition('<nav class="ways">')[2].partition("</nav>")[0]
    assert 'id="contact"' in ways, "whatever happens, the seller can be asked"
    here = 'class="code"' in page or 'class="choose"' in page or kind is Screen.PROCESSING
    assert here or re.search(r'id="(?!contact)\w+"', ways), "there is a way on, or only to wait"


def test_each_screen_has_a_title_of_its_own_and_its_words() -> None:
    assert set(FACES) == set(Screen)
    assert len({face.title for face in FACES.values()}) == len(Screen)
    words = {path.stem for path in (templates.FOLDER / "pay" / "words").iterdir()}
    assert words == set(Screen)


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


def test_a_price_that_ran_out_is_never_shown() -> None:
    stale = quote(expires_at=NOON)
    page = html(view(quotes=(stale,)))
    assert "sandbox1abc" not in page
    assert "1,234.5 USDC" not in page
    listed = html(view(ledger=None, quotes=(stale, quote("sandbox_eth"))))
    assert re.search(r'value="sandbox_usdc" disabled>.*No price at the moment', listed)


def test_a_network_nobody_sees_is_not_offered_and_tells_so_where_it_was_chosen() -> None:
    dark = frozenset({"sandbox:1"})
    two = (quote(), quote("base_usdc", "eip155:8453", chain_name="Base"))
    listed = html(view(ledger=None, quotes=two), unseen=dark)
    assert 'value="sandbox_usdc" disabled' in listed
    assert 'value="base_usdc">' in listed
    chosen = html(view(quotes=two), unseen=dark)
    assert "sandbox1abc" in chosen, "money sent now is found later"
    assert 'data-fresh="10"' in chosen
    over = html(view(Status.EXPIRED, quotes=two), unseen=dark)
    assert "Please do not pay twice" in over
    assert "/requote" not in over
    busy = html(view(Status.PROCESSING, payments=(payment(),)), unseen=dark)
    assert "We cannot see this network" in busy


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
    near, far = levers.of(view())
    assert near == (Lever.FULL, Lever.HALF, Lever.MORE, Lever.LATE)
    assert Lever.PRICE_UNAVAILABLE in far
    assert levers.of(view(livemode=True)) == ((), ())
    real = quote("anvil_eth", chain="eip155:31337")
    assert levers.of(view(ledger="anvil_eth", quotes=(quote(), real))) == ((), ())
    assert Lever.LATE not in levers.of(view(ledger=None))[0], "no address to be late at"
    assert set(levers.TEXTS) == set(Lever)


def test_ledgers_are_grouped_by_wallet_and_network_and_marked_by_what_is_known() -> None:
    evm = {"family": "evm", "chain": "eip155:8453", "chain_name": "Base"}
    slow = {"family": "evm", "chain": "eip155:1", "chain_name": "Ethereum"}
    mixed = (
        quote("a", **evm, wait_seconds=4, network_fee=Fee.LOW),
        quote("b", family="sandbox", wait_seconds=None),
        quote("c", **slow, wait_seconds=144, network_fee=Fee.HIGH),
        quote("d", **evm, wait_seconds=4, network_fee=Fee.LOW),
    )
    first, second = families(mixed, NOON, frozenset({"sandbox:1"}), {})
    assert first.name == "Ethereum and compatible wallets"
    base, ether = first.networks
    assert [one.quote.ledger for one in base.offers] == ["a", "d"]
    assert (base.wait, base.fastest, base.low_fee) == ("About 5 s", True, True)
    assert (ether.wait, ether.fastest, ether.low_fee) == ("About 3 min", False, False)
    (test,) = second.networks
    assert (test.wait, test.fastest, test.low_fee, test.seen) == (None, False, False, False)
    (alone,) = families(mixed[:1], NOON, frozenset(), {})
    assert not alone.networks[0].fastest, "alone nobody is the fastest"
    assert not alone.networks[0].low_fee


def test_help_is_offered_where_it_leads_somewhere() -> None:
    assert templates.contact_href("help@shop.example") == "mailto:help@shop.example"
    assert templates.contact_href("https://shop.example") == "https://shop.example"
    assert templates.contact_href("javascript:alert(1)") is None
    assert templates.contact_href("room 7") is None
