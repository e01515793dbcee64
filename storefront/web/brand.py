"""What a shop replaces: the character of each model, its pictures, and the car the home page shows.

Codes are those of the demo catalogue. Everything here is optional: a model without a character shows its
name, a paint without a rendering is drawn from the model's SVG in the paint's own colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ART = Path(__file__).parent / "static" / "web" / "img" / "cars"
DRAWINGS: Mapping[str, str] = {"rill": "hatch", "vale": "suv", "haven": "sedan"}
GLYPHS: Mapping[str, str] = {"rill": "溪", "vale": "野", "haven": "湾"}
LATIN: Mapping[str, str] = {"rill": "Rill", "vale": "Vale", "haven": "Haven"}
HERO_PAINTS: Mapping[str, str] = {
    "rill": "paint-butter",
    "vale": "paint-pine",
    "haven": "paint-lake",
}
FLEET = ("rill", "haven", "vale")
"""Order on the home page: the flagship in the middle."""

SPORT_WHEELS: Mapping[str, tuple[str, ...]] = {
    "rill": ("wheel-17",),
    "vale": ("wheel-20",),
    "haven": ("wheel-20-wing", "wheel-21"),
}
WHEEL_ICONS: Mapping[str, str] = {
    "cover": "quiet",
    "calm": "quiet",
    "aero": "quiet",
    "wing": "wing",
    "turbine": "wing",
    "leaf": "wing",
    "alloy": "wing",
    "forged": "forged",
    "ink": "forged",
    "trail": "forged",
    "black": "forged",
}


@dataclass(frozen=True, slots=True)
class Showcase:
    """The car whose real price sheet and real refusal explain the store on the home page."""

    model: str
    choices: tuple[str, ...]
    asks: str


SHOWCASE = Showcase(
    model="haven",
    choices=(
        "trim:voyage",
        "paint-clearing",
        "wheel-20-wing",
        "int-cream",
        "seat-comfort",
        "pkg-quiet",
    ),
    asks="com-tea",
)
COVERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CN": {
        "solid": ("cn-compulsory", "cn-damage", "cn-third-party-2m"),
        "full": ("cn-compulsory", "cn-damage", "cn-third-party-3m", "cn-driver", "cn-passengers"),
    },
    "DE": {
        "solid": ("de-haftpflicht", "de-teilkasko"),
        "full": ("de-haftpflicht", "de-vollkasko"),
    },
}
"""Ready bundles of insurance by market beside the compulsory cover alone; one is offered when all its parts are."""
FIRST_CLASS: Mapping[str, str] = {"DE": "SF0"}
"""The no-claims class of somebody who has not told theirs, where premiums need one: the dearest, so none is too low."""

RANGES: Mapping[str, str] = {"CN": "range_cltc_km"}
"""The test cycle whose range a market's buyers compare; elsewhere it is WLTP."""

SIDE, QUARTER = (960, 324), (1120, 492)


def wheel_style(model: str, wheel: str | None) -> str:
    """Which of the two rendered wheel designs stands for `wheel`: `aero` or `sport`."""
    return "sport" if (wheel or "").startswith(SPORT_WHEELS.get(model, ("-",))) else "aero"


def driver_facts(market: str) -> dict[str, str]:
    """What a premium of the market needs to know of a driver who has said nothing."""
    first = FIRST_CLASS.get(market)
    return {"no_claims_class": first} if first else {}


def range_figure(market: str) -> str:
    """The specification that holds the range in the market's own test cycle."""
    return RANGES.get(market, "range_wltp_km")


def wheel_icon(code: str) -> str:
    """The small drawing that stands for a wheel option."""
    return "wheel-" + next(
        (icon for part, icon in WHEEL_ICONS.items() if part in code.split("-")), "quiet"
    )


def picture_name(model: str, paint: str | None, wheel: str | None, view: str) -> str | None:
    """File name of the rendering of that car (`view`: side or q), or None when there is none."""
    if not paint:
        return None
    name = f"{view}-{model}-{paint.removeprefix('paint-')}-{wheel_style(model, wheel)}.webp"
    return name if (ART / name).exists() else None


def api_picture(pictures: Any, role: str) -> Mapping[str, Any] | None:
    """The first picture of a role among those the API gives."""
    return next((p for p in pictures or () if p.get("role") == role), None)
