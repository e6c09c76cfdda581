"""Vouchers: money a merchant offers to whoever holds the id, up to an amount, for a while.

A refund, a salary, a withdrawal: the payee says where to in a claim (`domain/claim.py`), and
the merchant sends. How a voucher stands is computed from its facts and the clock.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain import money

NAME_MAX = 50
CLAIMS_MAX = 1000  # of one voucher, the canceled ones too


class VoucherStatus(StrEnum):
    """How a voucher stands."""

    UPCOMING = "upcoming"  # it has not begun
    OPEN = "open"
    SPENT = "spent"  # all of it is claimed
    EXPIRED = "expired"
    ARCHIVED = "archived"


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """One offer. `claimed` is what its claims sum to, but for those that were canceled."""

    id: str
    account: str
    livemode: bool
    name: str
    description: str | None
    amount: Decimal
    currency: str
    claimed: Decimal = Decimal(0)
    claims_count: int = 0  # the canceled ones too
    ledgers: tuple[str, ...]
    auto_approve: bool  # claims need no look of the merchant's
    intent: str | None  # whose payer gets this back
    starts_at: datetime
    expires_at: datetime | None
    archived: bool = False
    version: int
    created_at: datetime

    @property
    def left(self) -> Decimal:
        """What can still be claimed."""
        return money.difference(self.amount, self.claimed)


def status(voucher: Voucher, now: datetime) -> VoucherStatus:
    """Return the only status these facts allow at `now`."""
    if voucher.archived:
        return VoucherStatus.ARCHIVED
    if voucher.expires_at is not None and now >= voucher.expires_at:
        return VoucherStatus.EXPIRED
    if voucher.left <= 0:
        return VoucherStatus.SPENT
    return VoucherStatus.UPCOMING if now < voucher.starts_at else VoucherStatus.OPEN


class Basis(StrEnum):
    """What the amount of a refund is taken from."""

    RATE_THEN = "rate_then"  # the coins that came, at the rate they were counted at
    RATE_NOW = "rate_now"  # the price paid, in coins of today
    PRICE = "price"  # the price paid, in its currency: the rate of the day it is sent
    EXCESS = "excess"  # the coins that were too many
    CUSTOM = "custom"


class Refundable(msgspec.Struct, frozen=True, kw_only=True):
    """What an intent's money comes to on one ledger, for whoever gives it back."""

    currency: str  # of the price
    paid: Decimal  # the price, as far as it was paid
    asset: str  # of the ledger
    then: Decimal  # in coins, at the rate it was counted at
    now: Decimal  # in coins of today
    excess: Decimal  # in coins, at the rate it was counted at

    def amount(self, basis: Basis) -> tuple[Decimal, str]:
        """Return how much goes back by a basis, and in which currency."""
        return {
            Basis.RATE_THEN: (self.then, self.asset),
            Basis.RATE_NOW: (self.now, self.asset),
            Basis.PRICE: (self.paid, self.currency),
            Basis.EXCESS: (self.excess, self.asset),
        }[basis]


def coins(price: Decimal, rate: Decimal, code: str) -> Decimal:
    """Return what a price is in an asset at a rate, never rounded in the payee's favour."""
    return money.round_price_down(money.WIDE.divide(price, rate), code)


def less(amount: Decimal, percent: Decimal, code: str) -> Decimal:
    """Take a percentage off an amount, rounded down to its currency's smallest unit."""
    share = money.WIDE.divide(money.difference(Decimal(100), percent), Decimal(100))
    return money.round_price_down(money.WIDE.multiply(amount, share), code)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of vouchers may be narrowed by."""

    archived: bool | None = None
    intent: str | None = None
