"""A demo shop on an origin of its own: plain HTML that embeds the checkout.

It stands for any site that is not ours, so it shares nothing with the house but an
address, a publishable key and a link's shortcode, and it keeps a strict policy of its own.
"""

from pathlib import Path

import msgspec
from litestar import Litestar, Response, get

from app.web import templates
from app.world import World

WALLET = Path(__file__).parents[2] / "static" / "devnet" / "wallet.js"


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A devnet's wallet, to be put into the shop: its node, its account, its chain."""

    rpc: str
    account: str
    chain: str


def create_shop(
    home: str,
    publishable_key: str,
    shortcode: str,
    world: World | None = None,
    *,
    wallet: Wallet | None = None,
) -> Litestar:
    """Return the shop as an application to be served on another port."""
    world = world or World()

    @get("/", sync_to_thread=False)
    def shop() -> Response[str]:
        """Show three ways to embed the checkout."""
        nonce = world.secret(templates.NONCE_LENGTH)
        text = templates.render(
            "shop/shop.html",
            nonce=nonce,
            home=home,
            publishable_key=publishable_key,
            shortcode=shortcode,
            wallet=wallet,
        )
        node = f" {wallet.rpc}" if wallet else ""
        policy = (
            f"default-src 'none'; script-src {home} 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            f"frame-src {home}; connect-src {home}{node}; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return Response(text, headers=headers, media_type="text/html")

    @get("/wallet.js", sync_to_thread=False)
    def wallet_script() -> Response[bytes]:
        """Serve the devnet's wallet."""
        return Response(WALLET.read_bytes(), media_type="text/javascript")

    handlers = [shop] if wallet is None else [shop, wallet_script]
    return Litestar(handlers, openapi_config=None, logging_config=None)
