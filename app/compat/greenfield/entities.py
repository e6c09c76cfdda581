"""Invoices as Greenfield's clients read them. A typed client takes no null where a text is."""

from decimal import Decimal
from typing import Any

import msgspec


class CheckoutEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an invoice is paid: what was asked, or what its store does."""

    speed_policy: str
    payment_methods: list[str]
    default_payment_method: str | None
    lazy_payment_methods: bool | None
    expiration_minutes: Decimal
    monitoring_minutes: Decimal
    payment_tolerance: Decimal
    redirect_url: str | None = msgspec.field(name="redirectURL")
    redirect_automatically: bool
    default_language: str | None


class ReceiptEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What its receipt shows; null is the store's own way."""

    enabled: bool | None
    show_qr: bool | None = msgspec.field(name="showQR")
    show_payments: bool | None


class InvoiceEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An invoice."""

    id: str
    store_id: str
    amount: str
    paid_amount: str
    currency: str
    type: str = "Standard"
    checkout_link: str
    created_time: int
    expiration_time: int
    monitoring_expiration: int
    status: str
    additional_status: str
    available_statuses_for_manual_marking: list[str]
    archived: bool
    metadata: dict[str, Any]
    checkout: CheckoutEntity
    receipt: ReceiptEntity


class PaymentEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One transfer that reached an invoice."""

    id: str
    received_date: int
    value: str
    fee: str = "0.0"
    status: str
    destination: str


class MethodEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One way to pay an invoice, and what came on it."""

    payment_method_id: str
    currency: str
    destination: str
    payment_link: str
    rate: str
    payment_method_paid: str
    total_paid: str
    due: str
    amount: str
    payment_method_fee: str = "0.0"
    activated: bool
    additional_data: dict[str, Any] = {}
    payments: list[PaymentEntity]
