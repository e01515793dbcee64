"""What a borrower is shown: the tables of docs/rules/credit-duties.md, and what holds for every sheet."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.law import read_law
from catalog.errors import NoLawRow
from checkout.domain.amounts import money_json
from checkout.domain.apr import EFFECTIVE
from checkout.domain.credit_law import COST_SHEET, PRECONTRACT, CreditLaw, credit_law
from checkout.domain.credit_sheets import plan_of, sheet_of
from checkout.domain.financing import Loan, Product, least_down_payment, loan, product_of
from checkout.domain.quotation import loan_json
from kernel.money import Money
from kernel.text import LANGUAGES, fingerprint
from tests.factories.catalogue import demo_catalogue
from tests.factories.rulebook import table
from tests.unit.checkout.test_financing import products

PAGE = "credit-duties.md"
PRICE = Money.of("395300.00", "CNY")


def product_named(code: str) -> Product:
    market = "DE" if code.startswith(("hanse", "kai")) else "CN"
    return product_of(products(market), code)


def loan_of(product: Product, price: Money = PRICE) -> Loan:
    down = max(price.times(Decimal("0.3")), least_down_payment(product=product, price=price))
    return loan(product=product, model="haven", price=price, down_payment=down)


def document(found: Loan) -> dict[str, Any]:
    """The parts of a quote's document that a sheet is made from."""
    return {
        "finance": loan_json(found),
        "seller": {"name": {"zh-hans": "卖方", "en": "Seller"}},
        "car": {"names": {"title": {"zh-hans": "云湾", "en": "Haven"}}},
        "price_sheet": {"total": money_json(found.price)},
    }


@pytest.mark.parametrize(
    "row", table(PAGE, "duties"), ids=lambda row: f"{row['market']} {row['day']}"
)
def test_each_market_asks_of_a_loan_what_the_table_says(row: dict[str, str]) -> None:
    found = credit_law(demo_catalogue().law, row["market"], date.fromisoformat(row["day"]))
    assert {
        "sheet": found.sheet or "",
        "seconds": str(found.reading_seconds),
        "rate": found.convention,
        "decimals": str(found.decimals),
        "warning": "yes" if found.warning else "no",
        "withdrawal": str(found.withdrawal_days or ""),
        "form": found.form or "",
    }.items() <= row.items()


def test_a_market_without_rows_asks_for_nothing_and_counts_as_the_eu_does() -> None:
    assert credit_law(read_law([]), "CN", date(2026, 11, 22)) == CreditLaw("CN", EFFECTIVE)


def test_a_duty_whose_row_ended_without_a_successor_stops_the_loan() -> None:
    row = {
        "market": "CN",
        "key": "credit.cost_sheet",
        "value": {"required": True, "reading_seconds": 10},
        "from": "2026-01-01",
        "until": "2026-11-01",
        "by": "application_date",
        "confidence": "statute",
        "source": "a test",
    }
    with pytest.raises(NoLawRow):
        credit_law(read_law([row]), "CN", date(2026, 11, 22))


@pytest.mark.parametrize("row", table(PAGE, "costs"), ids=lambda row: row["product"])
def test_every_cost_of_the_table_is_on_the_sheet(row: dict[str, str]) -> None:
    sheet = sheet_of(kind=COST_SHEET, document=document(loan_of(product_named(row["product"]))))
    costs = {cost["code"]: cost for cost in sheet["costs"]}
    late = next(each for each in sheet["contingent"] if each["code"] == "penalty-interest")

    def shown(amount: dict[str, Any]) -> str:
        return str(Money(amount["amount"], amount["currency"]).decimal)

    fee = costs.get("fee")
    assert {
        "product": row["product"],
        "principal": shown(sheet["principal"]),
        "interest": shown(costs["interest"]["amount"]),
        "level": costs["interest"]["annual_shown"],
        "fee": shown(fee["amount"]) if fee else "",
        "level of fee": fee["annual_shown"] if fee else "",
        "sum": shown(sheet["sum"]["amount"]),
        "level of sum": sheet["sum"]["annual_shown"],
        "late": late["annual_shown"],
    } == row


def texts(value: Any) -> list[dict[str, str]]:
    """Every text inside a sheet."""
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            return [value]
        return [found for part in value.values() for found in texts(part)]
    if isinstance(value, list):
        return [found for part in value for found in texts(part)]
    return []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (COST_SHEET, "luyin-60"),
        (COST_SHEET, "fanying-lease-36"),
        (PRECONTRACT, "hanseflut-48"),
        (PRECONTRACT, "hanseflut-balloon-48"),
        (PRECONTRACT, "hanseflut-principal-36"),
        (PRECONTRACT, "kaimauer-lease-36"),
    ],
)
def test_a_sheet_speaks_every_language_and_is_the_same_whenever_it_is_made(
    kind: str, code: str
) -> None:
    product = product_named(code)
    price = PRICE if product.currency == "CNY" else Money.of("79990.00", "EUR")
    given_document = document(loan_of(product, price))
    sheet = sheet_of(kind=kind, document=given_document)
    assert all(set(text) == set(LANGUAGES) and all(text.values()) for text in texts(sheet))
    again = sheet_of(kind=kind, document=copy.deepcopy(given_document))
    assert fingerprint(again) == fingerprint(sheet)


def test_the_european_form_has_its_five_sections_in_order_and_says_it_is_a_demonstration() -> None:
    sheet = sheet_of(
        kind=PRECONTRACT,
        document=document(loan_of(product_named("hanseflut-48"), Money.of("79990.00", "EUR"))),
    )
    assert [section["number"] for section in sheet["sections"]] == [1, 2, 3, 4, 5]
    assert "Demonstration" in sheet["demo"]["en"]
    said = {
        row["label"]["en"]: row["text"]["en"] for part in sheet["sections"] for row in part["rows"]
    }
    assert said["Right of withdrawal"].startswith("Yes: 14 days")
    assert (
        said["Form of the agreement"]
        == "The credit agreement may be made in text form, such as a file."
    )
    assert said["Annual percentage rate of charge"].startswith("APR 4.48 %")


def test_a_cheaper_loan_has_another_fingerprint() -> None:
    product = product_named("luyin-60")
    sheets = [
        sheet_of(kind=COST_SHEET, document=document(loan_of(product, price)))
        for price in (PRICE, PRICE - Money(100, "CNY"))
    ]
    assert len({fingerprint(sheet) for sheet in sheets}) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["luyin-36", "luyin-60", "luyin-balloon-36", "luyin-principal-48", "fanying-lease-36"]),
    st.integers(15_000_000, 60_000_000),
    st.integers(0, 500_000),
    st.booleans(),
)  # fmt: skip
def test_the_costs_of_a_sheet_add_up_and_none_is_dearer_than_all(
    code: str, price: int, fee: int, financed: bool
) -> None:
    product = replace(
        product_named(code),
        fee=Money(fee, "CNY"),
        fee_financed=financed,
        max_amount=Money(10**9, "CNY"),
    )
    found = loan_of(product, Money(price, "CNY"))
    given_document = document(found)
    assert plan_of(given_document["finance"]) == found.schedule
    sheet = sheet_of(kind=COST_SHEET, document=given_document)
    assert sum(cost["amount"]["amount"] for cost in sheet["costs"]) == found.cost.minor
    levels = [Decimal(cost["annual"]) for cost in sheet["costs"]]
    assert max(levels) <= Decimal(sheet["sum"]["annual"]) + Decimal("0.000001")
    assert sheet["no_other_charges"]["zh-hans"].startswith("除以上列明")
