"""Refund requests over HTTP: the payer asks by the intent's id, the merchant answers."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.domain.account import Account
from app.errors import NotFound
from app.services.refund_views import (
    CloseRefund,
    NewRefund,
    RefundForPayer,
    RefundView,
    Standing,
)
from app.services.refunds import Refunds
from app.web.auth import once
from app.web.lists import After, Limit, Page


class RefundController(Controller):
    """`/v1/refund_requests`, and the payer's own on an intent."""

    path = "/v1"
    tags = ("Refund requests",)

    @post("/payment_intents/{id:str}/refund_request", status_code=200)
    async def ask_refund(
        self, id: FromPath[str], data: JSONBody[NewRefund], refunds: NamedDependency[Refunds]
    ) -> RefundForPayer:
        """Ask for money back, or change what was asked. Needs the id alone: the payer asks."""
        return await refunds.ask(id, data)

    @get("/payment_intents/{id:str}/refund_request")
    async def read_refund(
        self, id: FromPath[str], refunds: NamedDependency[Refunds]
    ) -> RefundForPayer:
        """Return the newest request of an intent, as its payer sees it."""
        found = await refunds.of_intent(id)
        if found is None:
            raise NotFound("Nobody has asked for money back on this payment intent.")
        return found

    @get("/refund_requests")
    async def index(
        self,
        refunds: NamedDependency[Refunds],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
        status: Annotated[Standing | None, QueryParameter()] = None,
        payment_intent: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> Page[RefundView]:
        """List what payers ask back, newest first."""
        data, more = await refunds.page(
            merchant.id, after, limit, status=status, intent=payment_intent
        )
        return Page(data=data, has_more=more)

    @get("/refund_requests/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        refunds: NamedDependency[Refunds],
        merchant: NamedDependency[Account],
    ) -> RefundView:
        """Return a request with the facts: what arrived, and who sent it."""
        return await refunds.get(merchant.id, id)

    @post("/refund_requests/{id:str}/close", status_code=200)
    async def close(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        data: JSONBody[CloseRefund],
        refunds: NamedDependency[Refunds],
        merchant: NamedDependency[Account],
    ) -> RefundView:
        """Say what you did: sent it, or declined. Nothing is sent by this call."""
        return await refunds.close(merchant.id, id, data, await once(request, merchant.id))
