"""What a row of `order-policies.yaml` must hold, so that orders can rely on it (`docs/rules/catalogue-format.md`).

The checkout reads such a row into types of its own; here its form is judged once, for the importer's words, for the
desk that edits it and for the check of a release.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kernel.text import LANGUAGES

STATES = (
    "reserved",
    "locked",
    "in_production",
    "allocated",
    "in_transit",
    "inspection_ready",
    "balance_paid",
)
"""States of an order in which a policy may allow changes, in their order."""
KINDS = ("build", "extras", "finance", "insurance", "delivery", "address")
"""What may change on a placed order; `build` is the car itself."""
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
WEEKDAYS = tuple(range(1, 8))
"""ISO numbers: 1 is Monday."""

Test = Callable[[Any], bool]


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _positive(value: Any) -> bool:
    return _whole(value) and value > 0


def _clock(value: Any) -> bool:
    return isinstance(value, str) and CLOCK.match(value) is not None


def _text(value: Any) -> bool:
    return isinstance(value, Mapping) and all(value.get(language) for language in LANGUAGES)


def _some_of(allowed: Iterable[object]) -> Test:
    known = tuple(allowed)
    return lambda value: (
        isinstance(value, list) and bool(value) and all(item in known for item in value)
    )


PARTS: Mapping[str, Mapping[str, Test]] = {
    "locking": {"remind_after_days": _positive, "automatic_after_days": _positive},
    "delay": {
        "free_days": _whole,
        "per_day": _whole,
        "at_most": _whole,
        "rescind_after_days": _positive,
        "text": _text,
    },
    "priority": {"fee": _whole, "days_earlier": _positive, "capacity": _positive, "text": _text},
    "slots": {
        "minutes": _positive,
        "opens": _clock,
        "closes": _clock,
        "weekdays": _some_of(WEEKDAYS),
        "cars": _positive,
        "notice_days": _whole,
        "ahead_days": _positive,
        "change_hours": _whole,
    },
    "home": {"fee": _whole, "cars": _positive, "text": _text},
}
"""Part -> field -> what its value must be; sums are minor units of the market's currency."""
CHANGE: Mapping[str, Test] = {"states": _some_of(STATES), "kinds": _some_of(KINDS), "fee": _whole}
MAY_BE_MISSING = frozenset({"priority", "home", "locking.automatic_after_days", "changes.fee"})


def faults_in(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a policy that are missing or cannot be read, such as `delay.per_day`; empty when all is well."""
    found = list(_faults(row))
    slots = row.get("slots") or {}
    if not found and slots["opens"] >= slots["closes"]:
        found.append("slots.closes")
    return tuple(found)


def _faults(row: Mapping[str, Any]) -> Iterator[str]:
    for part, tests in PARTS.items():
        said = row.get(part)
        if said is None and part in MAY_BE_MISSING:
            continue
        yield from _part(part, said, tests)
    changes = row.get("changes") or []
    if not isinstance(changes, list):
        yield "changes"
        return
    seen: set[str] = set()
    for change in changes:
        broken = list(_part("changes", change, CHANGE))
        yield from broken
        states = set() if broken else set(change["states"])
        if states & seen:
            yield "changes.states"
        seen |= states


def _part(name: str, said: Any, tests: Mapping[str, Test]) -> Iterator[str]:
    if not isinstance(said, Mapping):
        yield name
        return
    for field, test in tests.items():
        value = said.get(field)
        if value is None and f"{name}.{field}" in MAY_BE_MISSING:
            continue
        if not test(value):
            yield f"{name}.{field}"
