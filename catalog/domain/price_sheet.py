"""The price sheet: what a car costs, line by line, and the VAT inside it (`docs/rules/pricing.md`). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import Money, shown
from kernel.text import Text

REDUCING = frozenset({"incentive", "discount"})
"""Kinds of lines that change a list price."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price sheet; `kind` is base, option, package, included, standard, discount, incentive, benefit or delivery.

    `amount` is gross, of an incentive negative; `tax` is the VAT inside it, None on sheets frozen without it.
    """

    code: str
    kind: str
    name: Text
    amount: Money
    tax: Money | None = None

    @property
    def text_key(self) -> str:
        """What a front end looks up to say what kind of line this is: `price.option`."""
        return f"price.{self.kind}"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What must stand beside a reduced price: `off` since the day `since`, and the `lowest` total of the `days` before.

    `lowest` is None where the car was not sold in those days.
    """

    off: Money
    since: date
    days: int
    lowest: Money | None

    @property
    def text(self) -> Text:
        """In words, for people."""
        if self.lowest is None:
            return {
                "zh-hans": f"此次优惠前 {self.days} 天内未销售。",
                "en": f"Not sold in the {self.days} days before this reduction.",
            }
        amount = shown(self.lowest)
        return {
            "zh-hans": f"此次优惠前 {self.days} 天内最低价：{amount}",
            "en": f"Lowest price of the {self.days} days before this reduction: {amount}",
        }

    def facts(self) -> dict[str, Any]:
        """As JSON, with the words."""
        return {
            "off": money_facts(self.off),
            "since": self.since.isoformat(),
            "days": self.days,
            "lowest": None if self.lowest is None else money_facts(self.lowest),
            "text": dict(self.text),
        }


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """What a car costs by one price book: `list_price` - incentives + delivery fee = `total`; `vat` is the share inside.

    The lines add up to `total`, and the tax of the lines to `vat`. `reduction` only where everybody gets one and the law
    of the market asks for the price before it.
    """

    price_book: str
    currency: str
    lines: tuple[PriceLine, ...]
    list_price: Money
    total: Money
    vat: Money
    reduction: Reduction | None = None

    @property
    def regular(self) -> Money:
        """The total without any reduction, delivery included: what a reduced price may be set beside as list price."""
        off = sum(line.amount.minor for line in self.lines if line.kind in REDUCING)
        return Money(self.total.minor - off, self.currency)

    def facts(self) -> dict[str, Any]:
        """As JSON, money as `{amount, currency}`; `read_price_sheet` is the way back."""
        return {
            "price_book": self.price_book,
            "currency": self.currency,
            "lines": [_line_facts(line) for line in self.lines],
            "list_price": money_facts(self.list_price),
            "total": money_facts(self.total),
            "vat": money_facts(self.vat),
            **({} if self.reduction is None else {"reduction": self.reduction.facts()}),
        }


def _line_facts(line: PriceLine) -> dict[str, Any]:
    found = {
        "code": line.code,
        "kind": line.kind,
        "text_key": line.text_key,
        "name": dict(line.name),
        "amount": money_facts(line.amount),
    }
    if line.tax is not None:
        found["tax"] = money_facts(line.tax)
    return found


def money_facts(amount: Money) -> dict[str, Any]:
    """`{amount, currency}`, minor units."""
    return {"amount": amount.minor, "currency": amount.currency}


def _money(value: Mapping[str, Any]) -> Money:
    return Money(value["amount"], value["currency"])


def read_price_sheet(facts: Mapping[str, Any]) -> PriceSheet:
    """A frozen price sheet from its JSON; raises KeyError where a part is missing."""
    return PriceSheet(
        price_book=facts["price_book"],
        currency=facts["currency"],
        lines=tuple(
            PriceLine(
                line["code"],
                line["kind"],
                line["name"],
                _money(line["amount"]),
                _money(line["tax"]) if "tax" in line else None,
            )
            for line in facts["lines"]
        ),
        list_price=_money(facts["list_price"]),
        total=_money(facts["total"]),
        vat=_money(facts["vat"]),
        reduction=_reduction(facts.get("reduction")),
    )


def _reduction(facts: Mapping[str, Any] | None) -> Reduction | None:
    if facts is None:
        return None
    lowest = facts["lowest"]
    return Reduction(
        off=_money(facts["off"]),
        since=date.fromisoformat(facts["since"]),
        days=facts["days"],
        lowest=None if lowest is None else _money(lowest),
    )


class Vat:
    """The VAT contained in gross amounts at one rate: gross x rate / (1 + rate), rounded once, half up."""

    __slots__ = ("_above", "_below")

    def __init__(self, rate: Decimal) -> None:
        """`rate` is exact: 0.13."""
        above, below = rate.as_integer_ratio()
        self._above, self._below = above, above + below

    def inside(self, gross: int) -> int:
        """Minor units of VAT in `gross` minor units; half a unit goes away from zero."""
        share = (2 * abs(gross) * self._above + self._below) // (2 * self._below)
        return share if gross >= 0 else -share


def vat_inside(gross: Money, rate: Decimal) -> Money:
    """The VAT contained in a gross amount; see `Vat`."""
    return Money(Vat(rate).inside(gross.minor), gross.currency)


def with_tax(lines: Sequence[PriceLine], rate: Decimal) -> tuple[PriceLine, ...]:
    """The lines with the VAT inside each, by what the VAT of the running total grows: they add up to the VAT of all."""
    vat, taxed = Vat(rate), []
    running = before = 0
    for line in lines:
        running += line.amount.minor
        after = vat.inside(running)
        taxed.append(replace(line, tax=Money(after - before, line.amount.currency)))
        before = after
    return tuple(taxed)
