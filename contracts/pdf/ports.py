"""What a renderer promises: equal documents give equal bytes, in any process, time zone and hash seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.domain.boxes import SignatureBox
from contracts.domain.documents import FACTS_FILE, ContractDocument

__all__ = ["FACTS_FILE", "RenderedPdf", "Renderer"]


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The bytes, how many pages they have, what set them, with its version, and where each side signs."""

    content: bytes
    pages: int
    renderer: str
    boxes: tuple[SignatureBox, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    """Code of each clause and the page, from 1, on which it begins."""


class Renderer(Protocol):
    """Sets a contract; does not read tables, the clock or the network."""

    def render(self, document: ContractDocument) -> RenderedPdf:
        """The PDF of a document with its facts attached and an empty signature field on every box.

        Raises RenderingError.
        """
        ...
