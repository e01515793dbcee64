"""What changes for buyers from one release to another, on the tiny catalogue."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from catalog.domain.catalogue import read_catalogue
from catalog.models import Build
from catalog.queries.saved_cars import KeptCars, grouped, saved_cars
from catalog.services.builds import save_build
from catalog.services.releases import ReleaseFacts, compile_document
from catalog.services.releases_difference import Difference, compare_releases
from catalog.services.releases_difference_cars import SHOWN
from kernel.money import Money
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db
Document = dict[str, Any]
TEXT = {"zh-hans": "新规则。", "en": "A new rule."}
NOBODY: tuple[list[KeptCars], int] = ([], 0)


@pytest.fixture
def old(load: Load) -> Document:
    """The tiny catalogue, compiled and not published."""
    load()
    return copy.deepcopy(compile_document(pictures={}))


@pytest.fixture
def new(old: Document) -> Document:
    """The same again, to be changed."""
    return copy.deepcopy(old)


def colt(document: Document) -> Document:
    """The one model."""
    found: Document = document["models"][0]
    return found


def rule(document: Document, **parts: Any) -> None:
    """Adds a rule."""
    colt(document)["rules"].append({"code": "r9", "kind": "boolean", "text": TEXT, **parts})


def without(document: Document, table: str, code: str) -> None:
    """Takes a row out of the model."""
    model = colt(document)
    model[table] = [row for row in model[table] if row["code"] != code]


def compared(old: Document, new: Document, *cars: KeptCars, left_out: int = 0) -> Difference:
    """From `old` to `new`, with these saved cars."""
    before, after = (read_catalogue(d, code="", fingerprint="") for d in (old, new))
    return compare_releases(
        before=before, after=after, builds=(cars, left_out), quotes=NOBODY, now=NOW
    )


def kept(*choices: str, count: int = 1, code: str = "AAA") -> KeptCars:
    """Equal cars somebody keeps."""
    return KeptCars("colt", "CN", choices, count, (code,))


def test_equal_releases_differ_in_nothing(old: Document, new: Document) -> None:
    found = compared(old, new, kept("trim:base", "hook"))
    assert found.empty
    assert not found.counts_differ
    assert [(c.trim["en"], c.before, c.after) for c in found.counts] == [
        ("Base", 5, 5),
        ("High", 8, 8),
    ]


def test_what_came_and_went_is_named(old: Document, new: Document) -> None:
    without(new, "options", "trip")
    colt(new)["availability"]["CN"]["high"].pop("trip")
    colt(new)["options"].append({"code": "wing", "group": "extras", "name": TEXT})
    without(new, "trims", "base")
    without(new, "rules", "r2")
    found = compared(old, new)
    assert [(t.what, t.kind, t.code, t.name["en"]) for t in found.things] == [
        ("removed", "trim", "base", "Base"),
        ("removed", "option", "trip", "Trip package"),
        ("added", "option", "wing", "A new rule."),
    ]
    assert [(c.trim["en"], c.before, c.after) for c in found.counts] == [
        ("High", 8, 6),
        ("Base", 5, None),
    ]


def test_a_model_that_came_or_went_stands_for_all_of_it(old: Document, new: Document) -> None:
    colt(new)["code"] = "mare"
    found = compared(old, new, kept("trim:base"))
    assert [(t.what, t.kind, t.code) for t in found.things] == [
        ("removed", "model", "colt"),
        ("added", "model", "mare"),
    ]
    [broken] = found.builds.broken
    assert broken.after.why["en"] == "is not sold any more"


def test_an_option_that_becomes_unbuildable_says_where_and_why(
    old: Document, new: Document
) -> None:
    rule(new, must="not rack")
    [rack, trip] = compared(old, new).buildable
    assert (rack.what, rack.code, rack.where["en"]) == (
        "lost",
        "rack",
        "Pony Colt · Mainland China",
    )
    assert [trim["en"] for trim in rack.trims] == ["Base", "High"]
    assert rack.why == {"zh-hans": "“新规则。”（r9）", "en": "“A new rule.” (r9)"}
    assert [trim["en"] for trim in trip.trims] == ["High"]
    back = compared(new, old).buildable
    assert [(one.what, one.code, one.why["en"]) for one in back] == [
        ("gained", "rack", ""),
        ("gained", "trip", ""),
    ]


def test_an_option_taken_off_a_trim_is_lost_there(old: Document, new: Document) -> None:
    colt(new)["availability"]["CN"]["base"].pop("blue")
    [blue] = compared(old, new).buildable
    assert ([trim["en"] for trim in blue.trims], blue.why["en"]) == (
        ["Base"],
        "Blue is not offered on this trim",
    )


def test_a_trim_that_becomes_empty_is_told_as_a_whole(old: Document, new: Document) -> None:
    rule(new, must="not trim:high")
    [lost] = compared(old, new).buildable
    assert (lost.what, lost.code, [t["en"] for t in lost.trims]) == ("lost", "", ["High"])
    assert "(r9)" in lost.why["en"]
    assert [(c.trim["en"], c.after) for c in compared(old, new).counts] == [
        ("Base", 5),
        ("High", 0),
    ]


def test_rules_are_told_in_words_and_as_statements(old: Document, new: Document) -> None:
    rule(new, must="not rack")
    without(new, "rules", "r3")
    colt(new)["rules"][0]["then"] = "hook or blue"
    found = compared(old, new).rules
    assert [(r.what, r.code, r.text["en"], r.before, r.after) for r in found] == [
        (
            "changed",
            "r1",
            "A rack hangs on the hook.",
            "rack requires hook",
            "rack requires hook or blue",
        ),
        ("added", "r9", "A new rule.", "", "always not rack"),
        ("removed", "r3", "Five days more.", "rack takes 5 more days", ""),
    ]


def test_a_broken_rule_is_told_by_its_fault_and_counts_nothing(
    old: Document, new: Document
) -> None:
    rule(new, must="hook (")
    found = compared(old, new)
    assert "near 'hook ('" in found.rules[0].after
    assert [count.after for count in found.counts] == [None, None]
    assert found.buildable == ()


def test_prices_are_told_by_book_with_both_amounts(old: Document, new: Document) -> None:
    prices = colt(new)["prices"]
    prices[3]["amount"] = 55_000
    prices.pop(4)
    new["price_books"].append(
        {
            "code": "cn-3",
            "market": "CN",
            "currency": "CNY",
            "valid_from": "2027-06-01T00:00:00+08:00",
            "based_on": "cn-2",
        }
    )
    row = {"kind": "trim", "code": "base", "trim": "base", "when": None, "note": ""}
    prices.append({**row, "price_book": "cn-3", "amount": 6_200_000})
    found = compared(old, new).prices
    assert [(p.book, p.code, p.when, p.before, p.after) for p in found] == [
        ("cn-1", "hook", "", Money(50_000, "CNY"), Money(55_000, "CNY")),
        ("cn-3", "base", "", Money(6_100_000, "CNY"), Money(6_200_000, "CNY")),
        ("cn-1", "rack", "", Money(90_000, "CNY"), None),
    ]


def test_a_price_for_one_trim_names_it(old: Document, new: Document) -> None:
    colt(new)["prices"][6]["amount"] += 1
    [price] = compared(old, new).prices
    assert (price.name["en"], price.trim["en"]) == ("Trip package", "High")


def test_reference_cars_with_another_result_are_told(old: Document, new: Document) -> None:
    colt(new)["rules"][1]["until"] = "2026-10-01"
    colt(new)["prices"][3]["amount"] = 60_000
    first, second = compared(old, new).references
    assert (first.code, first.before.total, first.after.total) == (
        "ref-1",
        Money(5_840_000, "CNY"),  # the trade-in offer is off
        Money(5_850_000, "CNY"),
    )
    assert (second.code, second.before.total) == ("ref-2", None)
    assert "(r2)" in second.before.why["en"]
    assert second.after.total is not None


def test_saved_cars_that_break_or_cost_something_else_are_counted_and_named(
    old: Document, new: Document
) -> None:
    rule(new, must="not rack")
    without(new, "options", "trip")
    colt(new)["availability"]["CN"]["high"].pop("trip")
    colt(new)["prices"][3]["amount"] = 60_000
    cars = (
        kept("trim:base", "hook", count=3),
        kept("trim:base", "hook", "rack", count=2),
        kept("trim:high", "trip"),
        kept("trim:base"),
        kept("trim:base", "rack"),
    )
    found = compared(old, new, *cars, left_out=4).builds
    assert (found.checked, found.left_out) == (8, 4)
    assert (found.broken_count, found.repriced_count) == (3, 3)
    assert [(c.name["en"], c.after.why["en"]) for c in found.broken] == [
        ("Pony Colt Base", "“A new rule.” (r9)"),
        ("Pony Colt High", "“Trip package” (trip) is not sold any more"),
    ]
    [dearer] = found.repriced
    assert (dearer.before.total, dearer.after.total) == (
        Money(5_750_000, "CNY"),
        Money(5_760_000, "CNY"),
    )


def test_only_the_first_groups_are_named_and_all_are_counted(old: Document, new: Document) -> None:
    rule(new, must="not hook")
    cars = [kept("trim:base", "hook", code=str(number)) for number in range(SHOWN + 5)]
    found = compared(old, new, *cars).builds
    assert (len(found.broken), found.broken_count) == (SHOWN, SHOWN + 5)


def test_a_car_without_a_price_breaks_with_the_reason(old: Document, new: Document) -> None:
    new["price_books"].clear()
    [broken] = compared(old, new, kept("trim:base")).builds.broken
    assert "no price book" in broken.after.why["en"]


def test_saved_builds_are_grouped_by_equal_choices_newest_first(published: ReleaseFacts) -> None:
    codes = [
        save_build(
            model="colt", market="CN", choices=choices, now=NOW + timedelta(minutes=place)
        ).code
        for place, choices in enumerate(
            (["trim:base", "hook"], ["hook", "trim:base"], ["trim:high"], ["trim:base"])
        )
    ]
    assert saved_cars(limit=9) == (
        [
            KeptCars("colt", "CN", ("trim:base",), 1, (codes[3],)),
            KeptCars("colt", "CN", ("trim:high",), 1, (codes[2],)),
            KeptCars("colt", "CN", ("trim:base", "hook"), 2, (codes[1],)),
        ],
        0,
    )
    found, left_out = saved_cars(limit=1)
    assert ([one.codes for one in found], left_out) == ([(codes[3],)], 3)
    assert Build.objects.count() == 4


def test_cars_given_one_by_one_are_grouped_and_three_are_named() -> None:
    cars = [(str(n), "colt", "CN", ["hook", "trim:base"][:: 1 if n % 2 else -1]) for n in range(5)]
    assert grouped(cars) == [KeptCars("colt", "CN", ("hook", "trim:base"), 5, ("0", "1", "2"))]


def test_an_offer_that_changes_shows_in_what_saved_cars_cost(old: Document, new: Document) -> None:
    new["incentives"][0]["models"]["colt"] = 400_000
    [cheaper] = compared(old, new, kept("trim:base")).builds.repriced
    assert (cheaper.before.total, cheaper.after.total) == (
        Money(5_700_000, "CNY"),
        Money(5_600_000, "CNY"),
    )
