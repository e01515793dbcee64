"""Two to four cars side by side (`docs/rules/comparing.md`): price lines, figures, options by group, delivery.

A row says something about every car; it differs unless it says the same of all. Cars may be of different models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.domain.catalogue import Group, Model
from catalog.domain.pricing import PriceLine, PriceSheet
from catalog.errors import NotComparable
from kernel.money import Money
from kernel.text import Text

FEWEST, MOST = 2, 4

MORE, LESS = "more", "less"
BETTER: Mapping[str, str] = {
    "battery_kwh": MORE,
    "range_cltc_km": MORE,
    "range_wltp_km": MORE,
    "motor_kw": MORE,
    "torque_nm": MORE,
    "zero_to_100_s": LESS,
    "boot_l": MORE,
    "boot_max_l": MORE,
    "frunk_l": MORE,
    "dc_kw": MORE,
    "dc_30_80_min": LESS,
    "ac_kw": MORE,
    "ac_full_h": LESS,
    "consumption_kwh_100km_wltp": LESS,
}
"""Figures of which more, or less, is better for everybody; of others (weight, length, seats) that is for the buyer to say."""

STANDARD_BATTERY = "battery"
"""The figure that names an option: the battery the other figures are measured with."""
STEP_FIGURES: Mapping[str, str] = {"kwh": "battery_kwh"}
"""How a battery step calls a figure of the trim by another name."""

CHOSEN, FREE = frozenset({"option", "package"}), frozenset({"included", "standard"})
NAMES: Mapping[str, Text] = {
    "price": {"zh-hans": "价格", "en": "Price"},
    "specs": {"zh-hans": "数据", "en": "Figures"},
    "delivery": {"zh-hans": "交付", "en": "Delivery"},
    "base": {"zh-hans": "版本", "en": "Version"},
    "total": {"zh-hans": "车价", "en": "Car price"},
    "vat": {"zh-hans": "其中增值税", "en": "Of which VAT"},
    "days": {"zh-hans": "从锁单到交付的天数", "en": "Days from lock to handover"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """One car of a comparison; `model` as its own release has it, `days` from the lock to delivery."""

    model: Model
    trim: str
    sheet: PriceSheet
    days: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row says of one car: a sum, a figure, or an option and how it came on the car.

    `by` is `chosen`, `included` (by a package or a rule) or `standard`.
    """

    money: Money | None = None
    value: Any = None
    code: str | None = None
    name: Text | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `kind` is money, figure, option or days; a cell is None where the car has no such thing.

    `name` is None for a figure, which clients name by its code. `best` are the places (from 0) of the cars of which
    the row says the better thing; empty where that is nobody's business or all are as good.
    """

    code: str
    kind: str
    name: Text | None
    cells: tuple[Cell | None, ...]
    differs: bool
    best: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together: `price`, `specs`, `group:CODE` or `delivery`."""

    code: str
    name: Text
    rows: tuple[Row, ...]


def check_count(count: int) -> None:
    """Raises NotComparable unless there are two to four cars."""
    if not FEWEST <= count <= MOST:
        message = f"give {FEWEST} to {MOST} builds, not {count}"
        raise NotComparable(
            f"builds: {message}", facts={"errors": [{"field": "builds", "message": message}]}
        )


def compare(cars: Sequence[Column]) -> tuple[Section, ...]:
    """Every row about these cars, in the order of the first car's catalogue; raises NotComparable for one or five."""
    check_count(len(cars))
    return (
        Section("price", NAMES["price"], tuple(_price_rows(cars))),
        Section("specs", NAMES["specs"], tuple(_spec_rows(cars))),
        *_group_sections(cars),
        Section("delivery", NAMES["delivery"], (_days_row(cars),)),
    )


def differing(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Only the rows that differ, and only the sections that still have one."""
    found = (replace(s, rows=tuple(row for row in s.rows if row.differs)) for s in sections)
    return tuple(section for section in found if section.rows)


def best_places(values: Sequence[float | None], better: str | None) -> tuple[int, ...]:
    """The places of the best values by `better` (more, less, None: nobody's); none where all known ones are equal."""
    known = {value for value in values if value is not None}
    if better is None or len(known) < 2:
        return ()
    best = max(known) if better == MORE else min(known)
    return tuple(place for place, value in enumerate(values) if value == best)


def figures(column: Column) -> dict[str, Any]:
    """The figures of the car: those of its trim, those of another battery where they are known, else None.

    A step's figures are known for a trim if the trim's own figures are the step's of its standard battery.
    """
    own = dict(column.model.trim(column.trim).specs)
    usual = own.pop(STANDARD_BATTERY, None)
    on_car = {line.code for line in column.sheet.lines}
    steps = {str(step["option"]): step for step in column.model.battery_steps}
    fitted = next((code for code in steps if code in on_car), None)
    if usual is None or fitted in (None, usual):
        return own
    given = _step_figures(steps[str(fitted)])
    reference = _step_figures(steps.get(str(usual), {}))
    for key, value in given.items():
        own[key] = value if key == "battery_kwh" or reference.get(key) == own.get(key) else None
    return own


def _step_figures(step: Mapping[str, Any]) -> dict[str, Any]:
    return {STEP_FIGURES.get(key, key): value for key, value in step.items() if key != "option"}


def _row(
    code: str,
    kind: str,
    name: Text | None,
    cells: Sequence[Cell | None],
    says: Callable[[Cell], Any],
    better: str | None = None,
) -> Row:
    """A row whose cells say `says(cell)`; it differs unless all say the same."""
    said = [None if cell is None else says(cell) for cell in cells]
    differs = any(one != said[0] for one in said)
    best = best_places(said, better) if better else ()
    return Row(code, kind, name, tuple(cells), differs, best)


def _union(columns: Iterable[Iterable[str]]) -> list[str]:
    """Every code once, in the order of the first column that has it."""
    return list(dict.fromkeys(code for codes in columns for code in codes))


def _asked(cell: Cell) -> int | None:
    return cell.money.minor if cell.money else None


def _price_rows(cars: Sequence[Column]) -> Iterator[Row]:
    lines = [{line.code: line for line in car.sheet.lines} for car in cars]
    base = [next(line for line in car.sheet.lines if line.kind == "base") for car in cars]
    cells = [Cell(money=line.amount, code=line.code, name=line.name) for line in base]
    yield _row("base", "money", NAMES["base"], cells, lambda cell: (_asked(cell), cell.name))
    for code in _union(_priced(car.sheet) for car in cars):
        found = [of.get(code) for of in lines]
        name = next(line.name for line in found if line is not None)
        yield _row(code, "money", name, [_price_cell(line) for line in found], _asked)
    yield _row(
        "total", "money", NAMES["total"], [_sum(car.sheet.total) for car in cars], _asked, LESS
    )
    yield _row("vat", "money", NAMES["vat"], [_sum(car.sheet.vat) for car in cars], _asked)


def _priced(sheet: PriceSheet) -> Iterator[str]:
    """What costs something or takes something off: all but the trim and what came along for nothing."""
    return (line.code for line in sheet.lines if line.kind not in FREE | {"base"})


def _sum(amount: Money) -> Cell:
    return Cell(money=amount)


def _price_cell(line: PriceLine | None) -> Cell | None:
    if line is None:
        return None
    return Cell(money=line.amount, by=_by(line) if line.kind in CHOSEN | FREE else None)


def _by(line: PriceLine) -> str:
    return "chosen" if line.kind in CHOSEN else line.kind


def _spec_rows(cars: Sequence[Column]) -> Iterator[Row]:
    found = [figures(car) for car in cars]
    for key in _union(found):
        values = [of.get(key) for of in found]
        cells = [None if value is None else Cell(value=value) for value in values]
        yield _row(key, "figure", None, cells, lambda cell: cell.value, BETTER.get(key))


def _group_sections(cars: Sequence[Column]) -> Iterator[Section]:
    groups: dict[str, list[Group]] = {}
    for car in cars:
        for group in car.model.groups:
            groups.setdefault(group.code, []).append(group)
    on_cars = [_options(car) for car in cars]
    for code, same in groups.items():
        parts = [of.get(code, {}) for of in on_cars]
        if all(group.choose == "one" for group in same):
            rows = [_one_row(code, same[0].name, parts)]
        else:
            rows = [_option_row(option, parts) for option in _union(parts)]
        if any(cell for row in rows for cell in row.cells):
            yield Section(f"group:{code}", same[0].name, tuple(rows))


def _options(car: Column) -> dict[str, dict[str, Cell]]:
    """What is on the car: group -> option -> cell, as the catalogue lists them."""
    lines = {line.code: line for line in car.sheet.lines}
    found: dict[str, dict[str, Cell]] = {}
    for option in car.model.options:
        line = lines.get(option.code)
        if line is not None:
            cell = Cell(code=option.code, name=line.name, by=_by(line))
            found.setdefault(option.group, {})[option.code] = cell
    return found


def _same_thing(cell: Cell) -> tuple[Any, ...]:
    """An option is the same on two cars when code and name agree, however it came there."""
    return cell.code, cell.name


def _one_row(group: str, name: Text, parts: Sequence[Mapping[str, Cell]]) -> Row:
    cells = [next(iter(part.values()), None) for part in parts]
    return _row(group, "option", name, cells, _same_thing)


def _option_row(option: str, parts: Sequence[Mapping[str, Cell]]) -> Row:
    cells = [part.get(option) for part in parts]
    name = next(cell.name for cell in cells if cell is not None)
    return _row(option, "option", name, cells, _same_thing)


def _days_row(cars: Sequence[Column]) -> Row:
    cells = [Cell(value=car.days) for car in cars]
    return _row("days", "days", NAMES["days"], cells, lambda cell: cell.value, LESS)
