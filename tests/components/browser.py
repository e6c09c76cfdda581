"""The machine's own Chromium: nothing is downloaded to run a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.components.parts import MissingPart, node_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Chromium without a window's trimmings: a fresh page costs a quarter of the time.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGS = (
    "--no-sandbox",  # containers run the tests as root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Playwright's own Node.js wants a library (libatomic) that small machines lack.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node_path())


def chromium_path(*, whole: bool = True) -> str:
    """Return the path of a Chromium or Chrome binary: the whole browser, or what is quicker."""
    if named := os.environ.get("OPENTILL_CHROMIUM"):
        return named
    for name in NAMES if whole else (SHELL, *NAMES):
        if found := shutil.which(name):
            return found
    raise MissingPart(
        "Chromium is missing: install your system's `chromium` package, "
        "or set OPENTILL_CHROMIUM to a binary."
    )


@contextmanager
def chromium() -> "Iterator[Browser]":
    """Start Chromium, driven by Playwright's synchronous API, and stop it at the end."""
    from playwright.sync_api import sync_playwright

    path = chromium_path(whole=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        yield launched
        launched.close()
