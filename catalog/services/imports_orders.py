"""order-policies.yaml: what each market promises about an order once it is placed."""

from __future__ import annotations

from typing import Any

from catalog.domain.order_policies import CLOCK, KINDS, STATES, WEEKDAYS
from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder

LONGEST = 365
"""Days a promise may speak of."""


def read_order_policies(folder: Folder) -> None:
    """Reads order-policies.yaml."""
    top = folder.yaml("order-policies.yaml", "the file", "order_policies")
    if top is None:
        return
    for policy in top.rows("policies", "an order policy"):
        market = folder.need(policy, "market", policy.word("market"), "markets", "market")
        currency = folder.currency(market)
        row: dict[str, Any] = {
            "code": policy.code("code"),
            "market": market,
            "valid_from": policy.day("valid_from"),
            "locking": _locking(policy),
            "changes": _changes(policy, currency),
            "delay": _delay(policy, currency),
            "priority": _priority(policy, currency),
            "slots": _slots(policy),
            "home": _home(policy, currency),
        }
        folder.add("order_policies", policy, row)
    top.close()


def _said(fields: Fields, row: dict[str, Any]) -> dict[str, Any]:
    fields.close()
    return {name: value for name, value in row.items() if value is not None}


def _locking(policy: Fields) -> dict[str, Any] | None:
    fields = policy.sub("locking", "the locking")
    if fields is None:
        return None
    days = {
        "remind_after_days": fields.whole("remind_after_days", low=1, high=LONGEST),
        "automatic_after_days": fields.whole(
            "automatic_after_days", low=1, high=LONGEST, required=False
        ),
    }
    return _said(fields, days)


def _changes(policy: Fields, currency: str | None) -> list[dict[str, Any]]:
    seen: set[str] = set()
    found = []
    for fields in policy.rows("changes", "a change", required=False):
        states = fields.words("states", STATES, required=True)
        for state in sorted(seen & set(states)):
            fields.fault(f"`states`: {state} is in a change above", fields.line_of("states"))
        seen |= set(states)
        row = {
            "states": states,
            "kinds": fields.words("kinds", KINDS, required=True),
            "fee": fields.money("fee", currency, required=False),
        }
        found.append(_said(fields, row))
    return found


def _delay(policy: Fields, currency: str | None) -> dict[str, Any] | None:
    fields = policy.sub("delay", "the delay")
    if fields is None:
        return None
    row: dict[str, Any] = {
        "free_days": fields.whole("free_days", high=LONGEST),
        "per_day": fields.money("per_day", currency),
        "at_most": fields.money("at_most", currency),
        "rescind_after_days": fields.whole("rescind_after_days", low=1, high=LONGEST),
        "text": fields.text("text"),
    }
    return _said(fields, row)


def _priority(policy: Fields, currency: str | None) -> dict[str, Any] | None:
    fields = policy.sub("priority", "the priority delivery", required=False)
    if fields is None:
        return None
    row: dict[str, Any] = {
        "fee": fields.money("fee", currency),
        "days_earlier": fields.whole("days_earlier", low=1, high=LONGEST),
        "capacity": fields.whole("capacity", low=1, high=10_000),
        "text": fields.text("text"),
    }
    return _said(fields, row)


def _slots(policy: Fields) -> dict[str, Any] | None:
    fields = policy.sub("slots", "the appointments")
    if fields is None:
        return None
    row: dict[str, Any] = {
        "minutes": fields.whole("minutes", low=5, high=480),
        "opens": _clock(fields, "opens"),
        "closes": _clock(fields, "closes"),
        "weekdays": [int(day) for day in _weekdays(fields)],
        "cars": fields.whole("cars", low=1, high=100),
        "notice_days": fields.whole("notice_days", high=LONGEST),
        "ahead_days": fields.whole("ahead_days", low=1, high=LONGEST),
        "change_hours": fields.whole("change_hours", high=1000),
    }
    if row["opens"] and row["closes"] and row["opens"] >= row["closes"]:
        fields.fault("`closes` is not after `opens`", fields.line_of("closes"))
    return _said(fields, row)


def _clock(fields: Fields, name: str) -> str | None:
    said = fields.word(name)
    if said and not CLOCK.match(said):
        fields.fault(
            f"`{name}` is {said[:20]!r}; wanted: a time like '09:30'", fields.line_of(name)
        )
        return None
    return said or None


def _weekdays(fields: Fields) -> list[str]:
    known = tuple(str(day) for day in WEEKDAYS)
    return [day for day in fields.words("weekdays", known, required=True) if day in known]


def _home(policy: Fields, currency: str | None) -> dict[str, Any] | None:
    fields = policy.sub("home", "the home delivery", required=False)
    if fields is None:
        return None
    row: dict[str, Any] = {
        "fee": fields.money("fee", currency),
        "cars": fields.whole("cars", low=1, high=100),
        "text": fields.text("text"),
    }
    return _said(fields, row)
