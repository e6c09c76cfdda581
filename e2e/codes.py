"""Codes as a phone meets them: on a screen, photographed, and read by two readers."""

import io
from base64 import b64decode
from collections.abc import Iterator
from itertools import product
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route

from app.web import qr
from e2e.scenes import SCHEMES
from e2e.till import Till
from tests.components import zbar
from tests.uris import URIS

QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
DENSITIES = (1, 2, 3)
WIDTHS = (320, 390)
VIEWS = len(SCHEMES) * len(DENSITIES) * len(WIDTHS)
SIDE_MIN = 240  # CSS pixels
AROUND = 24  # CSS pixels of the page around the code, as a camera would see them too


def kinds(till: Till) -> dict[str, tuple[str, str | None]]:
    """Return each kind of code with an intent's page and the URI drawn there instead of its own."""
    intent = till.chosen()
    rest = till.chosen()
    till.pay(rest, share="0.5", confirmations=0)
    till.seen(rest)
    own: dict[str, tuple[str, str | None]] = {"own": (intent, None), "the rest": (rest, None)}
    return own | {name: (intent, uri) for name, uri in URIS.items()}


def read(page: Page, till: Till, intent: str, uri: str | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each view of a code with what is wrong with it: how it was read, or how small it is.

    A URI of another rail is drawn by the page's own painter into the page as it is served.
    """

    def redraw(route: Route) -> None:
        answer = route.fetch()
        page, drawn = answer.text(), str(qr.svg(uri or ""))
        head = drawn[: drawn.index(" viewBox")]  # tells the code from the style's own drawings
        before, _, after = page.partition(head)
        route.fulfill(response=answer, body=before + drawn + after.partition("</svg>")[2])

    path = f"**/i/{intent}"
    if uri is not None:
        page.route(path, redraw)
    page.goto(f"{till.url}/i/{intent}")
    if uri is not None:
        page.unroute(path)
    wanted = uri or page.locator("a.code").get_attribute("href")
    assert wanted
    screen = page.context.new_cdp_session(page)
    for scheme, density, width in product(SCHEMES, DENSITIES, WIDTHS):
        look_from(screen, scheme, density, width)
        yield f"{scheme} ×{density} {width}px", faults(screen, page, qr.scannable(wanted))


def look_from(screen: Any, scheme: str, density: int, width: int) -> None:
    """Make a page's screen another one, without loading the page again."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": density, "mobile": False}
    screen.send("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    screen.send("Emulation.setEmulatedMedia", {"features": features})


def faults(screen: Any, page: Page, wanted: str) -> list[str]:
    """Photograph the code on a page, and return what two readers got wrong of it."""
    box = page.evaluate(
        "(({ x, y, width }) => [x + scrollX, y + scrollY, width])"
        "(document.querySelector('svg.qr').getBoundingClientRect())"
    )
    x, y, side = box
    found = [] if side >= SIDE_MIN else [f"it is {side} px wide"]
    clip = {"x": max(x - AROUND, 0), "y": max(y - AROUND, 0), "scale": 1}
    clip |= {"width": side + 2 * AROUND, "height": side + 2 * AROUND}
    how = {"clip": clip, "captureBeyondViewport": True, "optimizeForSpeed": True}
    shot = screen.send("Page.captureScreenshot", how)
    image = Image.open(io.BytesIO(b64decode(shot["data"])))
    said = zxingcpp.read_barcodes(image, formats=QR_CODES)
    if [one.text for one in said] != [wanted]:
        found.append(f"zxing-cpp read {[one.text for one in said]}")
    if (seen := zbar.read(image)) != [wanted]:
        found.append(f"zbar read {seen}")
    return found


def unread(context: BrowserContext, till: Till) -> tuple[int, list[str]]:
    """Read every kind from every view; return how many were read and what was wrong."""
    page = context.new_page()
    count, wrong = 0, []
    for name, (intent, uri) in kinds(till).items():
        for view, found in read(page, till, intent, uri):
            count += 1
            wrong += [f"{name}, {view}: {one}" for one in found]
    page.close()
    return count, wrong
