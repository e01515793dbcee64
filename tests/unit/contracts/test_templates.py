"""Reading a template: strictly, and every fault at once."""

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from contracts.domain.clauses import placeholders
from contracts.domain.templates import read_template, reference, template_document
from contracts.errors import TemplateFaults
from tests.factories.contract import TEMPLATE_FILE, demo_template, text

SMALL: dict[str, Any] = {
    "template": "small",
    "version": "1",
    "status": text("示例", "sample"),
    "title": text("合同", "Agreement"),
    "sellers": {"CN": {"name": text("卖方", "Seller"), "address": text("厦门", "Xiamen")}},
    "summary": [{"text": text("{{car.model}}", "{{car.model}}")}],
    "clauses": [
        {
            "code": "one",
            "number": 1,
            "title": text("一", "One"),
            "text": text("{{price.total}}", "{{price.total}}"),
        },
        {
            "code": "two",
            "number": 2,
            "title": text("二", "Two"),
            "text": text("二", "Two"),
            "risk": text("险", "risk"),
        },
    ],
    "annexes": [
        {"number": 1, "code": "build-list", "title": text("清单", "Build list"), "markets": ["CN"]}
    ],
}


def faults(change: Any) -> list[tuple[str, str]]:
    document = copy.deepcopy(SMALL)
    change(document)
    with pytest.raises(TemplateFaults) as caught:
        read_template(document)
    return [(fault["where"], fault["reason"]) for fault in caught.value.facts["faults"]]


def test_a_template_reads_back_from_what_it_is_stored_as() -> None:
    for template in (demo_template(), read_template(SMALL)):
        words = replace(template, valid_from=None)
        assert read_template(template_document(template)) == words


def test_the_fingerprint_is_of_the_words_and_not_of_their_start() -> None:
    later = copy.deepcopy(SMALL) | {"valid_from": date(2027, 1, 1)}
    assert read_template(later).valid_from == date(2027, 1, 1)
    assert reference(read_template(later)) == reference(read_template(SMALL))
    other = copy.deepcopy(SMALL)
    other["clauses"][0]["title"]["en"] = "First"
    assert reference(read_template(other)) != reference(read_template(SMALL))


def test_a_start_may_be_written_as_text() -> None:
    assert read_template(copy.deepcopy(SMALL) | {"valid_from": "2027-01-01"}).valid_from == date(
        2027, 1, 1
    )


def test_both_languages_of_every_demo_clause_name_the_same_facts() -> None:
    for clause in demo_template().clauses:
        assert placeholders(clause.text["zh-hans"]) == placeholders(clause.text["en"]), clause.code


def test_annexes_keep_one_number_in_every_market_so_that_clauses_can_cite_them() -> None:
    template = demo_template()
    for market in ("CN", "DE"):
        numbers = [annex.number for annex in template.annexes if annex.printed_in(market)]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        (lambda d: d.pop("template"), "template.template", "is missing"),
        (lambda d: d.update(version=" "), "template.version", "is missing"),
        (lambda d: d["title"].pop("en"), "title", "language en is missing"),
        (lambda d: d["title"].update(de="Vertrag"), "title", "language de is unknown"),
        (lambda d: d["title"].update(en=""), "title", "language en is empty"),
        (lambda d: d.update(title="Agreement"), "title", "expected a mapping, found str"),
        (lambda d: d.update(clauses=[]), "clauses", "a template has at least one clause"),
        (lambda d: d.update(clauses="one"), "clauses", "expected a list, found str"),
        (lambda d: d["clauses"].append("three"), "clauses[3]", "expected a mapping, found str"),
        (lambda d: d["clauses"][1].update(number=0), "clauses[2].number", "0 is less than one"),
        (lambda d: d["clauses"][0].update(number=3), "clauses[2]", "number 2 comes after 3; clauses stand in their order"),
        (lambda d: d["clauses"][0].update(number=True), "clauses[1].number", "expected a whole number, found bool"),
        (lambda d: d["clauses"][1].update(code="one"), "clauses", "'one' occurs twice"),
        (lambda d: d["clauses"][0].update(markets="CN"), "clauses[1].markets", "expected a list, found str"),
        (lambda d: d["clauses"][0].update(text=text("{{price.totl}}", "{{price.totl}}")), "clauses[1].text (clause one)", "unknown placeholder 'price.totl'"),
        (lambda d: d["annexes"][0].update(code="surprise"), "annexes[1].code", "'surprise' is none of build-list, price-sheet, refund-by-stage, payment-plan, withdrawal-notice"),
        (lambda d: d["annexes"].append(dict(d["annexes"][0])), "annexes", "'1' occurs twice"),
        (lambda d: d["sellers"]["CN"].pop("name"), "sellers.CN.name", "expected a mapping, found NoneType"),
        (lambda d: d.update(valid_from="soon"), "valid_from", "'soon' is no day like 2026-11-01"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(change: Any, where: str, reason: str) -> None:
    assert (where, reason) in faults(change)


def test_an_unknown_condition_is_refused_with_the_known_ones() -> None:
    found = faults(lambda d: d["clauses"][0].update(when="price > 5"))
    assert found[0][0] == "clauses[1].when"
    assert "financed" in found[0][1]


def test_languages_that_name_different_facts_are_refused() -> None:
    found = faults(lambda d: d["clauses"][0]["text"].update(en="The price."))
    assert found[0][0] == "clauses[1].text (clause one)"
    assert "different placeholders" in found[0][1]


def test_every_fault_is_reported_at_once() -> None:
    def break_much(document: dict[str, Any]) -> None:
        document.pop("template")
        document["title"].pop("en")
        document["clauses"][0]["when"] = "never"

    assert len(faults(break_much)) == 3


def test_something_that_is_no_template_at_all_is_refused() -> None:
    with pytest.raises(TemplateFaults):
        read_template(["clauses"])


def test_the_demo_file_says_that_it_is_a_sample() -> None:
    document = yaml.safe_load(TEMPLATE_FILE.read_text(encoding="utf-8"))
    assert read_template(document).status["en"] == "Sample text to be checked by counsel before use"
