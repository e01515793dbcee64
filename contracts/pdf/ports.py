"""What a renderer promises: equal documents give equal bytes, in any process, time zone and hash seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.domain.boxes import SignatureBox
from contracts.domain.documents import ContractDocument

FACTS_FILE = "contract.json"
"""Name of the attachment: the canonical JSON of the facts, whose SHA-256 is printed on every page."""


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The bytes, how many pages they have, what set them, with its version, and where each side signs."""

    content: bytes
    pages: int
    renderer: str
    boxes: tuple[SignatureBox, ...] = ()


class Renderer(Protocol):
    """Sets a contract; does not read tables, the clock or the network."""

    def render(self, document: ContractDocument) -> RenderedPdf:
        """The PDF of a document with its facts attached; raises RenderingError."""
        ...
