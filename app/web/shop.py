"""A demo shop on an origin of its own: plain HTML that embeds the checkout.

It stands for any site that is not ours, so it shares nothing with the house but an
address, a publishable key and a link's shortcode, and it keeps a strict policy of its own.
"""

from litestar import Litestar, Response, get

from app.web import templates
from app.world import World


def create_shop(
    home: str, publishable_key: str, shortcode: str, world: World | None = None
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
        )
        policy = (
            f"default-src 'none'; script-src {home} 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            f"frame-src {home}; connect-src {home}; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return Response(text, headers=headers, media_type="text/html")

    return Litestar([shop], openapi_config=None, logging_config=None)
