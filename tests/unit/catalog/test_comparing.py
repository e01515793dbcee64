"""Cars side by side: the tables of docs/rules/comparing.md, and what holds for any comparison."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.domain.comparing import (
    BETTER,
    Cell,
    Column,
    Row,
    Section,
    best_places,
    compare,
    differing,
    figures,
)
from catalog.domain.configuration.configurator import Configurator
from catalog.domain.pricing import PriceList, book_in_force, planned_days, sheet_by
from catalog.errors import NotComparable
from tests.factories.catalogue import demo_catalogue
from tests.factories.rulebook import table

PAGE = "comparing.md"
CATALOGUE = demo_catalogue()
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@functools.cache
def column(model: str, *choices: str) -> Column:
    found = CATALOGUE.models[model]
    configurator = Configurator(found, "CN", DAY)
    prices = PriceList(found, "CN", book_in_force(CATALOGUE, "CN", NOON), CATALOGUE)
    car = configurator.car(choices)
    sheet = sheet_by(prices, CATALOGUE.markets["CN"], car)
    return Column(found, car.trim, sheet, planned_days(configurator.plan, car))


CARS = {row["car"]: (row["model"], *row["choices"].split()) for row in table(PAGE, "cars")}


def worked() -> list[Column]:
    return [column(*CARS[name]) for name in "ABC"]


def rows(sections: tuple[Section, ...]) -> dict[str, Row]:
    return {f"{s.code}/{row.code}": row for s in sections for row in s.rows}


def shown(row: Row, cell: Cell | None) -> str:
    if cell is None:
        return ""
    if row.kind == "money":
        assert cell.money is not None
        return f"{cell.money.minor // 100:,}"
    return str(cell.code if row.kind == "option" else cell.value)


@pytest.mark.parametrize("told", table(PAGE, "rows"), ids=lambda row: row["row"])
def test_a_row_says_what_the_table_says(told: dict[str, str]) -> None:
    row = rows(compare(worked()))[told["row"]]
    assert [shown(row, cell) for cell in row.cells] == [told[name] for name in "ABC"]
    assert row.differs is (told["differs"] == "yes")
    assert " ".join("ABC"[place] for place in row.best) == told["best"]


def test_the_table_lists_every_figure_and_says_which_is_better() -> None:
    told = {row["figure"]: row["better"] for row in table(PAGE, "better")}
    known = {key for m in CATALOGUE.models.values() for trim in m.trims for key in trim.specs}
    assert set(told) == known - {"battery"}
    assert {figure: better for figure, better in told.items() if better} == BETTER


def test_a_car_beside_itself_differs_in_nothing() -> None:
    sections = compare([worked()[0], worked()[0]])
    assert sections
    assert differing(sections) == ()
    assert all(not row.best for row in rows(sections).values())


def test_differences_only_keeps_exactly_the_rows_that_differ() -> None:
    every = compare(worked())
    kept = rows(differing(every))
    assert kept == {name: row for name, row in rows(every).items() if row.differs}
    assert all(section.rows for section in differing(every))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_one_car_or_five_are_refused(count: int) -> None:
    with pytest.raises(NotComparable, match=f"give 2 to 4 builds, not {count}") as caught:
        compare([column(*CARS["A"])] * count)
    assert caught.value.facts["errors"][0]["field"] == "builds"


def test_what_costs_nothing_says_how_it_came() -> None:
    row = rows(compare(worked()))["price/wheel-20-wing"]
    assert [cell and cell.by for cell in row.cells] == ["chosen", "standard", None]
    assert [cell and cell.code for cell in rows(compare(worked()))["price/base"].cells] == [
        "trim:voyage",
        "trim:zenith",
        "trim:summit",
    ]


def test_the_contents_of_a_package_are_on_the_car() -> None:
    with_package = column("haven", "trim:voyage", "pkg-quiet")
    inside = CATALOGUE.models["haven"].option("pkg-quiet").contains
    found = rows(compare([with_package, column("haven", "trim:voyage")]))
    cells = [row.cells[0] for name, row in found.items() if name.rpartition("/")[2] in inside]
    assert [cell and cell.by for cell in cells] == ["included"] * len(inside)


def test_equal_codes_of_other_things_are_not_the_same() -> None:
    one = column("haven", "trim:voyage")
    other = replace(
        one,
        sheet=replace(
            one.sheet,
            lines=tuple(
                replace(line, name={"zh-hans": "别的", "en": "Another"})
                if line.code.startswith("paint-")
                else line
                for line in one.sheet.lines
            ),
        ),
    )
    assert rows(compare([one, other]))["group:paint/paint"].differs


def test_a_group_of_one_choice_here_and_many_there_has_a_row_for_each_option() -> None:
    one = column("haven", "trim:voyage")
    groups = tuple(
        replace(group, choose="any") if group.code == "paint" else group
        for group in one.model.groups
    )
    loose = replace(one, model=replace(one.model, groups=groups))
    found = rows(compare([one, loose]))
    assert "group:paint/paint" not in found
    assert any(name.startswith("group:paint/paint-") for name in found)


@pytest.mark.parametrize(
    ("values", "better", "best"),
    [
        ([1, 2, 3], "more", (2,)),
        ([1, 2, 1], "less", (0, 2)),
        ([None, 2, 1], "more", (1,)),
        ([2, 2], "more", ()),
        ([None, 2], "less", ()),
        ([1, 2], None, ()),
    ],
)
def test_the_best_are_the_places_of_the_best_known_values(
    values: list[Any], better: str | None, best: tuple[int, ...]
) -> None:
    assert best_places(values, better) == best


def test_another_battery_brings_its_own_range_where_it_is_known() -> None:
    calm = figures(column("haven", "trim:calm"))
    larger = figures(column("haven", "trim:calm", "bat-102"))
    assert (calm["range_cltc_km"], calm["battery_kwh"]) == (735, 92)
    assert (larger["range_cltc_km"], larger["range_wltp_km"]) == (810, 650)
    assert larger["battery_kwh"] == 102
    assert larger["motor_kw"] == calm["motor_kw"]


def test_a_range_that_nobody_stated_is_left_empty() -> None:
    voyage = column("haven", "trim:voyage", "bat-120", "wheel-20-aero")
    found = figures(voyage)
    assert (found["battery_kwh"], found["range_cltc_km"], found["range_wltp_km"]) == (
        120,
        None,
        None,
    )
    row = rows(compare([voyage, column("haven", "trim:voyage")]))["specs/range_cltc_km"]
    assert row.cells[0] is None
    assert (row.differs, row.best) == (True, ())


def test_a_model_without_battery_steps_keeps_the_figures_of_its_trim() -> None:
    one = column("haven", "trim:calm")
    plain = replace(one, model=replace(one.model, battery_steps=()))
    assert figures(plain)["range_cltc_km"] == 735
