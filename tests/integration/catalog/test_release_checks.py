"""What keeps a release from being published, and what is only worth a look; said in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.services.releases import check_document, compile_document
from catalog.services.releases_checking import Finding, errors_in
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db
Document = dict[str, Any]
TEXT = {"zh-hans": "规则", "en": "A new rule."}


@pytest.fixture
def document(load: Load) -> Document:
    """The tiny catalogue, compiled and not published."""
    load()
    return copy.deepcopy(compile_document(pictures={}))


def colt(document: Document) -> Document:
    """The one model."""
    found: Document = document["models"][0]
    return found


def rule(document: Document, **parts: Any) -> None:
    """Adds a rule."""
    colt(document)["rules"].append({"code": "r9", "kind": "boolean", "text": TEXT, **parts})


def said(findings: list[Finding]) -> list[str]:
    """Each finding on a line."""
    return [f"{finding.level}: {finding.where}: {finding.text}" for finding in findings]


def test_a_sound_catalogue_has_no_findings(document: Document) -> None:
    assert check_document(document, now=NOW) == []


def test_a_trim_that_cannot_be_built_names_the_rules_that_forbid_it(document: Document) -> None:
    rule(document, must="not trim:high")
    assert said(check_document(document, now=NOW)) == [
        "error: colt in CN, high on 2026-11-22: no car of this trim can be built: rule r9: A new rule.",
        "error: colt in CN, high on 2027-03-01: no car of this trim can be built: rule r9: A new rule.",
    ]


def test_a_rule_that_starts_later_is_found_before_its_day(document: Document) -> None:
    rule(document, must="not trim:high", **{"from": "2027-05-01"})
    [finding] = check_document(document, now=NOW)
    assert finding.where == "colt in CN, high on 2027-05-01"


def test_an_option_no_car_can_have_is_dead_and_its_rules_are_named(document: Document) -> None:
    rule(document, must="not rack")
    colt(document)["reference_cars"] = []
    errors = said(errors_in(check_document(document, now=NOW)))
    assert errors == [
        "error: colt in CN: no car can have `rack` (Rack): rule r9: A new rule.",
        "error: colt in CN: no car can have `trip` (Trip package): rule r9: A new rule.; contents:trip",
    ]


def test_an_option_dead_on_one_trim_or_for_a_time_is_worth_a_look(document: Document) -> None:
    rule(document, must="not (hook and trim:base)")
    rule(document, must="not blue", code="r10", until="2027-02-01")
    colt(document)["reference_cars"] = []
    findings = said(check_document(document, now=NOW))
    assert not [line for line in findings if line.startswith("error")]
    assert any(
        "colt in CN, base: `hook` (Hook) is offered but cannot be had: rule r9" in f
        for f in findings
    )
    assert any("high on 2026-11-22: `blue` (Blue) cannot be had on that day" in f for f in findings)


def test_an_option_no_car_can_do_without_is_no_option(document: Document) -> None:
    rule(document, must="hook")
    assert any(
        "base on 2026-11-22: `hook` (Hook) is offered as an option, but no car can do without it"
        in line
        for line in said(check_document(document, now=NOW))
    )


def test_a_rule_that_names_nothing_is_an_error(document: Document) -> None:
    rule(document, must="wing")
    [finding] = errors_in(check_document(document, now=NOW))
    assert "rule r9: names wing, which colt does not have" in finding.text


BROKEN: list[tuple[Callable[[Document], Any], str]] = [
    (
        lambda d: colt(d)["prices"].pop(0),
        "price book cn-1: says no price for trim `trim:base` (Base)",
    ),
    (
        lambda d: colt(d)["prices"].pop(3),
        "price book cn-1: says no price for `hook` (Hook) on base",
    ),
    (
        lambda d: colt(d)["prices"][3].update(when="hook ("),
        "error: colt in CN, prices: 'and' or 'or' is missing",
    ),
    (
        lambda d: d["price_books"].clear(),
        "error: market CN: no price book of market CN is in force",
    ),
    (lambda d: d["deposit_policies"].clear(), "error: market CN: has no deposit policy in force"),
    (
        lambda d: d["deposit_policies"][0]["amounts"].clear(),
        "deposit policy cn-standard: names no amount for colt",
    ),
    (lambda d: d["brand"].clear(), "error: the brand: is missing"),
    (lambda d: d["models"].clear(), "error: models: there is none"),
    (lambda d: colt(d)["trims"].clear(), "error: colt: has no trim"),
    (
        lambda d: colt(d)["availability"]["CN"]["high"].clear(),
        "no option is available on this trim",
    ),
    (lambda d: d["markets"][0].update(on_sale=False), "error: markets: none is on sale"),
    (lambda d: d["markets"][0].pop("vat"), "error: the document: cannot be read"),
]


@pytest.mark.parametrize(("breaks", "finding"), BROKEN)
def test_each_gap_is_found(
    document: Document, breaks: Callable[[Document], Any], finding: str
) -> None:
    breaks(document)
    findings = said(check_document(document, now=NOW))
    assert any(finding in line for line in findings), findings


REFERENCES: list[tuple[int, dict[str, Any], str]] = [
    (0, {"total": 1}, "costs 61400.00 CNY, expected 0.01 CNY"),
    (0, {"price_book": "cn-2"}, "is priced by cn-1, expected cn-2"),
    (0, {"choices": ["rack"]}, "this colt cannot be built: r1"),
    (0, {"choices": ["wing"]}, "colt has no wing"),
    (1, {"choices": []}, "should break r2, but can be built"),
    (1, {"choices": ["rack"]}, "should break r2, breaks r1"),
]


@pytest.mark.parametrize(("number", "change", "finding"), REFERENCES)
def test_a_reference_car_that_is_not_what_it_was_is_an_error(
    document: Document, number: int, change: dict[str, Any], finding: str
) -> None:
    colt(document)["reference_cars"][number].update(change)
    assert said(check_document(document, now=NOW)) == [
        f"error: reference car ref-{number + 1}: {finding}"
    ]


def test_in_a_market_that_is_only_prepared_everything_is_a_warning(document: Document) -> None:
    document["markets"].append({**document["markets"][0], "code": "HK", "on_sale": False})
    colt(document)["availability"]["HK"] = colt(document)["availability"]["CN"]
    findings = check_document(document, now=NOW)
    assert {finding.level for finding in findings} == {"warning"}
    assert any("market HK: no price book" in line for line in said(findings))


def test_a_price_book_that_starts_later_is_checked_too(document: Document) -> None:
    document["price_books"][1]["based_on"] = None
    colt(document)["reference_cars"] = []
    findings = said(check_document(document, now=NOW))
    assert any(
        "price book cn-2: says no price for `blue` (Blue) on high" in line for line in findings
    )
    assert not any("price book cn-1" in line for line in findings)


def test_a_published_price_book_keeps_its_terms(document: Document) -> None:
    previous = copy.deepcopy(document)
    document["price_books"][0]["valid_from"] = "2026-08-01T00:00:00Z"
    [finding] = check_document(document, now=NOW, previous=previous)
    assert finding.text == "was published and changed its market, start or parent"
    assert check_document(previous, now=datetime(2026, 9, 2, tzinfo=UTC), previous=previous) == []
