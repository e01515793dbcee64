"""`/finance/quotes`, `/insurance/quotes`: what a loan or a cover for a car would cost."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.queries.offers import finance_quotes, insurance_quotes
from kernel.money import Money
from storefront.api.answers import answer
from storefront.api.cars import car_of_build, car_of_vehicle
from storefront.api.errors import InvalidField
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.answers import FinanceQuotes, InsuranceQuotes
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import FinanceIn, InsuranceIn, MoneyIn, OfferIn

router = Router(tags=["offers"])


@dataclass(frozen=True, slots=True)
class PricedCar:
    """The car an offer is for."""

    market: str
    model: str
    price: Money


def _money(given: MoneyIn | None) -> Money | None:
    return Money(given.amount, given.currency) if given else None


def priced_car(asked: OfferIn) -> PricedCar:
    """The car of a saved build, a stock vehicle, or a model at a price; raises InvalidField for none or several."""
    market = market_or_default(asked.market)
    ways = [asked.build is not None, asked.vin is not None, asked.price is not None]
    if sum(ways) != 1 or (asked.price is not None and asked.model is None):
        message = "give exactly one of `build`, `vin`, or `model` with `price`"
        raise InvalidField(message, facts={"errors": [{"field": "build", "message": message}]})
    if asked.build is not None:
        model, price = car_of_build(asked.build, market=market, now=timezone.now())
    elif asked.vin is not None:
        model, price = car_of_vehicle(asked.vin, market=market, now=timezone.now())
    elif asked.price is not None:
        model, price = asked.model or "", Money(asked.price.amount, asked.price.currency)
    return PricedCar(market, model, price)


@router.post(
    "/finance/quotes",
    response={200: FinanceQuotes, **problems(400, 404, 409, 413, 422)},
    summary="Loans on offer",
)
def finance(request: HttpRequest, asked: FinanceIn) -> HttpResponse:
    """Every loan that fits the car and the down payment: instalments, total cost and APR."""
    car = priced_car(asked)
    offers = finance_quotes(
        market=car.market,
        model=car.model,
        price=car.price,
        down_payment=_money(asked.down_payment),
        now=timezone.now(),
    )
    return answer({"items": [offer.facts for offer in offers]}, language=language_of(request))


@router.post(
    "/insurance/quotes",
    response={200: InsuranceQuotes, **problems(400, 404, 409, 413, 422)},
    summary="Covers on offer",
)
def insurance(request: HttpRequest, asked: InsuranceIn) -> HttpResponse:
    """Every cover with its premium for a year; `mandatory` ones are needed before handover."""
    car = priced_car(asked)
    facts = asked.insurance_facts
    offers = insurance_quotes(
        market=car.market,
        model=car.model,
        price=car.price,
        seats=facts.seats if facts else None,
        driver_age=facts.driver_age if facts else None,
        no_claims_class=facts.no_claims_class if facts else None,
        now=timezone.now(),
    )
    return answer({"items": [offer.facts for offer in offers]}, language=language_of(request))
