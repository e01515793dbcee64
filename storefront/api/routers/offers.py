"""`/insurance/quotes`: what a cover for a car would cost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.queries.cover_offers import by_insurer, insured_year
from checkout.queries.offers import insurance_quotes
from kernel.money import Money
from storefront.api.answers import answer
from storefront.api.cars import PricedCar, car_of_build, car_of_vehicle
from storefront.api.errors import InvalidField
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.insurance import InsuranceQuotes
from storefront.api.schemas.requests import InsuranceFacts, InsuranceIn, OfferIn

router = Router(tags=["offers"])


def priced_car(asked: OfferIn) -> PricedCar:
    """The car of a saved build, a stock vehicle, or a model at a price; raises InvalidField for none or several."""
    market = market_or_default(asked.market)
    now = timezone.now()
    if [asked.build, asked.vin, asked.price].count(None) == 2:
        if asked.build is not None:
            return car_of_build(asked.build, market=market, now=now)
        if asked.vin is not None:
            return car_of_vehicle(asked.vin, market=market, now=now)
        if asked.price is not None and asked.model is not None:
            price = Money(asked.price.amount, asked.price.currency)
            return PricedCar(market, asked.model, price)
    message = "give exactly one of `build`, `vin`, or `model` with `price`"
    raise InvalidField(message, facts={"errors": [{"field": "build", "message": message}]})


@router.post(
    "/insurance/quotes",
    response={200: InsuranceQuotes, **problems(400, 404, 409, 413, 422)},
    summary="Covers on offer",
)
def insurance(request: HttpRequest, asked: InsuranceIn) -> HttpResponse:
    """Every cover with its premium for a year, by insurer; `mandatory` ones are needed before handover.

    `bound` says what the premiums hold for: vehicle, driver (with what is assumed of it) and days. `left_out` are the
    covers without a premium for these facts, each with the field against it and what is allowed there.
    """
    car, now = priced_car(asked), timezone.now()
    facts = asked.insurance_facts or InsuranceFacts()
    year = insured_year(market=car.market, start_on=asked.start_on, now=now)
    found = insurance_quotes(
        market=car.market,
        model=car.model,
        price=car.price,
        seats=facts.seats or car.seats,
        driver_age=facts.driver_age,
        no_claims_class=facts.no_claims_class,
        now=now,
    )
    driver = found.driver
    body = {
        "items": [offer.facts for offer in found.offers],
        "insurers": by_insurer(found.offers),
        "left_out": found.left_out,
        "bound": {
            "vehicle": {
                "model": car.model,
                "build": asked.build,
                "vin": asked.vin,
                "price": car.price,
            },
            "driver": {
                "age": driver.age,
                "no_claims_class": driver.no_claims_class or None,
                "assumed": driver.assumed,
                "note": driver.note,
            },
            "from": year.start_on,
            "until": year.end_on,
        },
    }
    return answer(body, language=language_of(request))
