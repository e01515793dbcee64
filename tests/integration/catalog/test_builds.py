"""Saving a car under a short code and reopening it later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from catalog.errors import ImmutableRecord, NotBuildable, UnknownBuild, UnknownModel, UnknownOption
from catalog.models import (
    Build,
    Market,
    Model,
    Option,
    Price,
    PriceBook,
    Release,
    ReleasePointer,
    Rule,
    Trim,
)
from catalog.queries.builds import build
from catalog.queries.configuring import car_facts
from catalog.services import builds, releases
from catalog.services.builds import save_build
from catalog.services.releases import ReleaseFacts, publish_release
from kernel.crypto import ALPHABET
from tests.integration.catalog.conftest import NOW

pytestmark = pytest.mark.django_db
NEXT_YEAR = datetime(2027, 1, 15, tzinfo=UTC)
CHOICES = ["trim:base", "hook", "rack"]


def test_a_build_is_saved_under_a_short_code_and_reopened_as_it_was(
    published: ReleaseFacts,
) -> None:
    saved = save_build(model="colt", market="CN", choices=CHOICES, now=NOW)
    assert len(saved.code) == 8
    assert set(saved.code) <= set(ALPHABET)
    assert (saved.release, saved.trim, saved.options) == (
        "R000001",
        "base",
        ("hook", "rack", "red"),
    )
    assert saved.sheet.list_price.minor == 6140000
    assert saved.days == 33
    assert saved.names["rack"]["en"] == "Rack"
    again = build(f" {saved.code.lower()} ", NOW)
    assert again == saved
    assert again.current.valid
    assert again.current.changes == ()


def test_a_build_shows_what_a_new_price_book_changes(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=CHOICES, now=NOW)
    later = build(saved.code, NEXT_YEAR)
    assert later.sheet == saved.sheet
    assert later.current.sheet is not None
    assert later.current.sheet.list_price.minor == 6240000
    [change, ended] = later.current.changes
    assert (ended.kind, ended.code) == ("removed", "trade-in")
    assert (change.kind, change.code) == ("price", "trim:base")
    assert change.before is not None
    assert change.after is not None
    assert (change.before.minor, change.after.minor) == (6000000, 6100000)


def test_a_build_of_an_older_release_says_what_is_gone(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=["trim:high", "trip"], now=NOW)
    Option.objects.filter(code="trip").update(live=False)
    publish_release(now=NOW, actor="test", pictures={})
    later = build(saved.code, NOW)
    assert later.release == "R000001"
    assert not later.current.valid
    assert [(c.kind, c.code, c.name["en"]) for c in later.current.changes] == [
        ("gone", "trip", "Trip package")
    ]
    [way] = later.current.ways
    assert way.choices == ("trim:high",)
    assert [(part.code, part.text["en"]) for part in way.removes] == [("trip", "Trip package")]
    assert way.price_difference == way.total - saved.sheet.total
    assert (
        car_facts(model="colt", market="CN", choices=way.choices, now=NOW).sheet.total == way.total
    )


def test_a_build_that_a_new_rule_breaks_quotes_the_rule(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=["trim:high", "blue", "hook"], now=NOW)
    rule = Rule.objects.get(code="r2")
    rule.condition, rule.excluded = "blue", ["hook"]
    rule.save()
    publish_release(now=NOW, actor="test", pictures={})
    [change] = build(saved.code, NOW).current.changes
    assert (change.kind, change.code, change.name["en"]) == (
        "rule",
        "r2",
        "No rack on blue before March.",
    )
    ways = build(saved.code, NOW).current.ways
    assert [[part.code for part in way.removes] for way in ways] == [["blue"], ["hook"]]
    assert [way.total for way in ways] == sorted(way.total for way in ways)


def test_a_build_says_what_comes_along_and_what_left(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=["trim:base"], now=NOW)
    rule = Rule.objects.get(code="r3")
    rule.model.reference_cars.update(live=False)
    rule.kind, rule.condition, rule.adds, rule.add_days = "includes", "trim:base", ["hook"], None
    rule.save()
    publish_release(now=NOW, actor="test", pictures={})
    assert [(c.kind, c.code) for c in build(saved.code, NOW).current.changes] == [("added", "hook")]
    newer = save_build(model="colt", market="CN", choices=["trim:base"], now=NOW)
    Rule.objects.filter(code="r3").update(live=False)
    publish_release(now=NOW, actor="test", pictures={})
    assert [(c.kind, c.code) for c in build(newer.code, NOW).current.changes] == [
        ("removed", "hook")
    ]


def test_a_build_of_a_group_that_lost_its_standard_names_the_group(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=["trim:high"], now=NOW)
    Option.objects.get(code="red").availability.update(value="O")
    rows = publish_after_making_red_priced()
    assert rows == "R000002"
    [change] = build(saved.code, NOW).current.changes
    assert (change.kind, change.code) == ("structure", "group:paint")
    [way] = build(saved.code, NOW).current.ways
    assert (way.removes, [part.code for part in way.adds]) == ((), ["red"])


def publish_after_making_red_priced() -> str:
    """An option on offer needs a price: new books bring it, for now and for when the second one starts."""
    model = Model.objects.get(code="colt")
    later = PriceBook.objects.get(code="cn-2")
    for code, parent, start in (
        ("cn-3", later, later.valid_from),
        ("cn-9", later.based_on, datetime(2026, 10, 1, tzinfo=UTC)),
    ):
        book = PriceBook.objects.create(
            code=code, market=later.market, based_on=parent, valid_from=start, position=9
        )
        Price.objects.create(price_book=book, model=model, kind="option", code="red", amount=0)
    model.reference_cars.update(live=False)
    return publish_release(now=NOW, actor="test", pictures={}).code


def test_a_build_of_a_market_that_closed_is_gone(published: ReleaseFacts) -> None:
    saved = save_build(model="colt", market="CN", choices=CHOICES, now=NOW)
    Market.objects.create(
        **{
            field: getattr(Market.objects.get(code="CN"), field)
            for field in ("name", "currency", "languages", "timezone", "vat_rate", "delivery_text")
        },
        code="HK",
        on_sale=True,
    )
    Market.objects.filter(code="CN").update(on_sale=False)

    closed = releases._store(releases.compile_document(pictures={}), [], NOW, "test", "")
    ReleasePointer.objects.update(release=Release.objects.get(code=closed.code))
    current = build(saved.code, NOW).current
    [change] = current.changes
    assert (change.kind, change.code) == ("gone", "colt")
    assert (current.valid, current.ways) == (False, ())


def test_a_build_of_a_trim_that_is_gone_is_offered_the_other_trims(
    published: ReleaseFacts,
) -> None:
    saved = save_build(model="colt", market="CN", choices=["trim:high", "hook"], now=NOW)
    Model.objects.get(code="colt").reference_cars.update(live=False)
    Trim.objects.filter(code="high").update(live=False)
    publish_release(now=NOW, actor="test", pictures={})
    current = build(saved.code, NOW).current
    assert [(c.kind, c.code) for c in current.changes] == [("gone", "trim:high")]
    assert current.ways
    for way in current.ways:
        assert way.choices[0] == "trim:base"
        assert "trim:high" in [part.code for part in way.removes]


def test_only_a_buildable_car_is_saved(published: ReleaseFacts) -> None:
    with pytest.raises(NotBuildable):
        save_build(model="colt", market="CN", choices=["trim:base", "rack"], now=NOW)
    with pytest.raises(UnknownOption):
        save_build(model="colt", market="CN", choices=["trim:base", "wing"], now=NOW)
    with pytest.raises(UnknownModel):
        save_build(model="calf", market="CN", choices=["trim:base"], now=NOW)
    assert Build.objects.count() == 0


def test_a_code_that_is_taken_is_drawn_again(
    published: ReleaseFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["AAAAAAAA", "AAAAAAAA", "BBBBBBBB"])
    monkeypatch.setattr(builds, "new_code", lambda: next(codes))
    assert save_build(model="colt", market="CN", choices=CHOICES, now=NOW).code == "AAAAAAAA"
    assert save_build(model="colt", market="CN", choices=CHOICES, now=NOW).code == "BBBBBBBB"
    monkeypatch.setattr(builds, "new_code", lambda: "AAAAAAAA")
    with pytest.raises(IntegrityError):
        save_build(model="colt", market="CN", choices=CHOICES, now=NOW)


def test_an_unknown_code_is_an_error_and_a_build_is_written_once(published: ReleaseFacts) -> None:
    with pytest.raises(UnknownBuild):
        build("NOSUCH22", NOW)
    save_build(model="colt", market="CN", choices=CHOICES, now=NOW)
    row = Build.objects.get()
    assert str(row) == row.code
    with pytest.raises(ImmutableRecord):
        row.save()
