"""A quote as one frozen document: the car, its price sheet, taxes, loan, cover, deposit, terms and delivery.

The document is JSON with every text in both languages, so that quote, order and contract show the same
words and sums for ever (`docs/rules/quotes.md` lists its parts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.domain.duties import Duty
from catalog.domain.incentives import Incentive
from catalog.domain.pricing import PriceSheet
from checkout.domain.amounts import Json, money_json, sums, sums_json
from checkout.domain.apr import shown_rate
from checkout.domain.delivery import Window
from checkout.domain.deposit import Deposit
from checkout.domain.driver import DriverFacts
from checkout.domain.extras import SERVICE, Asked, extras_sum
from checkout.domain.finance_words import apr_words
from checkout.domain.financing import Loan
from checkout.domain.insurance import Cover, Premium, Risk
from checkout.domain.terms import deposit_json, terms_json, terms_of
from checkout.domain.vouchers import VoucherAnswer
from checkout.domain.wishes import TradeIn
from kernel.money import Money, total
from kernel.text import Text

FORMAT = 1
VALIDITY = timedelta(days=7)
"""How long a quote is a promise; frozen in each quote as its moment of expiry."""

PROOF_CONDITION: Text = {
    "zh-hans": "交车前须出示证明；不能出示的，补付该优惠金额。",
    "en": "You show the proof before handover; without it the reduction is owed.",
}
TRADE_IN_TEXT: Text = {
    "zh-hans": "你的旧车另行评估、另行约定；这里的期望金额不计入任何合计。",
    "en": "Your car is valued and agreed on separately; the amount you wish for is in no sum here.",
}

ACCESSORIES = "accessories"
"""The option group that a lender may refuse to finance."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """One thing on the car; `kind` is option, package, included or standard."""

    code: str
    name: Text
    group: str
    group_name: Text
    kind: str


@dataclass(frozen=True, slots=True)
class QuotedCar:
    """The car of a quote: a saved build, or a stock vehicle with its VIN."""

    model: str
    model_name: Text
    trim: str
    trim_name: Text
    choices: tuple[str, ...]
    equipment: tuple[Equipment, ...]
    seats: int
    build: str = ""
    vin: str = ""
    model_year: str = ""
    mileage_km: int | None = None

    @property
    def paint(self) -> str:
        """The code of the paint; empty for a model without a choice of paint."""
        return next((e.code for e in self.equipment if e.group == "paint"), "")


@dataclass(frozen=True, slots=True)
class Selling:
    """Where and when it is sold: market, release, moment, and how the market's money and law are named."""

    market: str
    market_name: Text
    currency: str
    timezone: str
    vat_rate: Decimal
    seller: Text
    brand: Text
    release: str
    quoted_at: datetime


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that goes into a quote, worked out; the lines of `sheet` are the car's, then the extras sold."""

    selling: Selling
    car: QuotedCar
    sheet: PriceSheet
    duties: tuple[Duty, ...]
    loan: Loan | None
    premiums: tuple[Premium, ...]
    risk: Risk
    driver: DriverFacts
    deposit: Deposit
    window: Window
    place: Mapping[str, Any] | None
    extras: tuple[Asked, ...] = ()
    order_policy: Mapping[str, Any] | None = None
    """The row of the market's order policy that is in force, as the release has it."""
    offers: tuple[Incentive, ...] = ()
    """The incentives of the price sheet, with what they ask of the buyer."""
    vouchers: tuple[VoucherAnswer, ...] = ()
    """What became of each code word that the buyer typed."""
    trade_in: TradeIn | None = None


def refused_by(lender_finances: Sequence[str], *, sheet: PriceSheet, car: QuotedCar) -> Money:
    """The part of the price that a lender does not finance: accessories and extras, where it does not name them."""
    groups = {e.code: e.group for e in car.equipment}
    refused = [
        line.amount.minor
        for line in sheet.lines
        if (groups.get(line.code) == ACCESSORIES and "accessory" not in lender_finances)
        or (line.kind == SERVICE and SERVICE not in lender_finances)
    ]
    return Money(sum(refused), sheet.currency)


def quote_document(parts: Parts) -> Json:
    """The frozen document; see `docs/rules/quotes.md`."""
    deposit = parts.deposit
    found = sums(
        price=parts.sheet.total,
        taxes=[duty.amount for duty in parts.duties if duty.in_sum],
        premiums=[premium.amount for premium in parts.premiums],
        deposit=deposit.amount,
        financed=parts.loan.lent if parts.loan else None,
        interest=parts.loan.cost if parts.loan else None,
        unpaid=parts.loan.schedule.residual if parts.loan else None,
    )
    selling = parts.selling
    extras = extras_sum(parts.extras, parts.sheet.currency)
    services = total(
        [line.amount for line in parts.sheet.lines if line.kind == SERVICE], parts.sheet.currency
    )
    return {
        "format": FORMAT,
        "release": selling.release,
        "quoted_at": selling.quoted_at.isoformat(),
        "market": {
            "code": selling.market,
            "name": dict(selling.market_name),
            "currency": selling.currency,
            "timezone": selling.timezone,
            "vat_rate": str(selling.vat_rate),
        },
        "seller": {"name": dict(selling.seller), "brand": dict(selling.brand)},
        "car": _car_json(parts.car),
        "price_sheet": _sheet_json(parts.sheet, selling.vat_rate),
        "taxes": [_duty_json(duty) for duty in parts.duties if duty.tax or _summed(duty)],
        "beside": [_duty_json(duty) for duty in parts.duties if not (duty.tax or _summed(duty))],
        "on_the_road": money_json(found.on_the_road),
        "finance": loan_json(parts.loan) | {"in_all": money_json(found.in_all)}
        if parts.loan
        else None,
        "insurance": _insurance_json(parts) if parts.premiums else None,
        "deposit": deposit_json(deposit),
        "terms": terms_json(terms_of(deposit, delay=_delay_words(parts.order_policy))),
        "order_policy": parts.order_policy and dict(parts.order_policy),
        "delivery": _delivery_json(parts.window, parts.place),
        "extras": {
            "items": [one.facts() for one in parts.extras],
            "total": money_json(extras),
        },
        "offers": [_offer_json(one) for one in parts.offers],
        "vouchers": [one.facts() for one in parts.vouchers],
        "trade_in": _trade_in_json(parts.trade_in),
        "balance": sums_json(found)
        | {"car": money_json(found.price - services), "extras": money_json(services)},
    }


def _delay_words(policy: Mapping[str, Any] | None) -> Text | None:
    """What a late car means, as the market's policy says it: part of the terms, so it is read before any payment."""
    return policy["delay"]["text"] if policy else None


def _car_json(car: QuotedCar) -> Json:
    names = {
        "model": dict(car.model_name),
        "trim": dict(car.trim_name),
        "title": {lang: f"{car.model_name[lang]} {car.trim_name[lang]}" for lang in car.model_name},
    }
    return {
        "model": car.model,
        "trim": car.trim,
        "names": names,
        "paint": car.paint,
        "choices": list(car.choices),
        "options": [
            {
                "code": e.code,
                "name": dict(e.name),
                "group": e.group,
                "group_name": dict(e.group_name),
                "kind": e.kind,
            }
            for e in car.equipment
        ],
        "seats": car.seats,
        "build": car.build or None,
        "vin": car.vin or None,
        "model_year": car.model_year or None,
        "mileage_km": car.mileage_km,
    }


def _sheet_json(sheet: PriceSheet, vat_rate: Decimal) -> Json:
    return sheet.facts() | {"vat_rate": str(vat_rate)}


def _summed(duty: Duty) -> bool:
    return duty.in_sum and duty.amount.minor > 0


def _duty_json(duty: Duty) -> Json:
    """What an authority takes; the day that decides is not known yet, so it is an estimate with an end."""
    found: Json = {
        "code": duty.code,
        "name": dict(duty.name),
        "text": dict(duty.text),
        "amount": money_json(duty.amount),
        "paid_to": duty.paid_to,
        "estimate": True,
        "decided_by": duty.by,
        "valid_until": duty.holds_until and duty.holds_until.isoformat(),
        "after": duty.after and money_json(duty.after),
    }
    if duty.tax is not None:
        found |= {
            "base": money_json(duty.tax.base),
            "full": money_json(duty.tax.full),
            "relief": money_json(duty.tax.relief),
            "rate": str(duty.tax.rate),
        }
    return found


def loan_json(loan: Loan) -> Json:
    """A loan as quotes and the API show it; `total` is down payment, all instalments and fee."""
    product, plan = loan.product, loan.schedule
    return {
        "product": product.code,
        "name": dict(product.name),
        "text": dict(product.text),
        "lender": {"code": product.lender, "name": dict(product.lender_name)},
        "method": product.method,
        "months": product.months,
        "down_payment": money_json(loan.down_payment),
        "amount": money_json(loan.amount),
        "instalment": money_json(plan.instalment),
        "last_instalment": money_json(plan.last_instalment),
        "balloon": money_json(plan.balloon),
        "residual": money_json(plan.residual),
        "interest": money_json(plan.interest),
        "fee": money_json(product.fee),
        "fee_financed": product.fee_financed,
        "lent": money_json(loan.lent),
        "total": money_json(loan.total),
        "nominal_rate": str(product.annual_rate),
        "apr": str(loan.apr),
        "apr_convention": product.law.convention,
        "apr_shown": shown_rate(loan.apr, product.law.decimals),
        "apr_text": apr_words(loan),
        "warning": product.law.warning and dict(product.law.warning),
        "withdrawal_days": product.law.withdrawal_days,
        "form": product.law.form,
        "default_costs": [dict(row) for row in product.default_costs],
        "approval_valid_days": product.approval_valid_days,
        "amount_tolerance": str(product.amount_tolerance),
    }


def cover_json(cover: Cover, amount: Money) -> Json:
    """A cover with its premium as quotes and the API show it."""
    return {
        "product": cover.code,
        "kind": cover.kind,
        "name": dict(cover.name),
        "text": dict(cover.text),
        "insurer": {"code": cover.insurer, "name": dict(cover.insurer_name)},
        "premium": money_json(amount),
        "mandatory": cover.mandatory,
    }


def _insurance_json(parts: Parts) -> Json:
    premiums, risk = parts.premiums, parts.risk
    note = parts.driver.note
    total = Money(sum(p.amount.minor for p in premiums), premiums[0].amount.currency)
    compulsory = sum(p.amount.minor for p in premiums if p.cover.mandatory)
    return {
        "period": risk.period,
        "facts": {
            "driver_age": risk.driver_age,
            "no_claims_class": risk.no_claims_class or None,
            "seats": risk.seats,
            "assumed": list(parts.driver.assumed),
            "note": note and dict(note),
        },
        "lines": [cover_json(p.cover, p.amount) for p in premiums],
        "compulsory": money_json(Money(compulsory, total.currency)),
        "commercial": money_json(Money(total.minor - compulsory, total.currency)),
        "total": money_json(total),
    }


def _offer_json(offer: Incentive) -> Json:
    """An offer on the sheet in words; `needs` is the proof that is checked before handover."""
    return {
        "code": offer.code,
        "kind": offer.kind,
        "name": dict(offer.name),
        "text": dict(offer.text) or None,
        "needs": offer.needs or None,
        "voucher": offer.voucher.upper() or None,
        "condition": dict(PROOF_CONDITION) if offer.needs else None,
    }


def _trade_in_json(trade_in: TradeIn | None) -> Json | None:
    if trade_in is None:
        return None
    return trade_in.facts() | {"text": dict(TRADE_IN_TEXT)}


def _delivery_json(window: Window, place: Mapping[str, Any] | None) -> Json:
    return {
        "days": window.days,
        "from": window.from_on.isoformat(),
        "until": window.until_on.isoformat(),
        "place": None
        if place is None
        else {
            key: place[key] for key in ("code", "kind", "name", "city", "address") if key in place
        },
    }
