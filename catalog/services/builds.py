"""Saving a build under a short code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.models import Build, Release
from catalog.queries.builds import BuildFacts, build
from catalog.queries.configuring import car_facts
from kernel.crypto import new_code

TRIES = 5
"""How often a code may already be taken: with 30 letters to the power of 8 once is an accident."""


def save_build(
    *, model: str, market: str, choices: Iterable[str], release: str | None = None, now: datetime
) -> BuildFacts:
    """Keep a buildable car under a new short code, with the price sheet of this moment.

    `release` is the one on sale by default. Raises what `configuring.car_facts` raises: UnknownModel,
    UnknownOption, NotBuildable, MarketNotOnSale, UnknownRelease, NothingOnSale.
    """
    facts = car_facts(model=model, market=market, choices=choices, release=release, now=now)
    with transaction.atomic():
        row = Build(
            release_id=Release.objects.values_list("pk", flat=True).get(code=facts.release),
            model=model,
            market=market,
            trim=facts.trim,
            choices=list(facts.choices),
            options=sorted(facts.car.options),
            price_sheet=facts.sheet.facts(),
            lead_days=facts.days,
            created_at=now,
        )
        _store(row)
    return build(row.code, now)


def _store(row: Build) -> None:
    for left in reversed(range(TRIES)):
        row.code = new_code()
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            if not left:
                raise
        else:
            return
