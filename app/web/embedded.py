"""What the components ask for while a page is open: words, totals, unlocks, and paid content.

The first three are served as modules that carry nothing but data. A site's policy already
lets our script run, so it need not let its page connect anywhere.
"""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from markupsafe import Markup

from app.domain.unlock import LENGTH_MAX
from app.services.links import Links
from app.services.unlocks import Unlocks
from app.web import templates, widget_words
from app.web.links import TOTAL_SECONDS
from app.web.templates import NONCE_LENGTH
from app.web.unlocks import origin
from app.world import World

WORDS_SECONDS = 3600
Short = Annotated[str, QueryParameter(max_length=64)]


def _module(value: Any, cache: str) -> Response[bytes]:
    """Return a value as a module's default export: JSON is an expression."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": cache,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    body = b"export default " + msgspec.json.encode(value) + b";\n"
    return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


@get("/widget/v1/words.js", sync_to_thread=False)
def words_module(lang: Short = "") -> Response[bytes]:
    """Serve the components' words in a language, or in English."""
    return _module(widget_words.words(lang), f"public, max-age={WORDS_SECONDS}")


@get("/widget/v1/total.js")
async def total_module(links: NamedDependency[Links], link: Short = "") -> Response[bytes]:
    """Serve what a link raised, where its merchant shows it."""
    return _module(await links.total(link), f"public, max-age={TOTAL_SECONDS}")


@get("/widget/v1/unlock.js")
async def unlock_module(
    request: Request[Any, Any, Any], unlocks: NamedDependency[Unlocks], intent: Short = ""
) -> Response[bytes]:
    """Serve a token for a paid intent: the same that POST …/unlock gives."""
    return _module(await unlocks.give(intent, origin(request)), "no-store")


@get("/widget/v1/content")
async def content_page(
    unlocks: NamedDependency[Unlocks],
    world: NamedDependency[World],
    token: Annotated[str, QueryParameter(max_length=LENGTH_MAX)] = "",
    lang: Short = "en",
) -> Response[str]:
    """Show what a link sells to read, in a frame that runs none of it.

    The merchant's HTML has an origin of its own and no script: it can neither read this
    house's pages nor act on them.
    """
    content, claims = await unlocks.open(token)
    nonce = world.secret(NONCE_LENGTH)
    html = Markup(content.body) if content.kind == "html" else None  # noqa: S704 - sandboxed
    text = templates.render(
        "widget/content.html", nonce=nonce, content=content, html=html, lang=lang
    )
    policy = (
        "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {claims.origin or '*'}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return Response(text, headers=headers, media_type="text/html")
