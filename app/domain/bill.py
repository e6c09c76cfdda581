"""Bills: a payment link that asks one sum, once or in parts, until a day.

A bill is a link in everything else: its page, its form, the intents that come of it. Paid it
is by what those intents raised; how it stands besides is read from them and the clock.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain import money
from app.domain.link import Link


class BillStatus(StrEnum):
    """How a bill stands."""

    PENDING = "pending"
    PROCESSING = "processing"  # enough is on its way, not confirmed yet
    COMPLETED = "completed"
    EXPIRED = "expired"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All a status depends on."""

    sum: Decimal
    paid: bool
    raised: Decimal
    coming: tuple[Decimal, ...]  # credit of each intent that waits for confirmations
    in_parts: bool
    expires_at: datetime | None


def status(facts: Facts, now: datetime) -> BillStatus:
    """Return the only status these facts allow at `now`."""
    if facts.paid:
        return BillStatus.COMPLETED
    coming = money.total((facts.raised, *facts.coming))
    if facts.coming and (not facts.in_parts or coming >= facts.sum):
        return BillStatus.PROCESSING
    if facts.expires_at is not None and now >= facts.expires_at:
        return BillStatus.EXPIRED
    return BillStatus.PENDING


def facts(link: Link, coming: Iterable[Decimal]) -> Facts:
    """Return what a bill's status depends on."""
    assert link.goal is not None, "a bill has a sum"
    return Facts(
        sum=link.goal,
        paid=link.paid,
        raised=link.raised,
        coming=tuple(coming),
        in_parts=link.amount is None,
        expires_at=link.expires_at,
    )
