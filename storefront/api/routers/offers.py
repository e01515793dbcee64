"""`/insurance/quotes`: what a cover for a car would cost."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.domain.insurance import DEFAULT_DRIVER_AGE
from checkout.queries.cover_offers import by_insurer, insured_year
from checkout.queries.offers import insurance_quotes
from kernel.money import Money
from storefront.api.answers import answer
from storefront.api.cars import car_of_build, car_of_vehicle
from storefront.api.errors import InvalidField
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.insurance import InsuranceQuotes
from storefront.api.schemas.requests import InsuranceIn, OfferIn

router = Router(tags=["offers"])


@dataclass(frozen=True, slots=True)
class PricedCar:
    """The car an offer is for."""

    market: str
    model: str
    price: Money


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
    "/insurance/quotes",
    response={200: InsuranceQuotes, **problems(400, 404, 409, 413, 422)},
    summary="Covers on offer",
)
def insurance(request: HttpRequest, asked: InsuranceIn) -> HttpResponse:
    """Every cover with its premium for a year, by insurer; `mandatory` ones are needed before handover.

    `bound` says what the premiums hold for: vehicle, driver and days.
    """
    car, now = priced_car(asked), timezone.now()
    facts = asked.insurance_facts
    year = insured_year(market=car.market, start_on=asked.start_on, now=now)
    offers = insurance_quotes(
        market=car.market,
        model=car.model,
        price=car.price,
        seats=facts.seats if facts else None,
        driver_age=facts.driver_age if facts else None,
        no_claims_class=facts.no_claims_class if facts else None,
        now=now,
    )
    age = facts.driver_age if facts else None
    body = {
        "items": [offer.facts for offer in offers],
        "insurers": by_insurer(offers),
        "bound": {
            "vehicle": {
                "model": car.model,
                "build": asked.build,
                "vin": asked.vin,
                "price": car.price,
            },
            "driver": {
                "age": age or DEFAULT_DRIVER_AGE,
                "no_claims_class": facts.no_claims_class if facts else None,
                "assumed": [] if age else ["age"],
            },
            "from": year.start_on,
            "until": year.end_on,
        },
    }
    return answer(body, language=language_of(request))
