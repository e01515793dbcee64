"""`/configurations`: what a click does, and the cheapest complete car."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from catalog.domain.configuration.configurator import Change
from catalog.queries.configuring import (
    Addition,
    EvaluationFacts,
    complete,
    evaluate,
    selling,
)
from catalog.queries.on_sale import on_sale, release
from checkout.errors import CurrencyNotOfMarket
from kernel.money import Money
from storefront.api.answers import answer
from storefront.api.cars import delivery_estimate, monthly, named, repair_body
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.configurations import Completed, Evaluated
from storefront.api.schemas.requests import CompleteIn, EvaluateIn

router = Router(tags=["configuration"])


def additions(parts: tuple[Addition, ...]) -> list[dict[str, Any]]:
    """What came along and why."""
    return [
        {"code": part.code, "name": part.name, "because": named(part.because, as_="text")}
        for part in parts
    ]


def _conflict(facts: EvaluationFacts) -> dict[str, Any] | None:
    found = facts.conflict
    if found is None:
        return None
    return {
        "choices": named(found.choices),
        "off": named(found.off),
        "rules": named(found.rules, as_="text"),
        "structure": named(found.structure, as_="text"),
    }


def _removed(facts: EvaluationFacts, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    if facts.before is None or facts.after is None:
        return []
    gone = [code for code in facts.before.choices if code not in facts.after.choices]
    return [{"code": code, "name": names.get(code) or code} for code in gone]


def _statuses(facts: EvaluationFacts) -> dict[str, dict[str, str]]:
    return {
        code: {"status": found.status}
        if found.by is None
        else {"status": found.status, "by": found.by}
        for code, found in facts.statuses.items()
    }


@router.post(
    "/evaluate",
    response={200: Evaluated, **problems(400, 404, 409, 413, 422)},
    summary="What a click does",
)
def evaluate_choices(request: HttpRequest, asked: EvaluateIn) -> HttpResponse:
    """The status of every option, the price sheet and the delivery estimate for the choices.

    With `change`: `applied`, `adjusted` (other choices changed: see `before` and `after`) or `blocked` (see
    `conflict` and `repairs`; the choices are unchanged). Nothing is stored.
    """
    now = timezone.now()
    change = Change(asked.change.option, asked.change.want) if asked.change else None
    facts = evaluate(
        model=asked.model,
        market=market_or_default(asked.market),
        choices=asked.choices,
        change=change,
        release=asked.release,
        now=now,
    )
    shelf = release(facts.release)
    model = shelf.catalogue.models[facts.model]
    names = {trim.atom: trim.name for trim in model.trims} | {o.code: o.name for o in model.options}
    body = {
        "release": facts.release,
        "model": facts.model,
        "market": facts.market,
        "choices": facts.choices,
        "outcome": facts.outcome,
        "valid": facts.valid,
        "statuses": _statuses(facts),
        "prices": facts.prices,
        "price_sheet": facts.sheet.facts(),
        "monthly": monthly(shelf, facts.market, facts.model, facts.sheet.total, now),
        "delivery": delivery_estimate(shelf, facts.market, facts.days, now),
        "before": facts.before,
        "after": facts.after,
        "adds": additions(facts.adds),
        "removes": _removed(facts, names),
        "conflict": _conflict(facts),
        "repairs": [repair_body(repair) for repair in facts.repairs],
    }
    return answer(body, language=language_of(request))


def _budget(asked: CompleteIn, market: str) -> Money | None:
    """What the car may cost; raises CurrencyNotOfMarket, and as `selling` for the market."""
    if asked.budget is None:
        return None
    shelf = on_sale() if asked.release is None else release(asked.release)
    given, expected = asked.budget.currency, selling(shelf.catalogue, market).currency
    if given != expected:
        raise CurrencyNotOfMarket(
            f"budget.currency: this market uses {expected}, not {given}; give the budget in {expected}",
            facts={"field": "budget.currency", "currency": given, "expected": expected},
        )
    return Money(asked.budget.amount, expected)


@router.post(
    "/complete",
    response={200: Completed, **problems(400, 404, 409, 413, 422)},
    summary="The cheapest complete car",
)
def complete_choices(request: HttpRequest, asked: CompleteIn) -> HttpResponse:
    """The cheapest buildable car with these choices, with the reason of each addition; perhaps within a budget."""
    now = timezone.now()
    market = market_or_default(asked.market)
    facts = complete(
        model=asked.model,
        market=market,
        choices=asked.choices,
        budget=_budget(asked, market),
        release=asked.release,
        now=now,
    )
    shelf = release(facts.release)
    body = {
        "release": facts.release,
        "model": facts.model,
        "market": facts.market,
        "choices": facts.choices,
        "adds": additions(facts.adds),
        "price_sheet": facts.sheet.facts(),
        "monthly": monthly(shelf, facts.market, facts.model, facts.sheet.total, now),
        "delivery": delivery_estimate(shelf, facts.market, facts.days, now),
    }
    return answer(body, language=language_of(request))
