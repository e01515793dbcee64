"""The page source of a contract: every figure of the facts, no markup of strangers, both languages."""

import re
from dataclasses import replace

import pytest

from contracts.pdf.labels import LABELS, Labels
from contracts.pdf.layout import contract_html
from kernel.text import missing_languages
from tests.factories.contract import cny, contract_facts, document, person, with_offers


def test_every_label_has_both_languages_with_the_same_gaps() -> None:
    for name, text in LABELS.items():
        assert missing_languages(text) == [], name
        assert text["zh-hans"].count("{}") == text["en"].count("{}"), name


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(KeyError):
        Labels("en").say("no-such-label")


def test_equal_documents_give_equal_source() -> None:
    assert contract_html(document(contract_facts())) == contract_html(document(contract_facts()))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_is_paid_to_whom_adds_up_to_the_price_on_the_road(language: str) -> None:
    facts = contract_facts(language=language, financed=True, insured=True)
    html = contract_html(document(facts))
    plan = html.split('id="annex-4"')[1].split("</table>")[0]
    figures = [
        int(found.replace(",", "").replace(".", ""))
        for found in re.findall(r'class="n">([\d,]+\.\d\d)<', plan)
    ]
    assert sum(figures[:-1]) == figures[-1] == facts.price.on_the_road.minor


def test_text_of_a_buyer_is_escaped() -> None:
    html = contract_html(
        document(contract_facts(buyer=person("<script>alert(1)</script>{{ view }}")))
    )
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ view }}" in html


def test_two_full_width_marks_in_a_row_are_set_closer() -> None:
    html = contract_html(document(contract_facts()))
    assert '<span class="h">）</span>，' in html
    assert "h" not in re.findall(
        r'<span class="(\w+)">）', contract_html(document(contract_facts(language="en")))
    )


def test_a_discount_is_set_with_a_minus() -> None:
    facts = contract_facts()
    line = replace(
        facts.price.lines[1], code="stock-price", kind="discount", amount=cny("-3000.00")
    )
    facts = replace(facts, price=replace(facts.price, lines=(*facts.price.lines, line)))
    assert "−3,000.00" in contract_html(document(facts))


def test_a_reduction_against_a_proof_says_so_below_its_line() -> None:
    html = contract_html(document(with_offers(contract_facts(language="en"))))
    assert "You show the proof before handover." in html
    assert "You show the proof" not in contract_html(document(contract_facts(language="en")))


def test_the_annual_rate_has_the_decimals_of_its_market() -> None:
    facts = contract_facts(financed=True, language="en")
    assert facts.finance is not None
    loan = replace(facts.finance, apr="0.044795", apr_shown="4.48")
    assert "4.48%" in contract_html(document(replace(facts, finance=loan)))
    assert "4.4795%" not in contract_html(document(replace(facts, finance=loan)))
    older = replace(loan, apr_shown="")
    assert "4.4795%" in contract_html(document(replace(facts, finance=older)))


def test_a_fee_and_another_last_instalment_are_named() -> None:
    facts = contract_facts(financed=True, language="en")
    assert facts.finance is not None
    last = replace(facts.finance.schedule[-1], payment=cny("90000.00"))
    loan = replace(facts.finance, fee=cny("500.00"), schedule=(*facts.finance.schedule[:-1], last))
    html = contract_html(document(replace(facts, finance=loan)))
    assert "Last instalment" in html
    assert "¥500.00" in html
    plain = contract_html(document(facts))
    assert "Last instalment" not in plain


def test_a_driven_stock_car_says_vin_year_and_mileage() -> None:
    facts = contract_facts(vin="L0SCV2B05VX000123", language="en")
    html = contract_html(document(replace(facts, car=replace(facts.car, mileage_km=4210))))
    assert "L0SCV2B05VX000123" in html
    assert "4,210 km" in html
    assert "2027" in html


def test_a_tax_that_is_only_estimated_says_so() -> None:
    facts = contract_facts(language="en")
    assert "the day of the invoice decides" in contract_html(document(facts))
    firm = tuple(replace(tax, estimate=False) for tax in facts.price.taxes)
    assert "day of the invoice" not in contract_html(
        document(replace(facts, price=replace(facts.price, taxes=firm)))
    )


def test_amounts_in_euro_name_the_currency_in_the_head_of_the_column() -> None:
    facts = contract_facts(language="zh-hans")
    assert "金额（元）" in contract_html(document(facts))
    assert "Amount (CNY)" in contract_html(document(contract_facts(language="en")))


def test_standard_equipment_is_one_line_of_the_price_sheet() -> None:
    sheet = contract_html(document(contract_facts(language="en"))).split('id="annex-2"')[1]
    sheet = sheet.split("</table>")[0]
    assert "Standard equipment (2)" in sheet
    assert "listed in Annex 1" in sheet
    assert "100 kWh battery" not in sheet
    assert "Haven Voyage" in sheet
