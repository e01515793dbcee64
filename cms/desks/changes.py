"""What publishing would change, row by row, in the words of the desk; pure: two documents in, facts out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.queries.editing import Difference, differences
from kernel.money import Money, shown
from kernel.text import Text

DEEP = {
    "model_years": 4,
    "trims": 4,
    "groups": 4,
    "options": 4,
    "availability": 6,
    "rules": 4,
    "prices": 4,
    "lead_times": 4,
    "reference_cars": 4,
}
"""The tables within a model, and how many steps of a path lead to one of their rows."""
SHOWN_VALUE = 80


@dataclass(slots=True)
class Change:
    """One row of the catalogue: `what` is added, removed or changed, `table` its list in the document.

    `name` is empty where the row has none; `parts` are the fields that differ, `before` and `after` say how
    where it is one short value.
    """

    what: str
    table: str
    model: str
    key: str
    name: Text = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The rows of which `after` differs from `before`, in the order of the document."""
    found: dict[tuple[str, ...], list[Difference]] = {}
    for difference in differences(before, after):
        found.setdefault(row_of(difference.where), []).append(difference)
    names = {**_names(before), **_names(after)}
    currencies = {**_currencies(before), **_currencies(after)}
    return [_change(row, parts, names, currencies) for row, parts in found.items()]


def counted(rows: Iterable[Change]) -> list[tuple[str, dict[str, int]]]:
    """How many rows of each table were added, removed and changed."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        sums.setdefault(row.table, {"added": 0, "removed": 0, "changed": 0})[row.what] += 1
    return list(sums.items())


def row_of(where: str) -> tuple[str, ...]:
    """The steps of a path that lead to a row: `models/haven/options/paint-ink/name` names that option."""
    steps = where.split("/")
    if steps[0] == "pictures":
        return ("pictures", "/".join(steps[1:]))
    within = steps[2] if steps[0] == "models" and len(steps) > 3 else ""
    return tuple(steps[: DEEP.get(within, 1 if steps[0] == "brand" else 2)])


def _change(
    row: tuple[str, ...],
    parts: list[Difference],
    names: Mapping[tuple[str, str], Text],
    currencies: Mapping[str, str],
) -> Change:
    path = "/".join(row)
    model = row[1] if row[0] == "models" and len(row) > 1 else ""
    table = row[2] if model and len(row) > 3 else row[0]
    key = " ".join(row[3:]) if table != row[0] else " ".join(row[1:])
    whole = parts[0] if len(parts) == 1 and parts[0].where == path else None
    what = whole.what if whole else "changed"
    change = Change(what, table, model, key, _name(table, key, model, names))
    fields = sorted({part.where.removeprefix(path).strip("/").split("/")[0] for part in parts})
    change.parts = tuple(name for name in fields if name)
    if len(parts) == 1 and what == "changed":
        currency = currencies.get(key.split(" ")[0], "")
        change.before = _value(parts[0].before, change.parts, currency)
        change.after = _value(parts[0].after, change.parts, currency)
    return change


def _value(value: Any, parts: tuple[str, ...], currency: str) -> str:
    """A short value; an amount as money."""
    if parts == ("amount",) and isinstance(value, int) and currency:
        return shown(Money(value, currency))
    if isinstance(value, (Mapping, list)) or value is None:
        return ""
    text = str(value)
    return text if len(text) <= SHOWN_VALUE else f"{text[:SHOWN_VALUE]}…"


def _name(table: str, key: str, model: str, names: Mapping[tuple[str, str], Text]) -> Text:
    """The name of what a row's key speaks about: itself, or the option or trim it is for."""
    words = key.split(" ")
    # An availability ends with its option; a price and a lead time name theirs before trim and condition.
    ordered = words[::-1] if table == "availability" else words
    return next((names[model, word] for word in ordered if (model, word) in names), {})


def _names(document: Mapping[str, Any]) -> dict[tuple[str, str], Text]:
    """Names by model and code; the model is empty for what belongs to none."""
    found: dict[tuple[str, str], Text] = {}
    for value in document.values():
        for row in value if isinstance(value, list) else ():
            if isinstance(row.get("name"), Mapping):
                found["", row["code"]] = row["name"]
    for model in document.get("models", ()):
        found[model["code"], model["code"]] = model["name"]
        for table in ("groups", "options", "trims"):
            found |= {(model["code"], row["code"]): row["name"] for row in model.get(table, ())}
        found |= {(model["code"], row["code"]): row["text"] for row in model.get("rules", ())}
    return found


def _currencies(document: Mapping[str, Any]) -> dict[str, str]:
    return {book["code"]: book["currency"] for book in document.get("price_books", ())}
