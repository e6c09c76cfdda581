"""A payment link as ICPay knows it: its fields, and what a till asks for one.

What has no meaning to our own page is kept beside the link and given back as it came: which
codes ICPay's page shows, and the options of its widget.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from app.compat.icpay.entities import BrandingEntity, Wire
from app.domain import link as rules
from app.domain.account import Account
from app.domain.link import EMAIL, Ask, Link
from app.errors import Closed

USD = "USD"
OWN = "icpayLink"  # where a link's metadata keeps what only ICPay's page reads
MARK = "icpayPaymentLink"  # where an intent's metadata says which link it is from
TOKENS_MAX = 50


class Showing(Wire, frozen=True, kw_only=True):
    """What ICPay's page shows beside the button. The defaults are those of a till."""

    show_wallet_connect_qr: bool = False
    show_base_wallet_qr: bool = True
    widget_options: dict[str, Any] = msgspec.field(default_factory=dict)


class NewTillLink(Wire, frozen=True, kw_only=True):
    """`POST /sdk/public/payment-links`: a price that somebody at a till typed."""

    amount_usd: Decimal | None = None
    name: str | None = None
    description: str | None = None
    token_shortcodes: tuple[str, ...] | None = None
    show_wallet_connect_qr: bool | None = None
    show_base_wallet_qr: bool | None = None


class LinkEntity(Wire, frozen=True, kw_only=True):
    """A payment link. A price that is not in dollars stands in `amount_in_fiat` alone."""

    id: str
    account_id: str
    shortcode: str
    name: str
    description: str | None
    amount_usd: Decimal | None
    amount_in_fiat: Decimal | None
    fiat_currency_id: str
    collect_email: bool
    require_email: bool
    collect_name: bool
    require_name: bool
    collect_address: bool
    require_address: bool
    collect_phone: bool
    require_phone: bool
    collect_business: bool
    require_business: bool
    collect_shipping: bool
    require_shipping: bool
    allow_quantity: bool
    default_quantity: int
    min_quantity: int
    max_quantity: int
    max_redemptions: int | None
    redemptions: int
    token_shortcodes: tuple[str, ...] | None
    widget_options: dict[str, Any]
    show_wallet_connect_qr: bool
    show_base_wallet_qr: bool
    is_active: bool
    created_at: datetime


class LinkOwner(Wire, frozen=True, kw_only=True):
    """Whose link it is. No key: only its hash is kept, so that it can be told to nobody."""

    id: str
    name: str
    business_name: str
    email: str | None
    publishable_key: None = None
    branding: BrandingEntity


class PublicLink(Wire, frozen=True, kw_only=True):
    """`GET /public/payment-links/{shortcode}`."""

    link: LinkEntity
    account: LinkOwner


class MadeLink(Wire, frozen=True, kw_only=True):
    """A link with the intent that was made with it."""

    id: str
    shortcode: str
    payment_intent_id: str
    url: str
    link: LinkEntity


def entity(link: Link, now: datetime) -> LinkEntity:
    """Return a link in ICPay's words."""
    asks = {field: getattr(link.collect, field) for field in rules.FIELDS}
    collected = {f"collect_{field}": ask is not Ask.NO for field, ask in asks.items()}
    required = {f"require_{field}": ask is Ask.REQUIRED for field, ask in asks.items()}
    showing = _showing(link)
    return LinkEntity(
        id=link.id,
        account_id=link.account,
        shortcode=link.shortcode,
        name=link.name,
        description=link.description,
        amount_usd=link.amount if link.currency == USD else None,
        amount_in_fiat=link.amount,
        fiat_currency_id=link.currency,
        **collected,
        **required,
        allow_quantity=link.quantity.allow,
        default_quantity=link.quantity.default,
        min_quantity=link.quantity.min,
        max_quantity=link.quantity.max,
        max_redemptions=link.max_redemptions,
        redemptions=link.redemptions,
        token_shortcodes=link.ledgers,
        widget_options=showing.widget_options,
        show_wallet_connect_qr=showing.show_wallet_connect_qr,
        show_base_wallet_qr=showing.show_base_wallet_qr,
        is_active=_is_open(link, now),
        created_at=link.created_at,
    )


def owner(account: Account, branding: BrandingEntity) -> LinkOwner:
    """Return the merchant of a link, as anybody may see it."""
    contact = account.contact
    return LinkOwner(
        id=account.id,
        name=account.name,
        business_name=account.name,
        email=contact if contact and EMAIL.fullmatch(contact) else None,
        branding=branding,
    )


def kept(asked: NewTillLink) -> dict[str, Any]:
    """Return the metadata that keeps what our own page has no use for."""
    usual = Showing()
    code, base = asked.show_wallet_connect_qr, asked.show_base_wallet_qr
    showing = Showing(
        show_wallet_connect_qr=usual.show_wallet_connect_qr if code is None else code,
        show_base_wallet_qr=usual.show_base_wallet_qr if base is None else base,
    )
    return {OWN: msgspec.to_builtins(showing)}


def _showing(link: Link) -> Showing:
    """Return what is kept of a link's looks at ICPay; a merchant may have written anything."""
    try:
        return msgspec.convert(link.metadata.get(OWN, {}), Showing)
    except msgspec.ValidationError:
        return Showing()


def _is_open(link: Link, now: datetime) -> bool:
    try:
        rules.refuse_if_closed(link, now)
    except Closed:
        return False
    return True
