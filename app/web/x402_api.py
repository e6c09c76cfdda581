"""x402 for a merchant's own paths: what to answer 402 with, and what a signature is worth."""

from typing import Any

import msgspec
from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.domain.account import Account
from app.domain.authorization import Settlement
from app.services.x402_asks import (
    Asks,
    NewRequirements,
    Offered,
    RequirementsView,
    SettlementView,
)
from app.web import x402_wire as wire
from app.web.auth import once

PAYMENT_REQUIRED = "Payment required"


class X402Controller(Controller):
    """`/v1/x402`."""

    path = "/v1/x402"
    tags = ("x402",)

    @post("/requirements", status_code=200)
    async def requirements(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewRequirements],
        asks: NamedDependency[Asks],
        merchant: NamedDependency[Account],
    ) -> RequirementsView:
        """Make an intent for a resource of yours, and return what to answer 402 with."""
        view, asked = await asks.ask(merchant, data, await once(request, merchant.id))
        required = wire.Required(
            error=PAYMENT_REQUIRED,
            resource=wire.Resource(
                url=data.resource, description=view.description, mime_type=data.mime_type
            ),
            accepts=[wire.accepted(one) for one in asked],
        )
        return RequirementsView(
            payment_intent=view.id,
            payment_required=wire.header(required),
            body=msgspec.Raw(msgspec.json.encode(required)),
        )

    @post("/verify", status_code=200)
    async def verify(
        self,
        data: JSONBody[Offered],
        asks: NamedDependency[Asks],
        merchant: NamedDependency[Account],
    ) -> SettlementView:
        """Judge a payment and move nothing: without a `reason` it can be settled now."""
        return await _judge(asks, merchant, data, settle=False)

    @post("/settle", status_code=200)
    async def settle(
        self,
        data: JSONBody[Offered],
        asks: NamedDependency[Asks],
        merchant: NamedDependency[Account],
    ) -> SettlementView:
        """Settle a payment once; the same payment is answered the same again."""
        return await _judge(asks, merchant, data, settle=True)


async def _judge(asks: Asks, merchant: Account, data: Offered, *, settle: bool) -> SettlementView:
    paid = wire.payment(data.payment)
    network = paid.accepted.network
    offer = await wire.offer(asks.x402, paid)
    if isinstance(offer, Settlement):
        return _view(offer, network)
    intent = await asks.meant(merchant, offer.intent, data)
    if isinstance(intent, Settlement):
        return _view(intent, network)
    if settle:
        told = await asks.x402.settle(merchant.id, intent, offer.ledger, offer.authorization)
    else:
        told = await asks.x402.verify(intent, offer.authorization, offer.ledger, merchant.id)
    return _view(told, network)


def _view(told: Settlement, network: str) -> SettlementView:
    return SettlementView(
        outcome=told.outcome.value,
        reason=told.reason,
        message=told.message,
        tx=told.tx,
        payer=told.payer,
        network=told.network,
        payment_intent=told.intent,
        repeated=told.repeated,
        payment_response=wire.header(wire.settled(told, network)),
    )
