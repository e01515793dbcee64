"""`/configurations`: what a click does, and complete cars: the cheapest, or the best for the money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from catalog.domain.configuration.configurator import Change
from catalog.errors import UnknownOption
from catalog.queries.configuring import Addition, EvaluationFacts, evaluate
from catalog.queries.on_sale import release
from storefront.api.answers import answer
from storefront.api.cars import delivery_estimate, monthly, named, repair_body
from storefront.api.completing import completed
from storefront.api.errors import InvalidField
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.configurations import Completed, Evaluated
from storefront.api.schemas.requests import CompleteIn, EvaluateIn

router = Router(tags=["configuration"])


def additions(parts: tuple[Addition, ...]) -> list[dict[str, Any]]:
    """What came along and why."""
    return [
        {
            "code": part.code,
            "name": part.name,
            "because": named(part.because, as_="text"),
            "why": part.why,
        }
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


def _undo(facts: EvaluationFacts, names: Mapping[str, Any]) -> dict[str, Any] | None:
    if facts.undo is None:
        return None
    return {
        "choices": facts.undo.choices,
        "adds": [{"code": code, "name": names[code]} for code in facts.undo.adds],
        "removes": [{"code": code, "name": names[code]} for code in facts.undo.removes],
    }


def _statuses(facts: EvaluationFacts) -> dict[str, dict[str, str]]:
    return {
        code: {"status": found.status}
        if found.by is None
        else {"status": found.status, "by": found.by}
        for code, found in facts.statuses.items()
    }


def _pinned(asked: EvaluateIn) -> list[str]:
    """What is pinned; raises InvalidField for what was not chosen."""
    for place, code in enumerate(asked.pinned):
        if code not in asked.choices:
            field, message = (
                f"pinned.{place}",
                f"{code} is not among the choices; pin what was chosen",
            )
            raise InvalidField(
                f"{field}: {message}", facts={"errors": [{"field": field, "message": message}]}
            )
    return asked.pinned


@contextmanager
def _placed(asked: EvaluateIn | CompleteIn) -> Iterator[None]:
    """Raises UnknownOption again with the place of every code that is none in `facts.errors`."""
    try:
        yield
    except UnknownOption as error:
        named = [(f"choices.{place}", code) for place, code in enumerate(asked.choices)]
        if isinstance(asked, EvaluateIn) and asked.change:
            named.append(("change.option", asked.change.option))
        unknown = set(error.facts["codes"])
        message = f"{asked.model} has no option or trim of that code"
        errors = [
            {"field": field, "message": f"{message}: {code}"}
            for field, code in named
            if code in unknown
        ]
        raise UnknownOption(error.message, facts={**error.facts, "errors": errors}) from None


@router.post(
    "/evaluate",
    response={200: Evaluated, **problems(400, 404, 409, 413, 422)},
    summary="What a click does",
)
def evaluate_choices(request: HttpRequest, asked: EvaluateIn) -> HttpResponse:
    """The status of every option, the price sheet and the delivery estimate for the choices.

    With `change`: `applied`, `adjusted` (other choices changed: see `before` and `after`) or `blocked` (see
    `conflict` and `repairs`; the choices are unchanged). `undo` is the way back. Repairs give up what is `pinned` only
    where nothing else helps. A code named twice counts once. Nothing is stored.
    """
    now = timezone.now()
    change = Change(asked.change.option, asked.change.want) if asked.change else None
    with _placed(asked):
        facts = evaluate(
            model=asked.model,
            market=market_or_default(asked.market),
            choices=asked.choices,
            change=change,
            pinned=_pinned(asked),
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
        "undo": _undo(facts, names),
    }
    return answer(body, language=language_of(request))


@router.post(
    "/complete",
    response={200: Completed, **problems(400, 404, 409, 413, 422)},
    summary="The cheapest complete car, or the best for the money",
)
def complete_choices(request: HttpRequest, asked: CompleteIn) -> HttpResponse:
    """The cheapest buildable car with these choices, or the best within `budget` or `monthly`, with reasons.

    A budget is for the price of the car with delivery. A monthly amount is turned into a price by a loan's own schedule:
    no instalment is above it, to the cent.
    """
    now = timezone.now()
    with _placed(asked):
        done = completed(asked, now)
    facts = done.facts
    shelf = release(facts.release)
    body = {
        "release": facts.release,
        "model": facts.model,
        "market": facts.market,
        "choices": facts.choices,
        "objective": "cheapest" if facts.budget is None else "best",
        "adds": additions(facts.adds),
        "price_sheet": facts.sheet.facts(),
        "monthly": monthly(shelf, facts.market, facts.model, facts.sheet.total, now),
        "delivery": delivery_estimate(shelf, facts.market, facts.days, now),
        "proven": facts.proven,
        "budget": facts.budget,
        "left": facts.left,
        "finance": done.finance.facts if done.finance else None,
    }
    return answer(body, language=language_of(request))
