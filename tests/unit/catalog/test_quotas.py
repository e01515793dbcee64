"""docs/rules/incentives.md: how much of a quota is left, and which limited offers a sold car holds."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.domain.quotas import held_codes, quotas_of
from tests.factories.rulebook import table

NAME = {"zh-hans": "礼", "en": "Gift"}


def row(code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code, "kind": kind, "market": "*", "models": ["colt"], "name": NAME,
        "quota": 3, **more,
    }  # fmt: skip


def number(cell: str) -> int | None:
    return int(cell) if cell else None


@pytest.mark.parametrize("line", table("incentives.md", "quotas"))
def test_a_quota_counts_this_market_and_all_of_them(line: dict[str, str]) -> None:
    by_market = {"CN": number(line["quota CN"])} if line["quota CN"] else {}
    whole = number(line["quota"])
    [quota] = quotas_of(
        [row("one", "benefit", quota=whole, quota_by_market=by_market)], "CN"
    ).values()
    here, elsewhere = int(line["taken in CN"]), int(line["taken elsewhere"])
    assert quota.left(everywhere=here + elsewhere, here=here) == int(line["left in CN"])
    assert quota.taken(everywhere=here + elsewhere, here=here) == quota.told - int(
        line["left in CN"]
    )


def test_an_offer_without_a_quota_or_of_another_market_is_not_counted() -> None:
    rows = [
        row("free", "benefit", quota=None),
        row("german", "benefit", market="DE"),
        row("there", "benefit", quota=None, quota_by_market={"DE": 4}),
        row("mine", "benefit", market="CN"),
    ]
    assert list(quotas_of(rows, "CN")) == ["mine"]
    assert list(quotas_of(rows, "DE")) == ["german", "there"]


ROWS = [
    row("edition", "limited_edition", option="first"),
    row("zero", "finance_campaign", product="loan-0"),
    row("card", "benefit"),
    row("other", "limited_edition", option="first", models=["calf"]),
    row("unlimited", "benefit", quota=None),
    row("german", "benefit", market="DE"),
]


@pytest.mark.parametrize(
    ("codes", "product", "held"),
    [
        ({"trim:base"}, None, ()),
        ({"trim:base", "first"}, None, ("edition",)),
        ({"trim:base", "card"}, "loan-5", ("card",)),
        ({"trim:base", "card", "unlimited", "german"}, "loan-0", ("zero", "card")),
    ],
)
def test_a_car_holds_the_limited_offers_that_its_sheet_and_loan_show(
    codes: set[str], product: str | None, held: tuple[str, ...]
) -> None:
    found = held_codes(ROWS, market="CN", model="colt", codes=codes, product=product)
    assert found == held
