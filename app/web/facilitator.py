"""The x402 facilitator: verify and settle for servers that keep to the protocol alone.

It needs no key and is no open relay: it settles what this house asked for, and nothing else.
A payment that goes to no place of an intent, or differs from what is stored, is refused.
"""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.domain.authorization import EXACT, Reason, Settlement
from app.errors import NotFound
from app.services.x402 import X402
from app.web import x402_wire as wire


class Proposal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of `verify` and of `settle`."""

    x402_version: int
    payment_payload: wire.Payment
    payment_requirements: wire.Accepted


class Facilitator(Controller):
    """`/x402/facilitator`."""

    path = "/x402/facilitator"
    include_in_schema = False

    @get("/supported")
    async def supported(self, x402: NamedDependency[X402]) -> dict[str, Any]:
        """Return what is settled here: `exact` on every chain with a token that can."""
        kinds = [
            {"x402Version": wire.VERSION, "scheme": EXACT, "network": chain}
            for chain in x402.kinds()
        ]
        signers = {"eip155:*": x402.gas_accounts()} if kinds else {}
        return {"kinds": kinds, "extensions": [], "signers": signers}

    @post("/verify", status_code=200)
    async def verify(self, data: JSONBody[Proposal], x402: NamedDependency[X402]) -> wire.Judged:
        """Judge a payment against what is stored; nothing moves."""
        offer = await _offer(x402, data)
        if isinstance(offer, Settlement):
            return wire.judged(offer)
        try:
            told = await x402.verify(offer.intent or "", offer.authorization, offer.ledger)
        except NotFound:
            told = Settlement.refused(Reason.REQUIREMENT, payer=offer.authorization.payer)
        return wire.judged(told)

    @post("/settle", status_code=200)
    async def settle(self, data: JSONBody[Proposal], x402: NamedDependency[X402]) -> wire.Settled:
        """Settle a payment once; the same again is answered the same again."""
        network = data.payment_requirements.network
        offer = await _offer(x402, data)
        if isinstance(offer, Settlement):
            return wire.settled(offer, network)
        try:
            told = await x402.settle(None, offer.intent or "", offer.ledger, offer.authorization)
        except NotFound:
            told = Settlement.refused(Reason.REQUIREMENT, payer=offer.authorization.payer)
        return wire.settled(told, network)


async def _offer(x402: X402, data: Proposal) -> wire.Offer | Settlement:
    if data.x402_version != wire.VERSION:
        return Settlement.refused(Reason.VERSION)
    echoed, accepted = data.payment_requirements, data.payment_payload.accepted
    if echoed.scheme != accepted.scheme:
        return Settlement.refused(Reason.SCHEME)
    if echoed.network != accepted.network:
        return Settlement.refused(Reason.NETWORK)
    return await wire.offer(x402, data.payment_payload, echoed)
