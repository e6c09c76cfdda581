"""What a first visit costs: bytes and requests, as the browser counts them, and no stranger's."""

import pytest
from playwright.sync_api import Browser

from e2e.scenes import scenes
from e2e.till import Till
from e2e.wire import Fetched, fetched
from tests.limits import REQUESTS_MAX, SCRIPT_BR_BYTES_MAX, WIRE_BYTES_MAX


@pytest.fixture(scope="module")
def visits(till: Till, browser: Browser) -> dict[str, list[Fetched]]:
    """What each screen fetched when it was visited first."""
    context = browser.new_context()
    found = {name: fetched(context, till.url + path) for name, path in scenes(till).items()}
    context.close()
    return found


def test_a_visit_fits_one_window_and_asks_little(visits: dict[str, list[Fetched]]) -> None:
    sizes = {name: sum(one.bytes for one in some) for name, some in visits.items()}
    assert {name: size for name, size in sizes.items() if size > WIRE_BYTES_MAX} == {}
    assert min(sizes.values()) > 1_000, "nothing was counted"
    scripts = {name: sum(one.script_br for one in some) for name, some in visits.items()}
    assert {name: size for name, size in scripts.items() if size > SCRIPT_BR_BYTES_MAX} == {}
    assert {name for name, some in visits.items() if len(some) > REQUESTS_MAX} == set()


def test_a_visit_asks_no_stranger(visits: dict[str, list[Fetched]], till: Till) -> None:
    asked = {one.url for some in visits.values() for one in some}
    assert [url for url in asked if not url.startswith(f"{till.url}/")] == []
    assert any(one.kind == "EventSource" for one in visits["pending"])
