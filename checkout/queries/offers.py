"""Loans and covers on offer for a car, from the release on sale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalog.domain.catalogue import Catalogue
from catalog.domain.incentives import NOBODY, Buyer, Incentive, Subject, read_incentives
from catalog.domain.pricing import PriceSheet, local_day, market_of
from catalog.errors import UnknownModel
from catalog.queries.claims import taken
from catalog.queries.on_sale import on_sale
from checkout.domain.affording import (
    Affordable,
    affordable,
    choose_products,
    fits,
    is_even,
    refuse_monthly,
)
from checkout.domain.asking import read_amount
from checkout.domain.campaigns import campaigns_of, running_campaign
from checkout.domain.credit_law import credit_law
from checkout.domain.driver import FIRST_CLASS, DriverFacts, driver_facts
from checkout.domain.financing import Product, least_down_payment, loan, product_of, read_products
from checkout.domain.insurance import Covers, Premium, Risk, read_covers
from checkout.domain.quotation import QuotedCar, cover_json, loan_json
from checkout.errors import CampaignNotRunning, CoverNotOffered, FinanceNotEligible
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class FinanceOffer:
    """One loan on offer; `facts` as the quote's document holds it."""

    product: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InsuranceOffer:
    """One cover on offer for a year; `facts` as the quote's document holds it."""

    product: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CoverQuotes:
    """The covers on offer, those left out (`product`, `name`, `mandatory`, the `field` against it and what is `allowed`)."""

    offers: tuple[InsuranceOffer, ...]
    left_out: tuple[dict[str, Any], ...]
    driver: DriverFacts


def finance_products(catalogue: Catalogue, market: str, now: datetime) -> tuple[Product, ...]:
    """The loans that lenders have in a market, under the law of this moment; raises UnknownMarket, NoLawRow."""
    place = market_of(catalogue, market)
    return read_products(
        products=catalogue.finance_products,
        lenders=catalogue.lenders,
        market=market,
        currency=place.currency,
        law=credit_law(catalogue.law, market, local_day(place, now)),
    )


def campaign_for(
    catalogue: Catalogue,
    product: Product,
    *,
    subject: Subject,
    now: datetime,
    buyer: Buyer = NOBODY,
) -> Incentive | None:
    """The campaign that lets this car have the product; None for one that needs none. Raises CampaignNotRunning."""
    offers = read_incentives(catalogue.incentives, product.market)
    limited = any(one.quota is not None for one in campaigns_of(offers, product.code))
    return running_campaign(
        offers,
        product=product.code,
        subject=subject,
        day=local_day(market_of(catalogue, product.market), now),
        buyer=buyer,
        taken=buyer.others(taken(catalogue, product.market)) if limited else {},
    )


def offered_products(
    catalogue: Catalogue, market: str, model: str, now: datetime
) -> tuple[Product, ...]:
    """The loans of a market without those whose campaign does not run for the model; raises UnknownMarket, NoLawRow."""
    return tuple(
        each
        for each in finance_products(catalogue, market, now)
        if _campaign_runs(catalogue, each, model, now)
    )


def _campaign_runs(catalogue: Catalogue, product: Product, model: str, now: datetime) -> bool:
    try:
        campaign_for(catalogue, product, subject=plain_subject(model), now=now)
    except CampaignNotRunning:
        return False
    return True


def plain_subject(model: str) -> Subject:
    """A car of which only the model is known."""
    return Subject(model=model, options=(), lines={}, list_price=0)


def subject_of(car: QuotedCar, sheet: PriceSheet) -> Subject:
    """A quoted car with its price sheet, as incentives ask about it."""
    return Subject(
        model=car.model,
        options=frozenset(each.code for each in car.equipment),
        lines={line.code: line.amount.minor for line in sheet.lines if line.amount.minor > 0},
        list_price=sheet.list_price.minor,
    )


def first_class(catalogue: Catalogue, market: str, day: date) -> str:
    """The no-claims class of whoever insures a first car there; empty where a market has none. Raises NoLawRow."""
    row = catalogue.law.ask(market, FIRST_CLASS, day)
    return str(row.value) if row else ""


def covers_of(catalogue: Catalogue, market: str) -> Covers:
    """The covers that insurers offer in a market, with their premium table; raises UnknownMarket."""
    return read_covers(
        products=catalogue.insurance_products,
        insurers=catalogue.insurers,
        premiums=catalogue.premiums,
        market=market,
        currency=market_of(catalogue, market).currency,
    )


def finance_quotes(
    *,
    market: str,
    model: str,
    price: Money,
    down_payment: Money | None,
    now: datetime,
    product: str | None = None,
) -> list[FinanceOffer]:
    """The loans that fit a car of `price`, in the catalogue's order; without a down payment, each at 30 per cent.

    Where 30 per cent is less than a product allows, its least. With `product`, that one alone, and its refusal
    is raised instead of left out. Raises UnknownMarket, UnknownModel, CurrencyNotOfMarket,
    UnknownFinanceProduct, FinanceNotEligible, CampaignNotRunning.
    """
    catalogue = on_sale().catalogue
    currency = market_of(catalogue, market).currency
    _check_model(catalogue, model)
    read_amount(price, currency, field="price")
    read_amount(down_payment, currency, field="down_payment")
    if product is not None:
        named = product_of(finance_products(catalogue, market, now), product)
        campaign_for(catalogue, named, subject=plain_subject(model), now=now)
        return [_offer(named, model, price, down_payment)]
    offers = []
    for each in offered_products(catalogue, market, model, now):
        try:
            offers.append(_offer(each, model, price, down_payment))
        except FinanceNotEligible:
            continue
    return offers


def even_quotes(
    *,
    market: str,
    model: str,
    price: Money,
    now: datetime,
    months: int | None = None,
    down_payment: Money | None = None,
) -> list[FinanceOffer]:
    """The loans that pay a car of `price` off by instalments alone: no balloon, no lease; of `months` if given.

    None where nobody lends so. Raises UnknownMarket, UnknownModel.
    """
    catalogue = on_sale().catalogue
    _check_model(catalogue, model)
    offers = []
    for each in offered_products(catalogue, market, model, now):
        if is_even(each) and months in (None, each.months):
            try:
                offers.append(_offer(each, model, price, down_payment))
            except FinanceNotEligible:
                continue
    return offers


def affordable_prices(
    *,
    market: str,
    model: str,
    monthly: Money,
    now: datetime,
    months: int | None = None,
    product: str | None = None,
    down_payment: Money | None = None,
) -> tuple[Affordable, ...]:
    """What `monthly` pays for, the dearest price first; of every even loan, or of the one `product` named.

    Raises UnknownMarket, UnknownModel, CurrencyNotOfMarket, UnknownFinanceProduct, and FinanceNotEligible for another
    term, another model, or an amount too small.
    """
    catalogue = on_sale().catalogue
    currency = market_of(catalogue, market).currency
    _check_model(catalogue, model)
    read_amount(monthly, currency, field="monthly.currency")
    read_amount(down_payment, currency, field="monthly.down_payment.currency")
    offered = offered_products(catalogue, market, model, now)
    tried = (
        choose_products(offered, model, months)
        if product is None
        else (product_of(finance_products(catalogue, market, now), product, months=months),)
    )
    if all(model not in each.models for each in tried):
        raise FinanceNotEligible(
            f"monthly.product: {product} is not offered for {model}",
            facts={"product": product, "reason": "model", "field": "monthly.product"},
        )
    found = [
        affordable(product=each, model=model, monthly=monthly, down_payment=down_payment)
        for each in tried
    ]
    able = [each for each in found if each is not None]
    if not able:
        raise refuse_monthly(tried, monthly)
    return tuple(sorted(able, key=lambda each: -each.price.minor))


def affordable_offer(
    *, offer: Affordable, model: str, price: Money, monthly: Money, down_payment: Money | None
) -> FinanceOffer | None:
    """The loan of `offer` for a car of `price`, as `finance_quotes` gives it; None if an instalment is above `monthly`."""
    found = fits(
        product=offer.product, model=model, price=price, monthly=monthly, down_payment=down_payment
    )
    if found is None:
        return None
    return FinanceOffer(product=offer.product.code, facts=loan_json(found))


def _offer(product: Product, model: str, price: Money, down: Money | None) -> FinanceOffer:
    found = loan(
        product=product,
        model=model,
        price=price,
        down_payment=usual_down_payment(product, price) if down is None else down,
    )
    return FinanceOffer(product=product.code, facts=loan_json(found))


def usual_down_payment(product: Product, price: Money, refused: Money | None = None) -> Money:
    """30 per cent of the price, or the least the product allows where that is more."""
    usual = Money(-(-price.minor * 3 // 10), price.currency)
    return max(usual, least_down_payment(product=product, price=price, refused=refused))


def _check_model(catalogue: Catalogue, model: str) -> None:
    if model not in catalogue.models:
        raise UnknownModel(f"there is no model {model!r}", facts={"model": model})


def insurance_quotes(
    *,
    market: str,
    model: str,
    price: Money,
    now: datetime,
    seats: int | None = None,
    driver_age: int | None = None,
    no_claims_class: str | None = None,
) -> CoverQuotes:
    """The covers that insurers offer for a car of `price`, in the catalogue's order.

    A cover without a premium for these facts is left out, and named with what stands against it. What is not said of
    the driver is assumed (`driver_facts`); without seats the model's usual number. Raises UnknownMarket, UnknownModel,
    CurrencyNotOfMarket, NoLawRow.
    """
    catalogue = on_sale().catalogue
    _check_model(catalogue, model)
    place = market_of(catalogue, market)
    read_amount(price, place.currency, field="price")
    driver = driver_facts(
        age=driver_age,
        no_claims_class=no_claims_class,
        first_class=first_class(catalogue, market, local_day(place, now)),
    )
    covers = covers_of(catalogue, market)
    risk = Risk(
        model=model,
        seats=seats or int(catalogue.models[model].trims[0].specs["seats"]),
        price=price,
        driver_age=driver.age,
        no_claims_class=driver.no_claims_class,
    )
    offers, left_out = [], []
    for cover in covers.covers:
        try:
            premium: Premium = covers.premium(cover=cover, risk=risk)
        except CoverNotOffered as error:
            named = {"product": cover.code, "name": dict(cover.name), "mandatory": cover.mandatory}
            left_out.append(named | {key: error.facts[key] for key in ("field", "allowed")})
            continue
        offers.append(InsuranceOffer(product=cover.code, facts=cover_json(cover, premium.amount)))
    return CoverQuotes(tuple(offers), tuple(left_out), driver)
