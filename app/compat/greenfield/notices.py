"""Greenfield's webhooks as Structs: what every one says, and what each type says beside it.

Source: BTCPay Server 2.4, "Webhooks" of its API document, and bodies recorded with its plugin
for WooCommerce 2.8, whose order of fields this is.
"""

from typing import Any

import msgspec

from app.compat.greenfield import wire
from app.compat.moments import Told
from app.domain.payment import PaymentStatus
from app.services.views import PaymentView

NO_FEE = "0"
SETTLED = "Settled"
STATUS: dict[PaymentStatus, str] = {
    PaymentStatus.PENDING: "Processing",
    PaymentStatus.CONFIRMED: SETTLED,
    PaymentStatus.LATE: "Processing",
    PaymentStatus.UNMATCHED: "Processing",
    PaymentStatus.REVERSED: "Invalid",
}


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


class PaymentEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One transfer. No text of it is ever null: typed clients break on that."""

    id: str
    received_date: int
    value: str
    fee: str
    status: str
    destination: str


class PaymentNotice(InvoiceNotice, frozen=True, kw_only=True):
    after_expiration: bool
    payment_method_id: str
    payment: PaymentEntity


def payment(view: PaymentView) -> PaymentEntity:
    """Return a transfer as Greenfield shows it: named by its transaction and place there."""
    return PaymentEntity(
        id=f"{view.tx}-{view.index or 0}",
        received_date=wire.seconds(view.created_at),
        value=view.amount,
        fee=NO_FEE,
        status=STATUS[view.status] if not _is_deep(view) else SETTLED,
        destination=view.to or "",
    )


def _is_deep(view: PaymentView) -> bool:
    """Tell whether late money is as deep as money in time would have to be."""
    needed = view.confirmations_required
    return view.status is PaymentStatus.LATE and needed is not None and view.confirmations >= needed


def metadata(said: Told) -> dict[str, Any]:
    """Return an intent's metadata with its order, by the name the shop's plugins read."""
    order = said.object.order_id
    named = {} if order is None else {"orderId": order}
    return named | said.object.metadata
