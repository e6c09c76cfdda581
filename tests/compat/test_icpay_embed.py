"""ICPay's embed script as a browser fetches it: at any version's address, and small."""

import brotli  # type: ignore[import-untyped]
import pytest

from app.compat.icpay import embed
from app.web import widget
from tests.limits import EMBED_BR_BYTES_MAX
from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = (
    "/widget/icpay/embed.min.js",
    "/v1/embed.min.js",
    "/v1.2.52/embed.min.js",
    "/v1.2.156/embed.min.js",
    "/v99/embed.min.js",
)


async def test_any_version_is_this_one_for_any_site(site: Site) -> None:
    bodies = set()
    for path in PLACES:
        answer = await site.http.get(path, headers={"origin": "https://shop.example"})
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert answer.headers["cache-control"].startswith("public, max-age=300")
        bodies.add(answer.text)
    (body,) = bodies
    assert "window.ICPay" in body
    assert body.index("window.ICPay") < body.index("window.Opentill = {")
    mark = {"if-none-match": answer.headers["etag"]}
    assert (await site.http.get(PLACES[0], headers=mark)).status_code == 304
    assert answer.headers["content-encoding"] == "gzip"


async def test_what_it_fetches_is_there_and_nothing_else(site: Site) -> None:
    for name in embed.MODULES:
        answer = await site.http.get(f"/widget/icpay/{name}")
        assert answer.text == widget.text(f"icpay/{name}")
    for wrong in (
        *("/1.2.52/embed.min.js", "/v1.2.x/embed.min.js", "/v1.2.3.4.5/embed.min.js"),
        *("/widget/icpay/icpay.d.ts", "/widget/icpay/embed.js", "/widget/v1/icpay", "/v1.2/x.js"),
    ):
        refused(await site.http.get(wrong), 404, "not_found")


async def test_it_stays_small_and_names_no_third_party() -> None:
    """ICPay's own comes to 193,982 bytes, packed the same way."""
    whole = [widget.text(*embed.EMBED), *(widget.text(f"icpay/{one}") for one in embed.MODULES)]
    sizes = [len(brotli.compress(one.encode())) for one in whole]
    assert sum(sizes) <= EMBED_BR_BYTES_MAX, sizes
    for text in whole:
        assert "https://" not in text.replace("https://till.example", "")
        assert not any(word in text for word in ("innerHTML", "eval(", "document.write"))
