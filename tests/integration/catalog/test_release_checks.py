"""What keeps a release from being published, and what is only worth a look; said in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.services.releases import check_document, compile_document
from catalog.services.releases_checking_words import SENTENCES, Finding, errors_in
from kernel.text import missing_languages
from tests.factories.rulebook import table
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db
Document = dict[str, Any]
TEXT = {"zh-hans": "新规则。", "en": "A new rule."}


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
    return [f"{f.level} {f.check}: {f.where['en']}: {f.text['en']}" for f in findings]


def written(row: dict[str, str]) -> dict[str, str]:
    """The rule of a row of the worked table as a document has it."""
    parts = {"must": row["rule r9"]}
    if row["rule r9"].startswith("if "):
        when, then = row["rule r9"].removeprefix("if ").split(" then ")
        parts = {"kind": "requires", "if": when, "then": then}
    if row["days"]:
        word, day = row["days"].split(" ")
        parts[word] = day
    return parts


@pytest.mark.parametrize("row", table("release.md", "checks"), ids=lambda row: row["rule r9"])
def test_the_worked_checks_are_what_the_checks_say(document: Document, row: dict[str, str]) -> None:
    rule(document, **written(row))
    colt(document)["reference_cars"] = []
    first = check_document(document, now=NOW)[0]
    assert said([first]) == [f"{row['level']} {row['check']}: {row['where']}: {row['says']}"]


def test_a_sound_catalogue_has_no_findings(document: Document) -> None:
    assert check_document(document, now=NOW) == []


def test_every_sentence_and_its_advice_speak_both_languages() -> None:
    for check, (sentence, advice) in SENTENCES.items():
        assert missing_languages(sentence) == missing_languages(advice) == [], check


def test_a_finding_speaks_chinese_and_says_what_to_do(document: Document) -> None:
    rule(document, must="not rack")
    colt(document)["reference_cars"] = []
    finding = check_document(document, now=NOW)[0]
    assert finding.text["zh-hans"] == "没有任何车能选“架”（rack）：“新规则。”（r9）"
    assert finding.where["zh-hans"] == "小马 驹 · 中国大陆"
    assert finding.advice["en"].startswith("Loosen or withdraw one of these rules")
    assert finding.facts()["advice"]["zh-hans"].startswith("放宽或撤回其中一条规则")


def test_what_hangs_on_a_dead_option_is_dead_for_the_same_rule(document: Document) -> None:
    rule(document, must="not rack")
    colt(document)["reference_cars"] = []
    assert said(errors_in(check_document(document, now=NOW)))[1] == (
        "error dead-option: Pony Colt · Mainland China: no car can have “Trip package” (trip): "
        "Trip package contains Hook, Rack; “A new rule.” (r9)"
    )


def test_trims_that_share_a_reason_share_a_finding_and_days_that_are_apart_are_named(
    document: Document,
) -> None:
    rule(document, must="not blue", until="2027-02-01")
    rule(document, must="not blue", code="r10", **{"from": "2027-04-01", "until": "2027-05-01"})
    rule(document, must="not blue", code="r11", **{"from": "2027-06-01"})
    colt(document)["reference_cars"] = []
    days = [f.where["en"].split(" · ")[-1] for f in check_document(document, now=NOW)]
    assert days == ["2026-11-22 – 2027-02-01", "2027-04-01 – 2027-05-01", "from 2027-06-01"]


def test_an_option_that_is_dead_for_different_rules_names_each_on_its_days(
    document: Document,
) -> None:
    rule(document, must="not hook", until="2027-02-01")
    rule(document, must="not hook", code="r10", **{"from": "2027-02-01"})
    colt(document)["reference_cars"] = []
    lines = said(check_document(document, now=NOW))
    assert lines[0] == (
        "error dead-option: Pony Colt · Mainland China: no car can have “Hook” (hook): "
        "“A new rule.” (r9)"
    )
    assert [line for line in lines if "dead-on-trim" in line] == []


def test_rules_are_judged_one_by_one_only_where_every_trim_has_a_car(document: Document) -> None:
    rule(document, must="not trim:high")
    rule(document, kind="requires", code="r10", then="hook", **{"if": "trip"})
    colt(document)["reference_cars"] = []
    assert [f.check for f in check_document(document, now=NOW)] == ["empty-trim"]


def test_a_rule_that_helps_in_one_market_is_worth_its_place(document: Document) -> None:
    rule(document, kind="requires", then="hook", **{"if": "trip"})
    document["markets"].append({**document["markets"][0], "code": "HK"})
    colt(document)["availability"]["HK"] = copy.deepcopy(colt(document)["availability"]["CN"])
    colt(document)["availability"]["HK"]["high"].pop("trip")
    assert [f.check for f in check_document(document, now=NOW) if f.check.startswith("rule")] == [
        "rule-redundant"
    ]
    rule(document, must="hook or not rack", code="r10", market="HK")
    colt(document)["rules"][0]["market"] = "CN"
    checks = [f for f in check_document(document, now=NOW) if f.check.startswith("rule")]
    assert [("r9" in f.text["en"], f.check) for f in checks] == [(True, "rule-redundant")]


def test_a_rule_that_makes_things_free_is_never_redundant(document: Document) -> None:
    rule(document, kind="includes", adds=["hook"], **{"if": "rack"})
    lines = said(check_document(document, now=NOW))
    assert lines[0].endswith("ref-1: costs ¥60,900.00, expected ¥61,400.00")
    assert [line for line in lines if "(r9)" in line] == []
    assert "“A rack hangs on the hook.” (r1) is redundant" in lines[1]


def test_a_rule_about_delivery_that_never_fires_is_found(document: Document) -> None:
    rule(document, kind="lead", add_days=3, **{"if": "rack and not hook"})
    [finding] = check_document(document, now=NOW)
    assert (finding.level, finding.check) == ("warning", "rule-never-fires")


def test_a_rule_for_trims_never_fires_where_only_other_trims_meet_its_condition(
    document: Document,
) -> None:
    rule(document, kind="requires", then="blue", trims=["base"], **{"if": "trip"})
    assert [f.check for f in check_document(document, now=NOW)] == ["rule-never-fires"]


def test_every_rule_that_cannot_be_read_is_named_with_its_place(document: Document) -> None:
    rule(document, must="hook (")
    rule(document, kind="requires", code="r10", **{"if": "hook"})
    rule(document, must="wing", code="r11", until="2026-01-01")
    lines = said(errors_in(check_document(document, now=NOW)))
    assert len(lines) == 2
    assert "rule-unreadable: Pony Colt · Mainland China: the rule “A new rule.” (r9)" in lines[0]
    assert "a rule of kind requires needs 'then'" in lines[1]


BROKEN: list[tuple[Callable[[Document], Any], str]] = [
    (
        lambda d: colt(d)["prices"].pop(0),
        "Mainland China · cn-1: says no price for “Base” (base)",
    ),
    (
        lambda d: colt(d)["prices"].pop(3),
        "· cn-1: says no price for “Hook” (hook) on “Base” (base), “High” (high)",
    ),
    (
        lambda d: colt(d)["prices"][3].update(when="hook ("),
        "error prices-unreadable: Pony Colt · Mainland China: a price cannot be read",
    ),
    (
        lambda d: colt(d)["prices"][3].update(when="wing"),
        "error names-nothing: Pony Colt · Mainland China · cn-1: hook names what the model",
    ),
    (
        lambda d: colt(d)["options"][4]["contains"].append("wing"),
        "error names-nothing: Pony Colt · Mainland China: “Trip package” (trip) names",
    ),
    (
        lambda d: colt(d)["availability"]["CN"]["high"].update(wing="S"),
        "error names-nothing: Pony Colt · Mainland China: high names what",
    ),
    (
        lambda d: d["price_books"].clear(),
        "error no-book: Mainland China: no price book is in force: no price book of market CN",
    ),
    (
        lambda d: d["deposit_policies"].clear(),
        "error no-deposit-policy: Mainland China: no deposit policy is in force",
    ),
    (
        lambda d: d.pop("order_policies"),
        "error no-order-policy: Mainland China: no order policy is in force",
    ),
    (
        lambda d: d["order_policies"][0].update(valid_from="2027-01-01"),
        "error no-order-policy: Mainland China: no order policy is in force",
    ),
    (
        lambda d: d["order_policies"][0]["delay"].pop("per_day"),
        "error order-policy-unreadable: Mainland China · cn-orders: cannot be read: delay.per_day",
    ),
    (
        lambda d: d.update(payment_methods=[{"code": "cn-cash", "market": "CN", "method": "cash"}]),
        "error payment-method-unreadable: Mainland China · cn-cash: cannot be read: method,",
    ),
    (
        lambda d: d["deposit_policies"][0]["amounts"].clear(),
        "cn-standard: names no amount for “Pony Colt” (colt)",
    ),
    (lambda d: d["brand"].clear(), "error no-brand: The shop: the brand is missing"),
    (lambda d: d["models"].clear(), "error no-model: The shop: there is no model"),
    (lambda d: colt(d)["trims"].clear(), "error no-trim: Pony Colt: the model has no trim"),
    (
        lambda d: colt(d)["availability"]["CN"]["high"].clear(),
        "error bare-trim: Pony Colt · Mainland China · High: no option is available on this trim",
    ),
    (lambda d: d["markets"][0].update(on_sale=False), "error no-market: The shop: no market"),
    (lambda d: d["markets"][0].pop("vat"), "error unreadable: –: the document cannot be read"),
]


@pytest.mark.parametrize(("breaks", "finding"), BROKEN)
def test_each_gap_is_found(
    document: Document, breaks: Callable[[Document], Any], finding: str
) -> None:
    breaks(document)
    findings = said(check_document(document, now=NOW))
    assert any(finding in line for line in findings), findings


REFERENCES: list[tuple[int, dict[str, Any], str]] = [
    (0, {"total": 1}, "costs ¥61,400.00, expected ¥0.01"),
    (0, {"price_book": "cn-2"}, "is priced by cn-1, expected cn-2"),
    (0, {"choices": ["rack"]}, "cannot be built: “A rack hangs on the hook.” (r1)"),
    (0, {"choices": ["red", "blue"]}, "cannot be built: Every car has exactly one choice of Paint"),
    (0, {"choices": ["wing"]}, "cannot be checked: colt has no wing"),
    (1, {"choices": []}, "should break “No rack on blue before March.” (r2), but can be built"),
    (1, {"violates": ["r7"]}, "should break r7, breaks “No rack on blue before March.” (r2)"),
]


@pytest.mark.parametrize(("number", "change", "finding"), REFERENCES)
def test_a_reference_car_that_is_not_what_it_was_is_an_error(
    document: Document, number: int, change: dict[str, Any], finding: str
) -> None:
    colt(document)["reference_cars"][number].update(change)
    [line] = said(check_document(document, now=NOW))
    assert line.startswith("error reference-")
    assert line.endswith(f"Pony Colt · Mainland China · ref-{number + 1}: {finding}")


def test_in_a_market_that_is_only_prepared_everything_is_a_warning(document: Document) -> None:
    document["markets"].append({**document["markets"][0], "code": "HK", "on_sale": False})
    colt(document)["availability"]["HK"] = colt(document)["availability"]["CN"]
    findings = check_document(document, now=NOW)
    assert {finding.level for finding in findings} == {"warning"}
    assert any("no price book of market HK" in line for line in said(findings))


def test_a_price_book_that_starts_later_is_checked_too(document: Document) -> None:
    document["price_books"][1]["based_on"] = None
    colt(document)["reference_cars"] = []
    findings = said(check_document(document, now=NOW))
    assert any("· cn-2: says no price for “Blue” (blue) on" in line for line in findings)
    assert not any("· cn-1" in line for line in findings)


def test_a_published_price_book_keeps_its_terms(document: Document) -> None:
    previous = copy.deepcopy(document)
    document["price_books"][0]["valid_from"] = "2026-08-01T00:00:00Z"
    [finding] = check_document(document, now=NOW, previous=previous)
    assert finding.check == "book-changed"
    assert finding.text["en"] == "a published book changed its market, start or parent"
    assert check_document(previous, now=datetime(2026, 9, 2, tzinfo=UTC), previous=previous) == []


def law(document: Document, **parts: Any) -> None:
    """Adds a row of the law of the market."""
    row = {"market": "CN", "key": "price.compare.days", "value": 7, "from": "2022-07-01"}
    rest = {"by": "display_date", "confidence": "statute", "source": "Clear price rules"}
    document["law"].append({**row, **rest, **parts})


def calendar(document: Document, *years: int) -> None:
    """Adds the calendars of these years to the law of the market."""
    for year in years:
        law(document, key="calendar.holidays", applies_to=str(year), value={"days": ["01-01"]})


def test_a_market_with_the_calendars_of_this_year_and_the_next_misses_none(
    document: Document,
) -> None:
    calendar(document, 2026, 2027)
    assert check_document(document, now=NOW) == []


LAW: list[tuple[Callable[[Document], Any], str]] = [
    (
        lambda d: law(d, needs_review=True),
        "warning law-unconfirmed: Mainland China: to be confirmed by a lawyer or tax adviser:"
        " price.compare.days: Clear price rules",
    ),
    (
        lambda d: law(d, until="2027-11-22"),
        "warning law-ends: Mainland China: price.compare.days: Clear price rules ends on 2027-11-22",
    ),
    (
        lambda d: law(d, until="2026-11-22", applies_to="nev"),
        "error law-missing: Mainland China: no row price.compare.days (nev) holds today",
    ),
    (
        lambda d: law(d, **{"from": "2026-11-23"}),
        "error law-missing: Mainland China: no row price.compare.days holds today",
    ),
    (
        lambda d: calendar(d, 2026),
        "warning calendar-missing: Mainland China: there is no calendar of holidays for 2027",
    ),
    (
        lambda d: d["deposit_policies"][0].update(withdrawal={"right": True, "days": 14}),
        "warning calendar-missing: Mainland China: there is no calendar of holidays for 2026; 2027",
    ),
    (
        lambda d: d["law"][0].update(value="0.16"),
        "warning vat-differs: Mainland China: the market says VAT 0.13, the law 0.16",
    ),
    (lambda d: d["law"][0].update(until="2026-11-01"), "no row tax.vat.rate holds today"),
    (
        lambda d: d["incentives"][0]["models"].update(colt=6000001),
        "error offers-exceed: Pony Colt · Mainland China · Base · 2026-11-22: together the offers"
        " “Trade-in” (trade-in) exceed ¥60,000.00",
    ),
    (
        lambda d: d["incentives"].append(
            {
                **d["incentives"][0],
                "code": "later",
                "from": "2026-12-24",
                "models": {"colt": 5800000},
            }
        ),
        "error offers-exceed: Pony Colt · Mainland China · Base · 2026-12-24: together",
    ),
]


@pytest.mark.parametrize(("changes", "finding"), LAW)
def test_law_and_offers_that_need_somebody_are_named(
    document: Document, changes: Callable[[Document], Any], finding: str
) -> None:
    changes(document)
    [line] = said(check_document(document, now=NOW))
    assert finding in line


def test_law_and_offers_in_order_are_not_mentioned(document: Document) -> None:
    law(document, until="2027-11-23")
    law(document, until="2026-11-22", needs_review=True, applies_to="stock")
    law(document, **{"from": "2026-11-22"}, applies_to="stock")
    document["incentives"][0]["models"]["colt"] = 6000000
    document["incentives"].append({**document["incentives"][0], "code": "twin", "stack": False})
    document["incentives"][1]["from"] = document["incentives"][0]["until"]
    document["incentives"][1]["until"] = "2027-03-01"
    document["incentives"].append({**document["incentives"][1], "code": "either"})
    assert check_document(document, now=NOW) == []
