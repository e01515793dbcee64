"""The configurator's longer answers: a car for a budget, what moved, and a build that is opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storefront.web import configurator, formatting
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop

Json = Mapping[str, Any]
LONGEST = 9
"""Digits of an amount somebody types."""
EXAMPLES = {"car": 300_000, "month": 6_000}


def moved(
    shop: Shop, names: Mapping[str, str], before: Json, after: Json, clicked: str = ""
) -> dict[str, Any]:
    """Before and after of a change: rows, sums, months, dates, and the way back; both are evaluated states."""
    rows = configurator.changes(names, before["choices"], after["choices"], [clicked])
    return {
        "rows": rows,
        "before": _side(before),
        "after": _side(after),
        "undo": ",".join(before["choices"]),
    }


def _side(state: Json) -> dict[str, Any]:
    return {
        "total": state["price_sheet"]["total"],
        "monthly": state["monthly"],
        "delivery": state["delivery"],
    }


def asked(shop: Shop) -> dict[str, Any]:
    """What the budget form holds: the amount as typed, price or month, and whether choices stay."""
    get = shop.request.GET
    per = get.get("per", "car")
    return {
        "sent": "budget" in get,
        "budget": get.get("budget", "").strip()[:20],
        "per": per if per in EXAMPLES else "car",
        "keep": get.get("keep") == "1",
    }


def whole_amount(typed: str) -> int | None:
    """A whole number above zero as people type it (300,000 or 300 000), else None."""
    digits = "".join(sign for sign in typed if sign not in ",， \u00a0¥€")
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST:
        return None
    return int(digits) or None


def best(shop: Shop, document: Json, state: Json, form: Mapping[str, Any]) -> dict[str, Any]:
    """The car for a budget: `{"found": …, "choices": […]}`, or what to say instead in `{"none": …}`."""
    whole = whole_amount(form["budget"])
    currency = document["currency"]
    if whole is None:
        return {"none": {"title": shop.t("best.wrong", f"{EXAMPLES[form['per']]:,}")}}
    limit = {"amount": formatting.minor(whole, currency), "currency": currency}
    body = {
        "model": document["model"],
        "market": shop.market,
        "choices": list(state["choices"]) if form["keep"] else [],
        "budget" if form["per"] == "car" else "monthly": limit,
    }
    try:
        answer = shop.api.post("/configurations/complete", body)
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return {"none": _none(shop, error, form["per"])}
    return {"choices": list(answer["choices"]), "found": _found(shop, answer, limit, form["per"])}


def _found(shop: Shop, answer: Json, limit: Json, per: str) -> dict[str, Any]:
    notes = []
    loan = answer["finance"]
    if loan:
        cents = {"cents": True}
        notes.append(
            shop.t(
                "best.loan",
                loan["name"],
                shop.cash(loan["down_payment"], **cents),
                shop.cash(loan["instalment"], **cents),
                loan["months"],
            )
        )
        notes += [loan["apr_text"], *([loan["warning"]] if loan["warning"] else [])]
    elif answer["left"]["amount"]:
        notes.append(shop.t("best.left", shop.cash(answer["left"])))
    return {"title": shop.t(f"best.found.{per}", shop.cash(limit)), "notes": notes}


def _none(shop: Shop, error: ApiProblem, per: str) -> dict[str, Any]:
    """Nothing for that money: what the cheapest costs, and how to see it."""
    facts = error.facts
    told: dict[str, Any] = {"title": shop.t("best.none")}
    if error.code == "no-car-in-budget" and facts.get("cheapest"):
        cost = shop.cash(facts["cheapest"])
        month = facts.get("cheapest_monthly")
        told["text"] = (
            shop.t("best.none.month", shop.cash(month, cents=True), cost)
            if per == "month" and month
            else shop.t("best.none.car", cost)
        )
        told["choices"] = ",".join(facts["choices"])
    elif error.code == "finance-not-eligible":
        told["text"] = shop.t("best.none.loan")
    else:
        told["title"] = shop.t("problem.not-buildable")
    return told


def again(shop: Shop, saved: Json) -> dict[str, Any] | None:
    """What became of a saved build; None when it is the car it was."""
    current = saved["current"]
    if current["valid"] and not current["changes"] and not current["days_difference"]:
        return None
    was = shop.cash(saved["price_sheet"]["total"])
    day = formatting.day(formatting.parse_moment(saved["created_at"]).date(), shop.lang)
    lede = [shop.t("again.lede", day, was)]
    if current["valid"]:
        difference = shop.cash(current["price_difference"], plus=True)
        now = shop.cash(current["price_sheet"]["total"])
        lede.append(shop.t("again.now", now, difference))
    days = current["days_difference"] or 0
    if days:
        lede.append(shop.t(f"again.days.{'later' if days > 0 else 'sooner'}", abs(days)))
    return {
        "title": shop.t("again.title" if current["valid"] else "again.dead", saved["code"]),
        "lede": lede,
        "rows": [
            {**change, "what": shop.t(f"again.{change['kind']}")} for change in current["changes"]
        ],
        "valid": current["valid"],
        "ways": [configurator.repair_words(shop, way) for way in current["ways"]],
    }
