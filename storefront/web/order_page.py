"""What the order's page shows, worked out from the API's answer: the line, the promises, the money, what can be done."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from storefront.web import formatting
from storefront.web.shop import Shop

Json = Mapping[str, Any]
LINE = ("placed", "deposit", "contract", "lock", "build", "inspect", "handover")
REACHED: Mapping[str, int] = {
    "awaiting_deposit": 1,
    "locked": 4,
    "in_production": 4,
    "allocated": 4,
    "in_transit": 5,
    "inspection_ready": 5,
    "balance_paid": 6,
    "handed_over": 7,
}
"""How many steps of the line are behind an order in a state; a reserved one stands at its contract or at its lock."""
ENDED = frozenset({"expired", "cancelled", "withdrawn"})
SHOWN = frozenset({"processing", "succeeded", "failed", "refunded"})
"""States of a payment that its buyer has seen something of."""
UNPAID = frozenset({"created", "requires_action", "failed"})
"""States of a payment that the buyer can still make."""
KIND_STEP: Mapping[str, str] = {
    "order-placed": "placed",
    "deposit-paid": "deposit",
    "contract-accepted": "contract",
    "contract-buyer-signed": "contract",
    "order-locked": "lock",
    "production-started": "build",
    "car-allocated": "build",
    "car-ready": "inspect",
    "handed-over": "handover",
}
"""The event that dates a step of the line."""


def fresh_key() -> str:
    """A key for one intent: the form sent twice is one act."""
    return secrets.token_urlsafe(24)


def reached(order: Json) -> int:
    """How many steps of the line are done."""
    if order["state"] == "reserved":
        accepted = (order.get("contract") or {}).get("state") in {
            "accepted",
            "buyer_signed",
            "signed",
        }
        return 3 if accepted else 2
    return REACHED.get(order["state"], 1)


def line_of(shop: Shop, order: Json) -> list[dict[str, Any]]:
    """The line of progress: each step done, here or to come, with its date where there is one."""
    here = reached(order)
    dates = _dates(shop, order)
    if order["state"] in ENDED:
        last = {
            "name": shop.t(f"line.{order['state']}"),
            "state": "here",
            "when": _last(shop, order),
        }
        return [{"name": shop.t("line.placed"), "state": "done", "when": dates.get("placed")}, last]
    return [
        {
            "name": shop.t(f"line.{name}"),
            "state": "done" if i < here else "here" if i == here else "",
            "when": dates.get(name),
        }
        for i, name in enumerate(LINE)
    ]


def _last(shop: Shop, order: Json) -> str | None:
    """When the order ended: the moment of its last event."""
    events = order["events"]
    return formatting.moment(events[-1]["at"], shop.lang) if events else None


def _dates(shop: Shop, order: Json) -> dict[str, str]:
    found = {
        KIND_STEP[e["kind"]]: formatting.moment(e["at"], shop.lang)
        for e in order["events"]
        if e["kind"] in KIND_STEP
    }
    found.setdefault("placed", formatting.moment(order["placed_at"], shop.lang))
    delivery, step = order["delivery"], order["next_step"]
    found.setdefault(
        "handover", formatting.day_range(delivery["from"], delivery["until"], shop.lang)
    )
    if step["code"] == "lock" and step["deadline"]:
        found["lock"] = shop.t("line.until", formatting.moment(step["deadline"], shop.lang))
    booked = delivery.get("appointment")
    if booked and order["state"] != "handed_over":
        found["handover"] = formatting.moment(booked["starts_at"], shop.lang)
    return found


def promises(history: list[Any], now_from: str, now_until: str) -> list[dict[str, Any]]:
    """Every promise as a bar on one axis of 100, oldest first; the last one is in force."""
    rows = history or [{"from": now_from, "until": now_until, "reason": None, "at": None}]
    first = min(formatting.parse_day(r["from"]) for r in rows)
    last = max(formatting.parse_day(r["until"]) for r in rows)
    span = max((last - first).days, 1) * 1.6

    def place(day: date) -> float:
        return round(12 + (day - first).days / span * 100, 1)

    return [
        {
            **r,
            "x": place(formatting.parse_day(r["from"])),
            "width": max(
                4.0,
                round(
                    place(formatting.parse_day(r["until"]))
                    - place(formatting.parse_day(r["from"])),
                    1,
                ),
            ),
            "now": i == len(rows) - 1,
            "first": i == 0,
        }
        for i, r in enumerate(rows)
    ]


def payments_of(payments: Iterable[Json]) -> list[Json]:
    """The payments that a buyer has seen something of, oldest first; what came to nothing only while it is the newest."""
    shown = [p for p in payments if p["state"] in SHOWN or p["transfer"]]
    return [p for p in shown if p["state"] != "failed" or p is shown[-1]]


def charge_of(order: Json) -> Json | None:
    """The sum that the order asks for now, as `{purpose, amount}`; None where nothing is due."""
    due = order["money"]["due"]
    if due["amount"]:
        deposit = order["state"] == "awaiting_deposit"
        return {"purpose": "deposit" if deposit else "balance", "amount": due}
    changes = [p for p in order["payments"] if p["purpose"] == "amendment"]
    if order["state"] == "balance_paid" and changes and changes[-1]["state"] in UNPAID:
        return {"purpose": "amendment", "amount": changes[-1]["amount"]}
    return None


def action_of(order: Json) -> str:
    """The one thing to press: the name of a page of the store, or nothing where the buyer only waits."""
    step = order["next_step"]["code"]
    if charge_of(order):
        return "pay"
    if step == "hand-over" and "appointment" in order["delivery"]:
        return "handover"
    return {"accept-contract": "contract", "lock": "lock"}.get(step, "")


def ways_of(order: Json) -> dict[str, bool]:
    """What else the buyer can do with the order now, by the API's own word."""
    moves = order["moves"]
    ready = order["state"] in {"inspection_ready", "balance_paid"}
    return {
        "cancel": "cancel_by_buyer" in moves,
        "change": bool((order.get("amendments") or {}).get("may_change")),
        "book": ready and "appointment" in order["delivery"],
    }


def before_of(order: Json) -> Json:
    """What is still paid before the key, beside what is asked for now."""
    money = order["money"]
    rest = int(money["before_handover"]["amount"]) - int(money["due"]["amount"])
    return {"amount": max(rest, 0), "currency": money["before_handover"]["currency"]}
