"""What the configurator keeps and hands out: statuses, reasons, remembered closures, and prices that are missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from catalog.domain.catalogue import Option, PriceRow
from catalog.domain.configuration import car, statuses
from catalog.domain.configuration.completion import Completer, Reasons, Task
from catalog.domain.configuration.configurator import Configurator, Status
from catalog.domain.configuration.engine import Bench, Workshop
from catalog.domain.pricing import PriceList, book_in_force
from tests.factories.catalogue import demo_catalogue

CATALOGUE = demo_catalogue()
HAVEN = CATALOGUE.models["haven"]
DAY = date(2026, 11, 22)
BOOK = book_in_force(CATALOGUE, "CN", datetime(2026, 11, 22, 4, tzinfo=UTC))
PRICES = PriceList(HAVEN, "CN", BOOK, CATALOGUE)


def test_statuses_read_like_a_mapping_in_the_models_order() -> None:
    shop = Configurator(HAVEN, "CN", DAY)
    found = shop.statuses(["trim:voyage", "pkg-quiet"])
    whole = dict(found.items())
    assert list(found) == list(whole) == list(shop.plan.order)
    assert len(found) == len(shop.plan.order)
    assert list(found.values()) == list(whole.values())
    assert found == whole
    assert repr(found) == repr(whole)
    assert found["cli-air"] == Status("included", "pkg-quiet")
    with pytest.raises(KeyError):
        found["warp"]


def test_more_packages_than_a_byte_can_number_are_told_apart() -> None:
    extra = tuple(
        Option(f"pack-{n}", "packages", {}, {}, contains=("acc-mats",)) for n in range(300)
    )
    marks = {
        trim: {**options, **dict.fromkeys((one.code for one in extra), "O")}
        for trim, options in HAVEN.availability["CN"].items()
    }
    many = replace(HAVEN, options=(*HAVEN.options, *extra), availability={"CN": marks}, diagrams={})
    found = Configurator(many, "CN", DAY).statuses(["trim:calm", "pack-299"])
    assert len(extra) > statuses.ONE_BYTE
    assert found["acc-mats"] == Status("included", "pack-299")
    assert found["pack-298"].status == "available"


def test_reasons_are_worked_out_once_and_when_they_are_read() -> None:
    asked: list[int] = []

    def find() -> dict[str, tuple[str, ...]]:
        asked.append(1)
        return {"com-hud": ("haven-r59",)}

    reasons = Reasons(find)
    assert asked == []
    assert reasons == {"com-hud": ("haven-r59",)}
    assert (len(reasons), list(reasons)) == (1, ["com-hud"])
    assert repr(reasons) == "{'com-hud': ('haven-r59',)}"
    assert asked == [1]


def test_closures_that_are_forgotten_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = car.Blueprint(HAVEN, "CN", DAY)
    choices = [("trim:calm", code) for code in ("acc-mats", "pkg-quiet", "paint-ink", "acc-plate")]
    remembered = [plan.close(one) for one in choices]
    monkeypatch.setattr(car, "REMEMBERED", 2)
    forgetful = car.Blueprint(HAVEN, "CN", DAY)
    assert [forgetful.close(one) for one in choices] == remembered
    assert [forgetful.close(one) for one in choices] == remembered


def test_an_addition_that_has_a_price_only_beside_a_spare_one_is_not_made() -> None:
    rows = tuple(row for row in HAVEN.prices if row.code != "com-hud")
    beside_mats = PriceRow(BOOK.code, "option", "com-hud", "*", "acc-mats", 100)
    prices = PriceList(replace(HAVEN, prices=(*rows, beside_mats)), "CN", BOOK, CATALOGUE)
    bench = Bench(Workshop(car.Blueprint(HAVEN, "CN", DAY)))
    completer, task = Completer(bench, prices), Task(("trim:voyage", "as-nightvision"))
    cheapest = completer.cheapest(task)
    assert cheapest is not None
    assert cheapest.adds == ("com-hud", "acc-mats")
    assert completer.cheapest_needed(task) is None
