"""What a page takes from the wire, counted by the browser itself."""

import re
from typing import Any

import brotli  # type: ignore[import-untyped]
import msgspec
from playwright.sync_api import BrowserContext

from app.web import widget

QUIET_SECONDS = 0.2  # after load: what a page asks for by itself is asked by then


class Fetched(msgspec.Struct):
    """One request and its answer, heads and body as they were sent."""

    url: str
    kind: str  # as the browser's developer tools call it
    bytes: int = 0
    script_br: int = 0


def fetched(context: BrowserContext, url: str) -> list[Fetched]:
    """Open an address in a fresh page and return all that was fetched for it."""
    page = context.new_page()
    wire: Any = context.new_cdp_session(page)
    found: dict[str, Fetched] = {}
    wire.on(
        "Network.requestWillBeSent",
        lambda one: found.setdefault(
            one["requestId"], Fetched(one["request"]["url"], one.get("type", "Other"))
        ),
    )

    def answered(one: dict[str, Any]) -> None:
        found[one["requestId"]].bytes = one["response"]["encodedDataLength"]

    def more(one: dict[str, Any]) -> None:  # a stream has no end that would tell its size
        found[one["requestId"]].bytes += one["encodedDataLength"]

    def ended(one: dict[str, Any]) -> None:
        found[one["requestId"]].bytes = int(one["encodedDataLength"])

    wire.on("Network.responseReceived", answered)
    wire.on("Network.dataReceived", more)
    wire.on("Network.loadingFinished", ended)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})  # each visit is a first one
    page.goto(url, wait_until="load")
    page.wait_for_timeout(QUIET_SECONDS * 1000)
    for id, one in found.items():
        if one.kind == "Script":
            body = wire.send("Network.getResponseBody", {"requestId": id})["body"]
            one.script_br = len(brotli.compress(body.encode()))
    page.close()
    return [one for one in found.values() if not one.url.startswith("data:")]


def reached(name: str) -> set[str]:
    """Return a script and every script it can load, by the names in its text."""
    names = {one.name for one in widget.FOLDER.glob("*.js")}
    found, left = set(), [name]
    while left:
        found.add(one := left.pop())
        said = set(re.findall(r"[\w-]+\.js\b", widget.text(one)))
        left += (said & names) - found
    return found


def weight(name: str) -> int:
    """Return the bytes of one file of the widget as a site sends it at best."""
    return len(brotli.compress(widget.text(name).encode()))
