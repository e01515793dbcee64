"""The sums of a quote: on the road, balance, what is paid to whom, and how two quotes differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.money import Money, total

Json = dict[str, Any]
PARTS = {"incentive": "incentive", "benefit": "incentive", "service": "extra"}
"""Which part of a quote a line of its price sheet belongs to; the others are the car's."""


@dataclass(frozen=True, slots=True)
class Sums:
    """All of one currency; see `sums`."""

    price: Money
    taxes: Money
    insurance: Money
    on_the_road: Money
    deposit: Money
    financed: Money
    balance: Money
    cash_balance: Money
    before_handover: Money
    interest: Money
    in_all: Money


def sums(
    *,
    price: Money,
    taxes: Sequence[Money],
    premiums: Sequence[Money],
    deposit: Money,
    financed: Money | None = None,
    interest: Money | None = None,
    unpaid: Money | None = None,
) -> Sums:
    """Every sum that a quote shows.

    `on_the_road` = contract price + taxes + first year's premiums. `balance` = what the seller still gets after
    the deposit; `cash_balance` = of that, what the lender does not pay. `before_handover` = what the buyer still
    pays to seller, tax office and insurer. `in_all` = on the road plus interest and fees of the loan, less what is left
    `unpaid` because a leased car goes back.
    """
    nothing = Money.zero(price.currency)
    tax, cover = total(list(taxes), price.currency), total(list(premiums), price.currency)
    lent, cost = financed or nothing, interest or nothing
    road = price + tax + cover
    return Sums(
        price=price,
        taxes=tax,
        insurance=cover,
        on_the_road=road,
        deposit=deposit,
        financed=lent,
        balance=price - deposit,
        cash_balance=price - deposit - lent,
        before_handover=road - deposit - lent,
        interest=cost,
        in_all=road + cost - (unpaid or nothing),
    )


def money_json(amount: Money) -> Json:
    """Money as documents and the API write it."""
    return {"amount": amount.minor, "currency": amount.currency}


def money_of(value: Mapping[str, Any]) -> Money:
    """Money read back from a document."""
    return Money(value["amount"], value["currency"])


def sums_json(found: Sums) -> Json:
    """The sums as the quote's document holds them."""
    return {name: money_json(getattr(found, name)) for name in Sums.__dataclass_fields__}


def difference(*, was: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    """How two quote documents of one car differ, line by line: `lines` with `was` and `now` (None where absent).

    Only lines that differ are listed, each with its `part`: car, incentive, extra, tax, cover or finance (the cost of the
    loan: interest and fee). `price`, `on_the_road` and `in_all` carry both totals and the change.
    """
    before, after = _lines(was), _lines(now)
    codes = [*before, *(code for code in after if code not in before)]
    lines = []
    for code in codes:
        old, new = before.get(code), after.get(code)
        if (old and old["amount"]) == (new and new["amount"]):
            continue
        shown = new or old
        lines.append(
            {
                "code": code,
                "part": shown["part"] if shown else "",
                "name": shown["name"] if shown else {},
                "was": old["amount"] if old else None,
                "now": new["amount"] if new else None,
            }
        )
    return {
        "lines": lines,
        "price": _change(was["price_sheet"]["total"], now["price_sheet"]["total"]),
        "on_the_road": _change(was["on_the_road"], now["on_the_road"]),
        "in_all": _change(_in_all(was), _in_all(now)),
    }


def _lines(document: Mapping[str, Any]) -> dict[str, Json]:
    found = {
        line["code"]: {**line, "part": PARTS.get(line.get("kind", ""), "car")}
        for line in document["price_sheet"]["lines"]
    }
    found |= {tax["code"]: {**tax, "part": "tax"} for tax in document["taxes"]}
    cover = document["insurance"]
    found |= {
        line["product"]: {"name": line["name"], "amount": line["premium"], "part": "cover"}
        for line in (cover["lines"] if cover else ())
    }
    loan = document.get("finance")
    if loan:
        cost = money_of(loan["interest"]) + money_of(loan["fee"])
        line = {"name": loan["name"], "amount": money_json(cost), "part": "finance"}
        found[loan["product"]] = line
    return found


def _in_all(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is paid in the end, the cost of a loan included."""
    found: Mapping[str, Any] = document.get("balance", {}).get("in_all", document["on_the_road"])
    return found


def _change(was: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    return {"was": dict(was), "now": dict(now), "change": money_json(money_of(now) - money_of(was))}
