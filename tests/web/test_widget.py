"""What a browser loads: how little of it, how it is kept, and that nothing else is named."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from app.errors import Invalid
from app.web import widget
from tests.limits import (
    COMPONENTS_BR_BYTES_MAX,
    LOADER_BR_BYTES_MAX,
    SCRIPT_BR_BYTES_MAX,
    WIRE_BYTES_MAX,
)
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shrunk(name: str) -> int:
    return len(brotli.compress(widget.text(name).encode()))


async def test_the_loader_and_the_script_stay_small() -> None:
    assert shrunk("loader.js") <= LOADER_BR_BYTES_MAX
    assert sum(shrunk(name) for name in widget.RELEASED[1:]) <= COMPONENTS_BR_BYTES_MAX
    assert shrunk("pay.js") <= SCRIPT_BR_BYTES_MAX


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
    for name in (*widget.RELEASED, "pay.js", "pay.css"):
        text = widget.text(name)
        assert "/**" not in text
        assert not re.search(r"^\s*//", text, re.MULTILINE)
        assert not re.search(r"https?://[a-z]", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|document\.write", text)


async def test_the_newest_release_is_what_is_served_as_newest() -> None:
    """A change of the widget raises its version: `opentill widget --freeze` writes it down."""
    assert widget.releases()[-1] == widget.VERSION
    for name in widget.RELEASED:
        frozen = widget.release(widget.VERSION, name)
        assert frozen == widget.text(name).encode(), f"{name} changed: raise widget.VERSION"


async def test_a_release_never_changes() -> None:
    for version in widget.releases():
        noted = json.loads((widget.RELEASES / version / "integrity.json").read_text())
        assert noted == {name: widget.integrity(version, name) for name in widget.RELEASED}


async def test_a_released_file_is_for_ever_and_for_any_site(site: Site) -> None:
    path = f"/widget/{widget.VERSION}/loader.js"
    answer = await site.http.get(path, headers={"origin": "https://shop.example"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert widget.integrity(widget.VERSION, "loader.js") == f"sha384-{digest}"
    for wrong in ("/widget/9.9.9/loader.js", f"/widget/{widget.VERSION}/pay.js", "/widget/../x.js"):
        assert (await site.http.get(wrong)).status_code == 404, wrong


async def test_freezing_twice_is_fine_and_over_a_release_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget, "RELEASES", tmp_path)
    folder = widget.freeze()
    assert widget.freeze() == folder
    (folder / "loader.js").write_text("another")
    with pytest.raises(Invalid):
        widget.freeze()
    assert (folder / "loader.js").read_text() == "another"


async def test_the_tags_to_paste_name_the_version_and_its_digests() -> None:
    said = widget.tags("https://till.example")
    docs = (Path(__file__).parents[2] / "docs" / "widget.md").read_text()
    assert widget.tags("https://pay.example.com").partition("no others.\n")[2] in docs
    assert "https://till.example/widget/v1/loader.js" in said
    for name in widget.RELEASED:
        assert f"https://till.example/widget/{widget.VERSION}/{name}" in said
        assert widget.integrity(widget.VERSION, name) in said


async def test_the_components_words_come_as_a_module_of_data(site: Site) -> None:
    answer = await site.http.get("/widget/v1/words.js?lang=en")
    words = json.loads(answer.text.removeprefix("export default ").removesuffix(";\n"))
    assert words["pay"] == "Pay"
    used = set()
    for name in widget.RELEASED:
        used |= set(re.findall(r'word\("(\w+)"', widget.text(name)))
    assert used == set(words), "each word is used, and each that is used is there"
