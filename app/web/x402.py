"""`/x402/{intent or link}`: a payment an agent can make by the book of x402.

    GET  ─► 402 with what is asked for ─► GET with a signature ─► 200 with the receipt
                                             └─ late receipt ─► 202: ask again, sign nothing new

A browser is sent to the pay page of the same intent or link instead.
"""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from app.domain.authorization import Outcome, Reason, Settlement
from app.domain.intent import Status
from app.errors import NotFound
from app.services.intents import Intents
from app.services.link_requests import NewSubmission
from app.services.links import Links
from app.services.submissions import Submissions
from app.services.views import IntentView, payer
from app.services.x402 import X402
from app.settings import Settings
from app.web import bodies
from app.web import x402_wire as wire

PAID = frozenset({Status.PROCESSING, Status.SUCCEEDED})
RETRY_SECONDS = "5"
Asked = Request[Any, Any, Any]
IntentId = Annotated[str | None, QueryParameter(name="paymentIntentId", max_length=64)]


class X402Resource(Controller):
    """One intent, or one link's intents, as a paid resource."""

    path = "/x402/{id:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: Asked,
        id: FromPath[str],
        x402: NamedDependency[X402],
        intents: NamedDependency[Intents],
        links: NamedDependency[Links],
        submissions: NamedDependency[Submissions],
        settings: NamedDependency[Settings],
        intent: IntentId = None,
    ) -> Response[Any] | Redirect:
        """Ask for the payment, or take it."""
        signed = request.headers.get(wire.SIGNATURE)
        if signed is None and "text/html" in request.headers.get("accept", ""):
            page = f"/i/{id}" if id.startswith("pi_") else f"/pay/{id}"
            return Redirect(
                page + (f"?paymentIntentId={intent}" if intent else ""), status_code=303
            )
        door = _Door(request, x402, intents, links, submissions, settings)
        return await door.answer(id, intent, signed)

    @post(status_code=200)
    async def take(
        self,
        request: Asked,
        id: FromPath[str],
        x402: NamedDependency[X402],
        intents: NamedDependency[Intents],
        links: NamedDependency[Links],
        submissions: NamedDependency[Submissions],
        settings: NamedDependency[Settings],
        intent: IntentId = None,
    ) -> Response[Any]:
        """The same; a body may fill in a link's form: amount, quantity, fields."""
        door = _Door(request, x402, intents, links, submissions, settings)
        return await door.answer(id, intent, request.headers.get(wire.SIGNATURE))


class _Door:
    """One request's way to its intent, and the answer it gets."""

    def __init__(
        self,
        request: Asked,
        x402: X402,
        intents: Intents,
        links: Links,
        submissions: Submissions,
        settings: Settings,
    ) -> None:
        self._request = request
        self._x402 = x402
        self._intents = intents
        self._links = links
        self._submissions = submissions
        self._url = settings.url

    async def answer(self, id: str, named: str | None, signed: str | None) -> Response[Any]:
        offer: wire.Offer | Settlement | None = None
        if signed is not None:
            offer = await wire.offer(self._x402, wire.payment(signed))
        meant = offer.intent if isinstance(offer, wire.Offer) else None
        view = await self._intent(id, named or meant)
        if offer is None:
            return await self._ask(id, view, "Payment required")
        if isinstance(offer, wire.Offer):
            said = offer.authorization
            told = await self._x402.settle(None, view.id, offer.ledger, said)
        else:
            told = offer
        if told.outcome is Outcome.REFUSED:
            return await self._ask(id, view, told.reason or "", told)
        return await self._receipt(view.id, told)

    async def _intent(self, id: str, named: str | None) -> IntentView:
        """Return the intent in the address; of a link, the one that is named, or a new one."""
        if id.startswith("pi_"):
            return await self._intents.get(id)
        link, account = await self._links.public(id)
        if named is not None:
            view = await self._intents.get(named, account.id)
            if view.payment_link == link.id:
                return view
            raise NotFound(f"There is no payment intent {named[:40]!r} of this link.")
        body = await self._request.body()
        new = bodies.decode(body, NewSubmission) if body else NewSubmission()
        view, _ = await self._submissions.submit(id, new)
        return view

    async def _ask(
        self, id: str, view: IntentView, error: str, told: Settlement | None = None
    ) -> Response[Any]:
        """Answer 402; or what became of the payment that was made or is on its way.

        While that is unknown nobody is asked again: who pays twice is paid back by hand.
        """
        if view.status in PAID:
            return Response(payer(view), headers=_PRIVATE)
        before = await self._x402.settled(view.id)
        if before is not None and (before.outcome is Outcome.PENDING or not view.payments):
            pending = msgspec.structs.replace(
                before, outcome=Outcome.PENDING, reason=str(Reason.PENDING)
            )
            return await self._receipt(view.id, told or pending, status=202)
        asked = await self._x402.requirements(None, view.id)
        required = wire.Required(
            error=error,
            resource=wire.Resource(
                url=f"{self._url}/x402/{id}",
                description=view.description,
                mime_type="application/json",
            ),
            accepts=[wire.accepted(one) for one in asked],
        )
        headers = {wire.REQUIRED: wire.header(required), "Cache-Control": "no-store"}
        if told is not None:
            network = asked[0].network
            headers[wire.RESPONSE] = wire.header(wire.settled(told, network))
        return Response(required, status_code=402, headers=headers)

    async def _receipt(
        self, intent: str, told: Settlement, status: int | None = None
    ) -> Response[Any]:
        """Answer 200 with the receipt, or 202 while the receipt is late."""
        view = await self._intents.get(intent)
        done = told.outcome is Outcome.SETTLED
        headers = {wire.RESPONSE: wire.header(wire.settled(told)), **_PRIVATE}
        if not done:
            headers["Retry-After"] = RETRY_SECONDS
        return Response(payer(view), status_code=status or (200 if done else 202), headers=headers)


_PRIVATE = {"Cache-Control": "private, no-store"}
