"""What the end-to-end tests share: a running demo, and browsers that tell what they refuse."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from e2e.regtest import regtest_demo
from e2e.till import Till
from tests.components import ElectrumX, chromium

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A demo in a process of its own."""
    with Till(tmp_path_factory.mktemp("e2e") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def regtest_till(electrumx: ElectrumX, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A demo whose account is paid in bitcoin on regtest."""
    with regtest_demo(tmp_path_factory.mktemp("regtest"), electrumx) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all of them: a start costs more than most tests.

    While it lives its event loop counts as running, so every test here is a plain function.
    """
    with chromium() as launched:
        yield launched


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open pages in fresh contexts: `open_page(java_script_enabled=False)`.

    What a page's policy refuses, and every error it logs, fails the test at its end;
    `page.expected` may name parts of messages that are meant to come.
    """
    opened: list[tuple[BrowserContext, list[str], list[str]]] = []

    def start(*, expected: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: said.append(str(one)))
        opened.append((context, said, list(expected)))
        return page

    yield start
    for context, _, _ in opened:
        context.close()
    for _, said, expected in opened:
        meant = [line for line in said if any(part in line for part in expected)]
        assert [line for line in said if line not in meant] == []
