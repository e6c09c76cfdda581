"""Greenfield's webhooks as Structs: what every one says, and what each type says beside it.

Source: BTCPay Server 2.4, "Webhooks" of its API document, and bodies recorded with its plugin
for WooCommerce 2.8, whose order of fields this is.
"""

from typing import Any

import msgspec

from app.compat.greenfield.entities import PaymentEntity


class Notice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every webhook says. The ids are of this try, and of the first one."""

    delivery_id: str
    webhook_id: str
    original_delivery_id: str
    is_redelivery: bool
    type: str
    timestamp: int
    store_id: str


class InvoiceNotice(Notice, frozen=True, kw_only=True):
    """What happened to an invoice."""

    invoice_id: str
    metadata: dict[str, Any]


class ProcessingNotice(InvoiceNotice, frozen=True, kw_only=True):
    over_paid: bool


class SettledNotice(InvoiceNotice, frozen=True, kw_only=True):
    manually_marked: bool
    over_paid: bool


class InvalidNotice(InvoiceNotice, frozen=True, kw_only=True):
    manually_marked: bool


class ExpiredNotice(InvoiceNotice, frozen=True, kw_only=True):
    partially_paid: bool


class PaymentNotice(InvoiceNotice, frozen=True, kw_only=True):
    after_expiration: bool
    payment_method_id: str
    payment: PaymentEntity
