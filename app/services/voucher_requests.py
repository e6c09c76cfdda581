"""What people say and see of vouchers and of the claims made of them: bodies and views."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.domain.claim import ClaimStatus
from app.domain.voucher import Basis, VoucherStatus


class NewVoucher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher to be made. Without `ledgers`: any the account can be paid on itself."""

    name: str
    amount: str
    currency: str
    description: str | None = None
    ledgers: tuple[str, ...] | None = None
    auto_approve: bool = False
    payment_intent: str | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None


class NewRefund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money of an intent to be given back, on one ledger, through a voucher."""

    ledger: str
    basis: Basis
    name: str | None = None
    description: str | None = None
    percent_less: Decimal = Decimal(0)
    amount: str | None = None  # with Basis.CUSTOM
    currency: str | None = None
    auto_approve: bool = True  # as far as the amount is in the ledger's own coin


class NewClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to be sent money. Of a voucher, `amount` None is all that is left of it."""

    address: str
    ledger: str
    amount: str | None = None


class NewPayout(NewClaim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim as the merchant makes it: of a voucher, or of none and in the ledger's own coin."""

    voucher: str | None = None
    approved: bool = False
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class VoucherView(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher as whoever holds its id sees it."""

    id: str
    object: Literal["voucher"] = "voucher"
    status: VoucherStatus
    name: str
    description: str | None
    amount: str
    amount_left: str
    currency: str
    ledgers: tuple[str, ...]
    auto_approve: bool
    archived: bool
    payment_intent: str | None
    url: str
    livemode: bool
    starts_at: datetime
    expires_at: datetime | None
    created_at: datetime
    version: int


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as the merchant and its payee see it.

    `ledger_amount` is what is due on the ledger, known once it is approved. `sender` says who
    sends it: the merchant, with a wallet of their own.
    """

    id: str
    object: Literal["claim"] = "claim"
    status: ClaimStatus
    voucher: str | None
    amount: str
    currency: str
    ledger: str
    symbol: str
    address: str
    ledger_amount: str | None
    rate: str | None
    sender: Literal["merchant"] = "merchant"
    proof: dict[str, Any] | None
    metadata: dict[str, Any]
    livemode: bool
    created_at: datetime
    updated_at: datetime
    version: int
