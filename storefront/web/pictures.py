"""Which picture shows a car: a rendering of that very paint, else the API's picture, else a drawing.

A rendering exists for the paints and wheels of the demo catalogue (`brand`). For any other paint the side view is
drawn: the model's SVG with `--paint`, `--roof` and `--rim`, whose fallback colours are filled in here so that it
is right before (and without) any script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse

from storefront.web import brand, paint

INK_RIM, SILVER_RIM = "2b2d30", "b9bdc1"


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is, and its size in pixels."""

    src: str
    width: int
    height: int


@lru_cache(maxsize=8)
def _source(model: str) -> str:
    """The model's SVG, or nothing for a model without a drawing."""
    name = brand.DRAWINGS.get(model)
    path = brand.ART / f"{name}.svg"
    return path.read_text() if name and path.exists() else ""


def painted(model: str, tone: str, roof: str | None = None) -> str:
    """The model's SVG with the paint's colour as fallback of its variables; empty without a drawing."""
    svg = _source(model)
    colour = f"#{paint.clean_hex(tone)}"
    svg = svg.replace("--paint-fallback", colour)
    return svg.replace(
        "--roof-fallback", f"#{paint.clean_hex(roof)}" if roof else f"var(--paint,{colour})"
    )


def drawing(model: str, swatch: Mapping[str, Any] | None) -> str:
    """The inline drawing of a model in a paint."""
    found = swatch or {}
    return painted(model, str(found.get("hex") or ""), found.get("hex2"))


def has_drawing(model: str) -> bool:
    """Whether the model can be drawn."""
    return bool(_source(model))


def of_car(
    model: str,
    *,
    paint_code: str | None,
    tone: str | None,
    wheel: str | None = None,
    view: str = "side",
    pictures: Any = None,
) -> Picture | None:
    """The picture of a car; `view` is side or q (three-quarter). None when nothing can show it.

    A three-quarter view is never drawn from the side view: it would be wrong.
    """
    size = brand.SIDE if view == "side" else brand.QUARTER
    name = brand.picture_name(model, paint_code, wheel, view)
    if name:
        return Picture(static(f"web/img/cars/{name}"), *size)
    own = brand.api_picture(pictures, "side" if view == "side" else "front")
    if own:
        return Picture(
            str(own["url"]), int(own.get("width") or size[0]), int(own.get("height") or size[1])
        )
    if view == "side" and has_drawing(model):
        return Picture(reverse("web:drawing", args=[model, paint.clean_hex(tone)]), *brand.SIDE)
    return None
