"""`/embed-check`: tells a site's owner what keeps the checkout from opening over a page.

A page for people and JSON for programs, of the same findings. Both are in English: they
speak of headers and directives, and it is no shopper who reads them.
"""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.domain import embedding
from app.domain import key as keys
from app.domain.account import Account
from app.domain.key import KeyKind
from app.domain.policy import POLICY_LENGTH_MAX
from app.errors import Invalid, NotFound, Unauthorized
from app.services.accounts import Accounts
from app.services.merchants import Merchants
from app.settings import Settings
from app.web import templates
from app.web.setting import Setting
from app.world import World


@get("/embed-check", include_in_schema=False)
async def embed_check(
    request: Request[Any, Any, Any],
    accounts: NamedDependency[Accounts],
    merchants: NamedDependency[Merchants],
    settings: NamedDependency[Settings],
    world: NamedDependency[World],
    origin: Annotated[str | None, QueryParameter(max_length=400)] = None,
    payment_link: Annotated[str | None, QueryParameter(max_length=64)] = None,
    key: Annotated[str | None, QueryParameter(max_length=100)] = None,
    policy: Annotated[str | None, QueryParameter(max_length=POLICY_LENGTH_MAX)] = None,
) -> Response[Any]:
    """Look at an origin, an account's list and a pasted policy."""
    payment_link = (payment_link or "").strip() or None
    key = (key or "").strip() or None
    report = embedding.examine(
        embedding.Asked(
            home=settings.url,
            reached=f"{request.url.scheme}://{request.url.netloc}",
            origin=(origin or "").strip() or None,
            account=await _account(accounts, merchants, payment_link, key),
            path=f"/pay/{payment_link}" if payment_link else None,
            amounts=key is not None,
            policy=policy,
        )
    )
    if "text/html" not in request.headers.get("accept", ""):
        headers = {"Cache-Control": "no-store", "Vary": "Accept"}
        return Response(report, headers=headers)
    asked = {"origin": origin, "payment_link": payment_link, "key": key, "policy": policy}
    return templates.page(
        request,
        "embed.html",
        world,
        Setting(lang="en"),
        report=report,
        asked=asked,
    )


async def _account(
    accounts: Accounts, merchants: Merchants, payment_link: str | None, key: str | None
) -> Account | None:
    """Return the account a link or a publishable key belongs to."""
    if key is not None:
        if keys.kind_of(key) is not KeyKind.PUBLISHABLE:
            raise Invalid.field(
                "key",
                "must be a publishable key, pk_…. A secret key that was in an address is known "
                "to too many: revoke it, and make another",
            )
        try:
            return (await accounts.identify(key))[0]
        except Unauthorized as error:
            raise Invalid.field("key", error.detail) from None
    if payment_link is not None:
        try:
            return await merchants.of_link(payment_link)
        except NotFound:
            raise Invalid.field("payment_link", "is no shortcode of a payment link here") from None
    return None
