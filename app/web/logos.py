"""Logos over HTTP: sent by the merchant as they are, shown from our own origin.

A path names one content for ever, so a browser may keep it. Nothing inside a picture
can run: its type is what its bytes say, and its own policy forbids everything.
"""

from typing import Any

from litestar import Controller, Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.account import Account
from app.services.logos import PREFIX, Logos

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class LogoController(Controller):
    """`/v1/account/logo`."""

    path = "/v1/account/logo"
    tags = ("Account",)

    @put()
    async def put_logo(
        self,
        request: Request[Any, Any, Any],
        logos: NamedDependency[Logos],
        merchant: NamedDependency[Account],
    ) -> Account:
        """Show a picture above the account's name: PNG, JPEG or WebP, at most 64 KB."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        return await logos.put(merchant.id, await request.body(), kind)

    @delete()
    async def delete_logo(
        self, logos: NamedDependency[Logos], merchant: NamedDependency[Account]
    ) -> None:
        """Show the account's name alone."""
        await logos.remove(merchant.id)


@get(PREFIX + "{name:str}", include_in_schema=False)
async def logo(name: FromPath[str], logos: NamedDependency[Logos]) -> Response[bytes]:
    """Send a picture."""
    content, media_type = await logos.content(name)
    return Response(content, headers=HEADERS, media_type=media_type)
