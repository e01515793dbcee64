"""models/M: model.yaml, options.yaml, availability.csv, lead_times.csv, reference_cars.yaml, blocked_clicks.yaml."""

from __future__ import annotations

import re
from typing import Any

from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder

VIN_SIGN = re.compile(r"[A-HJ-NPR-Z0-9]\Z")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")


def read_model(folder: Folder, code: str) -> None:
    """Reads everything of the model in models/`code` but its rules and prices."""
    _base(folder, code)
    _options(folder, code)
    _availability(folder, code)
    _lead_times(folder, code)


def _base(folder: Folder, code: str) -> None:
    file = f"models/{code}/model.yaml"
    tables = ("models", "model_years", "trims")
    top = folder.yaml(file, "the model", *tables, model=code)
    if top is None:
        return
    said = top.code("code", longest=40)
    if said not in (None, code):
        top.fault(f"`code` is {said}, the folder is {code}", top.line_of("code"))
    vin = top.sub("vin", "vin")
    row: dict[str, Any] = {
        "code": code,
        "name": top.text("name"),
        "line": top.text("line"),
        "body": top.text("body"),
        "segment": top.code("segment"),
        "steering": top.one_of("steering", ("left", "right")),
        "vin_letter": _vin_sign(vin, "model_letter") if vin else "",
        "dimensions_mm": _dimensions(top),
        "battery_steps": _battery_steps(top),
    }
    years = top.rows("model_years", "a model year")
    trims = top.rows("trims", "a trim")
    if vin is not None:
        vin.close()
    folder.add("models", top, row)
    for year in years:
        _model_year(folder, code, year)
    for trim in trims:
        _trim(folder, code, trim)


def _vin_sign(fields: Fields, name: str) -> str:
    sign = fields.word(name, longest=1)
    if sign and not VIN_SIGN.match(sign):
        fields.fault(
            f"`{name}` is {sign!r}; a VIN has digits and capitals but I, O, Q", fields.line_of(name)
        )
    return sign


def _dimensions(top: Fields) -> dict[str, int | None]:
    sub = top.sub("dimensions_mm", "the dimensions")
    if sub is None:
        return {}
    found = {
        name: sub.whole(name, low=100, high=20_000)
        for name in ("length", "width", "height", "wheelbase")
    }
    sub.close()
    return found


def _battery_steps(top: Fields) -> list[Any]:
    steps = top.free("battery_steps") or []
    if not isinstance(steps, list) or not all(
        isinstance(s, dict) and isinstance(s.get("option"), str) for s in steps
    ):
        top.fault(
            "`battery_steps` must be a list of mappings with an `option`",
            top.line_of("battery_steps"),
        )
        return []
    return steps


def _model_year(folder: Folder, model: str, year: Fields) -> None:
    row: dict[str, Any] = {
        "model": model,
        "code": year.code("code", longest=40),
        "label": year.text("label"),
        "on_sale_from": year.day("on_sale_from"),
    }
    folder.add("model_years", year, row)


def _trim(folder: Folder, model: str, trim: Fields) -> None:
    specs = trim.free("specs", required=True)
    if specs is not None and not isinstance(specs, dict):
        trim.fault("`specs` must be a mapping", trim.line_of("specs"))
    row: dict[str, Any] = {
        "model": model,
        "code": trim.code("code", longest=40),
        "name": trim.text("name"),
        "pitch": trim.text("pitch", required=False),
        "vin_digit": _vin_sign(trim, "vin_digit"),
        "specs": specs,
    }
    folder.add("trims", trim, row)


def _options(folder: Folder, model: str) -> None:
    file = f"models/{model}/options.yaml"
    top = folder.yaml(file, "the file", "groups", "options", model=model)
    if top is None:
        return
    for group in top.rows("groups", "a group"):
        row: dict[str, Any] = {
            "model": model,
            "code": group.code("code", longest=40),
            "name": group.text("name"),
            "choose": group.one_of("choose", ("one", "any")),
        }
        folder.add("groups", group, row)
    packages = [_option(folder, model, option) for option in top.rows("options", "an option")]
    top.close()
    for package, contains in packages:
        for code in contains:
            if not folder.knows("options", model, code, model=model):
                package.fault(
                    f"`contains`: model {model} has no option `{code}`", package.line_of("contains")
                )


def _option(folder: Folder, model: str, option: Fields) -> tuple[Fields, list[str]]:
    group = option.code("group", longest=40)
    if group and not folder.knows("groups", model, group, model=model):
        option.fault(f"`group`: model {model} has no group `{group}`", option.line_of("group"))
    swatch = option.sub("swatch", "the swatch", required=False)
    contains = option.codes("contains")
    row: dict[str, Any] = {
        "model": model,
        "group": group,
        "code": option.code("code"),
        "name": option.text("name"),
        "pitch": option.text("pitch", required=False),
        "swatch": None if swatch is None else _swatch(swatch),
        "media": option.free("media") or {},
        "contains": contains,
        "quota": option.whole("quota", low=1, required=False),
    }
    if row["code"] in contains:
        option.fault("a package cannot contain itself", option.line_of("contains"))
    folder.add("options", option, row)
    return option, contains


def _swatch(swatch: Fields) -> dict[str, str]:
    found = {name: swatch.word(name, required=name == "hex") for name in ("hex", "finish", "hex2")}
    for name in ("hex", "hex2"):
        if found[name] and not COLOUR.match(found[name]):
            swatch.fault(f"`{name}` is {found[name]!r}; wanted: #RRGGBB", swatch.line_of(name))
    swatch.close()
    return {name: value for name, value in found.items() if value}


def _availability(folder: Folder, model: str) -> None:
    file = f"models/{model}/availability.csv"
    lines = folder.csv(file, "market,option", "availability", model=model, more=True)
    trims = [name for name in (lines[0].cells if lines else {}) if name not in ("market", "option")]
    for trim in trims:
        if not folder.knows("trims", model, trim, model=model):
            folder.faults.add(file, 1, f"model {model} has no trim `{trim}`")
    for line in lines:
        fields = folder.fields(line, file, "availability")
        market = folder.need(fields, "market", fields.word("market"), "markets", "market")
        option = _need_option(folder, fields, model, "option")
        for trim in trims:
            value = fields.one_of(trim, ("S", "O", "N"))
            if value in ("S", "O"):
                row: dict[str, Any] = {
                    "model": model,
                    "market": market,
                    "trim": trim,
                    "option": option,
                    "value": value,
                }
                folder.add("availability", fields, row, exact=False)
        fields.close()


def _need_option(folder: Folder, fields: Fields, model: str, name: str) -> str | None:
    code = fields.code(name)
    if code and not folder.knows("options", model, code, model=model):
        fields.fault(f"`{name}`: model {model} has no option `{code}`", fields.line_of(name))
    return code


def _lead_times(folder: Folder, model: str) -> None:
    file = f"models/{model}/lead_times.csv"
    if not folder.exists(file):
        return
    for line in folder.csv(file, "market,kind,code,days", "lead_times", model=model):
        fields = folder.fields(line, file, "lead time")
        kind = fields.one_of("kind", ("trim", "option"))
        row: dict[str, Any] = {
            "model": model,
            "market": market_or_every(folder, fields),
            "kind": kind,
            "code": fields.code("code"),
            "days": fields.whole("days", high=1000),
        }
        need_thing(folder, fields, model, kind, row["code"])
        folder.add("lead_times", fields, row)


def market_or_every(folder: Folder, fields: Fields) -> str | None:
    """The market named, None for `*` or nothing: every market."""
    market = fields.word("market", required=False)
    return (
        None if market in {"", "*"} else folder.need(fields, "market", market, "markets", "market")
    )


def need_thing(
    folder: Folder, fields: Fields, model: str, kind: str | None, code: str | None
) -> None:
    """Faults a `code` that is no trim (kind trim) or no option (else) of the model."""
    table, thing = ("trims", "trim") if kind == "trim" else ("options", "option")
    if kind and code and not folder.knows(table, model, code, model=model):
        fields.fault(f"`code`: model {model} has no {thing} `{code}`", fields.line_of("code"))


def need_choices(
    folder: Folder, fields: Fields, model: str, name: str, *, required: bool = False
) -> list[str]:
    """A list of option codes of the model; faults each that is not there."""
    found = fields.codes(name, required=required)
    for code in found:
        if not folder.knows("options", model, code, model=model):
            fields.fault(f"`{name}`: model {model} has no option `{code}`", fields.line_of(name))
    return found


def need_trim(folder: Folder, fields: Fields, model: str) -> str | None:
    """The trim a row names; faults one that is not there."""
    trim = fields.code("trim", longest=40)
    if trim and not folder.knows("trims", model, trim, model=model):
        fields.fault(f"`trim`: model {model} has no trim `{trim}`", fields.line_of("trim"))
    return trim


def read_reference_cars(folder: Folder, model: str) -> None:
    """Reads reference_cars.yaml and blocked_clicks.yaml, once rules and price books are known."""
    file = f"models/{model}/reference_cars.yaml"
    top = (
        folder.yaml(file, "the file", "reference_cars", model=model)
        if folder.exists(file)
        else None
    )
    for car in top.rows("reference_cars", "a reference car") if top else ():
        _reference_car(folder, model, car)
    if top is not None:
        top.close()
    _blocked_clicks(folder, model)


def _reference_car(folder: Folder, model: str, car: Fields) -> None:
    market = folder.need(car, "market", car.word("market"), "markets", "market")
    expect = car.one_of("expect", ("valid", "invalid"))
    valid, invalid = expect == "valid", expect == "invalid"
    row: dict[str, Any] = {
        "model": model,
        "code": car.code("code"),
        "title": car.text("title", required=False),
        "market": market,
        "trim": need_trim(folder, car, model),
        "date": car.day("date"),
        "choices": need_choices(folder, car, model, "choices"),
        "expect": expect,
        "price_book": car.code("price_book", required=valid) or "",
        "total": car.money("total", folder.currency(market), required=valid),
        "violates": car.codes("violates", required=invalid),
    }
    folder.need(car, "price_book", row["price_book"], "price_books", "price book")
    for rule in row["violates"]:
        if not folder.knows("rules", model, rule, model=model):
            car.fault(f"`violates`: model {model} has no rule `{rule}`", car.line_of("violates"))
    folder.add("reference_cars", car, row)


def _blocked_clicks(folder: Folder, model: str) -> None:
    """Checked here and read by tests of the solver; nothing is stored."""
    file = f"models/{model}/blocked_clicks.yaml"
    top = folder.yaml(file, "the file") if folder.exists(file) else None
    for click in top.rows("blocked_clicks", "a blocked click") if top else ():
        folder.need(click, "market", click.word("market"), "markets", "market")
        need_trim(folder, click, model)
        need_choices(folder, click, model, "chosen")
        need_thing(folder, click, model, "option", click.code("click"))
        for name in ("code", "date", "minimal_conflict", "needs"):
            click.free(name)
        click.close()
