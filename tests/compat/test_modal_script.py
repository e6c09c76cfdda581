"""BTCPay's script as a browser fetches it: behind any query, small, and naming nobody else."""

import brotli  # type: ignore[import-untyped]
import pytest

from app.compat.modal import script
from app.web import widget
from tests.limits import BTCPAY_BR_BYTES_MAX, SCRIPT_BR_BYTES_MAX
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_is_there_behind_any_query_for_any_site(site: Site) -> None:
    bodies = set()
    for query in ("", "?ver=6.8.1", "?v=2.8.0", "?ver=2.8.0&v=1"):
        answer = await site.http.get(
            f"/modal/btcpay.js{query}", headers={"origin": "https://shop.example"}
        )
        assert answer.status_code == 200, query
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert answer.headers["cache-control"].startswith("public, max-age=300")
        bodies.add(answer.text)
    assert len(bodies) == 1
    mark = {"if-none-match": answer.headers["etag"]}
    assert (await site.http.get("/modal/btcpay.js", headers=mark)).status_code == 304


async def test_the_frames_own_script_may_be_kept_for_ever(site: Site) -> None:
    kept = await site.http.get(script.frame_path())
    assert "immutable" in kept.headers["cache-control"]
    assert kept.text == widget.text(script.FRAME)
    for wrong in ("/modal/frame2.js", "/modal/btcpay.d.ts", "/widget/v1/btcpay", "/modal/"):
        assert (await site.http.get(wrong)).status_code == 404, wrong


async def test_they_stay_small_and_name_no_third_party() -> None:
    site_script, frame_script = widget.text(script.SCRIPT), widget.text(script.FRAME)
    assert len(brotli.compress(site_script.encode())) <= BTCPAY_BR_BYTES_MAX
    inside = frame_script + widget.text("pay.js")
    assert len(brotli.compress(inside.encode())) <= SCRIPT_BR_BYTES_MAX
    for text in (site_script, frame_script):
        assert "https://" not in text
        assert "http://" not in text
        assert not any(word in text for word in ("innerHTML", "eval(", "document.write"))
    assert '"message"' not in frame_script, "the page listens to nobody"
