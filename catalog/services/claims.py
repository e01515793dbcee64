"""Places in offers with a quota: claimed when an order is placed, given back when it ends (docs/rules/incentives.md).

Whoever counts holds the lock of the offer until the order is stored, so that no two orders count the same place.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from catalog.domain.quotas import Quota, quotas_of
from catalog.errors import QuotaTaken
from catalog.models import IncentiveClaim, locks
from catalog.queries.claims import counted, offers_known


def claim_incentives(
    *,
    holder: str,
    market: str,
    codes: Collection[str],
    now: datetime,
    release: str | None = None,
) -> tuple[str, ...]:
    """Hold a place for `holder` in each of these offers that has a quota; gives their codes. All or none.

    Belongs inside the transaction that stores the order. What the holder has already is not claimed again. An offer
    that is not on sale any more keeps the quota of `release`. Raises QuotaTaken, NothingOnSale, UnknownRelease; the
    transaction around it is to be rolled back then.
    """
    if not codes:
        return ()
    known = quotas_of(offers_known(release), market)
    wanted = {code: known[code] for code in sorted(codes) if code in known}
    if not wanted:
        return ()
    with transaction.atomic(savepoint=False):
        locks.offers(list(wanted))
        mine = set(
            IncentiveClaim.objects.filter(holder=holder, released_at=None).values_list(
                "incentive", flat=True
            )
        )
        fresh = {code: quota for code, quota in wanted.items() if code not in mine}
        _check_left(fresh, market)
        IncentiveClaim.objects.bulk_create(
            IncentiveClaim(incentive=code, market=market, holder=holder, claimed_at=now)
            for code in fresh
        )
    return tuple(wanted)


def _check_left(wanted: dict[str, Quota], market: str) -> None:
    used = counted(wanted)
    for code, quota in wanted.items():
        left = quota.left(everywhere=sum(used[code].values()), here=used[code].get(market, 0))
        if left < 1:
            raise QuotaTaken(
                f"offer {code}: all {quota.told} are taken; make a new quote",
                facts={
                    "incentive": code,
                    "name": dict(quota.name),
                    "market": market,
                    "quota": quota.told,
                    "left": left,
                },
            )


def release_claims(*, holder: str, now: datetime, codes: Collection[str] | None = None) -> int:
    """Give back every place that `holder` has, or those in `codes`; gives how many. A second call gives back nothing."""
    live = IncentiveClaim.objects.filter(holder=holder, released_at=None)
    if codes is not None:
        live = live.filter(incentive__in=codes)
    return live.update(released_at=now)
