"""Ways to pay as data: which a market offers, what each takes, and what a refusal names instead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checkout.domain.payment_methods import (
    BANK,
    PaymentMethod,
    check_method,
    methods_in_force,
    refundable_until,
)
from checkout.domain.payments import LARGEST, METHODS
from checkout.errors import MethodLimit, UnknownMethod
from kernel.money import Money
from tests.factories.catalogue import demo_document
from tests.factories.rulebook import table

DAY = date(2026, 11, 22)
CURRENCY = {"CN": "CNY", "DE": "EUR"}
ROWS = demo_document()["payment_methods"]


def ways(market: str) -> tuple[PaymentMethod, ...]:
    return methods_in_force(ROWS, market=market, currency=CURRENCY[market], day=DAY)


def shown(money: Money | None) -> str:
    return "" if money is None else f"{money.minor // 100}.{money.minor % 100:02}"


def test_the_demo_offers_what_the_rules_say_in_their_order() -> None:
    found = [
        {
            "market": market,
            "method": way.method,
            "for": " ".join(way.purposes),
            "smallest": shown(way.smallest),
            "largest": shown(way.largest),
            "days to give back": str(way.refund_days or ""),
        }
        for market in CURRENCY
        for way in ways(market)
    ]
    assert found == table("payments.md", "ways")


@pytest.mark.parametrize(
    "row", table("payments.md", "taken"), ids=lambda row: " ".join(row.values())
)
def test_a_sum_is_taken_or_refused_with_the_other_ways(row: dict[str, str]) -> None:
    offered, amount = ways(row["market"]), Money.of(row["sum"], CURRENCY[row["market"]])
    others = row["other ways"].split()
    answer = "taken"
    try:
        check_method(offered, method=row["method"], purpose=row["for"], amount=amount)
        named = [way.method for way in offered if not way.why_not(row["for"], amount)]
        named.remove(row["method"])
    except MethodLimit as refused:
        answer, named = str(refused.facts["why"]), refused.facts["methods"]
    except UnknownMethod as refused:
        answer, named = "not offered", refused.facts["methods"]
    assert (answer, named) == (row["answer"], others)


def test_a_refusal_of_a_sum_says_what_was_asked_and_where_the_limit_is() -> None:
    with pytest.raises(MethodLimit) as refused:
        check_method(ways("CN"), method="card", purpose="deposit", amount=Money.of("3.99", "CNY"))
    assert refused.value.facts["amount"] == {"amount": 399, "currency": "CNY"}
    assert refused.value.facts["limit"] == {"amount": 400, "currency": "CNY"}


def test_only_a_transfer_goes_through_no_door() -> None:
    providers = {way.method: way.provider for way in ways("DE")}
    assert providers == {"card": "", "bank_transfer": BANK, "alipay": "", "wechat_pay": ""}
    assert [way.by_transfer for way in ways("DE")] == [False, True, False, False]


def test_a_row_may_name_a_door_of_its_own() -> None:
    rows = [row | {"provider": "alipay_cn"} if row["code"] == "cn-alipay" else row for row in ROWS]
    found = methods_in_force(rows, market="CN", currency="CNY", day=DAY)
    assert [way.provider for way in found] == ["alipay_cn", "", "", BANK]


def test_of_each_method_the_latest_row_that_has_begun_counts() -> None:
    card = next(row for row in ROWS if row["code"] == "de-card")
    newer = card | {"code": "newer", "valid_from": "2026-11-22", "largest": 100}
    later = card | {"code": "later", "valid_from": "2026-11-23"}
    found = methods_in_force([*ROWS, newer, later], market="DE", currency="EUR", day=DAY)
    assert [way.code for way in found if way.method == "card"] == ["newer"]


def test_before_the_first_day_nothing_is_offered() -> None:
    assert methods_in_force(ROWS, market="DE", currency="EUR", day=date(2026, 8, 31)) == ()


def test_without_any_row_the_usual_three_go_through_the_main_door() -> None:
    found = methods_in_force([], market="KW", currency="KWD", day=DAY)
    assert tuple(way.method for way in found) == METHODS
    assert {way.provider for way in found} == {""}
    assert found[0].largest == Money(LARGEST, "KWD")
    assert found[0].why_not("deposit", Money(9, "KWD")) == "too-small"


def test_money_can_go_back_for_as_long_as_the_row_says_or_without_end() -> None:
    paid = datetime(2026, 11, 22, 12, tzinfo=UTC)
    until = refundable_until(settled_at=paid, refund_days=90)
    assert until == datetime(2027, 2, 20, 12, tzinfo=UTC)
    assert refundable_until(settled_at=paid, refund_days=None) is None
