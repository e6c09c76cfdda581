"""`/invoices`: payment intents over Bitpay's wire, made, read and listed."""

from contextlib import suppress
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from app.compat.bitpay import callers, ipn, requests, views, wire
from app.compat.bitpay.requests import Listing, NewInvoice
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.errors import CheckoutError, NotFound
from app.services.bound_endpoints import Beside, BoundEndpoints
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.services.views import IntentView
from app.world import World

FACADE = "pos/invoice"
MISSING = "Object not found"
Asked = Request[Any, Any, Any]


class InvoiceController(Controller):
    """`/invoices`."""

    @post("/invoices", status_code=200)
    async def create(
        self,
        request: Asked,
        till: NamedDependency[Account],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        bound_endpoints: NamedDependency[BoundEndpoints],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make an invoice. Where bitcoin may pay it, it has its address at once."""
        asked = await wire.read(request, NewInvoice)
        wish, conditions = requests.new_intent(asked, till, catalogue, world.now())
        hearing = _hearing(asked, bound_endpoints)
        view, _ = await intents.create(till, wish, conditions=conditions, beside=hearing)
        view = await _placed(view, conditions.preferred, choosing)
        return wire.answer(wire.Data(facade=FACADE, data=views.invoice(view, world.now())))

    @get("/invoices")
    async def index(
        self,
        request: Asked,
        shop: NamedDependency[Account],
        intents: NamedDependency[Intents],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List an account's invoices, newest first."""
        asked = wire.query(request, Listing)
        filter, limit = requests.filter(asked)
        found, _ = await intents.page(shop.id, filter, None, limit, asked.offset)
        now = world.now()
        return wire.answer(wire.Data(data=[views.invoice(one, now) for one in found]))

    @get("/invoices/{id:str}")
    async def read(
        self,
        request: Asked,
        id: FromPath[str],
        anybody: NamedDependency[callers.Anybody],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Return an invoice to whoever may read it; a person is shown its page."""
        if anybody is None and _is_a_person(request):
            return Redirect(f"/i/{id}")
        shop = await callers.provide_shop(anybody)
        try:
            await intents.get(id, shop.id)
        except NotFound:
            raise NotFound(MISSING) from None
        view = await choosing.freshen(id)
        return wire.answer(wire.Data(data=views.invoice(view, world.now())))


def _hearing(asked: NewInvoice, bound_endpoints: BoundEndpoints) -> Beside | None:
    """Return what lets an invoice be told of at the address it names; None: it names none."""
    if not asked.notification_url:
        return None
    return bound_endpoints.beside(
        asked.notification_url,
        dialect=ipn.NAME,
        event_types=ipn.wanted(
            full=asked.full_notifications, extended=asked.extended_notifications
        ),
        field="notificationURL",
    )


async def _placed(view: IntentView, preferred: str | None, choosing: Choosing) -> IntentView:
    """Return an intent with the place of the coin its clients look for, or as it was.

    Before a payer chose there is none, and these clients show the address themselves.
    """
    if view.ledger is not None:
        return view
    coin = (one.ledger for one in view.quotes if views.payment_type(one) == views.BITCOIN)
    first = preferred if preferred in view.ledgers else next(coin, None)
    if first is None:
        return view
    with suppress(CheckoutError):  # that coin cannot be had now: others can, on the page
        return await choosing.choose(view.id, first)
    return view


def _is_a_person(request: Asked) -> bool:
    """Tell whether a browser asks: a client of this wire says so by its token or its content."""
    accepts = request.headers.get("accept", "")
    content = request.headers.get("content-type", "")
    return "text/html" in accepts and "json" not in content and "token" not in request.query_params
