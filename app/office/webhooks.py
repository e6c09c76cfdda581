"""An account's webhook endpoints, and how their deliveries fared."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.domain.account import Account
from app.errors import Invalid
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.endpoints import EndpointChanges, Endpoints, MadeEndpoint, NewEndpoint
from app.services.outbox import Filter, Outbox
from app.services.sessions import Visitor
from app.settings import Settings
from app.world import World

PAGE = 25
ENDPOINTS_SHOWN = 100
NATIVE = "native"
ACTS = ("test", "on", "off", "remove")


class WebhookPages(Controller):
    """`/office/accounts/{account_id}/webhooks`."""

    path = "/office/accounts/{account_id:str}/webhooks"

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List the endpoints."""
        return await _index(request, world, visitor, account, endpoints)

    @post()
    async def make(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make an endpoint, and show its secret this once."""
        form = await gate.form(request, settings, visitor)
        new = NewEndpoint(
            url=form.text("url"),
            dialect=form.text("dialect") or NATIVE,
            description=form.text("description") or None,
        )
        try:
            made, _ = await endpoints.create(account.id, new)
        except Invalid as wrong:
            return await _index(request, world, visitor, account, endpoints, new, wrong)
        return await _index(request, world, visitor, account, endpoints, made=made)

    @get("/{endpoint_id:str}")
    async def show(
        self,
        request: Asked,
        endpoint_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
        outbox: NamedDependency[Outbox],
        world: NamedDependency[World],
        after: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> Response[bytes]:
        """Show one endpoint with its deliveries, the newest first."""
        endpoint = await endpoints.get(account.id, endpoint_id)
        found, more = await outbox.page(account.id, Filter(endpoint=endpoint_id), after, PAGE)
        return page(
            request,
            "webhook.html",
            world,
            visitor,
            shop=account,
            here="webhooks",
            endpoint=endpoint,
            deliveries=found,
            more=found[-1].id if more else None,
        )

    @get("/{endpoint_id:str}/deliveries/{delivery_id:str}")
    async def delivery(
        self,
        request: Asked,
        endpoint_id: FromPath[str],
        delivery_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        outbox: NamedDependency[Outbox],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show one delivery with every attempt."""
        found = await outbox.get(account.id, delivery_id)
        return page(
            request,
            "delivery.html",
            world,
            visitor,
            shop=account,
            here="webhooks",
            delivery=found,
            endpoint_id=endpoint_id,
        )

    @post("/{endpoint_id:str}")
    async def act(
        self,
        request: Asked,
        endpoint_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Send a test, switch it off or on, or take it down."""
        form = await gate.form(request, settings, visitor)
        list = f"/office/accounts/{account.id}/webhooks"
        match form.text("act"):
            case "test":
                await endpoints.test(account.id, endpoint_id)
            case "on" | "off" as act:
                changes = EndpointChanges(active=act == "on")
                await endpoints.change(account.id, endpoint_id, changes)
            case "remove":
                await endpoints.remove(account.id, endpoint_id)
                return onward(list)
            case _:
                raise Invalid.field("act", f"must be one of: {', '.join(ACTS)}")
        return onward(f"{list}/{endpoint_id}")

    @post("/{endpoint_id:str}/deliveries/{delivery_id:str}")
    async def redeliver(
        self,
        request: Asked,
        endpoint_id: FromPath[str],
        delivery_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        outbox: NamedDependency[Outbox],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Send a delivery's event to its endpoint again."""
        await gate.form(request, settings, visitor)
        await outbox.redeliver(account.id, delivery_id)
        return onward(f"/office/accounts/{account.id}/webhooks/{endpoint_id}")


async def _index(
    request: Asked,
    world: World,
    visitor: Visitor,
    account: Account,
    endpoints: Endpoints,
    typed: NewEndpoint | None = None,
    wrong: Invalid | None = None,
    *,
    made: MadeEndpoint | None = None,
) -> Response[bytes]:
    found, _ = await endpoints.page(account.id, None, ENDPOINTS_SHOWN)
    return page(
        request,
        "webhooks.html",
        world,
        visitor,
        status=200 if wrong is None else 400,
        shop=account,
        here="webhooks",
        endpoints=found,
        typed=typed,
        fault=wrong.detail if wrong else None,
        made=made,
    )
