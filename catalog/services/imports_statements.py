"""models/M/rules.yaml: rules said as one statement, and whether the names in rule texts are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.domain.catalogue import TRIM_PREFIX, Rule
from catalog.domain.configuration.expression import place_of
from catalog.domain.configuration.language import LONGEST_STATEMENT, names_of, read_statement
from catalog.errors import ExpressionError
from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder

MOST_COUNTED = 100
"""The highest number a rule counts to."""
MOST_DAYS = 1000
"""The most days a rule adds."""
INSTEAD_OF = ("kind", "if", "then", "not", "adds", "count", "of", "must", "add_days")
"""Fields that a statement stands for."""
SCOPES = {"market": "market", "trims": "trims", "valid_from": "from", "valid_until": "until"}
"""Scope in a row -> as rules.yaml names it: a rule says each in its statement or as a field."""
NOTHING: Mapping[str, Any] = {
    "kind": None,
    "condition": "",
    "then": "",
    "must": "",
    "excluded": [],
    "adds": [],
    "count": None,
    "of": [],
    "add_days": None,
}


def said_by(folder: Folder, model: str, fields: Fields, scope: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a rule that `says` states; faults what cannot be read, is not there or is said twice."""
    text = fields.word("says", longest=LONGEST_STATEMENT)
    line = fields.line_of("says")
    for name in INSTEAD_OF:
        if fields.says(name):
            fields.free(name)
            fields.fault(f"`says` stands for `{name}`: say one of them", fields.line_of(name))
    try:
        rule = read_statement(text)
    except ExpressionError as error:
        fields.fault(f"`says`: {error.message}", line)
        return dict(NOTHING)
    names, places = names_of(rule)
    check_names(folder, fields, model, "says", text, names, places)
    if (rule.count or 0) > MOST_COUNTED or rule.add_days > MOST_DAYS:
        fields.fault(f"`says`: counts to {MOST_COUNTED}, and adds {MOST_DAYS} days at most", line)
    row = _row(rule)
    for column, name in SCOPES.items():
        if row[column] and scope[column]:
            fields.fault(f"`says` names what `{name}` names: say it once", line)
        row[column] = row[column] or scope[column]
    return row


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "condition": rule.when or "",
        "then": rule.then or "",
        "must": rule.must or "",
        "excluded": list(rule.excluded),
        "adds": list(rule.adds),
        "count": rule.count,
        "of": list(rule.of),
        "add_days": rule.add_days or None,
        "market": rule.market,
        "trims": list(rule.trims),
        "valid_from": rule.valid_from.isoformat() if rule.valid_from else None,
        "valid_until": rule.valid_until.isoformat() if rule.valid_until else None,
    }


def check_names(
    folder: Folder,
    fields: Fields,
    model: str,
    name: str,
    text: str,
    named: Iterable[str],
    places: Iterable[str],
) -> None:
    """Faults every option, trim and market of `text` that is not there, with its character."""
    unknown: list[tuple[str, str]] = []
    for code in sorted(named):
        trim = code.removeprefix(TRIM_PREFIX)
        if trim != code and not folder.knows("trims", model, trim, model=model):
            unknown.append((f"model {model} has no trim `{trim}`", trim))
        elif trim == code and not folder.knows("options", model, code, model=model):
            unknown.append((f"model {model} has no option `{code}`", code))
    for market in sorted(places):
        if not folder.knows("markets", market):
            unknown.append((f"there is no market `{market}`", market))
    for reason, said in unknown:
        place = place_of(text, said)
        fields.fault(f"`{name}`: {reason} (at character {place})", fields.line_of(name))
