"""ICPay's embed script at the addresses ICPay's has, and the modules it fetches.

Any version that a site names is this one: what changed between theirs, ours has all of.
"""

import re
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from app.errors import NotFound
from app.web import widget

EMBED = ("icpay/embed.js", "loader.js")  # one file, since a site loads one
MODULES = ("shim.js", "options.js")
_VERSION = re.compile(r"v\d{1,4}(\.\d{1,4}){0,3}")


# The first names stand beside our own /widget/… and /v1/…, which take no version there.
@get(
    ["/widget/icpay/embed.min.js", "/v1/embed.min.js"],
    sync_to_thread=False,
)
def embed(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Send the embed script, to any site."""
    return widget.send(request, *EMBED)


@get("/{version:str}/embed.min.js", sync_to_thread=False)
def embed_of_version(request: Request[Any, Any, Any], version: FromPath[str]) -> Response[bytes]:
    """Send the embed script by any version's address."""
    if not _VERSION.fullmatch(version):
        raise NotFound(f"{version[:20]!r} is no version: write v1.2.3.")
    return widget.send(request, *EMBED)


@get("/widget/icpay/{name:str}", sync_to_thread=False)
def module(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Send what the embed script fetches once it meets an element."""
    if name not in MODULES:
        raise NotFound(f"There is no file {name[:40]!r} of the embed script.")
    return widget.send(request, f"icpay/{name}")


HANDLERS = (embed, embed_of_version, module)
