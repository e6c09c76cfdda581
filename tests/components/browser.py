"""The machine's own Chromium: nothing is downloaded to run a page."""

import os
import shutil

from tests.components.parts import MissingPart, node_path

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


def chromium_path() -> str:
    """Return the path of a Chromium or Chrome binary."""
    if named := os.environ.get("OPENTILL_CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise MissingPart(
        "Chromium is missing: install your system's `chromium` package, "
        "or set OPENTILL_CHROMIUM to a binary."
    )
