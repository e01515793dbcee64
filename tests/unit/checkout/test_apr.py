"""The annual percentage rate against an independent root finder, published examples and the rules' table."""

from __future__ import annotations

import os
import random
from datetime import date
from decimal import Decimal

import pytest
from scipy.optimize import brentq

from checkout.domain.apr import (
    EFFECTIVE,
    SIMPLE,
    annual_rate,
    effective_rate,
    monthly_irr,
    shown_rate,
    years_between,
)
from checkout.domain.schedules import ANNUITY, EQUAL_PRINCIPAL, LEASE, schedule
from kernel.money import Money
from tests.factories.rules import rule_table

FULL = os.environ.get("FORECOURT_PROVE") == "1"
CONVENTIONS = {"CN": SIMPLE, "DE": EFFECTIVE}
NEAR = 1e-5
"""A thousandth of a percentage point, as a share."""


@pytest.mark.parametrize(
    "row", rule_table("financing", "Worked annual rates"), ids=lambda row: row["why"]
)
def test_every_worked_annual_rate_of_the_rules_comes_out(row: dict[str, str]) -> None:
    count, amount = row["payments"].split(" x ")
    rate = annual_rate(
        convention=CONVENTIONS[row["market"]],
        received=Money.of(row["received"], "CNY").minor,
        payments=[Money.of(amount, "CNY").minor] * int(count),
    )
    assert str(rate) == row["APR"]


def random_loan(dice: random.Random) -> tuple[int, list[int]]:
    """What is received and paid for a random loan of any method, with or without a fee."""
    principal = dice.randint(10**5, 10**9)
    method = dice.choice([ANNUITY, ANNUITY, EQUAL_PRINCIPAL, LEASE])
    end = Money(int(principal * dice.choice([0, 0.2, 0.45])), "CNY")
    plan = schedule(
        principal=Money(principal, "CNY"),
        annual_rate=Decimal(dice.randint(0, 3600)) / 10000,
        months=dice.randint(1, 96),
        method=method,
        balloon=end if method == ANNUITY else None,
        residual=end if method == LEASE else None,
    )
    payments = [line.amount.minor for line in plan.instalments]
    payments[-1] += plan.residual.minor
    return principal - dice.choice([0, 0, principal // 50]), payments


def independent(received: int, payments: list[int]) -> float:
    """The monthly rate by Brent's method."""

    def left(rate: float) -> float:
        return sum(p / (1 + rate) ** n for n, p in enumerate(payments, 1)) - received

    return float(brentq(left, -1e-9, 10, xtol=1e-15, rtol=1e-14))


@pytest.mark.prove
@pytest.mark.parametrize("market", ["CN", "DE"])
def test_the_annual_rate_agrees_with_an_independent_root_finder(market: str) -> None:
    dice = random.Random(20261122)
    for _ in range(5000 if FULL else 150):
        received, payments = random_loan(dice)
        monthly = independent(received, payments)
        wanted = 12 * monthly if market == "CN" else (1 + monthly) ** 12 - 1
        found = annual_rate(convention=CONVENTIONS[market], received=received, payments=payments)
        assert abs(float(found) - wanted) < NEAR


def test_a_year_of_waiting_costs_what_the_directive_says() -> None:
    """Directive 2008/48/EC and its successors: one drawdown, one payment after a year."""
    lent, due = Money.of("10000", "EUR"), Money.of("11000", "EUR")
    rate = effective_rate(drawdowns=[(date(2025, 1, 1), lent)], payments=[(date(2026, 1, 1), due)])
    assert rate == Decimal("0.100000")


def test_the_example_of_the_directive_with_one_payment_after_a_year_and_a_half() -> None:
    """1,000 lent, 1,200 repaid after 18 months, 12.92 per cent: Directive 90/88/EEC, first worked example of Annex III."""
    rate = effective_rate(
        drawdowns=[(date(1994, 1, 1), Money.of("1000", "EUR"))],
        payments=[(date(1995, 7, 1), Money.of("1200", "EUR"))],
    )
    assert shown_rate(rate, 2) == "12.92"


def test_fees_taken_from_the_amount_raise_the_rate_as_in_the_second_example_of_the_directive() -> (
    None
):
    """950 received of 1,000, 1,200 repaid after 18 months: 16.85 per cent (Directive 90/88/EEC, Annex III)."""
    rate = effective_rate(
        drawdowns=[(date(1994, 1, 1), Money.of("950", "EUR"))],
        payments=[(date(1995, 7, 1), Money.of("1200", "EUR"))],
    )
    assert shown_rate(rate, 2) == "16.85"


def test_two_payments_after_one_and_two_years_cost_thirteen_per_cent() -> None:
    """1,000 lent, 600 after one year and 600 after two: 13.07 per cent (Directive 90/88/EEC, Annex III)."""
    rate = effective_rate(
        drawdowns=[(date(1994, 1, 1), Money.of("1000", "EUR"))],
        payments=[
            (date(1995, 1, 1), Money.of("600", "EUR")),
            (date(1996, 1, 1), Money.of("600", "EUR")),
        ],
    )
    assert shown_rate(rate, 2) == "13.07"


def test_equal_months_give_the_same_rate_by_dates_and_by_number() -> None:
    plan = schedule(principal=Money.of("35990", "EUR"), annual_rate=Decimal("0.0439"), months=48)
    start = date(2026, 1, 31)
    days = []
    for line in plan.instalments:
        year, month = divmod(start.month - 1 + line.number, 12)
        days.append(_month_end(start.year + year, month + 1))
    dated = effective_rate(
        drawdowns=[(start, plan.principal)],
        payments=[(d, line.amount) for d, line in zip(days, plan.instalments, strict=True)],
    )
    numbered = annual_rate(
        convention=EFFECTIVE,
        received=plan.principal.minor,
        payments=[line.amount.minor for line in plan.instalments],
    )
    assert abs(dated - numbered) <= Decimal("0.000001")


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


@pytest.mark.parametrize(
    ("start", "day", "years"),
    [
        (date(2025, 1, 1), date(2026, 1, 1), 1.0),
        (date(2025, 1, 15), date(2025, 2, 14), 30 / 366),
        (date(2024, 2, 1), date(2024, 2, 29), 28 / 366),
        (date(2025, 1, 31), date(2025, 2, 28), 1 / 12),
        (date(2025, 1, 15), date(2025, 4, 20), 3 / 12 + 5 / 366),
        (date(2025, 5, 5), date(2025, 5, 5), 0.0),
    ],
)
def test_whole_months_count_back_from_the_payment_and_days_by_their_year(
    start: date, day: date, years: float
) -> None:
    assert years_between(start, day) == pytest.approx(years)


def test_what_has_no_rate_is_refused() -> None:
    paid = [(date(2026, 1, 1), Money.of("99", "EUR"))]
    lent = [(date(2025, 1, 1), Money.of("100", "EUR"))]
    with pytest.raises(ValueError, match="do not repay"):
        effective_rate(drawdowns=lent, payments=paid)
    with pytest.raises(ValueError, match="a drawdown and a payment"):
        effective_rate(drawdowns=[], payments=paid)
    with pytest.raises(ValueError, match="before the first drawdown"):
        years_between(date(2026, 1, 1), date(2025, 1, 1))
    with pytest.raises(ValueError, match="no rate"):
        monthly_irr(received=100, payments=[-1, 200])


def test_a_rate_above_a_thousand_per_cent_a_year_is_found_by_dates_too() -> None:
    rate = effective_rate(
        drawdowns=[(date(2025, 1, 1), Money.of("100", "EUR"))],
        payments=[(date(2026, 1, 1), Money.of("1500", "EUR"))],
    )
    assert rate == Decimal("14.000000")
