"""Words are read in both languages against three orders of reference before anybody may approve them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.domain.clauses import CONDITIONS, Clause, filled
from contracts.domain.documents import contract_document
from contracts.domain.facts import facts_document, read_facts
from contracts.domain.proving import in_words_of, words_faults
from contracts.domain.templates import begun_template, template_document
from contracts.errors import UnknownPlaceholder
from contracts.golden import GOLDEN, golden_orders
from contracts.pdf.layout import contract_html
from kernel.text import LANGUAGES
from tests.factories.contract import NOW, NUMBER, VERIFY_URL, contract_facts, demo_template, text
from tests.factories.rulebook import table

SAID: dict[str, dict[str, Any]] = {
    "zh-hans `{{price.total}}`, en nothing of it": {"text": text("{{price.total}}", "the price")},
    "`{{price.totl}}` in both": {"text": text("{{price.totl}}", "{{price.totl}}")},
    "no English text": {"text": {"zh-hans": "只有中文"}},
    "`{{car.vin}}` without a condition": {"text": text("{{car.vin}}", "{{car.vin}}")},
    "`{{price.total}` with a brace lost": {"text": text("{{price.total}", "{{price.total}")},
    "`{{finance.lender}}` with `when: always`": {
        "text": text("{{finance.lender}}", "{{finance.lender}}")
    },
}


def test_the_orders_of_reference_cover_every_condition() -> None:
    orders = golden_orders()
    assert tuple(orders) == GOLDEN
    for name, holds in CONDITIONS.items():
        assert any(holds(facts) for facts in orders.values()), name
    assert {facts.market for facts in orders.values()} == {"CN", "DE"}


@pytest.mark.parametrize("name", GOLDEN)
def test_an_order_of_reference_is_whole_and_adds_up(name: str) -> None:
    facts = golden_orders()[name]
    assert read_facts(facts_document(facts)) == facts
    assert sum(line.amount.minor for line in facts.price.lines) == facts.price.total.minor
    loan = facts.finance.amount.minor if facts.finance else 0
    balance = facts.price.total.minor - facts.deposit.amount.minor - loan
    assert facts.price.balance.minor == balance
    assert "*" in facts.buyer.document or not facts.buyer.document


def test_the_demo_words_hold_for_every_order_and_language_to_the_last_page() -> None:
    template = demo_template()
    assert words_faults(template, golden_orders()) == ()
    for facts in golden_orders().values():
        for language in LANGUAGES:
            asked = in_words_of(template, facts, language)
            document = contract_document(
                number=NUMBER, dated_at=NOW, verify_url=VERIFY_URL, template=template, facts=asked
            )
            assert document.fingerprint in contract_html(document).replace(" ", "")


@pytest.mark.parametrize("row", table("contracts.md", "faults of words"), ids=lambda r: r["fault"])
def test_a_fault_names_clause_language_and_variable(row: dict[str, str]) -> None:
    document = template_document(demo_template())
    clause = {
        "code": "mine",
        "number": 31,
        "title": text("题", "Title"),
        **SAID[row["the clause says"]],
    }
    document["clauses"].append(clause)
    template, read = begun_template(document)
    found = [(f["clause"], f["reason"], f["language"], f["variable"]) for f in read]
    found += [
        (f.clause, f.reason, f.language, f.variable)
        for f in words_faults(template, golden_orders())
    ]
    assert any(
        (code, language, variable) == ("mine", row["language"], row["variable"])
        and row["fault"] in reason
        for code, reason, language, variable in found
    ), found


def test_every_fault_is_told_at_once_and_none_twice() -> None:
    bad = Clause(
        code="bad",
        number=31,
        title=text("{{finance.lender}}", "{{finance.lender}}"),
        text=text("{{finance.lender}} {{car.vin}}", "{{finance.lender}} {{car.vin}}"),
    )
    template = replace(demo_template(), clauses=(*demo_template().clauses, bad))
    found = [(f.language, f.variable) for f in words_faults(template, golden_orders())]
    assert found == [
        ("en", "car.vin"),
        ("en", "finance.lender"),
        ("zh-hans", "car.vin"),
        ("zh-hans", "finance.lender"),
    ]


@pytest.mark.parametrize(
    "attack",
    [
        "{{buyer.__class__}}",
        "{{buyer.name.__class__.__mro__}}",
        "{{ ''.join([]) }}",
        "{{7*7}}",
        "{{price.total|safe}}",
        "{{self}}",
        "{{config}}",
        "{{facts}}",
        "{{buyer['name']}}",
        "{{buyer.name()}}",
    ],
)
def test_no_placeholder_reaches_an_attribute_or_runs_code(attack: str) -> None:
    with pytest.raises(UnknownPlaceholder):
        filled(text(attack, attack), contract_facts(), clause="mine")


@pytest.mark.parametrize("words", ["{% for x in y %}", "{# note #}", "${price.total}", "%(x)s"])
def test_words_of_other_template_languages_are_only_words(words: str) -> None:
    assert filled(text(words, words), contract_facts(), clause="mine") == words


def test_a_placeholder_in_a_buyers_name_is_printed_and_never_filled() -> None:
    facts = contract_facts(buyer=replace(contract_facts().buyer, name="{{price.total}}"))
    assert filled(text("{{buyer.name}}", "x"), facts, clause="mine") == "{{price.total}}"
