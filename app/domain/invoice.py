"""Invoices: what a payee's Lightning node writes before anybody can pay there (BOLT #11).

An invoice asks for one amount, once, and ends. Its payment hash names the payment for ever:
whoever pays it has paid this intent and no other. A new price needs a new invoice, so an
intent may have had several; its place holds the one that is shown now.
"""

from datetime import datetime, timedelta

import msgspec

# How long after its end we ask: a payment that reached the node in time may still be settling.
ENDED_KEPT = timedelta(hours=1)
ENDED_SURE = timedelta(minutes=2)  # where the node itself calls it over
AGAIN_SECONDS_MIN = 1
AGAIN_SECONDS_MAX = 60
AGAIN_SHARE = 20  # the older an invoice, the rarer we ask: after a twentieth of its age


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is to write an invoice for. `amount` is in the ledger's atomic units.

    `memo_hash` (SHA-256, hexadecimal) stands in the memo's stead where the node can write it.
    """

    ledger: str
    amount: int
    memo: str
    expires_in_seconds: int
    memo_hash: str | None = None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice a node wrote, after it was checked against what was asked for."""

    hash: str  # the payment hash: 64 hexadecimal digits
    text: str  # BOLT11, in small letters
    ledger: str
    amount: int
    expires_at: datetime
    revision: int = 0  # of the quote it is for
    alone: bool = False  # it names an address itself, and so fits into no other code

    def is_for(self, ledger: str, revision: int, amount: int) -> bool:
        """Tell whether it asks for what a quote asks for now."""
        return (self.ledger, self.revision, self.amount) == (ledger, revision, amount)


class OpenInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that may still be paid, and the node to ask: its kind and how to reach it."""

    hash: str
    ledger: str
    amount: int
    to: str  # the place it was written for
    expires_at: datetime
    kind: str
    value: str

    def over(self, now: datetime, *, sure: bool) -> bool:
        """Tell whether nobody can have paid it any more; `sure`: its node says so."""
        return now >= self.expires_at + (ENDED_SURE if sure else ENDED_KEPT)


def ask_again_at(written_at: datetime, now: datetime) -> datetime:
    """Return when a node is asked next what became of an invoice."""
    wait = (now - written_at) / AGAIN_SHARE
    least, most = timedelta(seconds=AGAIN_SECONDS_MIN), timedelta(seconds=AGAIN_SECONDS_MAX)
    return now + min(max(wait, least), most)


def beside(uri: str, invoice: str) -> str:
    """Return a `bitcoin:` URI that carries an invoice too: one code, paid either way (BIP-21)."""
    return f"{uri}{'&' if '?' in uri else '?'}lightning={invoice}"
