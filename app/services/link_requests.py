"""What people may ask of a payment link, and what they see of one."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from app.domain.link import Collect, Quantity
from app.domain.narrowing import Names, Narrowed

UNSET = msgspec.UNSET


class NewLink(Narrowed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment link to be made. Without an amount the payer chooses."""

    name: str
    currency: str
    description: str | None = None
    amount: str | None = None
    min: str | None = None
    max: str | None = None
    quantity: Quantity = Quantity()
    collect: Collect = Collect()
    max_redemptions: int | None = None
    expires_at: datetime | None = None
    success_url: str | None = None
    goal: str | None = None
    show_total: bool = False
    active: bool = True
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class LinkChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a link; what is left out stays."""

    name: str | msgspec.UnsetType = UNSET
    description: str | msgspec.UnsetType | None = UNSET
    amount: str | msgspec.UnsetType | None = UNSET
    min: str | msgspec.UnsetType | None = UNSET
    max: str | msgspec.UnsetType | None = UNSET
    ledgers: Names | msgspec.UnsetType = UNSET
    token_shortcodes: Names | msgspec.UnsetType = UNSET
    chains: Names | msgspec.UnsetType = UNSET
    chain_shortcodes: Names | msgspec.UnsetType = UNSET
    chain_types: Names | msgspec.UnsetType = UNSET
    quantity: Quantity | msgspec.UnsetType = UNSET
    collect: Collect | msgspec.UnsetType = UNSET
    max_redemptions: int | msgspec.UnsetType | None = UNSET
    expires_at: datetime | msgspec.UnsetType | None = UNSET
    success_url: str | msgspec.UnsetType | None = UNSET
    goal: str | msgspec.UnsetType | None = UNSET
    show_total: bool | msgspec.UnsetType = UNSET
    active: bool | msgspec.UnsetType = UNSET
    metadata: dict[str, Any] | msgspec.UnsetType = UNSET


class NewSubmission(Narrowed, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shopper's answer to a link: the form, or an intent to go on with."""

    amount: str | None = None
    quantity: int | None = None
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    payment_intent: str | None = None


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """A link as the merchant sees it."""

    id: str
    object: Literal["payment_link"] = "payment_link"
    shortcode: str
    url: str
    name: str
    description: str | None
    amount: str | None
    min: str | None
    max: str | None
    currency: str
    ledgers: tuple[str, ...] | None
    chains: tuple[str, ...] | None
    chain_types: tuple[str, ...] | None
    quantity: Quantity
    collect: Collect
    max_redemptions: int | None
    redemptions: int
    goal: str | None
    show_total: bool
    raised: str
    expires_at: datetime | None
    success_url: str | None
    active: bool
    livemode: bool
    metadata: dict[str, Any]
    created_at: datetime


class TotalView(msgspec.Struct, frozen=True, kw_only=True):
    """What a link has raised, as anybody may see it where the merchant shows it."""

    object: Literal["payment_link_total"] = "payment_link_total"
    raised: str
    currency: str
    goal: str | None
    count: int
    updated_at: datetime
