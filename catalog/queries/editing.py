"""What editing would change for buyers: two release documents compared, in words for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import NothingOnSale
from catalog.queries.on_sale import on_sale

KEYS = {
    "availability": (),
    "prices": ("price_book", "kind", "code", "trim", "when"),
    "lead_times": ("market", "kind", "code"),
    "premiums": ("product", "model", "seats", "period", "driver_age", "no_claims_class"),
}
"""By what rows without a code of their own are told apart."""
DERIVED = ("diagrams",)
"""What publishing works out from the rest: nobody edits it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: `what` is `added`, `removed` or `changed`, `where` a path such as `models/haven/options/paint-ink`."""

    what: str
    where: str
    before: Any = None
    after: Any = None


def changes_since_release(document: Mapping[str, Any]) -> list[Difference]:
    """What `document` would change for buyers against the release on sale; everything is new without one."""
    try:
        before: Mapping[str, Any] = on_sale().document
    except NothingOnSale:
        before = {}
    return differences(before, document)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every difference between two release documents, by path."""
    return list(_mapping("", before, after))


def _mapping(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for key in sorted({*before, *after}):
        where = f"{path}/{key}" if path else str(key)
        if key in DERIVED:
            continue
        if key not in after:
            yield Difference("removed", where, before[key])
        elif key not in before:
            yield Difference("added", where, None, after[key])
        else:
            yield from _value(where, key, before[key], after[key])


def _value(path: str, key: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mapping(path, before, after)
    elif _is_table(before) and _is_table(after):
        yield from _table(path, key, before, after)
    else:
        yield Difference("changed", path, before, after)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _table(path: str, key: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    names = KEYS.get(key, ("code",))
    old, new = _named(before, names), _named(after, names)
    yield from _mapping(path, old, new)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Difference("changed", f"{path} (order)", kept, [name for name in new if name in old])


def _named(rows: list[Any], names: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, row in enumerate(rows):
        name = " ".join(str(row[part]) for part in names if row.get(part)) or str(place)
        found[name if name not in found else f"{name} #{place}"] = row
    return found
