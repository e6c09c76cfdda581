"""Conditions: where one intent is to be treated otherwise than its account's others.

None is the account's own way, whatever that is. They are facts of the intent: written when
it is made and never changed, so that a merchant's new policy never moves an old sale.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Self

import msgspec

CONFIRM_SECONDS = 86_400  # how long after the end we wait for confirmations
CONFIRM_SECONDS_MAX = 30 * 86_400
TOLERANCE_BPS_MAX = 5_000


class Speed(StrEnum):
    """How sure a merchant wants to be, on chains whose blocks are scarce.

    Without one the price decides (`domain/ledger.depth`).
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW_MEDIUM = "low_medium"
    LOW = "low"


# Blocks, the payment's own included. Seen is enough where a merchant says so, and only there.
CONFIRMATIONS = {Speed.HIGH: 0, Speed.MEDIUM: 1, Speed.LOW_MEDIUM: 2, Speed.LOW: 6}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant wants of the receipt."""

    enabled: bool | None = None
    codes: bool | None = None  # shows a code to take it along
    payments: bool | None = None  # lists what came


class Conditions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked of one intent beyond its price."""

    speed: Speed | None = None
    confirm_seconds: int | None = None  # after the end
    tolerance_bps: int | None = None
    locale: str | None = None  # the language of its pages
    preferred: str | None = None  # the ledger shown first
    returns: bool | None = None  # its page goes back to the shop by itself
    receipt: Receipt = Receipt()

    def settled(self, speed: Speed | None, confirm_seconds: int) -> Self:
        """Return these with the account's own ways where nothing was asked."""
        return msgspec.structs.replace(
            self,
            speed=self.speed or speed,
            confirm_seconds=(
                confirm_seconds if self.confirm_seconds is None else self.confirm_seconds
            ),
        )

    @property
    def confirming(self) -> timedelta:
        """How long after the end confirmations are waited for."""
        seconds = self.confirm_seconds
        return timedelta(seconds=CONFIRM_SECONDS if seconds is None else seconds)


NONE = Conditions()
