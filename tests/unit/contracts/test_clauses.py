"""Which clauses a contract prints, and how their placeholders are filled."""

from dataclasses import replace

import pytest

from contracts.domain.clauses import CONDITIONS, VARIABLES, Clause, applies, filled, printed_clauses
from contracts.domain.wording import worded
from contracts.errors import MissingFact, UnknownPlaceholder
from tests.factories.contract import (
    contract_facts,
    demo_template,
    document,
    person,
    text,
    with_offers,
    without_contact,
)


def clause(
    code: str = "price",
    *,
    when: str = "always",
    markets: tuple[str, ...] = (),
    zh: str = "价",
    en: str = "price",
) -> Clause:
    return Clause(code, 1, text("题", "Title"), text(zh, en), frozenset(markets), when)


def test_a_placeholder_is_filled_in_the_buyers_language() -> None:
    words = text("总价{{price.total}}。", "The price is {{ price.total }}.")
    assert (
        filled(words, contract_facts(), clause="price")
        == "总价人民币叁拾玖万伍仟叁佰元整（¥395,300.00）。"
    )
    assert (
        filled(words, contract_facts(language="en"), clause="price")
        == "The price is CNY\u00a0395,300.00."
    )


def test_an_unknown_placeholder_is_an_error_naming_clause_and_placeholder() -> None:
    with pytest.raises(UnknownPlaceholder) as caught:
        filled(text("{{buyer.iban}}", "{{buyer.iban}}"), contract_facts(), clause="parties")
    assert caught.value.facts["clause"] == "parties"
    assert caught.value.facts["placeholder"] == "buyer.iban"
    assert "parties" in str(caught.value)
    assert "buyer.iban" in str(caught.value)


def test_a_missing_fact_is_an_error_naming_clause_and_placeholder() -> None:
    with pytest.raises(MissingFact) as caught:
        filled(text("{{finance.lender}}", "{{finance.lender}}"), contract_facts(), clause="finance")
    assert dict(caught.value.facts) == {"clause": "finance", "placeholder": "finance.lender"}


def test_a_buyer_without_any_contact_cannot_be_given_notice() -> None:
    facts = contract_facts(buyer=without_contact(person()))
    with pytest.raises(MissingFact):
        filled(text("{{buyer.contact}}", "{{buyer.contact}}"), facts, clause="notices")


def test_notices_go_to_the_telephone_where_there_is_no_mail() -> None:
    facts = contract_facts(buyer=replace(person(), email=""))
    assert filled(text("{{buyer.contact}}", "x"), facts, clause="notices") == "+86 138 0000 0018"


def test_a_fact_with_a_fallback_says_that_it_is_still_open() -> None:
    facts = contract_facts(buyer=replace(person(), document=""), language="en")
    assert (
        filled(text("x", "{{buyer.document}}"), facts, clause="parties")
        == "to be added before handover"
    )


def test_text_of_a_buyer_is_never_taken_for_a_placeholder() -> None:
    facts = contract_facts(buyer=replace(person(), name="{{price.total}}"))
    assert filled(text("{{buyer.name}}", "x"), facts, clause="parties") == "{{price.total}}"


def test_a_clause_is_printed_only_in_its_markets() -> None:
    assert applies(clause(markets=("CN", "DE")), contract_facts())
    assert applies(clause(), contract_facts())
    assert not applies(clause(markets=("DE",)), contract_facts())


@pytest.mark.parametrize(
    ("when", "financed", "insured", "vin", "printed"),
    [
        ("always", False, False, "", True),
        ("financed", True, False, "", True),
        ("financed", False, False, "", False),
        ("not-financed", False, False, "", True),
        ("not-financed", True, False, "", False),
        ("insured", False, True, "", True),
        ("insured", False, False, "", False),
        ("to-build", False, False, "", True),
        ("to-build", False, False, "L0S1", False),
        ("from-stock", False, False, "L0S1", True),
        ("from-stock", False, False, "", False),
        ("person", False, False, "", True),
        ("company", False, False, "", False),
    ],
)
def test_a_condition_decides_from_the_facts(
    when: str, financed: bool, insured: bool, vin: str, printed: bool
) -> None:
    facts = contract_facts(financed=financed, insured=insured, vin=vin)
    assert applies(clause(when=when), facts) is printed


@pytest.mark.parametrize("when", ["with-extras", "proof-bound"])
def test_a_clause_about_offers_needs_such_a_line(when: str) -> None:
    assert applies(clause(when=when), with_offers(contract_facts()))
    assert not applies(clause(when=when), contract_facts())


def test_what_a_missing_proof_costs_is_what_it_took_off() -> None:
    words = text("补付{{price.conditional}}", "owes {{price.conditional}}")
    facts = with_offers(contract_facts(language="en"))
    assert filled(words, facts, clause="price-proof") == "owes CNY\u00a01,980.00"
    with pytest.raises(MissingFact):
        filled(words, contract_facts(), clause="price-proof")


def test_every_condition_is_in_the_table_of_the_test_above() -> None:
    assert set(CONDITIONS) == {
        "always", "financed", "not-financed", "insured", "to-build", "from-stock", "person", "company",
        "with-extras", "proof-bound",
    }  # fmt: skip


def test_printed_clauses_are_counted_without_gaps() -> None:
    printed = printed_clauses(demo_template().clauses, contract_facts())
    assert [one.number for one in printed] == list(range(1, len(printed) + 1))
    codes = [one.code for one in printed]
    assert "finance" not in codes
    assert "withdrawal" not in codes
    assert "vehicle-stock" not in codes
    assert codes[0] == "parties"


def test_the_demo_contract_has_twenty_six_clauses_for_a_financed_buyer() -> None:
    assert len(document(contract_facts(financed=True)).clauses) == 26


def test_the_deposit_clauses_carry_a_risk_note() -> None:
    noted = [one.code for one in document(contract_facts()).clauses if one.risk]
    assert noted == ["deposit-kind", "deposit-effect", "cooling-off"]


def test_a_stock_car_is_named_by_its_vin() -> None:
    printed = document(contract_facts(vin="L0SCV2B05VX000123")).clauses
    assert "L0SCV2B05VX000123" in next(one.text for one in printed if one.code == "vehicle-stock")


@pytest.mark.parametrize("name", sorted(VARIABLES))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_variable_has_a_value_for_a_full_order(name: str, language: str) -> None:
    facts = contract_facts(language=language, financed=True, insured=True, vin="L0SCV2B05VX000123")
    value = VARIABLES[name].read(with_offers(facts))
    assert value is not None
    assert worded(value, language)


def test_the_document_carries_only_the_annexes_of_its_market() -> None:
    assert [annex.code for annex in document(contract_facts()).annexes] == [
        "build-list", "price-sheet", "refund-by-stage", "payment-plan",
    ]  # fmt: skip
    assert document(contract_facts()).language == "zh-hans"
