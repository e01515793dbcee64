"""System checks: what the machine must have to set contracts, asked without loading the renderer."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes.util import find_library
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LIBRARIES = {
    "contracts.001": (
        "harfbuzz-subset",
        "libharfbuzz-subset0",
        "rendering one contract takes ten seconds",
    ),
    "contracts.002": ("pango-1.0", "libpango-1.0-0", "no contract can be rendered"),
    "contracts.003": ("pangoft2-1.0", "libpangoft2-1.0-0", "no contract can be rendered"),
}
"""Check id: library, Debian package, and what its absence costs."""


@register("contracts")
def libraries_of_the_renderer(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """One message per missing library: a Warning where settings.DEMO is true, else an Error."""
    level = Warning if getattr(settings, "DEMO", False) else Error
    return [
        level(
            f"The library {library} is missing: {cost}.",
            hint=f"apt-get install {package} (macOS: brew install pango)",
            id=check,
        )
        for check, (library, package, cost) in LIBRARIES.items()
        if find_library(library) is None
    ]
