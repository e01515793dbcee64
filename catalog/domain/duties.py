"""What the buyer pays beside the car, to others: purchase tax, vehicle tax, registration (docs/rules/pricing.md). Pure.

Never part of our price. Every figure is a row of the law; which day decides is not known yet, so each is an estimate
that says until when it holds and what would be due after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from catalog.domain.catalogue import Market
from catalog.domain.law import Law, LawRow
from catalog.domain.terms import vat_rate
from catalog.errors import NoLawRow, NoTaxRule
from kernel.money import Money
from kernel.text import Text

PURCHASE_TAX, VEHICLE_TAX, REGISTRATION = "purchase-tax", "vehicle-tax", "registration"
RATE, RELIEF = "tax.purchase.rate", "tax.purchase.relief"
ELECTRIC, BATTERY = "nev", "bev"
"""What the rows apply to: new-energy cars, and among them battery-electric ones. All we sell are both."""

NAMES: dict[str, Text] = {
    PURCHASE_TAX: {"zh-hans": "车辆购置税", "en": "Purchase tax"},
    VEHICLE_TAX: {"zh-hans": "车船税", "en": "Vehicle tax"},
    REGISTRATION: {"zh-hans": "上牌工本费", "en": "Registration fees"},
}
TEXTS: dict[str, Text] = {
    PURCHASE_TAX: {
        "zh-hans": "由您向税务机关缴纳，不含在车价内；以开具机动车发票之日的规定为准。",
        "en": "You pay it to the tax office and it is not part of our price; the rules of the day of the invoice decide.",
    },
    VEHICLE_TAX: {
        "zh-hans": "纯电动汽车免征。",
        "en": "Battery-electric cars are exempt.",
    },
    REGISTRATION: {
        "zh-hans": "由您在上牌时向车管部门缴纳。",
        "en": "You pay them to the registration office.",
    },
}
PAID_TO = {
    PURCHASE_TAX: "tax-office",
    VEHICLE_TAX: "tax-office",
    REGISTRATION: "registration-office",
}


@dataclass(frozen=True, slots=True)
class PurchaseTax:
    """What the tax office takes for a car: `full` less `relief` = `due`; paid by the buyer, not part of our price."""

    base: Money
    full: Money
    relief: Money
    due: Money
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Duty:
    """Something paid to an authority: `amount` if the day that decides (`by`) is before `holds_until`.

    `after` is what would be due from that day on; None where nothing changes or no row says yet. `tax` explains a
    purchase tax. `in_sum`: part of what a car costs on the road.
    """

    code: str
    name: Text
    text: Text
    amount: Money
    by: str
    holds_until: date | None
    after: Money | None
    in_sum: bool
    tax: PurchaseTax | None = None

    @property
    def paid_to(self) -> str:
        """`tax-office` or `registration-office`."""
        return PAID_TO[self.code]


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def purchase_tax(market: Market, law: Law, price: Money, day: date) -> PurchaseTax | None:
    """The purchase tax on a gross price invoiced on `day`, or None where the market has none.

    Base = price / (1 + VAT rate); full = base x rate; relief = full x share, at most the cap; due = full - relief.
    Exact until the end, each shown amount rounded once, half up; `relief` is what makes the three add up.
    Source: Vehicle Purchase Tax Law art. 3-6, announcement 10/2023 of MOF, STA and MIIT. Raises NoTaxRule.
    """
    if not law.knows(market.code, RATE):
        return None
    rate_row, relief_row = _tax_rows(market, law, day)
    base = Decimal(price.minor) / (1 + vat_rate(market, law, day))
    rate = Decimal(str(rate_row.value))
    full, relief = base * rate, Decimal(0)
    if relief_row is not None:
        share, cap = relief_row.value["share"], relief_row.value["cap"]
        relief = min(full * Decimal(str(share)), Decimal(cap))
    shown, due = _round(full), _round(full - relief)
    return PurchaseTax(
        base=Money(_round(base), price.currency),
        full=Money(shown, price.currency),
        relief=Money(shown - due, price.currency),
        due=Money(due, price.currency),
        rate=rate,
    )


def _tax_rows(market: Market, law: Law, day: date) -> tuple[LawRow, LawRow | None]:
    try:
        return law.row(market.code, RATE, day), law.ask(market.code, RELIEF, day, ELECTRIC)
    except NoLawRow as error:
        raise NoTaxRule(error.message, facts=error.facts) from None


def duties(market: Market, law: Law, price: Money, day: date) -> tuple[Duty, ...]:
    """Everything paid to authorities for a car of this price, estimated for `day`; raises NoTaxRule, NoLawRow."""
    found: list[Duty] = []
    tax = purchase_tax(market, law, price, day)
    if tax is not None:
        by = law.row(market.code, RATE, day).by
        until = _change(law, market.code, {RATE, RELIEF}, day)
        after = _later(lambda on: _due(market, law, price, on), until)
        found.append(_duty(PURCHASE_TAX, tax.due, by, until, after, in_sum=True, tax=tax))
    vehicle = law.ask(market.code, "tax.vehicle.amount", day, BATTERY)
    if vehicle is not None:
        amount = Money(vehicle.value["amount"], price.currency)
        found.append(_duty(VEHICLE_TAX, amount, vehicle.by, vehicle.valid_until, None, in_sum=True))
    exempt = law.ask(market.code, "tax.vehicle.exemption", day, BATTERY)
    if exempt is not None:
        nothing = Money.zero(price.currency)
        found.append(_duty(VEHICLE_TAX, nothing, exempt.by, exempt.valid_until, None, in_sum=True))
    fees = law.ask(market.code, "registration.fees", day)
    if fees is not None:
        amount = Money(sum(part["amount"] for part in fees.value.values()), price.currency)
        found.append(_duty(REGISTRATION, amount, fees.by, fees.valid_until, None, in_sum=False))
    return tuple(found)


def _due(market: Market, law: Law, price: Money, day: date) -> Money | None:
    tax = purchase_tax(market, law, price, day)
    return None if tax is None else tax.due


def _later(amount_on: Callable[[date], Money | None], day: date | None) -> Money | None:
    if day is None:
        return None
    try:
        return amount_on(day)
    except NoLawRow:
        return None


def _change(law: Law, market: str, keys: set[str], day: date) -> date | None:
    return next((on for on, row in law.changes(market, day) if row.key in keys), None)


def _duty(
    code: str,
    amount: Money,
    by: str,
    until: date | None,
    after: Money | None,
    *,
    in_sum: bool,
    tax: PurchaseTax | None = None,
) -> Duty:
    return Duty(code, NAMES[code], TEXTS[code], amount, by, until, after, in_sum, tax)
