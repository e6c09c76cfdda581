"""The files a browser loads: the loader sites embed, and the pay page's script and style.

They are written to be read and served lean: whole-line comments and indentation stay at
home. A path with `?v=` names one content for ever; without it a file may change.
"""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from app.errors import NotFound

FOLDER = Path(__file__).parents[2] / "static" / "widget"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

_COMMENT_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_COMMENT_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_COMMENT_TAIL = re.compile(r"[ \t]+(?://[ \t].*|/\*.*\*/[ \t]*)$", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


@cache
def text(name: str) -> str:
    """Return a file of the widget as it is served."""
    lean = (FOLDER / name).read_text()
    for pattern in (_COMMENT_BLOCK, _COMMENT_LINE, _COMMENT_TAIL, _INDENT):
        lean = pattern.sub("", lean)
    return lean


@cache
def version(name: str) -> str:
    """Return the mark of a file's content."""
    return hashlib.sha256(text(name).encode()).hexdigest()[:12]


def path(name: str) -> str:
    """Return the path of one content of a file, which may be kept for ever."""
    return f"/widget/v1/{name}?v={version(name)}"


@cache
def _gzipped(name: str) -> bytes:
    return gzip.compress(text(name).encode(), 9, mtime=0)


@get("/widget/v1/{name:str}", sync_to_thread=False)
def serve(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    v: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """Send one file of the widget, to any site."""
    suffix = Path(name).suffix
    if suffix not in TYPES or name not in {one.name for one in FOLDER.iterdir()}:
        raise NotFound(f"There is no widget file {name[:40]!r}.")
    mark = f'"{version(name)}"'
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable"
        if v == version(name)
        else "public, max-age=300, stale-while-revalidate=86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": mark,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(_gzipped(name), headers=headers, media_type=TYPES[suffix])
    return Response(text(name).encode(), headers=headers, media_type=TYPES[suffix])
