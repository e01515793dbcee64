"""Incentives: the tables of docs/rules/incentives.md, and what holds for all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.incentives import (
    Answer,
    Buyer,
    Subject,
    incentives_for,
    money_off,
    read_incentives,
)
from catalog.errors import UnknownVoucher
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue
from tests.factories.rulebook import table

DAY = date(2026, 11, 22)


def row(code: str, kind: str, **said: Any) -> dict[str, Any]:
    base = {"code": code, "kind": kind, "market": "CN", "models": ["car"], "stack": False}
    dates = {"from": "2026-01-01", "until": "2027-01-01", "name": {"zh-hans": code, "en": code}}
    return base | dates | said


ROWS = [
    row("auto", "price_bonus", models={"car": 100000}, stack=True),
    row("trade", "price_bonus", models={"car": 500000}, stack=True, needs="trade-in-proof"),
    row("spring", "price_bonus", models={"car": 300000}),
    row("vip", "price_bonus", models={"car": 400000}, voucher="VIP-2026"),
    row("wheels", "option_bonus", option="winter", amount=80000, stack=True),
    row("edition", "limited_edition", option="first", quota=2),
    row("zero", "finance_campaign", product="loan-0"),
]


def asked(options: str, buyer: str, taken: str, rows: list[dict[str, Any]] = ROWS) -> Answer:
    word, _, value = buyer.partition(" ")
    code, _, count = taken.partition(" ")
    on_car = options.split()
    return incentives_for(
        read_incentives(rows, "CN"),
        subject=Subject("car", on_car, {"winter": 60000} if "winter" in on_car else {}, 10000000),
        day=DAY,
        buyer=Buyer(
            proofs=frozenset([value] if word == "proof" else []),
            vouchers=(value,) if word == "voucher" else (),
            product=value if word == "product" else None,
        ),
        taken={code: int(count)} if taken else {},
    )


@pytest.mark.parametrize("line", table("incentives.md", "applied"), ids=str)
def test_what_applies_is_what_the_rules_say(line: dict[str, str]) -> None:
    answer = asked(line["options"], line["buyer"], line["taken"])
    assert [one.incentive.code for one in answer.applied] == line["applied"].split()
    assert Money(answer.off, "CNY") == Money.of(line["off"].replace(",", ""), "CNY")


@pytest.mark.parametrize("line", table("incentives.md", "one-option"), ids=str)
def test_offers_on_one_option_take_off_what_it_costs_at_most(line: dict[str, str]) -> None:
    rows = [
        row(code, "option_bonus", option="winter", amount=int(line[code]) * 100, stack=code in "ab")
        for code in "abcd"
        if line[code]
    ]
    price = int(line["winter costs"]) * 100
    answer = incentives_for(
        read_incentives(rows, "CN"),
        subject=Subject("car", ["winter"], {"winter": price}, 10000000),
        day=DAY,
    )
    taken = {one.incentive.code: str(one.off // 100) for one in answer.applied}
    assert taken == {code: line[f"{code} takes"] for code in "abcd" if line[f"{code} takes"]}


@pytest.mark.parametrize("line", table("incentives.md", "refused"), ids=str)
def test_what_does_not_apply_says_why(line: dict[str, str]) -> None:
    answer = asked(line["options"], line["buyer"], line["taken"])
    assert answer.refused[line["incentive"]] == line["reason"]


@pytest.mark.parametrize(
    ("first", "end", "reason"),
    [
        ("2026-11-23", None, "not-yet"),
        ("2026-11-22", None, None),
        ("2026-01-01", "2026-11-22", "over"),
        ("2026-01-01", "2026-11-23", None),
    ],
)
def test_the_window_holds_its_first_day_and_not_its_end(
    first: str, end: str | None, reason: str | None
) -> None:
    rows = [row("auto", "price_bonus", models={"car": 1}) | {"from": first, "until": end}]
    assert asked("", "", "", rows).refused.get("auto") == reason


def test_an_incentive_of_another_market_or_model_is_not_spoken_of() -> None:
    rows = [row("de", "benefit", market="DE"), row("other", "benefit", models=["van"])]
    answer = asked("", "", "", rows)
    assert (answer.applied, answer.refused) == ((), {})


def test_a_quota_of_the_market_counts_before_the_quota_of_all() -> None:
    rows = [row("edition", "limited_edition", option="first", quota=9, quota_by_market={"CN": 1})]
    assert asked("first", "", "edition 1", rows).refused == {"edition": "quota"}


def test_a_voucher_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UnknownVoucher) as refused:
        asked("", "voucher FREE-CAR", "")
    assert refused.value.facts["vouchers"] == ["FREE-CAR"]


def test_a_reduction_is_a_negative_amount_on_the_sheet() -> None:
    assert money_off(asked("", "", "").applied[0], "CNY") == Money(-100000, "CNY")


def test_of_equal_reductions_the_first_of_the_catalogue_applies() -> None:
    rows = [
        row("one", "price_bonus", models={"car": 5}),
        row("two", "price_bonus", models={"car": 5}),
    ]
    assert [one.incentive.code for one in asked("", "", "", rows).applied] == ["one"]


def test_the_winter_weeks_of_the_demo_reduce_winter_tyres_in_germany_only() -> None:
    rows = demo_catalogue().incentives
    subject = Subject("vale", ["cli-winterwheels"], {"cli-winterwheels": 189000}, 4000000)
    german = incentives_for(read_incentives(rows, "DE"), subject=subject, day=DAY)
    chinese = incentives_for(read_incentives(rows, "CN"), subject=subject, day=DAY)
    assert (german.off, chinese.off) == (30000, 0)


amounts = st.integers(min_value=0, max_value=10**6)


@given(
    st.lists(st.tuples(amounts, st.booleans(), st.sampled_from(["", "A", "B"])), max_size=6),
    st.sets(st.sampled_from(["A", "B"])),
)
def test_no_other_allowed_set_of_incentives_takes_more_off(
    drawn: list[tuple[int, bool, str]], proofs: set[str]
) -> None:
    rows = [
        row(f"i{n}", "price_bonus", models={"car": amount}, stack=stack, needs=needs)
        for n, (amount, stack, needs) in enumerate(drawn)
    ]
    answer = incentives_for(
        read_incentives(rows, "CN"),
        subject=Subject("car", (), {}, 10**8),
        day=DAY,
        buyer=Buyer(proofs=frozenset(proofs)),
    )
    open_ = [(a, s) for a, s, needs in drawn if not needs or needs in proofs]
    stackable = sum(a for a, s in open_ if s)
    assert answer.off == stackable + max((a for a, s in open_ if not s), default=0)
    assert sum(not one.incentive.stack for one in answer.applied) <= 1
