"""Letters: what a mail says, and whoever can write one."""

from typing import Protocol

import msgspec

from app.domain.account import Account
from app.services.views import PayerView


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter, said twice: as plain text and as a page."""

    subject: str
    text: str
    html: str


class Writer(Protocol):
    """Writes a receipt in a reader's language."""

    def write(self, view: PayerView, account: Account, language: str | None) -> Letter:
        """Return an intent's receipt as it is now."""
