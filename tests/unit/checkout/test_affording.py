"""What a monthly amount pays for: the tables of docs/rules/affording.md, and exactness for any loan."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.domain.affording import (
    affordable,
    choose_products,
    fits,
    highest_instalment,
    is_even,
    least_down_for,
    least_monthly,
    refuse_monthly,
)
from checkout.domain.financing import Product, loan, plan_for, product_of
from checkout.domain.schedules import ANNUITY, EQUAL_PRINCIPAL, LEASE
from checkout.errors import FinanceNotEligible
from kernel.money import Money
from tests.factories.rulebook import table
from tests.unit.checkout.test_financing import products

PAGE = "affording.md"
CENT = Money(1, "CNY")


def product_named(code: str) -> Product:
    return product_of(products("CN" if code.startswith("luyin") else "DE"), code)


def asked(row: dict[str, str]) -> dict[str, object]:
    product = product_named(row["product"])
    down = row["down payment"]
    return {
        "product": product,
        "model": row["model"],
        "monthly": Money.of(row["monthly"], product.currency),
        "down_payment": Money.of(down, product.currency) if down else None,
    }


@pytest.mark.parametrize("row", table(PAGE, "affordable"), ids=lambda row: " ".join(row.values()))
def test_a_monthly_amount_buys_what_the_table_says(row: dict[str, str]) -> None:
    found = affordable(**asked(row))  # type: ignore[arg-type]
    assert found is not None
    assert {
        "dearest price": str(found.price.decimal),
        "amount financed": str(found.loan.amount.decimal),
        "highest instalment": str(highest_instalment(found.loan.schedule).decimal),
    }.items() <= row.items()


@pytest.mark.parametrize("row", table(PAGE, "affordable"), ids=lambda row: " ".join(row.values()))
def test_one_cent_more_breaks_the_limit_that_the_table_names(row: dict[str, str]) -> None:
    found = affordable(**asked(row))  # type: ignore[arg-type]
    assert found is not None
    product, financed = found.product, found.loan.amount + Money(1, found.price.currency)
    stop = row["what stops one cent more"]
    if stop == "amount":
        assert financed > product.max_amount
    elif stop == "down payment":
        assert (found.price.minor + 1) * product.min_down_share > found.loan.down_payment.minor
    else:
        more = highest_instalment(plan_for(product, financed))
        assert more > Money.of(row["monthly"], product.currency)


@pytest.mark.parametrize("row", table(PAGE, "refused"), ids=lambda row: row["why"])
def test_an_amount_that_buys_nothing_is_none(row: dict[str, str]) -> None:
    assert affordable(**asked(row)) is None  # type: ignore[arg-type]


LOANS = st.builds(
    replace,
    st.just(product_of(products("CN"), "luyin-60")),
    months=st.sampled_from([1, 3, 12, 24, 60]),
    annual_rate=st.sampled_from([Decimal(0), Decimal("0.0388"), Decimal("0.12")]),
    min_down_share=st.sampled_from([Decimal(0), Decimal("0.2"), Decimal("0.45")]),
    method=st.sampled_from([ANNUITY, EQUAL_PRINCIPAL, LEASE]),
    residual_share=st.just(Decimal("0.3")),
    min_amount=st.just(Money(1_000, "CNY")),
    max_amount=st.just(Money(900_000, "CNY")),
)


@settings(max_examples=60, deadline=None)
@given(LOANS, st.integers(1, 20_000), st.none() | st.integers(0, 400_000))
def test_no_dearer_price_fits_and_the_one_found_does(
    product: Product, amount: int, down: int | None
) -> None:
    monthly, paid = Money(amount, "CNY"), None if down is None else Money(down, "CNY")

    def at(price: int) -> bool:
        found = fits(
            product=product,
            model="haven",
            price=Money(price, "CNY"),
            monthly=monthly,
            down_payment=paid,
        )
        return found is not None

    found = affordable(product=product, model="haven", monthly=monthly, down_payment=paid)
    if found is None:
        assert not any(at(price) for price in range(900, 1_400_000, 17_377))
        return
    assert highest_instalment(found.loan.schedule) <= monthly
    assert at(found.price.minor)
    above = [found.price.minor + step for step in (*range(1, 40), 1_000, 50_000, 700_000)]
    assert not any(at(price) for price in above)


def test_a_balloon_is_not_an_instalment() -> None:
    product = product_named("luyin-balloon-36")
    assert not is_even(product)
    plan = plan_for(product, Money.of("276710.00", "CNY"))
    assert plan.last_instalment > highest_instalment(plan) == Money.of("5217.58", "CNY")


def test_a_loan_that_cannot_be_had_does_not_fit() -> None:
    product = product_named("luyin-60")
    price, down = Money.of("395300.00", "CNY"), Money.of("380000.00", "CNY")
    with pytest.raises(FinanceNotEligible):
        loan(product=product, model="haven", price=price, down_payment=down)
    assert (
        fits(
            product=product,
            model="haven",
            price=price,
            monthly=Money(10**9, "CNY"),
            down_payment=down,
        )
        is None
    )


def test_without_a_name_every_even_loan_of_the_term_is_tried() -> None:
    found = products("CN")
    tried = choose_products(found, "vale", None)
    assert {"luyin-24", "luyin-36", "luyin-60"} <= {product.code for product in tried}
    assert not {"luyin-balloon-36"} & {product.code for product in tried}
    assert all(product.method != LEASE for product in tried)
    assert {product.months for product in choose_products(found, "vale", 36)} == {36}


def test_a_lease_does_not_pay_the_car_off() -> None:
    assert not is_even(replace(product_named("luyin-60"), method=LEASE))
    assert is_even(replace(product_named("luyin-60"), method=EQUAL_PRINCIPAL))


def test_a_term_nobody_lends_for_lists_the_terms_there_are() -> None:
    with pytest.raises(FinanceNotEligible) as caught:
        choose_products(products("CN"), "haven", 7)
    assert {36, 60} <= set(caught.value.facts["months"])
    with pytest.raises(FinanceNotEligible, match="nobody lends"):
        choose_products(products("CN"), "zeppelin", None)


def test_a_refused_amount_names_the_least_that_would_do() -> None:
    found = products("CN")
    error = refuse_monthly(found[:3], CENT)
    least = min(least_monthly(product) for product in found[:3])
    assert error.facts["limit"] == {"amount": least.minor, "currency": "CNY"}
    assert error.facts["field"] == "monthly.amount"


SMALL = st.builds(
    replace,
    st.just(product_of(products("CN"), "luyin-60")),
    months=st.sampled_from([1, 2, 3, 7, 12]),
    annual_rate=st.sampled_from([Decimal(0), Decimal("0.0388"), Decimal("0.24")]),
    min_down_share=st.sampled_from([Decimal(0), Decimal("0.2"), Decimal("0.35")]),
    method=st.just(ANNUITY),
    balloon_share=st.sampled_from([Decimal(0), Decimal("0.45")]),
    fee=st.sampled_from([Money(0, "CNY"), Money(15, "CNY")]),
    fee_financed=st.booleans(),
    min_amount=st.sampled_from([Money(16, "CNY"), Money(60, "CNY")]),
    max_amount=st.just(Money(700, "CNY")),
) | st.builds(
    replace,
    st.just(product_of(products("CN"), "fanying-lease-36")),
    months=st.sampled_from([1, 2, 5, 12]),
    annual_rate=st.sampled_from([Decimal(0), Decimal("0.042")]),
    min_down_share=st.sampled_from([Decimal(0), Decimal("0.1")]),
    method=st.sampled_from([LEASE, EQUAL_PRINCIPAL]),
    residual_share=st.just(Decimal(0)),
    fee=st.just(Money(9, "CNY")),
    min_amount=st.just(Money(20, "CNY")),
    max_amount=st.just(Money(700, "CNY")),
)
"""Loans of a few yuan in cents, so that every price can be tried."""


@settings(max_examples=80, deadline=None)
@given(SMALL, st.integers(1, 300), st.none() | st.integers(0, 400))
def test_the_price_found_is_the_dearest_of_all_prices_there_are(
    product: Product, amount: int, down: int | None
) -> None:
    monthly, paid = Money(amount, "CNY"), None if down is None else Money(down, "CNY")

    def at(price: int) -> bool:
        asked = Money(price, "CNY")
        return bool(
            fits(product=product, model="haven", price=asked, monthly=monthly, down_payment=paid)
        )

    wanted = max((price for price in range(1, 1_500) if at(price)), default=None)
    found = affordable(product=product, model="haven", monthly=monthly, down_payment=paid)
    assert (found and found.price.minor) == wanted


@given(st.integers(0, 99), st.integers(1, 10**9))
def test_the_least_down_payment_in_money_is_the_first_that_does(percent: int, least: int) -> None:
    product = replace(
        product_named("luyin-60"),
        min_down_share=Decimal(percent) / 100,
        min_amount=Money(least, "CNY"),
    )
    needed = least_down_for(product).minor
    share = product.min_down_share
    assert needed >= share * (needed + least)
    assert not needed or needed - 1 < share * (needed - 1 + least)
