"""How much of an offer with a quota is left, and which such offers a sold car holds (`docs/rules/incentives.md`). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.domain.incentives import CAMPAIGN, EDITION
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class Quota:
    """How often an offer may be had: in all markets together (`whole`) and within them in one (`here`)."""

    code: str
    name: Text
    whole: int | None
    here: int | None

    @property
    def told(self) -> int:
        """The number a buyer of this market is told and `incentives.refusal` compares with."""
        return self.whole or 0 if self.here is None else self.here

    def left(self, *, everywhere: int, here: int) -> int:
        """How many more may have it in this market when so many have it; never below zero."""
        limits = ((self.whole, everywhere), (self.here, here))
        return max(0, min(limit - used for limit, used in limits if limit is not None))

    def taken(self, *, everywhere: int, here: int) -> int:
        """What `incentives.refusal` is to know: `told` less what is left, so other markets count where they matter."""
        return self.told - self.left(everywhere=everywhere, here=here)


def quotas_of(rows: Iterable[Mapping[str, Any]], market: str) -> dict[str, Quota]:
    """The offers of a market that have a quota, by code, from the rows of a release."""
    found = (_quota(row, market) for row in rows if row["market"] in ("*", market))
    return {quota.code: quota for quota in found if quota is not None}


def _quota(row: Mapping[str, Any], market: str) -> Quota | None:
    whole, here = row.get("quota"), (row.get("quota_by_market") or {}).get(market)
    if whole is None and here is None:
        return None
    return Quota(row["code"], row["name"], whole, here)


def held_codes(
    rows: Iterable[Mapping[str, Any]],
    *,
    market: str,
    model: str,
    codes: Collection[str],
    product: str | None,
) -> tuple[str, ...]:
    """The offers with a quota that a sold car holds, in the catalogue's order.

    `codes` are those of its price sheet's lines, `product` the finance product asked for. A limited edition is held
    with its option, a finance campaign with its product, every other offer where it is a line of the sheet.
    """
    mine = [row for row in rows if model in row["models"] and row["market"] in ("*", market)]
    limited = quotas_of(mine, market)
    return tuple(
        row["code"] for row in mine if row["code"] in limited and _holds(row, codes, product)
    )


def _holds(row: Mapping[str, Any], codes: Collection[str], product: str | None) -> bool:
    if row["kind"] == EDITION:
        return str(row["option"]) in codes
    if row["kind"] == CAMPAIGN:
        return str(row["product"]) == product
    return str(row["code"]) in codes
