"""What a browser loads: how little of it, how it is kept, and that nothing else is named."""

import gzip
import re

import brotli  # type: ignore[import-untyped]
import pytest

from app.web import widget
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOADER_BYTES_MAX = 2_048
SCRIPT_BYTES_MAX = 5_120
WIRE_BYTES_MAX = 14_336  # one initial congestion window


def shrunk(name: str) -> int:
    return len(brotli.compress(widget.text(name).encode()))


async def test_the_loader_and_the_script_stay_small() -> None:
    assert shrunk("loader.js") <= LOADER_BYTES_MAX
    assert shrunk("pay.js") <= SCRIPT_BYTES_MAX


async def test_a_whole_first_visit_fits_one_window(site: Site) -> None:
    """The page with its style and its code, and the script, as sent with gzip."""
    made = await site.intent(ledgers=["sandbox_eth"], description="A bag of beans")
    sizes = []
    for path in (f"/i/{made['id']}", widget.path("pay.js")):
        async with site.http.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            raw = b"".join([part async for part in answer.aiter_raw()])
            head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
            sizes.append(len(raw) + head)
            if path.startswith("/i/"):
                assert b"<svg" in gzip.decompress(raw)
    assert sum(sizes) <= WIRE_BYTES_MAX, sizes


async def test_a_named_content_is_kept_for_ever_and_the_loader_for_minutes(site: Site) -> None:
    for_ever = await site.http.get(widget.path("pay.js"))
    assert "immutable" in for_ever.headers["cache-control"]
    loader = await site.http.get("/widget/v1/loader.js")
    assert loader.headers["cache-control"].startswith("public, max-age=300")
    assert loader.headers["cross-origin-resource-policy"] == "cross-origin"
    mark = {"if-none-match": loader.headers["etag"]}
    assert (await site.http.get("/widget/v1/loader.js", headers=mark)).status_code == 304
    stale = await site.http.get("/widget/v1/pay.js?v=000000000000")
    assert "immutable" not in stale.headers["cache-control"]


async def test_only_the_widget_is_served(site: Site) -> None:
    for name in ("nothing.js", "%2e%2e%2fwidget", "..", "pay.py", ".loader.js"):
        assert (await site.http.get(f"/widget/v1/{name}")).status_code == 404, name


async def test_what_is_served_is_lean_and_names_no_third_party() -> None:
    for name in ("loader.js", "pay.js", "pay.css"):
        text = widget.text(name)
        assert "/**" not in text
        assert not re.search(r"^\s*//", text, re.MULTILINE)
        assert not re.search(r"https?://[a-z]", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|document\.write", text)
