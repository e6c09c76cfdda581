"""LNURL-pay over HTTP: what wallets ask of a Lightning address, and its merchant's own side.

Wire: LUD-06 and LUD-16. A refusal is `{"status": "ERROR", "reason": …}`: a wallet shows it.
"""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.domain.account import Account
from app.errors import CheckoutError, Invalid
from app.services.lightning_addresses import (
    LightningAddresses,
    LightningAddressView,
    NewLightningAddress,
)
from app.services.lnurl import Lnurl
from app.web import problems
from app.web.lists import Page

PROMISE_MAX = 2048
AMOUNT_MAX = 20  # digits
NO_STORE = {"Cache-Control": "no-store"}
Asked = Request[Any, Any, Any]


def refuse(_request: Asked, error: CheckoutError) -> Response[dict[str, str]]:
    """Answer a wallet in its own words."""
    said = {"status": "ERROR", "reason": error.detail}
    return Response(said, status_code=problems.status_of(error), headers=NO_STORE)


class LnurlPages(Controller):
    """`/.well-known/lnurlp/{name}`, and where its invoices are."""

    path = "/"
    include_in_schema = False
    exception_handlers = {CheckoutError: refuse}  # noqa: RUF012 -- Litestar reads it off the class

    @get("/.well-known/lnurlp/{name:str}")
    async def request(self, name: FromPath[str], lnurl: NamedDependency[Lnurl]) -> Response[Any]:
        """Tell a wallet what a name takes."""
        return Response(await lnurl.request(name.lower()), headers=NO_STORE)

    @get("/lnurlp/{name:str}/invoice")
    async def invoice(
        self,
        name: FromPath[str],
        lnurl: NamedDependency[Lnurl],
        amount: Annotated[str, QueryParameter(max_length=AMOUNT_MAX)] = "",
        promise: Annotated[str, QueryParameter(max_length=PROMISE_MAX)] = "",
    ) -> Response[Any]:
        """Hand a wallet the invoice for the amount it names, in millisatoshi."""
        if not (amount.isascii() and amount.isdigit()):
            raise Invalid.field("amount", "must be a whole number of millisatoshi")
        answer = await lnurl.invoice(name.lower(), int(amount), promise)
        return Response(answer, headers=NO_STORE)


class LightningAddressController(Controller):
    """`/v1/lightning_addresses`."""

    path = "/v1/lightning_addresses"
    tags = ("Lightning addresses",)

    @get()
    async def index(
        self,
        lightning_addresses: NamedDependency[LightningAddresses],
        merchant: NamedDependency[Account],
    ) -> Page[LightningAddressView]:
        """List the account's Lightning addresses."""
        return Page(data=await lightning_addresses.all(merchant.id), has_more=False)

    @put("/{name:str}")
    async def put_address(
        self,
        name: FromPath[str],
        data: JSONBody[NewLightningAddress],
        lightning_addresses: NamedDependency[LightningAddresses],
        merchant: NamedDependency[Account],
    ) -> LightningAddressView:
        """Take a name for the account or one of its payment links, or let it sell another."""
        return await lightning_addresses.put(merchant.id, name, data)

    @delete("/{name:str}")
    async def remove(
        self,
        name: FromPath[str],
        lightning_addresses: NamedDependency[LightningAddresses],
        merchant: NamedDependency[Account],
    ) -> None:
        """Give a name up."""
        await lightning_addresses.remove(merchant.id, name)
