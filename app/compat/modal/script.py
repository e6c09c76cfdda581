"""`/modal/btcpay.js` for the site, and the script inside the frame that answers it."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter

from app.web import widget

SCRIPT = "btcpay/btcpay.js"
FRAME = "btcpay/frame.js"
FRAME_PATH = "/modal/frame.js"


def frame_path() -> str:
    """Return where a page that another's script opened finds its second script."""
    return f"{FRAME_PATH}?v={widget.version(FRAME)}"


# Sites put their own plugin's version behind it, `?ver=` or `?v=`: it means nothing here.
@get("/modal/btcpay.js", sync_to_thread=False)
def site_script(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Send the script a site loads, to any site."""
    return widget.send(request, SCRIPT)


@get(FRAME_PATH, sync_to_thread=False)
def frame_script(
    request: Request[Any, Any, Any],
    v: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """Send the script of the frame."""
    return widget.send(request, FRAME, named=v)
