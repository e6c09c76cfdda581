"""Payment requests over Greenfield: our bills, which are payment links with one sum.

Source: BTCPay Server's published API, "Payment Requests", 2.4.
"""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.greenfield import payouts_words as words
from app.compat.greenfield import views, wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.payouts_refusals import handlers
from app.compat.greenfield.pull_payments import LISTED_MAX
from app.domain.account import Account
from app.domain.bill import BillStatus
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.services.bill_requests import BillChanges, BillView, NewBill
from app.services.bills import Bills
from app.web.auth import once

STORE = "/api/v1/stores/{store_id:str}/payment-requests"
ONE = [
    "/api/v1/payment-requests/{payment_request_id:str}",
    STORE + "/{payment_request_id:str}",
]
PATHS = {
    "name": "title",
    "expires_at": "expiryDate",
    "customer_email": "email",
    "order_id": "referenceId",
    "in_parts": "allowCustomPaymentAmounts",
}
STATUSES: dict[BillStatus, str] = {
    BillStatus.PENDING: "Pending",
    BillStatus.PROCESSING: "Processing",
    BillStatus.COMPLETED: "Completed",
    BillStatus.EXPIRED: "Expired",
}
# What a form's answers are kept as beside the bill: they are shown again and decide nothing.
FORM_ID, FORM_RESPONSE = "formId", "formResponse"


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST` and `PUT`: a payment request as it is to be."""

    amount: Decimal | None = None
    title: str | None = None
    currency: str | None = None
    email: str | None = None
    description: str | None = None
    expiry_date: int | None = None
    allow_custom_payment_amounts: bool | None = None
    reference_id: str | None = None
    form_id: str | None = None
    form_response: dict[str, Any] | None = None


class Paying(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/pay`."""

    amount: Decimal | None = None
    allow_pending_invoice_reuse: bool | None = None


class PaymentRequestEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment request."""

    id: str
    store_id: str
    status: str
    archived: bool
    created_time: int
    amount: str
    currency: str
    title: str
    description: str | None
    email: str | None
    expiry_date: int | None
    allow_custom_payment_amounts: bool
    reference_id: str | None
    form_id: str | None
    form_response: Any


class PaymentRequestController(Controller):
    """`/api/v1/stores/{storeId}/payment-requests` and `/api/v1/payment-requests/{id}`."""

    exception_handlers = handlers(PATHS)

    @get(STORE, opt=needs(Right.VIEW_PAYMENT_REQUESTS))
    async def index(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
    ) -> Response[bytes]:
        """List a store's payment requests, newest first; archived ones where asked for."""
        archived = request.query_params.get("includeArchived", "").lower() == "true"
        found, _ = await bills.page(account.id, None, LISTED_MAX)
        shown = [one for one in found if archived or not one.archived]
        return wire.answer([entity(one, account.id) for one in shown])

    @post(STORE, status_code=200, opt=needs(Right.MODIFY_PAYMENT_REQUESTS))
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[Asked],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
    ) -> Response[bytes]:
        """Make a payment request."""
        new = _bill(data, account)
        made = await bills.create(account, new, await once(request, account.id))
        return wire.answer(entity(made, account.id))

    @get(ONE, opt=needs(Right.VIEW_PAYMENT_REQUESTS))
    async def read(
        self,
        payment_request_id: FromPath[str],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
    ) -> Response[bytes]:
        """Return one payment request."""
        return wire.answer(entity(await bills.get(account.id, payment_request_id), account.id))

    @put(ONE, opt=needs(Right.MODIFY_PAYMENT_REQUESTS))
    async def change(
        self,
        payment_request_id: FromPath[str],
        data: JSONBody[Asked],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
    ) -> Response[bytes]:
        """Write a payment request anew."""
        changes = BillChanges(**msgspec.structs.asdict(_bill(data, account)))
        changed = await bills.change(account.id, payment_request_id, changes)
        return wire.answer(entity(changed, account.id))

    @delete(ONE, status_code=200, opt=needs(Right.MODIFY_PAYMENT_REQUESTS))
    async def archive(
        self,
        payment_request_id: FromPath[str],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
    ) -> Response[bytes]:
        """Archive a payment request."""
        await bills.archive(account.id, payment_request_id)
        return wire.done()

    @post([f"{one}/pay" for one in ONE], opt=needs(Right.VIEW_PAYMENT_REQUESTS))
    async def pay(
        self,
        payment_request_id: FromPath[str],
        data: JSONBody[Paying],
        account: NamedDependency[Account],
        bills: NamedDependency[Bills],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make an invoice that pays it, or go on with one that waits."""
        amount = words.plain(data.amount, "amount")
        reuse = bool(data.allow_pending_invoice_reuse)
        view = await bills.pay(account.id, payment_request_id, amount, reuse=reuse)
        return wire.answer(views.invoice(view, account, catalogue))


def entity(view: BillView, store: str) -> PaymentRequestEntity:
    """Return a bill as a payment request."""
    return PaymentRequestEntity(
        id=view.id,
        store_id=store,
        status=STATUSES[view.status],
        archived=view.archived,
        created_time=wire.seconds(view.created_at),
        amount=view.amount,
        currency=view.currency,
        title=view.name,
        description=view.description,
        email=view.customer_email,
        expiry_date=None if view.expires_at is None else wire.seconds(view.expires_at),
        allow_custom_payment_amounts=view.in_parts,
        reference_id=view.order_id,
        form_id=view.metadata.get(FORM_ID),
        form_response=view.metadata.get(FORM_RESPONSE),
    )


def _bill(data: Asked, account: Account) -> NewBill:
    """Return what is asked for in our words. A change says all of it again."""
    return NewBill(
        name=data.title or "",
        amount=words.plain(data.amount, "amount") or "",
        currency=data.currency or account.currency,
        description=data.description or None,
        in_parts=bool(data.allow_custom_payment_amounts),
        order_id=data.reference_id,
        customer_email=data.email or None,
        expires_at=words.instant(data.expiry_date, "expiryDate"),
        metadata=_kept(data),
    )


def _kept(data: Asked) -> dict[str, Any]:
    kept = {FORM_ID: data.form_id, FORM_RESPONSE: data.form_response}
    return {name: value for name, value in kept.items() if value is not None}
