"""models/M: rules.yaml and prices.csv, the files that speak in expressions."""

from __future__ import annotations

from typing import Any

from catalog.domain.configuration.expression import codes, days, markets, parse
from catalog.domain.configuration.language import LONGEST_STATEMENT
from catalog.domain.configuration.rules import COUNTS, NEEDS
from catalog.errors import ExpressionError
from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder
from catalog.services.imports_markets import in_order
from catalog.services.imports_models import market_or_every, need_choices, need_thing
from catalog.services.imports_statements import (
    MOST_COUNTED,
    MOST_DAYS,
    check_names,
    said_by,
)

MAY = dict.fromkeys(COUNTS, ("if",))
"""What a kind of rule may say beside what it must."""
PARTS = ("if", "then", "not", "adds", "count", "of", "must", "add_days")


def read_rules(folder: Folder, model: str) -> None:
    """Reads rules.yaml."""
    file = f"models/{model}/rules.yaml"
    top = folder.yaml(file, "the file", "rules", model=model)
    if top is None:
        return
    for rule in top.rows("rules", "a rule"):
        _rule(folder, model, rule)
    top.close()


def _rule(folder: Folder, model: str, rule: Fields) -> None:
    row: dict[str, Any] = {
        "model": model,
        "code": rule.code("code"),
        "text": rule.text("text"),
        "market": market_or_every(folder, rule),
        "trims": _trims(folder, model, rule),
        "valid_from": rule.day("from", required=False),
        "valid_until": rule.day("until", required=False),
    }
    row |= said_by(folder, model, rule, row) if rule.says("says") else _parts(folder, model, rule)
    in_order(rule, row["valid_from"], row["valid_until"], "until")
    folder.add("rules", rule, row)


def _parts(folder: Folder, model: str, rule: Fields) -> dict[str, Any]:
    """What the rule says, field by field."""
    kind = rule.one_of("kind", NEEDS)
    needs = NEEDS.get(kind or "", ())
    _only_its_parts(rule, kind)
    row: dict[str, Any] = {
        "kind": kind,
        "condition": expression(folder, rule, model, "if", required="if" in needs),
        "then": expression(folder, rule, model, "then", required="then" in needs),
        "must": expression(folder, rule, model, "must", required="must" in needs),
        "excluded": need_choices(folder, rule, model, "not", required="not" in needs),
        "adds": need_choices(folder, rule, model, "adds", required="adds" in needs),
        "count": rule.whole("count", high=MOST_COUNTED, required="count" in needs),
        "of": need_choices(folder, rule, model, "of", required="of" in needs),
        "add_days": rule.whole("add_days", low=1, high=MOST_DAYS, required="add_days" in needs),
    }
    _count_fits(rule, row)
    return row


def _only_its_parts(rule: Fields, kind: str | None) -> None:
    if kind is None:
        return
    allowed = NEEDS[kind] + MAY.get(kind, ())
    for part in PARTS:
        if part not in allowed and rule.says(part):
            rule.fault(f"a rule of kind {kind} has no `{part}`", rule.line_of(part))


def _count_fits(rule: Fields, row: dict[str, Any]) -> None:
    count, of = row["count"], row["of"]
    if count is not None and of and count > len(of):
        rule.fault(f"`count` is {count}, but `of` names only {len(of)}", rule.line_of("count"))


def _trims(folder: Folder, model: str, rule: Fields) -> list[str]:
    found = rule.codes("trims")
    for trim in found:
        if not folder.knows("trims", model, trim, model=model):
            rule.fault(f"`trims`: model {model} has no trim `{trim}`", rule.line_of("trims"))
    return found


def expression(
    folder: Folder, fields: Fields, model: str, name: str, *, required: bool, dated: bool = True
) -> str:
    """The text of an expression that can be read and names what there is; markets and days only where `dated`."""
    text = fields.word(name, required=required, longest=LONGEST_STATEMENT)
    if not text:
        return ""
    try:
        found = parse(text)
    except ExpressionError as error:
        fields.fault(f"`{name}`: {error.message}", fields.line_of(name))
        return text
    if not dated and (markets(found) or days(found)):
        fields.fault(
            f"`{name}`: a price belongs to a book, which has the market and the day",
            fields.line_of(name),
        )
    check_names(folder, fields, model, name, text, codes(found), markets(found))
    return text


def read_prices(folder: Folder, model: str) -> None:
    """Reads prices.csv."""
    file = f"models/{model}/prices.csv"
    currency_of = {
        item.row["code"]: folder.currency(item.row["market"]) for item in folder.rows["price_books"]
    }
    packages = {
        item.row["code"]: bool(item.row["contains"])
        for item in folder.rows["options"]
        if item.row["model"] == model
    }
    for line in folder.csv(
        file, "price_book,kind,code,trim,when,amount,note", "prices", model=model
    ):
        fields = folder.fields(line, file, "price")
        book = folder.need(
            fields, "price_book", fields.code("price_book"), "price_books", "price book"
        )
        kind = fields.one_of("kind", ("trim", "option", "package"))
        row: dict[str, Any] = {
            "price_book": book,
            "model": model,
            "kind": kind,
            "code": fields.code("code"),
            "trim": _trim_or_every(folder, fields, model),
            "condition": expression(folder, fields, model, "when", required=False, dated=False),
            "amount": fields.money("amount", currency_of.get(book or "")),
            "note": fields.word("note", required=False),
        }
        need_thing(folder, fields, model, kind, row["code"])
        _kind_fits(fields, row, packages)
        folder.add("prices", fields, row)


def _trim_or_every(folder: Folder, fields: Fields, model: str) -> str:
    trim = fields.word("trim", required=False) or "*"
    if trim != "*" and not folder.knows("trims", model, trim, model=model):
        fields.fault(f"`trim`: model {model} has no trim `{trim}`", fields.line_of("trim"))
    return trim


def _kind_fits(fields: Fields, row: dict[str, Any], packages: dict[str, bool]) -> None:
    if row["kind"] == "trim" and row["trim"] not in ("*", row["code"]):
        fields.fault(f"the price of trim {row['code']} cannot depend on trim {row['trim']}")
    if row["kind"] == "option" and packages.get(row["code"]) is True:
        fields.fault(f"`{row['code']}` contains options, so its kind is package")
    if row["kind"] == "package" and packages.get(row["code"]) is False:
        fields.fault(f"`{row['code']}` contains nothing, so its kind is option")
