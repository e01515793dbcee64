"""Cars people keep, grouped by equal choices: what a new release is tried on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Max

from catalog.models import Build

CARS = 5000
"""So many different saved cars are tried on a release."""
NAMED = 3
"""So many codes of a group are kept by name."""


@dataclass(frozen=True, slots=True)
class KeptCars:
    """Equal cars: `choices` with the trim among them, `count` of them, some by their `codes`, newest first."""

    model: str
    market: str
    choices: tuple[str, ...]
    count: int
    codes: tuple[str, ...]


def saved_cars(*, limit: int) -> tuple[list[KeptCars], int]:
    """The saved builds in at most `limit` groups, the most recently saved first, and how many builds are left out."""
    rows = (
        Build.objects.order_by()
        .values("model", "market", "choices")
        .annotate(number=Count("pk"), newest=Max("pk"))
        .order_by("-newest")
    )
    groups = list(rows[:limit])
    codes = dict(
        Build.objects.filter(pk__in=[row["newest"] for row in groups]).values_list("pk", "code")
    )
    found = [
        KeptCars(
            row["model"],
            row["market"],
            tuple(row["choices"]),
            row["number"],
            (codes[row["newest"]],),
        )
        for row in groups
    ]
    return found, Build.objects.count() - sum(one.count for one in found)


def grouped(cars: Iterable[tuple[str, str, str, Iterable[str]]]) -> list[KeptCars]:
    """Cars given as (code, model, market, choices), grouped by equal choices, in the order they came."""
    codes: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for code, model, market, choices in cars:
        codes.setdefault((model, market, tuple(sorted(choices))), []).append(code)
    return list(_groups(codes))


def _groups(codes: dict[tuple[str, str, tuple[str, ...]], list[str]]) -> Iterator[KeptCars]:
    for (model, market, choices), named in codes.items():
        yield KeptCars(model, market, choices, len(named), tuple(named[:NAMED]))
