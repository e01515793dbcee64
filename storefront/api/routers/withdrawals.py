"""`/withdrawals` for whoever is not signed in, `/orders/{code}/withdrawal` for who is known: two steps each."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.services.withdrawing import (
    Statement,
    begin_withdrawal,
    confirm_withdrawal,
    find_purchase,
    own_words,
)
from storefront.api.answers import answer
from storefront.api.auth import caller_of, known_caller
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.base import problems
from storefront.api.schemas.withdrawals import (
    OwnWithdrawalIn,
    WithdrawalConfirmationIn,
    WithdrawalIn,
    WithdrawalReceipt,
    WithdrawalStatement,
)

router = Router(tags=["withdrawal"])
orders = Router(tags=["withdrawal"])
PATH = "/{code}/withdrawal"
REFUSED = problems(400, 401, 403, 404, 409, 413, 422, 429)


def _told(request: HttpRequest, found: Statement) -> HttpResponse:
    return answer(found, language=language_of(request))


@router.post("", response={200: WithdrawalStatement, **REFUSED}, summary="Begin to withdraw")
def begin(request: HttpRequest, asked: WithdrawalIn) -> HttpResponse:
    """The first step without signing in: order, name and contact as in the order; no reason. Nothing is changed yet."""
    caller_of(request)
    code = find_purchase(order=asked.order, name=asked.name, contact=asked.contact)
    return _told(
        request,
        begin_withdrawal(order=code, name=asked.name, contact=asked.contact, now=timezone.now()),
    )


@router.post(
    "/confirmation",
    response={201: WithdrawalReceipt, **REFUSED},
    summary="Confirm the withdrawal",
)
def confirm(request: HttpRequest, asked: WithdrawalConfirmationIn) -> HttpResponse:
    """The second step: the order ends, everything paid goes back, and the receipt says date and time."""
    sent_at = timezone.now()
    caller = caller_of(request)
    return _confirmed(request, asked, caller.key, "POST /withdrawals/confirmation", None, sent_at)


@orders.post(
    PATH + "/preview",
    response={200: WithdrawalStatement, **REFUSED},
    summary="Begin to withdraw from my order",
)
def preview(request: HttpRequest, asked: OwnWithdrawalIn, code: str) -> HttpResponse:
    """The first step for the buyer who is known. Nothing is changed yet."""
    caller_of_order(request, code)
    name, contact = own_words(order=code, name=asked.name, contact=asked.contact)
    return _told(
        request, begin_withdrawal(order=code, name=name, contact=contact, now=timezone.now())
    )


@orders.post(PATH, response={201: WithdrawalReceipt, **REFUSED}, summary="Withdraw from my order")
def withdraw(request: HttpRequest, asked: WithdrawalConfirmationIn, code: str) -> HttpResponse:
    """The second step: the order ends, everything paid goes back, and the receipt says date and time."""
    sent_at = timezone.now()
    caller = caller_of_order(request, code)
    route = f"POST /orders/{code}/withdrawal"
    return _confirmed(request, asked, caller, route, code, sent_at)


def _confirmed(
    request: HttpRequest,
    asked: WithdrawalConfirmationIn,
    caller: str,
    route: str,
    code: str | None,
    sent_at: datetime,
) -> HttpResponse:
    language = language_of(request)
    user = known_caller(request).user if code is not None else None
    actor = "guest" if user is None else f"user:{user}"

    def act() -> HttpResponse:
        receipt = confirm_withdrawal(
            statement=asked.statement,
            shown=asked.fingerprint,
            order=code,
            language=language,
            actor=actor,
            sent_at=sent_at,
            now=sent_at,
        )
        return answer(receipt, language=language, status=201)

    return once(request, caller=caller, route=route, now=sent_at, act=act)
