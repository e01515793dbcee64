"""From a paint's colour to the tint of the page: a calm, contrast-safe relative of the paint.

The page is tinted by `--paint`. Pure white, black or red would break the contrast of small text on the
stage, so lightness and chroma are brought into the range in which every text of the design keeps 4.5 : 1
(OKLCH: lightness .53 to .80, chroma at most .075). Conversion after Björn Ottosson's Oklab.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

NEUTRAL = "7f9a9d"
_HEX = re.compile(r"^#?([0-9a-fA-F]{6})$")
LIGHTNESS = (0.53, 0.80)
CHROMA = 0.075


def clean_hex(value: str | None) -> str:
    """Six lower-case hex digits without `#`; the neutral tint for anything else."""
    found = _HEX.match(value or "")
    return found.group(1).lower() if found else NEUTRAL


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> int:
    bounded = min(1.0, max(0.0, channel))
    shown = 12.92 * bounded if bounded <= 0.0031308 else 1.055 * bounded ** (1 / 2.4) - 0.055
    return round(shown * 255)


def _to_oklab(code: str) -> tuple[float, float, float]:
    r, g, b = (_linear(int(code[i : i + 2], 16) / 255) for i in (0, 2, 4))
    lms = (
        math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b),
        math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b),
        math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b),
    )
    return (
        0.2104542553 * lms[0] + 0.7936177850 * lms[1] - 0.0040720468 * lms[2],
        1.9779984951 * lms[0] - 2.4285922050 * lms[1] + 0.4505937099 * lms[2],
        0.0259040371 * lms[0] + 0.7827717662 * lms[1] - 0.8086757660 * lms[2],
    )


def _to_hex(light: float, a: float, b: float) -> str:
    lms = (
        (light + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (light - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (light - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    rgb = (
        4.0767416621 * lms[0] - 3.3077115913 * lms[1] + 0.2309699292 * lms[2],
        -1.2684380046 * lms[0] + 2.6097574011 * lms[1] - 0.3413193965 * lms[2],
        -0.0041960863 * lms[0] - 0.7034186147 * lms[1] + 1.7076147010 * lms[2],
    )
    return "".join(f"{_encoded(c):02x}" for c in rgb)


@lru_cache(maxsize=256)
def tint(paint: str | None) -> str:
    """The tint of a paint, as six hex digits; `paint` is `#rrggbb`."""
    light, a, b = _to_oklab(clean_hex(paint))
    chroma = math.hypot(a, b)
    calm = min(1.0, CHROMA / chroma) if chroma else 1.0
    return _to_hex(min(LIGHTNESS[1], max(LIGHTNESS[0], light)), a * calm, b * calm)


@lru_cache(maxsize=256)
def shade(paint: str | None, by: float) -> str:
    """The paint `by` lighter (positive) or darker (negative) in Oklab lightness: the ends of a chip's gradient."""
    light, a, b = _to_oklab(clean_hex(paint))
    return _to_hex(min(0.98, max(0.12, light + by)), a, b)
