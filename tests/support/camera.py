"""A camera for the pages of the store: full pages at one size, kept for the contact sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "screens"


@dataclass
class Camera:
    """Takes pictures of one page and remembers them for the sheet."""

    page: Page
    base: str
    label: str
    taken: list[Path] = field(default_factory=list)

    def take(self, name: str) -> None:
        """The whole page as it stands."""
        self.page.wait_for_timeout(250)
        path = OUT / f"{name}-{self.label}.png"
        self.page.screenshot(path=path, full_page=True)
        self.taken.append(path)

    def visit(self, name: str, address: str) -> None:
        """Open an address of the shop and take it."""
        self.page.goto(self.base + address, wait_until="load")
        self.take(name)
