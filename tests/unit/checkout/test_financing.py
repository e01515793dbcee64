"""Loans: the tables of docs/rules/financing.md, and what holds for every loan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.domain.apr import EFFECTIVE, SIMPLE, annual_rate, monthly_irr
from checkout.domain.credit_law import credit_law
from checkout.domain.financing import (
    Loan,
    Product,
    least_down_payment,
    loan,
    product_of,
    read_products,
)
from checkout.domain.schedules import LEASE, METHODS, schedule
from checkout.errors import FinanceNotEligible, UnknownFinanceProduct
from kernel.money import CurrencyMismatch, Money
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table


def products(market: str) -> tuple[Product, ...]:
    catalogue = demo_catalogue()
    return read_products(
        products=catalogue.finance_products,
        lenders=catalogue.lenders,
        market=market,
        currency=catalogue.markets[market].currency,
        law=credit_law(catalogue.law, market, date(2026, 11, 22)),
    )


def worked(row: dict[str, str]) -> Loan:
    market = "DE" if row["product"].startswith(("hanse", "kai")) else "CN"
    product = product_of(products(market), row["product"])
    return loan(
        product=product,
        model=row["model"],
        price=Money.of(row["price"], product.currency),
        down_payment=Money.of(row["down payment"], product.currency),
    )


def figures(found: Loan) -> dict[str, str]:
    plan = found.schedule
    return {
        "amount": str(found.amount.decimal),
        "instalment": str(plan.instalment.decimal),
        "last instalment": str(plan.last_instalment.decimal),
        "interest": str(plan.interest.decimal),
        "total": str(found.total.decimal),
        "APR": str(found.apr),
    }


@pytest.mark.parametrize(
    "row", rule_table("financing", "Worked loans"), ids=lambda row: row["product"]
)
def test_every_worked_loan_of_the_rules_comes_out(row: dict[str, str]) -> None:
    assert figures(worked(row)) == {key: row[key] for key in figures(worked(row))}


@pytest.mark.parametrize("row", rule_table("financing", "Refusals"), ids=lambda row: row["reason"])
def test_every_refusal_of_the_rules_names_its_reason(row: dict[str, str]) -> None:
    with pytest.raises(FinanceNotEligible) as refused:
        worked(row)
    assert refused.value.facts["reason"] == row["reason"]
    assert refused.value.facts["product"] == row["product"]


def test_a_loan_above_the_largest_amount_asks_for_a_larger_down_payment() -> None:
    product = product_of(products("CN"), "luyin-36")
    price = Money.of("900000", "CNY")
    assert least_down_payment(product=product, price=price) == Money.of("400000", "CNY")
    with pytest.raises(FinanceNotEligible, match="at least 400000.00 CNY"):
        loan(product=product, model="haven", price=price, down_payment=Money.of("300000", "CNY"))


def test_the_smallest_down_payment_is_rounded_up_to_the_cent() -> None:
    product = product_of(products("CN"), "luyin-60")
    assert least_down_payment(product=product, price=Money(39530001, "CNY")).minor == 7906001


def test_what_the_lender_refuses_is_paid_down_in_cash() -> None:
    product = product_of(products("CN"), "luyin-60")
    price, refused = Money.of("395300", "CNY"), Money.of("100000", "CNY")
    assert least_down_payment(product=product, price=price, refused=refused) == refused


def test_an_unknown_product_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownFinanceProduct) as refused:
        product_of(products("CN"), "hanseflut-48")
    assert "luyin-60" in refused.value.facts["products"]


def test_another_term_than_the_products_is_refused() -> None:
    assert product_of(products("CN"), "luyin-60", months=60).months == 60
    with pytest.raises(FinanceNotEligible, match="runs 60 months"):
        product_of(products("CN"), "luyin-60", months=48)


@pytest.mark.parametrize(
    ("principal", "rate", "months", "balloon"),
    [
        (0, "0.03", 12, 0),
        (100, "-0.01", 12, 0),
        (100, "0.03", 0, 0),
        (100, "0.03", 12, 100),
        (100, "0.03", 12, -1),
    ],
)
def test_a_loan_that_makes_no_sense_cannot_be_planned(
    principal: int, rate: str, months: int, balloon: int
) -> None:
    with pytest.raises(ValueError, match=r"loan|rate|balloon"):
        schedule(
            principal=Money(principal, "CNY"),
            annual_rate=Decimal(rate),
            months=months,
            balloon=Money(balloon, "CNY"),
        )


amounts = st.integers(min_value=1, max_value=10**9)
rates = st.decimals(min_value=0, max_value=Decimal("0.36"), places=4)
terms = st.integers(min_value=1, max_value=120)
shares = st.sampled_from(["0", "0", "0.25", "0.4", "0.45"]).map(Decimal)


@given(amounts, rates, terms, shares, st.sampled_from(["CNY", "JPY", "KWD"]))
def test_a_schedule_adds_up_to_the_last_cent(
    minor: int, rate: Decimal, months: int, share: Decimal, currency: str
) -> None:
    principal = Money(minor, currency)
    balloon = Money(int(minor * share), currency)
    plan = schedule(principal=principal, annual_rate=rate, months=months, balloon=balloon)
    assert len(plan.instalments) == months
    assert sum(line.principal.minor for line in plan.instalments) == minor
    assert plan.repaid == principal + plan.interest
    balance = minor
    for line in plan.instalments:
        assert line.amount == line.principal + line.interest
        assert line.interest.minor >= 0
        assert line.balance.minor == balance - line.principal.minor
        balance = line.balance.minor
    assert balance == 0


@given(st.integers(min_value=10**6, max_value=10**9), rates, terms)
def test_all_instalments_of_a_real_loan_are_equal_but_for_a_cent_a_month(
    minor: int, rate: Decimal, months: int
) -> None:
    plan = schedule(principal=Money(minor, "CNY"), annual_rate=rate, months=months)
    assert {line.amount for line in plan.instalments[:-1]} <= {plan.instalment}
    assert abs(plan.last_instalment.minor - plan.instalment.minor) <= months
    balances = [line.balance.minor for line in plan.instalments]
    assert balances == sorted(balances, reverse=True)


@given(
    st.integers(min_value=10**7, max_value=10**9),
    st.decimals(min_value=Decimal("0.001"), max_value=Decimal("0.3"), places=4),
    st.integers(min_value=6, max_value=84),
)
def test_the_chinese_annual_rate_of_a_loan_without_fees_is_its_nominal_rate(
    minor: int, rate: Decimal, months: int
) -> None:
    plan = schedule(principal=Money(minor, "CNY"), annual_rate=rate, months=months)
    payments = [line.amount.minor for line in plan.instalments]
    apr = annual_rate(convention=SIMPLE, received=minor, payments=payments)
    assert abs(apr - rate) < Decimal("0.00001")


@given(
    st.integers(min_value=10**6, max_value=10**9),
    rates,
    st.integers(min_value=2, max_value=84),
)
def test_the_payments_are_worth_the_amount_at_the_rate_found(
    minor: int, rate: Decimal, months: int
) -> None:
    plan = schedule(principal=Money(minor, "EUR"), annual_rate=rate, months=months)
    payments = [line.amount.minor for line in plan.instalments]
    found = monthly_irr(received=minor, payments=payments)
    worth = sum((p / (1 + found) ** n for n, p in enumerate(payments, start=1)), Decimal(0))
    assert abs(worth - minor) < Decimal("0.01")


def test_elsewhere_the_effective_rate_is_higher_than_the_nominal_one() -> None:
    rate = annual_rate(convention=EFFECTIVE, received=1000000, payments=[85000] * 12)
    assert rate == Decimal("0.037342")


def test_a_fee_that_the_lender_keeps_raises_the_rate() -> None:
    plain = annual_rate(convention=SIMPLE, received=1000000, payments=[85000] * 12)
    dear = annual_rate(convention=SIMPLE, received=990000, payments=[85000] * 12)
    assert dear > plain


def test_a_rate_of_more_than_a_hundred_per_cent_a_month_is_found_too() -> None:
    assert monthly_irr(received=100, payments=[500]) == pytest.approx(
        Decimal(4), abs=Decimal("1e-9")
    )


@pytest.mark.parametrize(("received", "payments"), [(0, [1]), (100, [50, 49])])
def test_payments_that_do_not_repay_have_no_rate(received: int, payments: list[int]) -> None:
    with pytest.raises(ValueError, match="no rate"):
        monthly_irr(received=received, payments=payments)


@pytest.mark.parametrize("currency", ["JPY", "KRW", "KWD"])
@pytest.mark.parametrize("method", METHODS)
@given(amount=st.integers(1, 10**10), months=st.integers(1, 96), percent=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_loans_add_up_in_currencies_without_or_with_three_decimals(
    currency: str, method: str, amount: int, months: int, percent: int
) -> None:
    product = replace(
        products("CN")[0],
        currency=currency,
        method=method,
        months=months,
        annual_rate=Decimal("0.0388"),
        residual_share=Decimal("0.4") if method == LEASE else Decimal(0),
        min_down_share=Decimal(0),
        min_amount=Money(0, currency),
        max_amount=Money(10**11, currency),
        fee=Money(0, currency),
        models=("haven",),
    )
    price = Money(amount, currency)
    down = Money(amount * percent // 100, currency)
    found = loan(product=product, model="haven", price=price, down_payment=down)
    plan = found.schedule
    assert found.lent == price - down
    assert plan.repaid == plan.principal - plan.residual + plan.interest
    assert found.total == price - plan.residual + found.cost
    with pytest.raises(CurrencyMismatch):
        loan(product=product, model="haven", price=price, down_payment=Money(0, "CNY"))


def test_a_fee_paid_in_cash_is_less_than_the_loan() -> None:
    product = replace(
        product_of(products("CN"), "luyin-60"),
        fee=Money(100, "CNY"),
        min_amount=Money(0, "CNY"),
        min_down_share=Decimal(0),
    )
    with pytest.raises(FinanceNotEligible) as refused:
        loan(
            product=product,
            model="haven",
            price=Money(1000, "CNY"),
            down_payment=Money(900, "CNY"),
        )
    assert refused.value.facts["limit"] == {"amount": 101, "currency": "CNY"}
