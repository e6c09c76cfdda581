"""Deliveries over HTTP: what was owed to endpoints, what came of it, and once more."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.domain.account import Account
from app.domain.webhook import DeliveryStatus
from app.services.outbox import DeliveryView, Filter, Outbox
from app.web.auth import once
from app.web.lists import After, Limit, Page

Id = Annotated[str | None, QueryParameter(max_length=64)]


class DeliveryController(Controller):
    """`/v1/deliveries`."""

    path = "/v1/deliveries"
    tags = ("Webhooks",)

    @get()
    async def index(
        self,
        outbox: NamedDependency[Outbox],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
        endpoint: Id = None,
        event: Id = None,
        status: Annotated[DeliveryStatus | None, QueryParameter()] = None,
    ) -> Page[DeliveryView]:
        """List deliveries, newest first, each with how its last attempt went."""
        filter = Filter(endpoint=endpoint, event=event, status=status)
        data, more = await outbox.page(merchant.id, filter, after, limit)
        return Page(data=data, has_more=more)

    @get("/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        outbox: NamedDependency[Outbox],
        merchant: NamedDependency[Account],
    ) -> DeliveryView:
        """Return one delivery with every attempt."""
        return await outbox.get(merchant.id, id)

    @post("/{id:str}/redeliver", status_code=200)
    async def redeliver(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        outbox: NamedDependency[Outbox],
        merchant: NamedDependency[Account],
    ) -> DeliveryView:
        """Send its event to its endpoint again, now."""
        return await outbox.redeliver(merchant.id, id, await once(request, merchant.id))
