"""What people say and see of a bill: bodies and views."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from app.domain.bill import BillStatus

UNSET = msgspec.UNSET


class NewBill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bill to be made. `in_parts`: whoever pays may choose how much of it."""

    name: str
    amount: str
    currency: str
    description: str | None = None
    in_parts: bool = False
    order_id: str | None = None
    customer_email: str | None = None
    expires_at: datetime | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class BillChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a bill; what is left out stays. Its sum only while nothing was paid."""

    name: str | msgspec.UnsetType = UNSET
    amount: str | msgspec.UnsetType = UNSET
    currency: str | msgspec.UnsetType = UNSET
    description: str | msgspec.UnsetType | None = UNSET
    in_parts: bool | msgspec.UnsetType = UNSET
    order_id: str | msgspec.UnsetType | None = UNSET
    customer_email: str | msgspec.UnsetType | None = UNSET
    expires_at: datetime | msgspec.UnsetType | None = UNSET
    metadata: dict[str, Any] | msgspec.UnsetType = UNSET


class BillView(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as the merchant sees it. `url` is where it is paid."""

    id: str
    object: Literal["bill"] = "bill"
    status: BillStatus
    name: str
    description: str | None
    amount: str
    amount_due: str
    currency: str
    in_parts: bool
    order_id: str | None
    customer_email: str | None
    url: str
    archived: bool
    livemode: bool
    metadata: dict[str, Any]
    expires_at: datetime | None
    created_at: datetime
    version: int
