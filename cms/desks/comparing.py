"""What a release changes for buyers, as the release desk shows it: two releases, saved cars and open quotes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Catalogue, read_catalogue
from catalog.queries.saved_cars import CARS, saved_cars
from catalog.services.releases_difference import Difference, compare_releases
from checkout.queries.open_quotes import quoted_cars


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], now: datetime
) -> Difference | None:
    """What changes between two release documents; None where one of them cannot be read, or there is none."""
    try:
        old, new = _catalogue(before), _catalogue(after)
    except (KeyError, ValueError, TypeError):
        return None
    return compare_releases(
        before=old,
        after=new,
        builds=saved_cars(limit=CARS),
        quotes=quoted_cars(now=now, limit=CARS),
        now=now,
    )


def _catalogue(document: Mapping[str, Any]) -> Catalogue:
    return read_catalogue(document, code="", fingerprint="")
