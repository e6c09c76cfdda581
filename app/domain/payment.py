"""A payment is a transfer matched to an intent, with the credit it earns.

Credit is a fraction of the price: a transfer of the quoted amount earns exactly the
price, and parts of it earn parts that sum to it with nothing lost. Only the quote
that was shown when the money moved decides; a transfer on a ledger the intent has no
quote for is kept and reported, and never valued.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

CREDIT_DIGITS = Decimal(1).scaleb(-18)
EXACT = Context(prec=120, rounding=ROUND_DOWN)


class PaymentStatus(StrEnum):
    """Where one payment stands."""

    PENDING = "pending"  # seen, not deep enough yet
    CONFIRMED = "confirmed"
    LATE = "late"  # came after the end: waits for the merchant
    REVERSED = "reversed"  # a reorg took it back
    UNMATCHED = "unmatched"  # on a ledger this intent has no quote for


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One observed transfer and what it means to its intent.

    `quote_amount` atomic units pay `quote_price`: the promise that was in force.
    `confirmations_required` None waits for the chain to call the block final.
    """

    id: str
    account: str
    intent: str | None
    chain: str
    tx: str
    index: int
    ledger: str
    to: str
    sender: str | None
    amount: int
    confirmations: int
    confirmations_required: int | None
    final: bool
    removed: bool
    late: bool
    block: int | None
    block_hash: str | None
    quote_amount: int | None
    quote_price: Decimal | None
    arrived_at: datetime
    created_at: datetime

    @property
    def deep(self) -> bool:
        """The chain is trusted not to take it back."""
        needed = self.confirmations_required
        return self.final or (needed is not None and self.confirmations >= needed)

    @property
    def share(self) -> Fraction:
        """The part of its quote this transfer pays, in the price's currency, exactly."""
        if not self.quote_amount or self.quote_price is None:
            return Fraction(0)
        return Fraction(self.quote_price) * self.amount / self.quote_amount

    @property
    def counts(self) -> bool:
        return not self.removed and not self.late

    @property
    def credit(self) -> Decimal:
        """The share as people read it, 18 decimals, trailing zeros gone."""
        return as_decimal(self.share)

    @property
    def status(self) -> PaymentStatus:
        if self.removed:
            return PaymentStatus.REVERSED
        if self.quote_amount is None:
            return PaymentStatus.UNMATCHED
        if self.late:
            return PaymentStatus.LATE
        return PaymentStatus.CONFIRMED if self.deep else PaymentStatus.PENDING

    @property
    def settled(self) -> bool:
        """Nothing the chain says can change it any more."""
        return self.final or self.removed


def as_decimal(share: Fraction) -> Decimal:
    """Return a fraction as a decimal, rounded down to 18 places; exact values stay exact.

    Down, so that a payment short by less than the last place is still short.
    """
    value = EXACT.divide(Decimal(share.numerator), Decimal(share.denominator))
    value = value.quantize(CREDIT_DIGITS, ROUND_DOWN, EXACT).normalize(EXACT)
    return value if value.as_tuple().exponent <= 0 else value.quantize(Decimal(1))  # type: ignore[operator]


def seen(payments: Iterable[Payment]) -> Decimal:
    """Sum the credit that arrived in time, confirmed or not.

    Shares are summed as fractions, so that thirds of a quote make a whole.
    """
    return as_decimal(sum((one.share for one in payments if one.counts), Fraction(0)))


def confirmed(payments: Iterable[Payment]) -> Decimal:
    """Sum the part of the credit that is deep enough to trust."""
    deep = (one.share for one in payments if one.counts and one.deep)
    return as_decimal(sum(deep, Fraction(0)))
