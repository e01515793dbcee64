"""How much of every quota is used, and which offers with a quota a quoted car holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Count

from catalog.domain.catalogue import Catalogue
from catalog.domain.quotas import held_codes, quotas_of
from catalog.models import IncentiveClaim
from catalog.queries.on_sale import on_sale
from catalog.queries.on_sale import release as release_of

Counted = Mapping[str, Mapping[str, int]]
"""Offer -> market -> how many hold it now."""


def counted(codes: Iterable[str]) -> Counted:
    """How many hold each of these offers now, by market: one statement, none for no codes."""
    found: dict[str, dict[str, int]] = {code: {} for code in codes}
    if found:
        live = IncentiveClaim.objects.filter(incentive__in=found, released_at=None).order_by()
        for row in live.values("incentive", "market").annotate(number=Count("pk")):
            found[row["incentive"]][row["market"]] = row["number"]
    return found


def taken(catalogue: Catalogue, market: str) -> dict[str, int]:
    """How much of each quota of a market is used, as `catalog.domain.incentives` asks for it.

    One statement where the release has an offer with a quota there, else none.
    """
    quotas = quotas_of(catalogue.incentives, market)
    used = counted(quotas)
    return {
        code: quota.taken(
            everywhere=sum(used[code].values()),
            here=used[code].get(market, 0),
        )
        for code, quota in quotas.items()
    }


def offers_known(release: str | None) -> list[Mapping[str, Any]]:
    """The offers of the release on sale, and after them those that only the release of that code has.

    A quota that was changed since counts as it is on sale now. Raises NothingOnSale, UnknownRelease.
    """
    shelf = on_sale()
    rows = {row["code"]: row for row in shelf.catalogue.incentives}
    if release is not None and release != shelf.code:
        earlier = release_of(release).catalogue.incentives
        rows |= {row["code"]: row for row in earlier if row["code"] not in rows}
    return list(rows.values())


def offers_held(
    *, release: str, market: str, model: str, codes: Collection[str], product: str | None
) -> tuple[str, ...]:
    """The offers with a quota that a car quoted under `release` holds; see `catalog.domain.quotas.held_codes`."""
    rows = offers_known(release)
    return held_codes(rows, market=market, model=model, codes=codes, product=product)
