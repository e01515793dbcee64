"""Loans and covers on offer for a car of the release on sale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.errors import UnknownMarket, UnknownModel
from checkout.errors import CurrencyNotOfMarket, FinanceNotEligible, UnknownFinanceProduct
from checkout.queries.offers import (
    CoverQuotes,
    FinanceOffer,
    InsuranceOffer,
    finance_quotes,
    insurance_quotes,
)
from kernel.money import Money
from tests.factories.rules import rule_table
from tests.factories.shelf import NOON, forget, put_on_sale

pytestmark = pytest.mark.django_db

PRICE = Money.of("395300.00", "CNY")


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def loans(**changes: Any) -> list[FinanceOffer]:
    asked: dict[str, Any] = {
        "market": "CN",
        "model": "haven",
        "price": PRICE,
        "down_payment": None,
        "now": NOON,
    }
    return finance_quotes(**(asked | changes))


def covers(**changes: Any) -> tuple[InsuranceOffer, ...]:
    return all_covers(**changes).offers


def all_covers(**changes: Any) -> CoverQuotes:
    asked: dict[str, Any] = {"market": "CN", "model": "haven", "price": PRICE, "now": NOON}
    return insurance_quotes(**(asked | changes))


def test_every_loan_for_the_model_is_offered_at_thirty_per_cent_down() -> None:
    offers = {offer.product: offer.facts for offer in loans()}
    assert list(offers) == [
        "luyin-36",
        "luyin-60",
        "luyin-balloon-36",
        "luyin-principal-48",
        "fanying-lease-36",
    ]
    told = next(r for r in rule_table("financing", "Worked loans") if r["product"] == "luyin-60")
    assert offers["luyin-60"]["instalment"]["amount"] == Money.of(told["instalment"], "CNY").minor
    assert offers["luyin-60"]["down_payment"] == {"amount": 11859000, "currency": "CNY"}
    assert offers["luyin-60"]["lender"]["code"] == "luyin"


def test_a_loan_that_does_not_fit_the_down_payment_is_left_out() -> None:
    fifth = Money.of("79060.00", "CNY")
    fitting = [o.product for o in loans(down_payment=fifth)]
    assert fitting == ["luyin-36", "luyin-60", "luyin-principal-48", "fanying-lease-36"]
    assert loans(down_payment=PRICE) == []


def test_one_loan_asked_for_by_name_says_why_it_does_not_fit() -> None:
    assert [o.product for o in loans(product="luyin-36")] == ["luyin-36"]
    with pytest.raises(FinanceNotEligible):
        loans(product="luyin-24")
    with pytest.raises(UnknownFinanceProduct):
        loans(product="hanseflut-48")


def test_every_cover_is_offered_with_its_premium_of_a_year() -> None:
    offers = {offer.product: offer.facts for offer in covers()}
    assert offers["cn-compulsory"]["mandatory"] is True
    assert offers["cn-damage"]["premium"] == {"amount": 623313, "currency": "CNY"}
    assert offers["cn-passengers"]["premium"] == {"amount": 16800, "currency": "CNY"}
    by_insurer = Counter(facts["insurer"]["code"] for facts in offers.values())
    assert by_insurer == {"qinghe": 7, "yunquan": 6}


def test_a_driver_whom_no_table_knows_gets_what_does_not_depend_on_age() -> None:
    found = all_covers(driver_age=17)
    products = {offer.product for offer in found.offers}
    assert "cn-compulsory" in products
    assert "cn-damage" not in products
    missing = next(each for each in found.left_out if each["product"] == "cn-damage")
    assert (missing["field"], missing["allowed"]) == ("driver_age", ["18-24", "25-59", "60+"])


def test_a_german_driver_who_says_nothing_is_offered_every_cover_and_told_what_is_assumed() -> None:
    found = all_covers(market="DE", price=Money.of("79990", "EUR"))
    assert (found.driver.no_claims_class, found.driver.assumed) == (
        "SF0",
        ("age", "no_claims_class"),
    )
    assert len(found.offers) == 6
    assert found.left_out == ()


@pytest.mark.parametrize("ask", [loans, covers])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"market": "FR"}, UnknownMarket),
        ({"model": "raven"}, UnknownModel),
        ({"price": Money.of("1", "EUR")}, CurrencyNotOfMarket),
    ],
)
def test_each_bad_request_has_its_error(
    ask: Any, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(**changes)


def test_a_down_payment_in_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyNotOfMarket):
        loans(down_payment=Money.of("1", "EUR"))
