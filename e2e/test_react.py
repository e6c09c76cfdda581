"""The React wrapper in an application that Vite built: it pays, tells, and follows its props."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import Open
from e2e.host import Host
from e2e.till import ROOT, Till
from tests.components.parts import node_path

BUILD_SECONDS_MAX = 60
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The application as `vite build` makes it, on an origin of its own."""
    out = tmp_path_factory.mktemp("react")
    vite = ROOT / "node_modules" / "vite" / "bin" / "vite.js"
    command = [node_path(), str(vite), "build", "--outDir", str(out), "--logLevel", "error"]
    built = subprocess.run(
        command,
        cwd=Path(__file__).parent / "react",
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    with Host() as host:
        for file in out.rglob("*.*"):
            path = f"/{file.relative_to(out).as_posix()}"
            host.files[path] = (TYPES[file.suffix], file.read_bytes())
        host.files["/"] = host.files["/index.html"]
        yield host


def test_a_react_shop_is_paid_and_told(till: Till, open_page: Open, shop: Host) -> None:
    link = till.link_to(ledgers=["sandbox_usdc"], quantity={"allow": True}).rpartition("/")[2]
    page = open_page(viewport={"width": 1000, "height": 900})
    page.goto(f"{shop.url}/?till={till.url}&link={link}")
    pay = page.locator("opentill-pay-button.pay")
    expect(pay.get_by_role("button", name="Pay for 1")).to_be_visible()
    page.locator("#more").click()
    pay.get_by_role("button", name="Pay for 2").click()
    frame = page.frame_locator("dialog iframe")
    intent = frame.locator("main[data-id]").get_attribute("data-id")
    assert intent
    assert till.view(intent)["amount"] == "6.00", "the props as they are now"
    till.pay(intent, confirmations=2)
    expect(page.locator("#said")).to_contain_text("success succeeded 2")
    expect(page.locator("#said")).not_to_contain_text("error")
    page.get_by_role("button", name="Close").click()
    assert page.locator("script[data-opentill]").count() == 1
