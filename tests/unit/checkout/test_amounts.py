"""The sums of a quote and the difference of two quotes: the worked example of docs/rules/quotes.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.amounts import difference, money_json, money_of, sums, sums_json
from checkout.domain.delivery import day_in, stock_days, window
from kernel.money import CurrencyMismatch, Money
from tests.factories.rules import rule_table


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def document(lines: dict[str, int], tax: int, premium: int | None) -> dict[str, Any]:
    def name(code: str) -> dict[str, str]:
        return {"zh-hans": code, "en": code}

    def money(minor: int) -> dict[str, Any]:
        return money_json(Money(minor, "CNY"))

    total = sum(lines.values())
    return {
        "price_sheet": {
            "lines": [{"code": c, "name": name(c), "amount": money(a)} for c, a in lines.items()],
            "total": money(total),
        },
        "taxes": [{"code": "purchase-tax", "name": name("tax"), "amount": money(tax)}],
        "insurance": None
        if premium is None
        else {
            "lines": [
                {"product": "cn-compulsory", "name": name("cover"), "premium": money(premium)}
            ]
        },
        "on_the_road": money(total + tax + (premium or 0)),
    }


def test_the_worked_example_of_the_rules_comes_out() -> None:
    found = sums(
        price=cny("395300.00"),
        taxes=[cny("19982.30")],
        premiums=[cny("950.00"), cny("6233.13"), cny("1321.60")],
        deposit=cny("5000.00"),
        financed=cny("276710.00"),
        interest=cny("28153.60"),
    )
    told = {row["sum"]: row["CNY"] for row in rule_table("quotes", "The worked example")}
    assert {key: str(getattr(found, key).decimal) for key in told} == told
    assert sums_json(found)["before_handover"] == {"amount": 14207703, "currency": "CNY"}


def test_without_loan_tax_and_cover_the_car_is_the_whole_sum() -> None:
    found = sums(price=cny("100000"), taxes=[], premiums=[], deposit=cny("1000"))
    assert found.on_the_road == found.in_all == cny("100000")
    assert found.balance == found.cash_balance == found.before_handover == cny("99000")


amounts = st.integers(min_value=0, max_value=10**10)


@given(
    amounts, st.lists(amounts, max_size=4), st.lists(amounts, max_size=4), amounts, amounts, amounts
)
def test_what_is_paid_by_whom_adds_up_to_all_that_is_paid(
    price: int, taxes: list[int], covers: list[int], deposit: int, lent: int, interest: int
) -> None:
    found = sums(
        price=Money(price, "EUR"),
        taxes=[Money(t, "EUR") for t in taxes],
        premiums=[Money(c, "EUR") for c in covers],
        deposit=Money(deposit, "EUR"),
        financed=Money(lent, "EUR"),
        interest=Money(interest, "EUR"),
    )
    assert found.deposit + found.financed + found.before_handover == found.on_the_road
    assert found.deposit + found.financed + found.cash_balance == found.price
    assert found.on_the_road + found.interest == found.in_all


def test_sums_of_two_currencies_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        sums(price=cny("1"), taxes=[Money(1, "EUR")], premiums=[], deposit=cny("0"))


def test_a_difference_names_each_line_that_changed_appeared_or_went() -> None:
    was = document({"trim:calm": 29980000, "paint-ink": 500000, "gone": 100}, 1326548, 95000)
    now = document({"trim:calm": 30480000, "paint-ink": 500000, "new": 200}, 1348672, None)
    found = difference(was=was, now=now)
    changed = {line["code"]: (line["was"], line["now"]) for line in found["lines"]}
    assert changed == {
        "trim:calm": (money_json(cny("299800")), money_json(cny("304800"))),
        "gone": (money_json(Money(100, "CNY")), None),
        "new": (None, money_json(Money(200, "CNY"))),
        "purchase-tax": (money_json(Money(1326548, "CNY")), money_json(Money(1348672, "CNY"))),
        "cn-compulsory": (money_json(Money(95000, "CNY")), None),
    }
    assert found["price"]["change"] == {"amount": 500100, "currency": "CNY"}
    assert money_of(found["on_the_road"]["now"]) > money_of(found["on_the_road"]["was"])


def test_two_equal_quotes_do_not_differ() -> None:
    same = document({"trim:calm": 1}, 0, 1)
    assert difference(was=same, now=same)["lines"] == []


def test_a_promise_is_two_weeks_long_from_the_lead_days_on() -> None:
    found = window(today=date(2026, 11, 22), days=35)
    assert (found.from_on, found.until_on) == (date(2026, 12, 27), date(2027, 1, 9))
    assert (found.until_on - found.from_on).days + 1 == 14


def test_no_car_comes_before_it_is_ordered() -> None:
    with pytest.raises(ValueError, match="before it is ordered"):
        window(today=date(2026, 11, 22), days=-1)


@pytest.mark.parametrize(
    ("available_on", "days"), [("2026-11-23", 4), ("2026-11-22", 3), ("2026-10-01", 3)]
)
def test_a_stock_vehicle_needs_three_days_from_its_arrival(available_on: str, days: int) -> None:
    found = stock_days(today=date(2026, 11, 22), available_on=date.fromisoformat(available_on))
    assert found == days


def test_a_day_is_the_markets_own() -> None:
    late = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert day_in("Asia/Shanghai", late) == date(2026, 11, 23)
    assert day_in("Europe/Berlin", late) == date(2026, 11, 22)
