"""The files a browser loads: the loader sites embed, and the pay page's script and style.

They are written to be read and served lean: whole-line comments and indentation stay at
home. A path with `?v=` names one content for ever; without it a file may change.
"""

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from app.errors import Invalid, NotFound

FOLDER = Path(__file__).parents[2] / "static" / "widget"
RELEASES = FOLDER / "releases"
VERSION = "1.1.1"  # of the loader and the components: whatever changes them raises it
RELEASED = ("loader.js", "components.js", "element.js", "unlocking.js", "totals.js")
TYPES = {".js": "text/javascript", ".css": "text/css"}  # both leave as UTF-8

FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "Access-Control-Allow-Origin": "*",  # modules and `integrity` need it
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}

_COMMENT_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_COMMENT_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_COMMENT_TAIL = re.compile(r"[ \t]+(?://[ \t].*|/\*.*\*/[ \t]*)$", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


@cache
def text(*names: str) -> str:
    """Return files of the widget as they are served, as one."""
    lean = "".join((FOLDER / name).read_text() for name in names)
    for pattern in (_COMMENT_BLOCK, _COMMENT_LINE, _COMMENT_TAIL, _INDENT):
        lean = pattern.sub("", lean)
    return lean


@cache
def version(*names: str) -> str:
    """Return the mark of what files say."""
    return hashlib.sha256(text(*names).encode()).hexdigest()[:12]


def path(name: str) -> str:
    """Return the path of one content of a file, which may be kept for ever."""
    return f"/widget/v1/{name}?v={version(name)}"


@cache
def _gzipped(*names: str) -> bytes:
    return gzip.compress(text(*names).encode(), 9, mtime=0)


@get("/widget/v1/{name:str}", sync_to_thread=False)
def serve(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    v: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """Send one file of the widget, to any site."""
    if Path(name).suffix not in TYPES or name not in {one.name for one in FOLDER.iterdir()}:
        raise NotFound(f"There is no widget file {name[:40]!r}.")
    return send(request, name, named=v)


def send(request: Request[Any, Any, Any], *names: str, named: str | None = None) -> Response[bytes]:
    """Send files of the widget as one; for ever, if the address names this very content."""
    mark, kind = f'"{version(*names)}"', TYPES[Path(names[0]).suffix]
    headers = HEADERS | {
        "Cache-Control": FOR_EVER
        if named == version(*names)
        else "public, max-age=300, stale-while-revalidate=86400",
        "ETag": mark,
    }
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(_gzipped(*names), headers=headers, media_type=kind)
    return Response(text(*names).encode(), headers=headers, media_type=kind)


@cache
def release(version: str, name: str) -> bytes:
    """Return a file of a released version: the same bytes for ever."""
    if name not in RELEASED or version not in releases():
        raise NotFound(f"There is no widget file {name[:40]!r} of version {version[:20]!r}.")
    return (RELEASES / version / name).read_bytes()


def releases() -> list[str]:
    """Return the released versions, the newest last."""
    found = [one.name for one in RELEASES.iterdir() if one.is_dir()] if RELEASES.is_dir() else []
    return sorted(found, key=lambda one: tuple(int(part) for part in one.split(".")))


def integrity(version: str, name: str) -> str:
    """Return what a tag's `integrity` says of a released file."""
    return _integrity(release(version, name))


def _integrity(body: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"


def freeze() -> Path:
    """Write the files of this version down for good; refuse to change a released one."""
    folder = RELEASES / VERSION
    for name in RELEASED:
        kept = folder / name
        if kept.exists() and kept.read_bytes() != text(name).encode():
            raise Invalid(
                f"{VERSION} is released and its {name} differs: raise VERSION in app/web/widget.py."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name in RELEASED:
        (folder / name).write_bytes(text(name).encode())
    release.cache_clear()
    digests = {name: _integrity(text(name).encode()) for name in RELEASED}
    (folder / "integrity.json").write_text(json.dumps(digests, indent=2) + "\n")
    return folder


def tags(url: str) -> str:
    """Return what a site pastes into its pages: the one that stays new, and the pinned one."""
    lines = [
        f"Widget {releases()[-1]}",
        "",
        "Always the newest, fixes included:",
        f'<script async src="{url}/widget/v1/loader.js"></script>',
        "",
        "Pinned: these bytes and no others.",
        pinned(url),
    ]
    return "\n".join(lines)


def pinned(url: str) -> str:
    """Return the tags of the newest release, which take its bytes and no others."""
    newest = releases()[-1]
    lines = [
        f'<script async src="{url}/widget/{newest}/loader.js" crossorigin="anonymous"',
        f'  integrity="{integrity(newest, "loader.js")}"></script>',
    ]
    for name in RELEASED[1:]:
        lines += [
            f'<link rel="modulepreload" href="{url}/widget/{newest}/{name}"',
            f'  crossorigin="anonymous" integrity="{integrity(newest, name)}">',
        ]
    return "\n".join(lines)


@get("/widget/{version:str}/{name:str}", sync_to_thread=False)
def serve_release(
    request: Request[Any, Any, Any], version: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """Send one file of a released version, to any site, to be kept for ever."""
    body = release(version, name)
    headers = HEADERS | {"Cache-Control": FOR_EVER}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 9, mtime=0)
    return Response(body, headers=headers, media_type=TYPES[".js"])
