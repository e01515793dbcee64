"""The real renderer, told to wait before or after it sets a contract, so that a test can kill its process there."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

from contracts.domain.documents import ContractDocument
from contracts.pdf.ports import RenderedPdf
from contracts.pdf.weasy import WeasyRenderer


class SlowRenderer:
    """Writes a line into `rendering` at the start of each rendering; waits while the file `hold` is there."""

    def __init__(self) -> None:
        self.real = WeasyRenderer()
        self.folder = Path(settings.DATA)

    def render(self, document: ContractDocument) -> RenderedPdf:
        """The real PDF, after the waiting."""
        with (self.folder / "rendering").open("a") as log:
            log.write("began\n")
        while (self.folder / "hold").exists():
            time.sleep(0.05)
        return self.real.render(document)
