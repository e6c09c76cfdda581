"""Letters: a receipt to be mailed, as text and as a page without pictures, and in one language."""

from collections.abc import Iterator
from typing import Any

from app.domain.account import Account
from app.domain.intent import Status
from app.services.letters import Letter
from app.services.views import PayerView
from app.web import templates
from app.web.templates import gettext as _
from app.words import languages
from app.words.voice import Voice, voice


class ReceiptLetters:
    """Writes receipts."""

    def write(self, view: PayerView, account: Account, language: str | None) -> Letter:
        """Return an intent's receipt as it is now, in a language or in the account's."""
        chosen = languages.match(language) or languages.match(account.locale) or languages.ENGLISH
        spoken = voice(chosen)
        paid = view.status is Status.SUCCEEDED
        title = _("Receipt") if paid else _("Record of a payment that is not settled")
        rows = [(spoken.say(label), spoken.write(value)) for label, value in _rows(view, account)]
        subject = spoken.say(_("Receipt from %(seller)s", seller=account.name))
        if not paid:
            subject = spoken.say(_("Record of your payment to %(seller)s", seller=account.name))
        url = f"{view.pay_url}/receipt"
        page = templates.render("mail/receipt.html", chosen, title=title, rows=rows, url=url)
        return Letter(subject=subject, text=_text(spoken, title, rows, url), html=page)


def _rows(view: PayerView, account: Account) -> Iterator[tuple[str, Any]]:
    """Yield what a receipt says: a label, and a fact."""
    yield _("Seller"), account.name
    yield _("Price"), templates.price(view.amount, view.currency)
    yield _("Received"), templates.price(view.amount_received, view.currency)
    if view.description:
        yield _("For"), view.description
    if view.order_id:
        yield _("Order"), view.order_id
    yield _("Asked on"), view.created_at
    for one in view.payments:
        yield _("Paid on"), one.created_at
        yield _("Amount"), f"{one.amount} {one.symbol}"
        yield _("Transaction"), one.tx
    yield _("Reference"), view.id
    if not view.livemode:
        yield _("Test"), _("This was test money.")


def _text(spoken: Voice, title: str, rows: list[tuple[str, Any]], url: str) -> str:
    lines = [spoken.say(title), "", *(f"{label}: {value}" for label, value in rows)]
    why = _(
        "You get this letter because somebody asked for it on the payment page. "
        "It is sent once; there is nothing to unsubscribe from."
    )
    return "\n".join([*lines, "", url, "", spoken.say(why), ""])
