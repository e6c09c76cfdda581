"""Invoices over Greenfield: payment intents made, read, listed, changed, marked and put away.

Every address of one invoice stands below its store and alone: the PHP client asks for the one,
the document of the API has the other.
"""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat import payment_methods
from app.compat.greenfield import listing, offer, requests, views, wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.requests import ChangedInvoice, NewInvoice, NewStatus
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.errors import Conflict, Invalid
from app.services.accounts import Accounts
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.web.auth import once

ALL = "/api/v1/stores/{store_id:str}/invoices"


def of_one(rest: str = "") -> list[str]:
    """Return the addresses of one invoice: below its store, and alone."""
    return [f"{ALL}/{{invoice_id:str}}{rest}", f"/api/v1/invoices/{{invoice_id:str}}{rest}"]


class InvoiceController(Controller):
    """`/api/v1/stores/{store_id}/invoices` and `/api/v1/invoices/{invoice_id}`."""

    @get(ALL, opt=needs(Right.VIEW_INVOICES))
    async def index(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List invoices, newest first."""
        wanted = listing.read(request)
        found, _ = await intents.page(account.id, wanted.filter, None, wanted.take, wanted.skip)
        return wire.answer([views.invoice(one, account, catalogue) for one in found])

    @post(ALL, opt=needs(Right.CREATE_INVOICE))
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewInvoice],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make an invoice, with its first way to pay where one is named."""
        offered = await offer.ledgers(account, catalogue, accounts)
        asked = requests.asked(data, account, offered, catalogue)
        key = await once(request, account.id)
        view, _ = await intents.create(account, asked.new, key, asked.conditions)
        preferred = asked.conditions.preferred
        if preferred is not None and view.ledger is None and preferred in view.ledgers:
            view = await choosing.choose(view.id, preferred, account.id)
        return wire.answer(views.invoice(view, account, catalogue))

    @get(of_one(), opt=needs(Right.VIEW_INVOICES))
    async def read(
        self,
        invoice_id: FromPath[str],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return an invoice."""
        view = await intents.get(invoice_id, account.id)
        return wire.answer(views.invoice(view, account, catalogue))

    @put(of_one(), opt=needs(Right.MODIFY_INVOICES))
    async def change(
        self,
        invoice_id: FromPath[str],
        data: JSONBody[ChangedInvoice],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Put other metadata in the place of an invoice's."""
        if data.metadata is None:
            raise Invalid.field("metadata", "is required")
        order = requests.text_of(data.metadata, requests.ORDER)
        view = await intents.rewrite(account.id, invoice_id, data.metadata, order)
        return wire.answer(views.invoice(view, account, catalogue))

    @delete(of_one(), status_code=200, opt=needs(Right.MODIFY_INVOICES))
    async def archive(
        self,
        invoice_id: FromPath[str],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
    ) -> Response[bytes]:
        """Put an invoice away: lists leave it out, and it lives on."""
        await intents.archive(account.id, invoice_id)
        return wire.done()

    @post(of_one("/unarchive"), opt=needs(Right.MODIFY_INVOICES))
    async def unarchive(
        self,
        invoice_id: FromPath[str],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Take an invoice out again."""
        view = await intents.archive(account.id, invoice_id, archived=False)
        return wire.answer(views.invoice(view, account, catalogue))

    @post(of_one("/status"), opt=needs(Right.MODIFY_INVOICES))
    async def mark(
        self,
        invoice_id: FromPath[str],
        data: JSONBody[NewStatus],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Settle or give up an invoice by the merchant's word."""
        wanted = requests.mark(data.status)
        try:
            view = await intents.mark(account.id, invoice_id, wanted)
        except Conflict as error:
            raise Invalid.field("status", error.detail) from None
        return wire.answer(views.invoice(view, account, catalogue))

    @get(of_one("/payment-methods"), opt=needs(Right.VIEW_INVOICES))
    async def methods(
        self,
        request: Request[Any, Any, Any],
        invoice_id: FromPath[str],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List the ways an invoice can be paid, each with what came by it."""
        view = await intents.get(invoice_id, account.id)
        only = listing.flag(request, "onlyAccountedPayments", usual=False)
        return wire.answer(views.methods(view, catalogue, accounted_only=only))

    @post(
        of_one("/payment-methods/{payment_method_id:str}/activate"), opt=needs(Right.VIEW_INVOICES)
    )
    async def activate(
        self,
        invoice_id: FromPath[str],
        payment_method_id: FromPath[str],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Give an invoice its place and price on one payment method."""
        offered = await offer.ledgers(account, catalogue, accounts)
        meant = payment_methods.to_ledgers(payment_method_id, offered, catalogue)
        if not meant:
            raise Invalid.field("paymentMethodId", "Invalid payment method")
        await choosing.choose(invoice_id, meant[0], account.id)
        return wire.done()
