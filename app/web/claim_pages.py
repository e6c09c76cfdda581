"""A voucher's page: what is offered, what was claimed of it, and a form that says where to.

Whoever holds the voucher's id may see and use it. It works without JavaScript and is in plain
English: it is read by few, and what it says of money must be exact.
"""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from app.domain.claim import ClaimStatus
from app.domain.ledger import Catalogue
from app.domain.voucher import VoucherStatus
from app.errors import Invalid, NotClaimable
from app.services.accounts import Accounts
from app.services.claims import Claims
from app.services.voucher_requests import ClaimView, NewClaim, VoucherView
from app.services.vouchers import Vouchers
from app.web import templates
from app.web.setting import Setting
from app.world import World

Asked = Request[Any, Any, Any]
PLAIN = Setting.of(None, None, None, "en")
TYPED_MAX = 4000
SHOWN_MAX = 100  # claims on the page, the newest

# How a voucher and its claims stand, as the payee reads it.
STANDS = {
    VoucherStatus.UPCOMING: "This has not begun yet.",
    VoucherStatus.OPEN: "Say where the money is to be sent.",
    VoucherStatus.SPENT: "All of it has been claimed.",
    VoucherStatus.EXPIRED: "The time to claim this is over.",
    VoucherStatus.ARCHIVED: "The sender has closed this.",
}
CLAIM_STANDS = {
    ClaimStatus.REQUIRES_APPROVAL: "Waits for the sender's approval",
    ClaimStatus.PENDING: "Approved. The sender is to send it: nothing is sent by itself",
    ClaimStatus.PROCESSING: "The sender says that it is on its way",
    ClaimStatus.SUCCEEDED: "The sender says that it was sent",
    ClaimStatus.CANCELED: "Canceled",
}


class ClaimPages(Controller):
    """`/claim/{id}`: the page of a voucher."""

    path = "/claim/{id:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: Asked,
        id: FromPath[str],
        vouchers: NamedDependency[Vouchers],
        claims: NamedDependency[Claims],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show what is offered and what was claimed."""
        page = _Page(request, vouchers, claims, accounts, catalogue, world)
        return await page.show(id, {}, {}, 200)

    @post(status_code=200)
    async def claim(
        self,
        request: Asked,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        vouchers: NamedDependency[Vouchers],
        claims: NamedDependency[Claims],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Write the claim down, or say beside each field what is wrong with it."""
        typed = {name: data.get(name, "").strip()[:TYPED_MAX] for name in FIELDS}
        faults, status = {}, 400
        try:
            amount = typed["amount"] or None
            new = NewClaim(address=typed["address"], ledger=typed["ledger"], amount=amount)
            await claims.ask(id, new)
            return Redirect(f"/claim/{id}", status_code=303)
        except Invalid as error:
            faults = {one.field: one.message for one in error.faults}
        except NotClaimable as error:
            faults, status = {"": error.detail}, 409
        page = _Page(request, vouchers, claims, accounts, catalogue, world)
        return await page.show(id, typed, faults, status)


FIELDS = ("address", "ledger", "amount")


class _Page:
    """All the page is made from."""

    def __init__(
        self,
        request: Asked,
        vouchers: Vouchers,
        claims: Claims,
        accounts: Accounts,
        catalogue: Catalogue,
        world: World,
    ) -> None:
        self._request = request
        self._vouchers = vouchers
        self._claims = claims
        self._accounts = accounts
        self._catalogue = catalogue
        self._world = world

    async def show(
        self, id: str, typed: dict[str, str], faults: dict[str, str], status: int
    ) -> Response[bytes]:
        voucher = await self._vouchers.get(id)
        account = await self._accounts.known(await self._vouchers.owner(id))
        made = await self._claims.of_voucher(id, SHOWN_MAX, canceled=True)
        return templates.page(
            self._request,
            "claim/page.html",
            self._world,
            PLAIN,
            account=account,
            status=status,
            voucher=voucher,
            stands=STANDS[voucher.status],
            open=voucher.status is VoucherStatus.OPEN,
            ledgers=self._named(voucher),
            claims=[(one, CLAIM_STANDS[one.status], _link(one)) for one in made],
            typed={"amount": voucher.amount_left, "ledger": "", "address": ""} | typed,
            faults=faults,
        )

    def _named(self, voucher: VoucherView) -> list[tuple[str, str]]:
        """Return the ledgers to choose from, with names people know them by."""
        known = [one for one in voucher.ledgers if one in self._catalogue.ledgers]
        return [
            (one, f"{self._catalogue.ledger(one).symbol} on {self._catalogue.chain_of(one).name}")
            for one in known
        ]


def _link(claim: ClaimView) -> str | None:
    """Return where the merchant's proof leads, where it is a page at all."""
    link = (claim.proof or {}).get("link")
    plain = isinstance(link, str) and link.startswith(("https://", "http://"))
    return link if plain else None
