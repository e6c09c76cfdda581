"""Where everything is measured: a running demo, a Chromium, and every screen brought about."""

from functools import cached_property
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, sync_playwright

from e2e.scenes import scenes
from e2e.till import Till
from tests.components import CHROMIUM_ARGS, chromium_path
from tests.components.parts import new_home


class Stage:
    """One demo and one browser for a whole run."""

    def __init__(self) -> None:
        self.home: Path = new_home("budget")
        self.till = Till(self.home / "data")
        self._playwright = sync_playwright().start()
        self.browser: Browser = self._playwright.chromium.launch(
            executable_path=chromium_path(), args=list(CHROMIUM_ARGS)
        )

    @cached_property
    def scenes(self) -> dict[str, str]:
        """The path of every screen."""
        return scenes(self.till)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.browser.close()
        self._playwright.stop()
        self.till.__exit__(kind, error, trace)
