"""Screens: which of nine things a shopper is told, and all a template needs to tell it.

A screen is computed from the payer's view and the clock, as a status is from facts. The
same screen is shown with and without JavaScript, on a page and in a modal.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby

import msgspec
from markupsafe import Markup

from app.domain.account import Account
from app.domain.intent import Oddity, Status
from app.domain.money import Price
from app.domain.payment import PaymentStatus
from app.domain.sandbox import CHAIN
from app.services.views import PayerView, PaymentView, QuoteView
from app.web import qr, templates
from app.web.setting import Setting


class Screen(StrEnum):
    """What is shown."""

    NEW = "new"  # nothing chosen yet
    PENDING = "pending"  # a code to pay
    PROCESSING = "processing"
    SETTLED = "settled"
    EXPIRED = "expired"
    UNDERPAID = "underpaid"  # with the rest due while it is open
    OVERPAID = "overpaid"
    LATE = "late"
    INVALID = "invalid"  # canceled, or never confirmed


def screen(view: PayerView, now: datetime) -> Screen:
    """Return the one screen that fits a view."""
    match view.status, view.exception:
        case Status.REQUIRES_PAYMENT, Oddity.UNDERPAID:
            return Screen.UNDERPAID
        case Status.REQUIRES_PAYMENT, _ if now >= view.expires_at:
            return Screen.EXPIRED  # the clock's worker has not come by yet
        case Status.REQUIRES_PAYMENT, _:
            return Screen.PENDING if chosen(view) is not None else Screen.NEW
        case Status.PROCESSING, _:
            return Screen.PROCESSING
        case ((Status.SUCCEEDED | Status.MISMATCHED), Oddity.OVERPAID):
            return Screen.OVERPAID
        case Status.SUCCEEDED, _:
            return Screen.SETTLED
        case Status.MISMATCHED, _:
            return Screen.UNDERPAID
        case ((Status.EXPIRED | Status.CANCELED), Oddity.LATE):
            return Screen.LATE
        case Status.EXPIRED, _:
            return Screen.EXPIRED
        case _:
            return Screen.INVALID


def chosen(view: PayerView) -> QuoteView | None:
    """Return the quote the payer chose, once it can be paid."""
    for quote in view.quotes:
        if quote.ledger == view.ledger and quote.prompt is not None:
            return quote
    return None


MARKS = {
    Screen.PROCESSING: "busy",
    Screen.SETTLED: "good",
    Screen.OVERPAID: "good",
    Screen.UNDERPAID: "warn",
    Screen.EXPIRED: "warn",
    Screen.LATE: "warn",
    Screen.INVALID: "bad",
}


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the pay page's template reads."""

    view: PayerView
    account: Account
    screen: Screen
    setting: Setting
    quote: QuoteView | None
    qr: Markup | None
    chains: tuple[tuple[str, tuple[QuoteView, ...]], ...]
    open: bool
    seconds: int  # until nothing counts any more
    fresh_seconds: int  # until this price is renewed
    levers: tuple[str, ...]
    pending: PaymentView | None  # the payment we wait for
    unmatched: bool
    choose: bool

    @property
    def mark(self) -> str | None:
        """The kind of sign above the title; it repeats what the title says."""
        if self.screen is Screen.OVERPAID and self.view.status is not Status.SUCCEEDED:
            return "warn"
        return MARKS.get(self.screen)

    @property
    def fragment(self) -> str:
        """Where the script fetches this page's main part again."""
        choose = {"choose": "1"} if self.choose else {}
        return self.path(part="main", **choose)

    @property
    def contact(self) -> str | None:
        """Where help is; offered once something may be wrong, and with the receipt."""
        if self.account.contact is None or self.open:
            return None
        return templates.contact_href(self.account.contact)

    def path(self, more: str = "", **query: str) -> str:
        return self.setting.path(f"/i/{self.view.id}{more}", **query)

    def page(self, more: str = "") -> str:
        """Return a path that is opened as a page of its own, also from inside a modal."""
        return self.setting.alone.path(f"/i/{self.view.id}{more}")

    @property
    def price(self) -> Price:
        return templates.price(self.view.amount, self.view.currency)

    @property
    def received(self) -> Price:
        return templates.price(self.view.amount_received, self.view.currency)

    @property
    def due(self) -> Price:
        return templates.price(self.view.amount_due, self.view.currency)

    @property
    def choosable(self) -> bool:
        return len(self.view.quotes) > 1


def show(
    view: PayerView, account: Account, now: datetime, setting: Setting, *, choose: bool = False
) -> Showing:
    """Gather what a template needs. `choose` shows the list of ledgers once more."""
    kind = screen(view, now)
    open = view.status is Status.REQUIRES_PAYMENT and now < view.expires_at
    quote = chosen(view) if open and not (choose and len(view.quotes) > 1) else None
    if kind is Screen.PENDING and quote is None:
        kind = Screen.NEW
    waiting = [one for one in view.payments if one.status is PaymentStatus.PENDING]
    ends = min(quote.expires_at, view.expires_at) if quote else view.expires_at
    return Showing(
        view=view,
        account=account,
        screen=kind,
        setting=setting.at(account),
        quote=quote,
        qr=qr.svg(quote.prompt.uri) if quote and quote.prompt else None,
        chains=by_chain(view.quotes) if open and quote is None else (),
        open=open,
        seconds=_seconds(view.expires_at, now),
        fresh_seconds=_seconds(ends, now),
        levers=levers(view, kind),
        pending=waiting[-1] if waiting else None,
        unmatched=any(one.status is PaymentStatus.UNMATCHED for one in view.payments),
        choose=choose,
    )


def by_chain(quotes: Sequence[QuoteView]) -> tuple[tuple[str, tuple[QuoteView, ...]], ...]:
    """Group quotes by chain, in the order chains first appear."""
    order = {name: place for place, name in enumerate(dict.fromkeys(q.chain_name for q in quotes))}
    ordered = sorted(quotes, key=lambda one: order[one.chain_name])
    groups = groupby(ordered, key=lambda one: one.chain_name)
    return tuple((name, tuple(group)) for name, group in groups)


def levers(view: PayerView, kind: Screen) -> tuple[str, ...]:
    """Return which levers of the sandbox make sense now: none for live money."""
    here = [one for one in view.quotes if view.ledger in (None, one.ledger)]
    if view.livemode or not any(one.chain == CHAIN.id for one in here):
        return ()
    late = ("late",) if view.ledger is not None else ()  # there is an address to be late at
    if kind is Screen.EXPIRED:
        return late
    if view.status is Status.REQUIRES_PAYMENT:
        return ("full", "half", "more", *late, *(("confirm", "reorg") if view.payments else ()))
    return ("confirm", "reorg") if view.status is Status.PROCESSING else ()


def _seconds(at: datetime, now: datetime) -> int:
    return max(int((at - now).total_seconds()), 0)
