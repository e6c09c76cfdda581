"""Stores as Greenfield's clients read and write them: an account's policies by its names.

What a store there can be set to and an account here cannot is told as it always is here.
"""

from decimal import Decimal
from typing import Any

import msgspec

from app.compat.greenfield import requests, translate
from app.compat.greenfield.entities import ReceiptEntity
from app.domain.account import Account
from app.domain.conditions import Speed
from app.errors import Fault
from app.services.account_changes import AccountChanges
from app.services.requests import refuse

BASIS_POINTS = Decimal(100)  # of one percent
# What an account's fields are called in a store; others are written in camel case.
PATHS = {
    "contact": "supportUrl",
    "currency": "defaultCurrency",
    "expires_in_seconds": "invoiceExpiration",
    "confirm_seconds": "monitoringExpiration",
    "tolerance_bps": "paymentTolerance",
    "locale": "defaultLang",
}


class StoreEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A store."""

    id: str
    name: str
    website: str | None
    support_url: str | None
    logo_url: str | None
    store_brand_color: str | None
    default_currency: str
    invoice_expiration: int
    monitoring_expiration: int
    speed_policy: str
    payment_tolerance: Decimal
    anyone_can_create_invoice: bool
    redirect_automatically: bool
    default_lang: str | None
    archived: bool
    display_expiration_timer: int = 300
    checkout_type: str = "V2"
    network_fee_mode: str = "Never"
    requires_refund_email: bool = False
    lightning_amount_in_satoshi: bool = False
    lightning_private_route_hints: bool = False
    on_chain_with_ln_invoice_fallback: bool = False
    show_recommended_fee: bool = True
    recommended_fee_block_target: int = 1
    auto_detect_language: bool = True
    pay_join_enabled: bool = False
    default_payment_method: str | None = None
    receipt: ReceiptEntity = ReceiptEntity(enabled=True, show_qr=None, show_payments=None)


class StoreChanges(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /stores` and `PUT /stores/{store_id}`; null and what is left out stay."""

    name: str | None = None
    website: str | None = None
    support_url: str | None = None
    default_currency: str | None = None
    invoice_expiration: int | None = None
    monitoring_expiration: int | None = None
    speed_policy: str | None = None
    payment_tolerance: Decimal | None = None
    anyone_can_create_invoice: bool | None = None
    redirect_automatically: bool | None = None
    default_lang: str | None = None
    archived: bool | None = None


def store(account: Account, url: str) -> StoreEntity:
    """Return an account as a store."""
    look = account.branding
    return StoreEntity(
        id=account.id,
        name=account.name,
        website=account.website,
        support_url=account.contact,
        logo_url=f"{url}{look.logo.path}" if look.logo is not None else None,
        store_brand_color=look.accent,
        default_currency=account.currency,
        invoice_expiration=account.expires_in_seconds,
        monitoring_expiration=account.confirm_seconds,
        speed_policy=translate.SPEEDS[account.speed or translate.USUAL_SPEED],
        payment_tolerance=Decimal(account.tolerance_bps) / BASIS_POINTS,
        anyone_can_create_invoice=account.anonymous_intents,
        redirect_automatically=account.returns,
        default_lang=account.locale,
        archived=account.archived,
    )


def changes(asked: StoreChanges) -> AccountChanges:
    """Return what is to change of an account, or refuse every wrong field at once."""
    faults: list[Fault] = []
    found: dict[str, Any] = {
        "name": asked.name,
        "website": asked.website,
        "contact": asked.support_url,
        "currency": asked.default_currency,
        "expires_in_seconds": asked.invoice_expiration,
        "confirm_seconds": asked.monitoring_expiration,
        "speed": _speed(asked.speed_policy, faults),
        "tolerance_bps": requests.tolerance(asked.payment_tolerance, faults, "paymentTolerance"),
        "anonymous_intents": asked.anyone_can_create_invoice,
        "returns": asked.redirect_automatically,
        "locale": requests.language(asked.default_lang, faults, "defaultLang"),
        "archived": asked.archived,
    }
    refuse(faults)
    return AccountChanges(**{key: value for key, value in found.items() if value is not None})


def _speed(name: str | None, faults: list[Fault]) -> Speed | None:
    return requests.speed(name, faults, "speedPolicy")
