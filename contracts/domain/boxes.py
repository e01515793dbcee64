"""Where on the paper a side signs. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SIDES = ("seller", "buyer")
"""Who signs; the name of the signature field and of the box in the layout."""


@dataclass(frozen=True, slots=True)
class SignatureBox:
    """Where the layout put a signature: page from 0, lower left and upper right corner in PDF points."""

    field: str
    page: int
    left: float
    bottom: float
    right: float
    top: float


def boxes_document(boxes: tuple[SignatureBox, ...]) -> list[dict[str, Any]]:
    """The boxes as JSON values, as stored with an issued contract."""
    return [asdict(box) for box in boxes]


def read_boxes(rows: list[Mapping[str, Any]]) -> tuple[SignatureBox, ...]:
    """The boxes from what `boxes_document` gave."""
    return tuple(SignatureBox(**row) for row in rows)
