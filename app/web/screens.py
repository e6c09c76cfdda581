"""Screens: which one thing a shopper is told, and where to go from there.

A screen is computed from the payer's view, what is known of the chains, and the clock, as
a status is from facts. The same screen is shown with and without JavaScript, on a page and
in a modal. Each has a title here and its words in `templates/pay/words/`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from app.domain.intent import Oddity, Status
from app.phrase import Phrase
from app.services.views import PayerView, QuoteView
from app.web.templates import gettext as _


class Screen(StrEnum):
    """What is shown."""

    NEW = "new"  # nothing chosen yet: the list of ledgers
    CHOOSING = "choosing"  # the list once more
    PENDING = "pending"  # a code to pay
    UNDERPAID = "underpaid"  # a code for the rest
    UNSEEN = "unseen"  # nobody can read the chosen chain now
    UNPRICED = "unpriced"  # the price ran out and there is no other now
    PROCESSING = "processing"
    SETTLED = "settled"
    OVERPAID = "overpaid"  # settled, with more than was due
    SHORT = "short"  # too little, and the time is over
    EXCESS = "excess"  # more than the merchant takes
    LATE = "late"
    EXPIRED = "expired"
    FAILED = "failed"  # never confirmed
    CANCELED = "canceled"


class Way(StrEnum):
    """Where one may go from a screen; each stands in `templates/pay/ways.html`."""

    KEEP = "keep"  # stay with what was chosen
    ANOTHER = "another"  # pay another way
    REQUOTE = "requote"  # a new price on the same intent
    RETRY = "retry"
    ONWARD = "onward"  # to the merchant's page for those who paid
    RECEIPT = "receipt"
    BACK = "back"  # to the merchant's page for those who did not
    CONTACT = "contact"


class Face(msgspec.Struct, frozen=True):
    """How a screen looks: its title, the kind of sign above it, and the ways on.

    The sign repeats what the title says. A way is shown where it leads somewhere.
    """

    title: Phrase
    mark: str | None
    ways: tuple[Way, ...]


_LEAVE = (Way.BACK, Way.CONTACT)
_RECORD = (Way.RECEIPT, *_LEAVE)

FACES: dict[Screen, Face] = {
    Screen.NEW: Face(_("How would you like to pay?"), None, _LEAVE),
    Screen.CHOOSING: Face(_("Choose another way to pay"), None, (Way.KEEP, *_LEAVE)),
    Screen.PENDING: Face(_("Scan to pay"), None, (Way.ANOTHER, *_LEAVE)),
    Screen.UNDERPAID: Face(_("A little more is due"), "warn", (Way.ANOTHER, Way.CONTACT)),
    Screen.UNSEEN: Face(
        _("We cannot see this network at the moment"),
        "warn",
        (Way.ANOTHER, Way.RETRY, *_LEAVE),
    ),
    Screen.UNPRICED: Face(
        _("We have no price at the moment"), "warn", (Way.RETRY, Way.ANOTHER, *_LEAVE)
    ),
    Screen.PROCESSING: Face(_("Payment received, confirming"), "busy", (Way.RECEIPT, Way.CONTACT)),
    Screen.SETTLED: Face(_("Paid"), "good", (Way.ONWARD, Way.RECEIPT, Way.CONTACT)),
    Screen.OVERPAID: Face(
        _("Paid, with more than was due"),
        "good",
        (Way.ONWARD, Way.RECEIPT, Way.CONTACT),
    ),
    Screen.SHORT: Face(_("Not enough was paid"), "warn", _RECORD),
    Screen.EXCESS: Face(_("More than was due arrived"), "warn", _RECORD),
    Screen.LATE: Face(_("Your payment came too late"), "warn", _RECORD),
    Screen.EXPIRED: Face(_("This price has expired"), "warn", (Way.REQUOTE, Way.RECEIPT, *_LEAVE)),
    Screen.FAILED: Face(_("This payment was not confirmed"), "bad", (Way.RECEIPT, *_LEAVE)),
    Screen.CANCELED: Face(
        _("This payment was canceled"), "bad", (Way.RECEIPT, Way.BACK, Way.CONTACT)
    ),
}

_OF_STATUS = {
    Status.PROCESSING: Screen.PROCESSING,
    Status.SUCCEEDED: Screen.SETTLED,
    Status.MISMATCHED: Screen.SHORT,
    Status.EXPIRED: Screen.EXPIRED,
    Status.FAILED: Screen.FAILED,
    Status.CANCELED: Screen.CANCELED,
}
_OF_ODDITY = {
    (Status.SUCCEEDED, Oddity.OVERPAID): Screen.OVERPAID,
    (Status.MISMATCHED, Oddity.OVERPAID): Screen.EXCESS,
    (Status.EXPIRED, Oddity.LATE): Screen.LATE,
    (Status.CANCELED, Oddity.LATE): Screen.LATE,
}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen depends on besides the view."""

    now: datetime
    choose: bool = False  # the payer wants the list of ledgers once more
    unpriced: bool = False  # a new price was asked for, and there was none
    unseen: frozenset[str] = frozenset()  # chains nobody can read now


def screen(view: PayerView, look: Look) -> Screen:
    """Return the one screen that fits a view."""
    if view.status is not Status.REQUIRES_PAYMENT:
        kind = _OF_STATUS[view.status]
        if view.exception is not None:
            kind = _OF_ODDITY.get((view.status, view.exception), kind)
    elif look.now < view.expires_at:
        return _open(view, look)
    else:  # the clock's worker has not come by yet
        kind = Screen.SHORT if view.exception is Oddity.UNDERPAID else Screen.EXPIRED
    if kind is Screen.EXPIRED and not view.payments:
        if look.unpriced:
            return Screen.UNPRICED
        if any(one.ledger == view.ledger and one.chain in look.unseen for one in view.quotes):
            return Screen.UNSEEN  # what was sent in time may only not be known yet
    return kind


def _open(view: PayerView, look: Look) -> Screen:
    """Return the screen of an intent that can be paid."""
    quote = chosen(view)
    choosing = quote is None or (look.choose and len(view.quotes) > 1)
    shown = view.quotes if choosing or quote is None else (quote,)
    if shown and not any(look.now < one.expires_at for one in shown):
        return Screen.UNPRICED
    if choosing and quote is not None:
        return Screen.CHOOSING
    if view.exception is Oddity.UNDERPAID and quote is not None:
        return Screen.UNDERPAID
    if shown and all(one.chain in look.unseen for one in shown):
        return Screen.UNSEEN
    return Screen.NEW if choosing else Screen.PENDING


def chosen(view: PayerView) -> QuoteView | None:
    """Return the quote the payer chose, once it can be paid."""
    for quote in view.quotes:
        if quote.ledger == view.ledger and quote.prompt is not None:
            return quote
    return None
