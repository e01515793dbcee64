"""A name drawn by hand, from a PNG of a browser to the black-and-white mask that is printed in ink."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from contracts.errors import UnusablePicture

LARGEST_BYTES = 400_000
LARGEST_SIDE = 4096
PRINTED = (720, 240)
"""Dots of the printed mask at most: 400 to the inch in its place."""
INK = 150
"""Grey below which a dot is ink."""


@dataclass(frozen=True, slots=True)
class Mask:
    """One bit a dot, rows padded to bytes, 0 is ink: what a PDF calls an image mask."""

    width: int
    height: int
    bits: bytes


def mask_of(png: bytes) -> Mask:
    """The ink of a drawn name, cropped to it.

    Raises UnusablePicture for what is no PNG, is larger than LARGEST_BYTES or LARGEST_SIDE, or has no ink on it.
    """
    if len(png) > LARGEST_BYTES:
        raise _unusable("too-large")
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as opened:
            if max(opened.size) > LARGEST_SIDE:
                raise _unusable("too-large")
            picture = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unusable("no-png") from error
    paper = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(paper, picture).convert("L")
    drawn = grey.point(lambda dot: 255 if dot < INK else 0).getbbox()
    if drawn is None:
        raise _unusable("empty")
    grey = grey.crop(drawn)
    grey.thumbnail(PRINTED)
    bits = grey.point(lambda dot: 0 if dot < INK else 255).convert("1")
    return Mask(bits.width, bits.height, bits.tobytes())


def _unusable(reason: str) -> UnusablePicture:
    return UnusablePicture(
        "the drawn name: send a PNG of at most 400 kB with a line on it", facts={"reason": reason}
    )
