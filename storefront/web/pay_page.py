"""What the page for paying shows, worked out from the API's answers: where a payment stands, what it is for, how to pay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import segno.helpers

from storefront.web.shop import Shop

Json = Mapping[str, Any]
WAITING = frozenset({"requires_action", "processing"})
TRANSFER = "bank_transfer"
ODD = "payment-mismatch"
"""The failure code of money that arrived and does not fit: a person looks into it."""
REASONS = frozenset(
    {
        "insufficient_funds",
        "expired_card",
        "incorrect_cvc",
        "processing_error",
        "payment_intent_authentication_failure",
    }
)
"""Why a payment was declined, where the buyer can do something about just that."""


TROUBLES = frozenset(
    {
        "payment-provider-unavailable",
        "payment-provider-refused",
        "payment-not-possible",
        "payment-method-limit",
        "unknown-payment-method",
    }
)
"""Refusals of a start after which the buyer chooses again, by the API's codes."""


def begun_with(paying: Json, method: str) -> bool:
    """Whether the payment that is due was begun with that method and waits for its buyer."""
    latest = latest_of(paying)
    return latest is not None and (latest["method"], latest["state"]) == (method, "requires_action")


def state_of(order: Json, paying: Json, *, came_back: bool) -> str:
    """What the page shows: choose, transfer, waiting, declined, odd, done or expired."""
    if order["state"] == "expired":
        return "expired"
    if paying["due"] is None:
        return "done"
    latest = latest_of(paying)
    if latest is None:
        return "choose"
    if latest["transfer"]:
        return "transfer"
    if latest["state"] == "failed":
        return "odd" if latest["failure_code"] == ODD else "declined"
    waits = latest["state"] == "processing" or (came_back and latest["state"] in WAITING)
    return "waiting" if waits else "choose"


def latest_of(paying: Json) -> Json | None:
    """The newest attempt at what is due that was begun at all."""
    due = paying["due"] or {}
    begun = [
        each
        for each in paying["payments"]
        if each["purpose"] == due.get("purpose") and each["state"] != "created"
    ]
    return begun[-1] if begun else None


def lines_of(shop: Shop, order: Json, due: Json) -> list[dict[str, Any]]:
    """What the money is for, line by line down to what is paid now."""
    if due["purpose"] == "deposit":
        about = shop.t("pay.what.deposit", due["name"])
        return [{"name": order["car"]["names"]["title"], "more": about, "amount": due["amount"]}]
    if due["purpose"] == "amendment":
        return [{"name": due["name"], "more": "", "amount": due["amount"]}]
    money = order["money"]
    rows = [
        {"name": line["name"], "more": "", "amount": line["amount"]}
        for line in order["price_sheet"]["lines"]
        if line["amount"]["amount"]
    ]
    rows.append({"name": shop.t("order.charges"), "more": "", "amount": money["charges"]})
    lender = (order.get("finance") or {}).get("lender", {}).get("name", "")
    rows.append(_less(shop.t("pay.line.lender", lender), money["financed"]))
    rows.append(_less(shop.t("pay.line.paid"), money["paid"]))
    return [row for row in rows if row["amount"]["amount"]]


def _less(name: str, amount: Json) -> dict[str, Any]:
    return {"name": name, "more": "", "amount": {**amount, "amount": -int(amount["amount"])}}


def ways_of(shop: Shop, order: Json, paying: Json) -> list[dict[str, Any]]:
    """The ways to pay with their words: name, what happens, and the limit where this order could meet it."""
    price = int(order["on_the_road"]["amount"])
    return [
        {
            "method": way["method"],
            "name": way["name"] or shop.t(f"pay.method.{way['method']}"),
            "more": way["text"] or shop.t(f"pay.method.{way['method']}.more"),
            "limit": _limit(shop, way, price),
            "off": bool(way["why_not"]),
        }
        for way in paying["methods"]
    ]


def _limit(shop: Shop, way: Json, price: int) -> str:
    if way["why_not"] == "too-small":
        return shop.t("pay.limit.small", shop.cash(way["smallest"], cents=True))
    if way["why_not"]:
        return shop.t("pay.limit.large", shop.cash(way["largest"]))
    if way["wait_days"]:
        return shop.t("pay.limit.days", way["wait_days"])
    met = way["largest"] and way["largest"]["amount"] < price
    return shop.t("pay.limit", shop.cash(way["largest"])) if met else ""


def chosen_of(ways: Sequence[Json], latest: Json | None) -> str:
    """The way that is marked: the last one used while it is open, else the first open one."""
    free = [way["method"] for way in ways if not way["off"]]
    last = (latest or {}).get("method")
    return str(last) if last in free else next(iter(free), "")


def why_of(latest: Json | None) -> str:
    """Why the last attempt was declined, as part of a text's name; empty where nothing particular helps."""
    code = str((latest or {}).get("failure_code") or "")
    return code if code in REASONS else ""


def reasons(shop: Shop) -> str:
    """What the form says by itself when a card is declined, by the vendor's code, as JSON."""
    said = {
        code: f"{shop.t(f'pay.no.{code}')}{shop.t('pay.stop')}{shop.t(f'pay.next.{code}')}"
        for code in sorted(REASONS)
    }
    return json.dumps(said, ensure_ascii=False)


def grouped(number: str) -> str:
    """An account number in groups of four, as people read it out."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def transfer_code(transfer: Json, amount: Json) -> str:
    """A square code that European banking apps read into a transfer; empty where the account is no IBAN in euros."""
    number = str(transfer["number"])
    if amount["currency"] != "EUR" or not number[:2].isalpha():
        return ""
    made = segno.helpers.make_epc_qr(
        name=transfer["holder"][:70],
        iban=number,
        amount=Decimal(int(amount["amount"])).scaleb(-2),
        text=transfer["reference"],
        bic=transfer["bic"] or None,
    )
    return str(made.svg_data_uri(border=2, scale=4, dark="#000", light="#fff"))
