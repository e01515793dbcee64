"""`/orders/{code}/transfers`: money that comes to the buyer by bank transfer, and where it shall go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.domain.amounts import money_json
from checkout.domain.outgoing import State
from checkout.queries.banking import TransferFacts, transfers_of
from checkout.services.outgoing import give_account
from storefront.api.answers import answer
from storefront.api.auth import known_caller
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.base import problems
from storefront.api.schemas.transfers import AccountIn, Transfers

router = Router(tags=["orders"])
PATH = "/{code}/transfers"


@router.get(
    PATH, response={200: Transfers, **problems(401, 404)}, summary="Money that comes by transfer"
)
def transfers(request: HttpRequest, code: str) -> HttpResponse:
    """What goes back or is paid by a transfer of ours, and whether the buyer still has to say where to."""
    caller_of_order(request, code)
    return answer(_body(code), language=language_of(request))


@router.post(
    PATH + "/account",
    response={200: Transfers, **problems(400, 401, 403, 404, 409, 413, 422)},
    summary="Say where the money shall go",
)
def account(request: HttpRequest, asked: AccountIn, code: str) -> HttpResponse:
    """Names the account of every transfer that waits for approval; until then it may be named again. Only its end is shown."""
    caller = caller_of_order(request, code)
    user = known_caller(request).user
    language, now = language_of(request), timezone.now()

    def act() -> HttpResponse:
        give_account(
            order=code,
            holder=asked.holder,
            number=asked.account,
            bank=asked.bank,
            actor="guest" if user is None else f"user:{user}",
            now=now,
        )
        return answer(_body(code), language=language)

    return once(
        request, caller=caller, route=f"POST /orders/{code}/transfers/account", now=now, act=act
    )


def _body(code: str) -> dict[str, Any]:
    rows = [_row(facts) for facts in transfers_of(code)]
    return {
        "order": code,
        "wants_account": any(row["wants_account"] for row in rows),
        "transfers": rows,
    }


def _row(facts: TransferFacts) -> dict[str, Any]:
    return {
        "transfer": facts.transfer,
        "amount": money_json(facts.amount),
        "why": facts.why,
        "state": facts.state,
        "holder": facts.holder,
        "account": facts.account,
        "wants_account": facts.state == State.PROPOSED and not facts.account,
    }
