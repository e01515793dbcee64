"""`/orders/{code}/finance-application`: apply for the order's loan; `/webhooks/lenders/{lender}`: what a lender says."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.domain.application import By
from checkout.gateways import open_lender
from checkout.queries.financing import financing_of
from checkout.services.finance_inbox import receive
from checkout.services.financing import accept_counter_offer, add_document, apply, cancel
from storefront.api.answers import JSON, answer, encode
from storefront.api.changing import change_once, open_door
from storefront.api.errors import InvalidField
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.answers import Received
from storefront.api.schemas.base import problems
from storefront.api.schemas.financing import (
    FinanceAcceptanceIn,
    FinanceApplicationIn,
    FinanceDocumentIn,
    Nothing,
    OrderFinancing,
)

router = Router(tags=["financing"])
lenders = Router(tags=["webhooks"])
doors = partial(open_lender, settings)

PATH = "/{code}/finance-application"
REFUSED = problems(400, 401, 403, 404, 409, 413, 422, 503)


def _body(order: str) -> dict[str, object]:
    found = financing_of(order)
    lender = found.application.lender if found.application else None
    if lender is None and found.form:
        lender = found.form.receivers[0].receiver
    door = doors(lender) if lender else None
    return {
        "application": found.application,
        "form": found.form if door or found.application else None,
        "demo": door is not None and not door.real,
    }


def _once(
    request: HttpRequest, code: str, what: str, status: int, act: Callable[[str], object]
) -> HttpResponse:
    return change_once(
        request,
        code,
        f"finance-application{what}",
        status=status,
        act=act,
        body=lambda _: _body(code),
    )


@router.get(
    PATH, response={200: OrderFinancing, **problems(401, 404)}, summary="The loan of an order"
)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Where the application stands, what the buyer can do, and the form while the order may apply."""
    caller_of_order(request, code)
    return answer(_body(code), language=language_of(request))


@router.post(PATH, response={201: OrderFinancing, **REFUSED}, summary="Apply for the loan")
def apply_for_loan(request: HttpRequest, asked: FinanceApplicationIn, code: str) -> HttpResponse:
    """Sends the facts to the lender of the quote's loan. A lender that does not answer leaves a draft, sent later."""
    consents = {consent.receiver: consent.accepted for consent in asked.consents}
    return _once(
        request,
        code,
        "",
        201,
        lambda actor: apply(
            order=code,
            product=asked.product,
            facts=asked.applicant.model_dump(),
            consents=consents,
            doors=doors,
            actor=actor,
            now=timezone.now(),
        ),
    )


@router.post(
    PATH + "/documents", response={201: OrderFinancing, **REFUSED}, summary="Hand a paper in"
)
def hand_in(request: HttpRequest, asked: FinanceDocumentIn, code: str) -> HttpResponse:
    """Keeps the paper encrypted and sends it to the lender; the same paper twice is one."""
    try:
        content = base64.b64decode(asked.content, validate=True)
    except binascii.Error as error:
        message = "is base64"
        raise InvalidField(
            f"content: {message}", facts={"errors": [{"field": "content", "message": message}]}
        ) from error
    return _once(
        request,
        code,
        "/documents",
        201,
        lambda actor: add_document(
            order=code,
            kind=asked.kind,
            media_type=asked.media_type,
            content=content,
            doors=doors,
            actor=actor,
            now=timezone.now(),
        ),
    )


@router.post(
    PATH + "/accept", response={200: OrderFinancing, **REFUSED}, summary="Accept a counter-offer"
)
def accept(request: HttpRequest, asked: FinanceAcceptanceIn, code: str) -> HttpResponse:
    """Takes the offer of that decision; the lender's answer decides."""
    return _once(
        request,
        code,
        "/accept",
        200,
        lambda actor: accept_counter_offer(
            order=code, decision=asked.decision, doors=doors, actor=actor, now=timezone.now()
        ),
    )


@router.post(PATH + "/cancel", response={200: OrderFinancing, **REFUSED}, summary="Give it up")
def give_up(request: HttpRequest, asked: Nothing, code: str) -> HttpResponse:
    """Ends the application here at once, and at the lender as soon as it hears."""
    return _once(
        request,
        code,
        "/cancel",
        200,
        lambda actor: cancel(order=code, by=By.BUYER, doors=doors, actor=actor, now=timezone.now()),
    )


@lenders.post(
    "/{lender}", response={200: Received, **problems(400, 404, 413)}, summary="A lender's message"
)
def heard(request: HttpRequest, lender: str) -> HttpResponse:
    """Stores the message if the lender of an open door signed it; the worker asks the lender what changed."""
    door = open_door(doors, lender)
    receive(body=request.body, headers=dict(request.headers), lender=door, now=timezone.now())
    return HttpResponse(encode({"received": True}), content_type=JSON)
