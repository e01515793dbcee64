"""Every finance product for one car: what it costs, what of it is cash, or why it cannot be had (docs/rules/financing.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Catalogue
from catalog.domain.incentives import NOBODY, Buyer, Subject
from catalog.domain.pricing import PriceSheet, market_of
from catalog.errors import UnknownModel
from catalog.queries.on_sale import on_sale
from checkout.domain.affording import (
    affordable,
    highest_instalment,
    least_down_for,
    least_monthly,
)
from checkout.domain.amounts import Json, money_json
from checkout.domain.asking import Asked, read_amount
from checkout.domain.cash_parts import CashPart, cash_parts, cash_sum
from checkout.domain.extras import SERVICE, with_extras
from checkout.domain.finance_words import cash_words, reason_words
from checkout.domain.financing import Product, loan, product_of
from checkout.domain.quotation import ACCESSORIES, QuotedCar, loan_json
from checkout.domain.schedules import Schedule
from checkout.errors import FinanceNotEligible
from checkout.queries.offers import (
    campaign_for,
    finance_products,
    plain_subject,
    subject_of,
    usual_down_payment,
)
from checkout.queries.quoting import buyer_of, extras_of, priced_car, selling_market
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Financed:
    """The car of an offer: `things` are kind, code and amount of the lines of its price; none where only a price is known."""

    market: str
    model: str
    price: Money
    subject: Subject
    things: tuple[tuple[str, str, Money], ...] = ()
    buyer: Buyer = NOBODY


@dataclass(frozen=True, slots=True)
class FinanceAnswer:
    """The products on offer with their facts, and those that are not, each with a reason in words."""

    items: tuple[Mapping[str, Any], ...]
    not_offered: tuple[Mapping[str, Any], ...]


def car_asked_for(asked: Asked, now: datetime) -> Financed:
    """The build or stock vehicle of a request with its extras; raises what `quoting.worked_out` raises of a car."""
    shelf, market = selling_market(asked.market)
    priced = priced_car(asked, shelf, market, now)
    extras = extras_of(shelf.catalogue, market, asked)
    sheet = with_extras(priced.sheet, extras, market.vat_rate)
    return Financed(
        market=market.code,
        model=priced.car.model,
        price=sheet.total,
        subject=subject_of(priced.car, priced.sheet),
        things=tuple(_things(priced.car, sheet)),
        buyer=buyer_of(asked),
    )


def car_at_price(*, market: str, model: str, price: Money) -> Financed:
    """A car of which model and price are known; raises UnknownMarket, UnknownModel, CurrencyNotOfMarket."""
    catalogue = on_sale().catalogue
    read_amount(price, market_of(catalogue, market).currency, field="price")
    if model not in catalogue.models:
        raise UnknownModel(f"there is no model {model!r}", facts={"model": model})
    return Financed(market=market, model=model, price=price, subject=plain_subject(model))


def _things(car: QuotedCar, sheet: PriceSheet) -> Iterator[tuple[str, str, Money]]:
    groups = {each.code: each.group for each in car.equipment}
    for line in sheet.lines:
        if groups.get(line.code) == ACCESSORIES:
            yield "accessory", line.code, line.amount
        elif line.kind == SERVICE:
            yield SERVICE, line.code, line.amount


def finance_offers(
    *,
    car: Financed,
    down_payment: Money | None,
    now: datetime,
    product: str | None = None,
    months: int | None = None,
    with_schedule: bool = False,
) -> FinanceAnswer:
    """Every product for the car, in the catalogue's order; without a down payment each at its usual one.

    With `product` that one alone, and its refusal is raised. `months` leaves out other terms. Raises CurrencyNotOfMarket,
    UnknownFinanceProduct, FinanceNotEligible, CampaignNotRunning, NoLawRow.
    """
    catalogue = on_sale().catalogue
    read_amount(down_payment, car.price.currency, field="down_payment")
    products = finance_products(catalogue, car.market, now)
    if product is not None:
        named = product_of(products, product, months=months)
        return FinanceAnswer((_facts(catalogue, car, named, down_payment, now, with_schedule),), ())
    items: list[Json] = []
    refused: list[Json] = []
    for each in products:
        try:
            product_of(products, each.code, months=months)
            items.append(_facts(catalogue, car, each, down_payment, now, with_schedule))
        except FinanceNotEligible as error:
            refused.append(_not_offered(each, error))
    return FinanceAnswer(tuple(items), tuple(refused))


def _facts(
    catalogue: Catalogue,
    car: Financed,
    product: Product,
    down_payment: Money | None,
    now: datetime,
    with_schedule: bool,
) -> Json:
    campaign = campaign_for(catalogue, product, subject=car.subject, now=now, buyer=car.buyer)
    parts = cash_parts(product, car.things)
    refused = cash_sum(parts, car.price.currency)
    found = loan(
        product=product,
        model=car.model,
        price=car.price,
        down_payment=usual_down_payment(product, car.price, refused)
        if down_payment is None
        else down_payment,
        refused=refused,
    )
    facts = loan_json(found) | {
        "cash": [_cash(part) for part in parts],
        "campaign": campaign
        and {
            "code": campaign.code,
            "name": dict(campaign.name),
            "until": campaign.end and campaign.end.isoformat(),
        },
    }
    return facts | ({"schedule": schedule_json(found.schedule)} if with_schedule else {})


def _cash(part: CashPart) -> Json:
    return {
        "kind": part.kind,
        "codes": list(part.codes),
        "text": cash_words(part.kind),
        "amount": part.amount and money_json(part.amount),
    }


def schedule_json(plan: Schedule) -> list[Json]:
    """The lines of a schedule: number, amount, interest, principal, and what is owed after it."""
    return [
        {
            "number": line.number,
            "amount": money_json(line.amount),
            "interest": money_json(line.interest),
            "principal": money_json(line.principal),
            "balance": money_json(line.balance),
        }
        for line in plan.instalments
    ]


def _not_offered(product: Product, error: FinanceNotEligible) -> Json:
    reason, limit = error.facts["reason"], error.facts.get("limit")
    return {
        "product": product.code,
        "name": dict(product.name),
        "lender": {"code": product.lender, "name": dict(product.lender_name)},
        "reason": reason,
        "limit": limit,
        "text": reason_words(reason, limit),
    }


def affordable_cars(
    *,
    market: str,
    monthly: Money,
    now: datetime,
    model: str | None = None,
    product: str | None = None,
    months: int | None = None,
    down_payment: Money | None = None,
) -> FinanceAnswer:
    """The dearest price of each product for which no instalment is above `monthly`, dearest first; every method.

    Without `model` of every model on sale. Raises UnknownMarket, UnknownModel, CurrencyNotOfMarket,
    UnknownFinanceProduct, FinanceNotEligible, NoLawRow.
    """
    catalogue = on_sale().catalogue
    currency = market_of(catalogue, market).currency
    read_amount(monthly, currency, field="monthly")
    read_amount(down_payment, currency, field="down_payment")
    if model is not None and model not in catalogue.models:
        raise UnknownModel(f"there is no model {model!r}", facts={"model": model})
    products = finance_products(catalogue, market, now)
    if product is not None:
        products = (product_of(products, product, months=months),)
    items: list[Json] = []
    refused: list[Json] = []
    for each_model in [model] if model else list(catalogue.models):
        for each in products:
            car = Financed(market, each_model, monthly, plain_subject(each_model))
            try:
                product_of(products, each.code, months=months)
                items.append(_affordable(catalogue, car, each, monthly, down_payment, now))
            except FinanceNotEligible as error:
                refused.append({"model": each_model} | _not_offered(each, error))
    items.sort(key=lambda item: -item["price"]["amount"])
    return FinanceAnswer(tuple(items), tuple(refused))


def _affordable(
    catalogue: Catalogue,
    car: Financed,
    product: Product,
    monthly: Money,
    down_payment: Money | None,
    now: datetime,
) -> Json:
    campaign_for(catalogue, product, subject=car.subject, now=now)
    found = affordable(product=product, model=car.model, monthly=monthly, down_payment=down_payment)
    if found is None:
        raise _too_little(product, car.model, monthly, down_payment)
    return {
        "model": car.model,
        "product": product.code,
        "price": money_json(found.price),
        "highest_instalment": money_json(highest_instalment(found.loan.schedule)),
        "left": money_json(monthly - highest_instalment(found.loan.schedule)),
        "finance": loan_json(found.loan),
    }


def _too_little(
    product: Product, model: str, monthly: Money, down_payment: Money | None
) -> FinanceNotEligible:
    if model not in product.models:
        return FinanceNotEligible(
            f"{product.code} is not offered for {model}",
            facts={"product": product.code, "reason": "model"},
        )
    least = least_monthly(product)
    if least <= monthly:
        needed = least_down_for(product)
        return FinanceNotEligible(
            f"{product.code} needs a down payment of at least {needed}",
            facts={
                "product": product.code,
                "reason": "min_down_payment",
                "limit": money_json(needed),
            },
        )
    return FinanceNotEligible(
        f"{product.code} cannot be had for {monthly} a month; the smallest is {least} a month",
        facts={"product": product.code, "reason": "monthly", "limit": money_json(least)},
    )
