"""What staff are told before they publish."""

from __future__ import annotations

import pytest

from catalog.models import Option, Rule, Trim
from catalog.queries.editing import changes_since_release, differences
from catalog.services.releases import ReleaseFacts, compile_document
from tests.integration.catalog.conftest import Load

pytestmark = pytest.mark.django_db


def test_nothing_edited_is_no_difference(published: ReleaseFacts) -> None:
    assert changes_since_release(compile_document(pictures={})) == []


def test_edits_are_told_by_path_with_before_and_after(published: ReleaseFacts) -> None:
    trim = Trim.objects.get(code="base")
    trim.name = {**trim.name, "en": "Basic"}
    trim.save()
    Rule.objects.filter(code="r1").update(then="hook or red")
    Option.objects.filter(code="trip").update(live=False)
    told = {
        d.where: (d.what, d.before, d.after)
        for d in changes_since_release(compile_document(pictures={}))
    }
    assert told["models/colt/trims/base/name/en"] == ("changed", "Base", "Basic")
    assert told["models/colt/rules/r1/then"] == ("changed", "hook", "hook or red")
    assert told["models/colt/options/trip"][0] == "removed"
    assert told["models/colt/availability/CN/high/trip"][0] == "removed"
    assert told["models/colt/prices/cn-1 package trip high"][0] == "removed"
    assert len(told) == 5


def test_before_the_first_release_everything_is_new(load: Load) -> None:
    load()
    assert {d.what for d in changes_since_release(compile_document(pictures={}))} == {"added"}


def test_an_order_is_a_difference_too() -> None:
    before = {"models": [{"code": "a"}, {"code": "b"}, {"code": "c"}]}
    after = {"models": [{"code": "c"}, {"code": "a"}]}
    assert [(d.what, d.where) for d in differences(before, after)] == [
        ("removed", "models/b"),
        ("changed", "models (order)"),
    ]
