"""Repayment plans of every method: the table of docs/rules/financing.md, and what holds for all of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.schedules import (
    ANNUITY,
    EQUAL_PRINCIPAL,
    LEASE,
    Schedule,
    level_instalment,
    schedule,
)
from kernel.money import Money
from tests.factories.rules import rule_table

amounts = st.integers(min_value=1, max_value=10**10)
rates = st.decimals(min_value=0, max_value=Decimal("0.36"), places=4)
terms = st.integers(min_value=1, max_value=120)
shares = st.sampled_from(["0", "0.1", "0.4", "0.75"]).map(Decimal)
currencies = st.sampled_from(["CNY", "EUR", "JPY", "KRW", "KWD"])


def planned(row: dict[str, str]) -> Schedule:
    end = Money.of(row["end"], "CNY")
    lease = row["method"] == LEASE
    return schedule(
        principal=Money.of(row["amount"], "CNY"),
        annual_rate=Decimal(row["rate"]),
        months=int(row["months"]),
        method=row["method"],
        balloon=None if lease else end,
        residual=end if lease else None,
    )


@pytest.mark.parametrize(
    "row",
    rule_table("financing", "Worked schedules"),
    ids=lambda row: f"{row['method']}-{row['months']}",
)
def test_every_worked_schedule_of_the_rules_comes_out(row: dict[str, str]) -> None:
    plan = planned(row)
    assert {
        "first": str(plan.instalment.decimal),
        "last": str(plan.last_instalment.decimal),
        "interest": str(plan.interest.decimal),
        "repaid": str(plan.repaid.decimal),
    } == {key: row[key] for key in ("first", "last", "interest", "repaid")}


def adds_up(plan: Schedule) -> None:
    """What is true of every plan: lines add up, the balance never rises and ends at the residual."""
    assert plan.principal == plan.repaid - plan.interest + plan.residual
    balance = plan.principal
    for line in plan.instalments:
        assert line.amount == line.principal + line.interest
        assert line.interest.minor >= 0
        assert line.principal.minor >= 0 or line.balance <= balance
        assert line.balance == balance - line.principal
        balance = line.balance
    assert balance == plan.residual


@given(amounts, rates, terms, currencies)
def test_equal_principal_adds_up_and_its_instalments_never_rise(
    minor: int, rate: Decimal, months: int, currency: str
) -> None:
    plan = schedule(
        principal=Money(minor, currency), annual_rate=rate, months=months, method=EQUAL_PRINCIPAL
    )
    adds_up(plan)
    shares = [line.principal.minor for line in plan.instalments[:-1]]
    assert all(abs(share * months - minor) <= months for share in shares if minor >= months**2)
    interest = [line.interest.minor for line in plan.instalments]
    assert interest == sorted(interest, reverse=True)


@given(st.integers(min_value=1000, max_value=10**10), rates, terms, shares, currencies)
def test_a_lease_adds_up_and_leaves_exactly_its_residual(
    minor: int, rate: Decimal, months: int, share: Decimal, currency: str
) -> None:
    residual = Money(int(minor * share), currency)
    plan = schedule(
        principal=Money(minor, currency),
        annual_rate=rate,
        months=months,
        method=LEASE,
        residual=residual,
    )
    adds_up(plan)
    assert plan.instalments[-1].balance == residual


@given(st.integers(min_value=10**6, max_value=10**10), rates, terms, shares)
def test_a_regular_instalment_is_within_one_minor_unit_of_the_exact_one(
    minor: int, rate: Decimal, months: int, share: Decimal
) -> None:
    left = int(minor * share)
    rounded = level_instalment(minor, left, rate / 12, months)
    value = Decimal(left) / (1 + rate / 12) ** months
    value += sum(Decimal(rounded) / (1 + rate / 12) ** n for n in range(1, months + 1))
    one_unit = sum(1 / (1 + rate / 12) ** n for n in range(1, months + 1))
    assert abs(value - minor) <= one_unit


@pytest.mark.parametrize(
    ("method", "balloon", "residual"),
    [
        ("bullet", 0, 0),
        (EQUAL_PRINCIPAL, 10, 0),
        (LEASE, 10, 0),
        (ANNUITY, 0, 10),
        (LEASE, 0, 100),
        (LEASE, 0, -1),
    ],
)
def test_ends_that_a_method_does_not_have_are_refused(
    method: str, balloon: int, residual: int
) -> None:
    with pytest.raises(ValueError, match="method|residual"):
        schedule(
            principal=Money(100, "CNY"),
            annual_rate=Decimal("0.03"),
            months=12,
            method=method,
            balloon=Money(balloon, "CNY"),
            residual=Money(residual, "CNY"),
        )
