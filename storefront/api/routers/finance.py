"""`/finance`: loans on offer, what a monthly amount pays for, and the sheet of a loan that is confirmed before an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.domain.asking import read_asked
from checkout.queries.credit_sheets import SheetFacts, credit_sheet
from checkout.queries.finance_offers import (
    FinanceAnswer,
    Financed,
    affordable_cars,
    car_asked_for,
    car_at_price,
    finance_offers,
)
from checkout.queries.quoting import selling_market
from checkout.services.credit_sheets import confirm_sheet, issue_sheet
from kernel.money import Money
from storefront.api.answers import answer
from storefront.api.errors import InvalidField
from storefront.api.language import language_of, market_or_default
from storefront.api.quotes import check_own_quote
from storefront.api.schemas.base import problems
from storefront.api.schemas.loans import (
    Affordable,
    AffordableIn,
    CostSheet,
    CostSheetConfirmation,
    CostSheetIn,
    FinanceIn,
    FinanceQuotes,
)
from storefront.api.schemas.requests import MoneyIn

router = Router(tags=["finance"])


def _money(given: MoneyIn | None) -> Money | None:
    return Money(given.amount, given.currency) if given else None


def _car(asked: FinanceIn, now: datetime) -> Financed:
    """The car of a saved build, a stock vehicle, or a model at a price; raises InvalidField for none or several."""
    market = market_or_default(asked.market)
    ways = [asked.build is not None, asked.vin is not None, asked.price is not None]
    if sum(ways) != 1 or (asked.price is not None and asked.model is None):
        message = "give exactly one of `build`, `vin`, or `model` with `price`"
        raise InvalidField(message, facts={"errors": [{"field": "build", "message": message}]})
    if asked.price is not None:
        price = Money(asked.price.amount, asked.price.currency)
        return car_at_price(market=market, model=asked.model or "", price=price)
    _, place = selling_market(market)
    body = asked.model_dump()
    return car_asked_for(
        read_asked(
            market=market,
            currency=place.currency,
            build=asked.build,
            vin=asked.vin,
            finance=None,
            insurance=None,
            insurance_facts=None,
            place=None,
            vouchers=asked.vouchers,
            proofs=asked.proofs,
            extras=body["extras"],
        ),
        now,
    )


def _body(found: FinanceAnswer) -> Mapping[str, Any]:
    return {"items": found.items, "not_offered": found.not_offered}


@router.post(
    "/quotes",
    response={200: FinanceQuotes, **problems(400, 404, 409, 413, 422)},
    summary="Loans on offer",
)
def finance(request: HttpRequest, asked: FinanceIn) -> HttpResponse:
    """Every product for the car: instalments, total cost, annual rate and its convention; or why it cannot be had."""
    now = timezone.now()
    found = finance_offers(
        car=_car(asked, now),
        down_payment=_money(asked.down_payment),
        product=asked.product,
        months=asked.months,
        with_schedule=asked.schedule,
        now=now,
    )
    return answer(_body(found), language=language_of(request))


@router.post(
    "/affordable",
    response={200: Affordable, **problems(400, 404, 409, 413, 422)},
    summary="What a monthly amount pays for",
)
def affordable(request: HttpRequest, asked: AffordableIn) -> HttpResponse:
    """The dearest price of each product for which no instalment is above the amount, to the cent; a balloon is on top."""
    found = affordable_cars(
        market=market_or_default(asked.market),
        model=asked.model,
        monthly=Money(asked.monthly.amount, asked.monthly.currency),
        product=asked.product,
        months=asked.months,
        down_payment=_money(asked.down_payment),
        now=timezone.now(),
    )
    return answer(_body(found), language=language_of(request))


def sheet_answer(request: HttpRequest, facts: SheetFacts, *, status: int = 200) -> HttpResponse:
    """A sheet as clients see it."""
    body = {
        "code": facts.code,
        "quote": facts.quote,
        "kind": facts.kind,
        "state": facts.state,
        "fingerprint": facts.fingerprint,
        "issued_at": facts.issued_at,
        "readable_at": facts.readable_at,
        "seconds_left": facts.seconds_left,
        "confirmed_at": facts.confirmed_at,
        "sheet": facts.document,
    }
    return answer(body, language=language_of(request), status=status)


def _own(request: HttpRequest, code: str) -> SheetFacts:
    """The sheet, if its quote is the caller's; another buyer's does not exist."""
    facts = credit_sheet(code[:64], timezone.now())
    check_own_quote(request, facts.quote)
    return facts


@router.post(
    "/cost-sheets",
    response={201: CostSheet, **problems(400, 404, 409, 413, 422)},
    summary="Show all costs of a quote's loan",
)
def make_sheet(request: HttpRequest, asked: CostSheetIn) -> HttpResponse:
    """All costs (mainland China) or the European standard information (Germany); the time to read it begins here."""
    check_own_quote(request, asked.quote)
    facts = issue_sheet(quote=asked.quote, now=timezone.now())
    return sheet_answer(request, facts, status=201)


@router.get(
    "/cost-sheets/{code}", response={200: CostSheet, **problems(404)}, summary="One sheet of a loan"
)
def show_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The sheet as it was made, how long it has to be read yet, and when it was confirmed."""
    return sheet_answer(request, _own(request, code))


@router.post(
    "/cost-sheets/{code}/confirmation",
    response={200: CostSheet, **problems(400, 404, 409, 413, 422)},
    summary="Confirm that a sheet was read",
)
def confirm(request: HttpRequest, code: str, asked: CostSheetConfirmation) -> HttpResponse:
    """The buyer has read the sheet with that fingerprint; too early is refused (`cost-sheet-too-early`)."""
    _own(request, code)
    facts = confirm_sheet(sheet=code[:64], shown=asked.fingerprint, now=timezone.now())
    return sheet_answer(request, facts)
