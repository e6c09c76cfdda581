"""Phones sleep and networks drop: nothing is lost, nothing is told twice, the page comes back."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from e2e.cable import Cable
from e2e.conftest import Open
from e2e.test_modal import checkout
from e2e.till import Till
from tests.components import CHROMIUM_ARGS, chromium_path

LISTEN = """() => {
  window.told = [];
  window.addEventListener("message", ({ data }) => {
    if (data.t === "status") told.push([data.status, data.version]);
  });
}"""
SLEEP = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def cabled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Till, Cable]]:
    """A demo that is reached by a cable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    cable = Cable(port)
    folder = tmp_path_factory.mktemp("cable")
    with Till(folder / "data", port=port, OPENTILL_PUBLIC_URL=cable.url) as running:
        yield running, cable
    cable.unplug()


def history(till: Till, intent: str) -> list[list[Any]]:
    """Return each status an intent came to stand in, with its version, as the stream tells."""
    events = f"{till.url}/v1/payment_intents/{intent}/events?after=0"
    told: list[list[Any]] = []
    version = 0
    for line in httpx.get(events, timeout=10, trust_env=False).text.splitlines():
        if line.startswith("id: "):
            version = int(line[4:])
        if line.startswith('data: {"id"'):
            status = line.partition('"status":"')[2].partition('"')[0]
            if status != (told[-1][0] if told else "requires_payment"):
                told.append([status, version])
    return told


def test_a_stream_cut_four_times_tells_each_change_once(
    cabled: tuple[Till, Cable], open_page: Open
) -> None:
    till, cable = cabled
    page = open_page(expected=("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE"))
    page.goto(till.shop)
    page.evaluate(LISTEN)
    intent = till.chosen()
    page.evaluate("id => { Opentill.open({ paymentIntent: id }) }", intent)
    frame = checkout(page)
    expect(frame.locator("main.pending")).to_be_visible()
    for screen in ("processing", "pending", "processing", "settled"):
        cable.cut()
        if screen == "pending":
            till.ask("POST", "/v1/sandbox/reorgs", {"depth": 1})
        elif screen == "settled":
            till.mine(2)
        else:
            till.pay(intent, confirmations=1)
        expect(frame.locator(f"main.{screen}")).to_be_visible()
    assert cable.cuts == 4
    wanted = history(till, intent)
    assert [status for status, _ in wanted] == [
        *("processing", "requires_payment", "processing", "succeeded"),
    ]
    assert page.evaluate("window.told") == wanted


def test_a_phone_that_wakes_asks_where_things_stand(till: Till, open_page: Open) -> None:
    page = open_page()
    page.add_init_script("delete window.EventSource")
    page.clock.install()  # nothing happens by itself: the phone sleeps
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    left = page.locator("[data-left]")
    expect(left).to_contain_text("left to pay")
    page.evaluate(SLEEP, True)
    till.pay(intent, share="0.5", confirmations=1)
    till.seen(intent)
    page.evaluate("performance.now = () => -3_600_000")  # its clock did not see an hour go by
    page.clock.run_for(1000)
    expect(left).to_contain_text(re.compile("7[45]:"))
    page.evaluate(SLEEP, False)
    expect(page.locator("main.underpaid")).to_be_visible()
    expect(left).to_contain_text("1")


def test_polling_takes_nothing_that_is_known(till: Till, open_page: Open) -> None:
    page = open_page()
    page.add_init_script("delete window.EventSource")
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    with page.expect_response(lambda one: "part=main" in one.url) as first:
        pass
    assert first.value.status == 304
    till.pay(intent, confirmations=2)
    expect(page.locator("main.settled")).to_be_visible()


@pytest.fixture
def remembering(browser: Browser) -> Iterator[Browser]:
    """A browser that keeps pages for "back", as people's do and driven ones do not."""
    launched = browser.browser_type.launch(
        executable_path=chromium_path(),
        args=list(CHROMIUM_ARGS),
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield launched
    launched.close()


def test_back_brings_the_page_as_it_stood_and_it_catches_up(
    till: Till, remembering: Browser
) -> None:
    page = remembering.new_page()
    page.add_init_script(
        "window.shown = []; addEventListener('pageshow', (event) => shown.push(event.persisted))"
    )
    intent = till.chosen()
    page.goto(f"{till.url}/i/{intent}")
    expect(page.locator("main.pending")).to_be_visible()
    page.goto(till.shop)
    till.pay(intent, confirmations=2)
    till.until(intent, "succeeded")
    page.go_back(wait_until="commit")
    expect(page.locator("main.settled")).to_be_visible()
    assert page.evaluate("window.shown") == [False, True], "restored, not loaded again"
