"""Payment links over HTTP."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.account import Account
from app.domain.link import Submission
from app.services.link_requests import LinkChanges, LinkView, NewLink, NewSubmission, TotalView
from app.services.links import Links
from app.services.submissions import Submissions
from app.services.views import PayerView, payer
from app.web.auth import idempotency_key, once
from app.web.lists import After, Limit, Page

TOTAL_SECONDS = 5


class LinkController(Controller):
    """`/v1/payment_links`."""

    path = "/v1/payment_links"
    tags = ("Payment links",)

    @post()
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewLink],
        links: NamedDependency[Links],
        merchant: NamedDependency[Account],
    ) -> Response[LinkView]:
        """Create a payment link."""
        view, created = await links.create(merchant, data, await once(request, merchant.id))
        return Response(view, status_code=201 if created else 200)

    @get()
    async def index(
        self,
        links: NamedDependency[Links],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
    ) -> Page[LinkView]:
        """List links, newest first."""
        data, more = await links.page(merchant.id, after, limit)
        return Page(data=data, has_more=more)

    @get("/{id:str}")
    async def read(
        self, id: FromPath[str], links: NamedDependency[Links], merchant: NamedDependency[Account]
    ) -> LinkView:
        """Return a link by id or shortcode."""
        return await links.get(merchant.id, id)

    @patch("/{id:str}")
    async def change(
        self,
        id: FromPath[str],
        data: JSONBody[LinkChanges],
        links: NamedDependency[Links],
        merchant: NamedDependency[Account],
    ) -> LinkView:
        """Change a link; intents already made keep their price."""
        return await links.change(merchant.id, id, data)

    @delete("/{id:str}")
    async def remove(
        self, id: FromPath[str], links: NamedDependency[Links], merchant: NamedDependency[Account]
    ) -> None:
        """Take a link down."""
        await links.remove(merchant.id, id)

    @get("/{id:str}/submissions")
    async def submitted(
        self,
        id: FromPath[str],
        submissions: NamedDependency[Submissions],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
    ) -> Page[Submission]:
        """List what shoppers typed on the form, newest first."""
        data, more = await submissions.page(merchant.id, id, after, limit)
        return Page(data=data, has_more=more)

    @get("/{shortcode:str}/total")
    async def total(
        self, shortcode: FromPath[str], links: NamedDependency[Links]
    ) -> Response[TotalView]:
        """Return what a link raised, where its merchant shows it. Needs no key."""
        headers = {"Cache-Control": f"public, max-age={TOTAL_SECONDS}"}
        return Response(await links.total(shortcode), headers=headers)

    @post("/{shortcode:str}/intents")
    async def submit(
        self,
        request: Request[Any, Any, Any],
        shortcode: FromPath[str],
        submissions: NamedDependency[Submissions],
        data: JSONBody[NewSubmission],
    ) -> Response[PayerView]:
        """Make an intent from a link's form, or go on with the one named. Needs no key."""
        view, created = await submissions.submit(shortcode, data, idempotency_key(request))
        return Response(payer(view), status_code=201 if created else 200)
