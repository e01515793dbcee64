"""`/orders/{code}/insurance`: insure the order's car; `/webhooks/insurers/{insurer}`: what an insurer says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.gateways import open_insurer
from checkout.queries.insurance import insurance_of
from checkout.services.insurance import give_up, show_proof, take_out
from checkout.services.insurer_inbox import receive
from storefront.api.answers import JSON, answer, encode, plain
from storefront.api.changing import change_once, open_door
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.answers import Received
from storefront.api.schemas.base import problems
from storefront.api.schemas.financing import Nothing
from storefront.api.schemas.insurance import CoverProofIn, OrderInsurance, PolicyIn

router = Router(tags=["insurance"])
insurers = Router(tags=["webhooks"])
doors = partial(open_insurer, settings)

PATH = "/{code}/insurance"
REFUSED = problems(400, 401, 403, 404, 409, 413, 422, 503)


def _body(order: str, language: str) -> dict[str, Any]:
    found = insurance_of(order=order, now=timezone.now())
    opened = [doors(offer.insurer) for offer in found.offers]
    shown: dict[str, Any] = plain(found, language)
    return shown | {"demo": any(door is not None and not door.real for door in opened)}


def _without_driver(body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a change is kept for its key; facts of the driver are kept encrypted and nowhere else."""
    return body | {"policies": [policy | {"driver": None} for policy in body["policies"]]}


def _once(
    request: HttpRequest, code: str, what: str, status: int, act: Callable[[str], object]
) -> HttpResponse:
    return change_once(
        request,
        code,
        f"insurance{what}",
        status=status,
        act=act,
        body=lambda language: _without_driver(_body(code, language)),
    )


@router.get(
    PATH, response={200: OrderInsurance, **problems(401, 404)}, summary="The insurance of an order"
)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Policies, proofs from elsewhere, whether the key may be handed over, and what each insurer would take."""
    caller_of_order(request, code)
    language = language_of(request)
    return answer(_body(code, language), language=language)


@router.post(PATH, response={201: OrderInsurance, **REFUSED}, summary="Insure the car")
def insure(request: HttpRequest, asked: PolicyIn, code: str) -> HttpResponse:
    """Quotes and binds one policy. An insurer that does not answer leaves it `quoted`; it is bound when it does."""
    driver = asked.driver.model_dump(exclude_none=True) if asked.driver else {}
    return _once(
        request,
        code,
        "",
        201,
        lambda actor: take_out(
            order=code,
            insurer=asked.insurer,
            products=asked.products,
            driver=driver,
            start_on=asked.start_on,
            consents={consent.receiver: consent.accepted for consent in asked.consents},
            doors=doors,
            actor=actor,
            now=timezone.now(),
        ),
    )


@router.post(
    PATH + "/proof", response={201: OrderInsurance, **REFUSED}, summary="Show cover from elsewhere"
)
def prove(request: HttpRequest, asked: CoverProofIn, code: str) -> HttpResponse:
    """Records a policy bound elsewhere, which opens the gate before handover; its number is shown masked."""
    return _once(
        request,
        code,
        "/proof",
        201,
        lambda actor: show_proof(
            order=code,
            insurer=asked.insurer,
            number=asked.number,
            actor=actor,
            now=timezone.now(),
        ),
    )


@router.post(PATH + "/cancel", response={200: OrderInsurance, **REFUSED}, summary="Give it up")
def cancel(request: HttpRequest, asked: Nothing, code: str) -> HttpResponse:
    """Cancels the policy by days; it stays in force until the insurer has heard."""
    return _once(
        request,
        code,
        "/cancel",
        200,
        lambda actor: give_up(order=code, doors=doors, actor=actor, now=timezone.now()),
    )


@insurers.post(
    "/{insurer}",
    response={200: Received, **problems(400, 404, 413)},
    summary="An insurer's message",
)
def heard(request: HttpRequest, insurer: str) -> HttpResponse:
    """Stores the message if the insurer of an open door signed it; the worker asks the insurer what changed."""
    door = open_door(doors, insurer)
    receive(body=request.body, headers=dict(request.headers), insurer=door, now=timezone.now())
    return HttpResponse(encode({"received": True}), content_type=JSON)
