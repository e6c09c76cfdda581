"""Webhook endpoints over HTTP: decode, call one service, encode. Nothing else."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.account import Account
from app.services.endpoint_history import EndpointView
from app.services.endpoints import (
    EndpointChanges,
    Endpoints,
    MadeEndpoint,
    NewEndpoint,
    NewSecret,
    TestSent,
)
from app.web.auth import once
from app.web.bodies import decode
from app.web.lists import After, Limit, Page


class EndpointController(Controller):
    """`/v1/webhook_endpoints`."""

    path = "/v1/webhook_endpoints"
    tags = ("Webhooks",)

    @post()
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewEndpoint],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> Response[MadeEndpoint]:
        """Make an endpoint; its secret is shown this once."""
        key = await once(request, merchant.id)
        made, created = await endpoints.create(merchant.id, data, key)
        return Response(made, status_code=201 if created else 200)

    @get()
    async def index(
        self,
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
    ) -> Page[EndpointView]:
        """List endpoints, newest first, without their secrets."""
        data, more = await endpoints.page(merchant.id, after, limit)
        return Page(data=data, has_more=more)

    @get("/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> EndpointView:
        """Return one endpoint."""
        return await endpoints.get(merchant.id, id)

    @patch("/{id:str}")
    async def change(
        self,
        id: FromPath[str],
        data: JSONBody[EndpointChanges],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> EndpointView:
        """Change an endpoint, switch it off, or on again."""
        return await endpoints.change(merchant.id, id, data)

    @delete("/{id:str}")
    async def remove(
        self,
        id: FromPath[str],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> None:
        """Take an endpoint down for good."""
        await endpoints.remove(merchant.id, id)

    @post("/{id:str}/rotate", status_code=200)
    async def rotate(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> MadeEndpoint:
        """Give an endpoint a new secret; the old one signs too until its overlap ends.

        A body is welcome and not needed: `{"overlap_seconds": 0}` ends the old one at once.
        """
        body = await request.body()
        new = decode(body, NewSecret) if body else NewSecret()
        key = await once(request, merchant.id)
        return await endpoints.rotate(merchant.id, id, new, key)

    @post("/{id:str}/test", status_code=200)
    async def test(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        endpoints: NamedDependency[Endpoints],
        merchant: NamedDependency[Account],
    ) -> TestSent:
        """Send a test event to this endpoint alone."""
        return await endpoints.test(merchant.id, id, await once(request, merchant.id))
