"""A real Chromium against the whole shop on a local port; skips without Chromium, fails in CI.

`FORECOURT_CHROMIUM` names the binary; otherwise it is looked for on the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests.conftest import missing
from tests.support.chromium import ARGS, chromium

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one worker, one after the other: while the browser is open, its event loop runs in the test's thread."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for this folder's tests, gone before any other test runs in this process."""
    binary = chromium()
    if binary is None:
        missing("Chromium", "apt-get install chromium, or set FORECOURT_CHROMIUM=/path")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        opened = playwright.chromium.launch(executable_path=binary, args=ARGS)
        yield opened
        opened.close()


@dataclass
class Visitor:
    """A buyer at a screen; remembers what the browser complained about and whom it talked to."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Opens a page of the shop and lets it settle."""
        self.page.goto(self.base + path, wait_until="load")

    def heard(self, message: ConsoleMessage) -> None:
        """Keeps errors of the console."""
        if message.type == "error":
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        """Keeps requests that leave the shop."""
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.strangers.append(request.url)

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def resize(self, width: int) -> None:
        """Another screen for the same page."""
        self.page.set_viewport_size({"width": width, "height": 844 if width < 600 else 800})
        self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def violations(self) -> list[str]:
        """What axe finds, one line a rule."""
        # Added through the debugger, so the policy of the page does not apply to it.
        self.page.evaluate(AXE.read_text() + "; 0")
        found = self.page.evaluate("tags => axe.run({runOnly: tags})", AXE_TAGS)
        return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


@pytest.fixture
def visit(
    browser: Browser, transactional_db: None, shop: None, live_server: object
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: `visit(width=390, cookies={"mode": "elder"}, scripts=False)`."""
    contexts: list[BrowserContext] = []
    base = str(live_server)

    def make(
        *, width: int = 1280, cookies: dict[str, str] | None = None, scripts: bool = True
    ) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 800},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if cookies:
            context.add_cookies([{"name": k, "value": v, "url": base} for k, v in cookies.items()])
        page = context.new_page()
        visitor = Visitor(page, base)
        page.on("console", visitor.heard)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("request", visitor.asked)
        return visitor

    yield make
    for context in contexts:
        context.close()
