"""What was claimed of an account's money, and the merchant's word on it: this house sends none."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.domain.account import Account
from app.domain.claim import ClaimStatus, Filter
from app.errors import Invalid
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.claims import Claims
from app.services.payouts import Payouts
from app.services.sessions import Visitor
from app.settings import Settings
from app.world import World

PAGE = 25
# What may be said of a claim, by where it stands.
ACTS: dict[ClaimStatus, tuple[tuple[str, str], ...]] = {
    ClaimStatus.REQUIRES_APPROVAL: (("approve", "Approve"), ("cancel", "Cancel")),
    ClaimStatus.PENDING: (("paid", "Mark paid"), ("cancel", "Cancel")),
    ClaimStatus.PROCESSING: (("paid", "Mark paid"),),
    ClaimStatus.SUCCEEDED: (),
    ClaimStatus.CANCELED: (),
}


class PayoutPages(Controller):
    """`/office/accounts/{account_id}/payouts`."""

    path = "/office/accounts/{account_id:str}/payouts"

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        claims: NamedDependency[Claims],
        world: NamedDependency[World],
        after: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> Response[bytes]:
        """List what was claimed, the newest first."""
        found, more = await claims.page(account.id, Filter(), after, PAGE)
        return page(
            request,
            "payouts.html",
            world,
            visitor,
            shop=account,
            here="payouts",
            claims=found,
            acts=ACTS,
            more=found[-1].id if more else None,
        )

    @post("/{claim_id:str}")
    async def act(
        self,
        request: Asked,
        claim_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        payouts: NamedDependency[Payouts],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Approve a claim, take it back, or say that it was sent."""
        form = await gate.form(request, settings, visitor)
        match form.text("act"):
            case "approve":
                await payouts.approve(account.id, claim_id)
            case "cancel":
                await payouts.cancel(account.id, claim_id)
            case "paid":
                await payouts.mark(account.id, claim_id, ClaimStatus.SUCCEEDED)
            case _:
                raise Invalid.field("act", "must be approve, cancel or paid")
        return onward(f"/office/accounts/{account.id}/payouts")
