"""`/orders`: place one, look at one."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from checkout.queries.orders import orders_of
from checkout.services.orders import place_order
from storefront.accounts.addresses import verified_emails
from storefront.api.answers import answer
from storefront.api.auth import caller_of
from storefront.api.cursors import position_of, signed_cursor
from storefront.api.errors import SignInNeeded
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import order_body, own_order
from storefront.api.quotes import asker_of, told_alike
from storefront.api.schemas.answers import Order, OrderPlaced, Orders
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import OrderIn, Paging

router = Router(tags=["orders"])


@router.post(
    "",
    response={201: OrderPlaced, **problems(400, 403, 404, 409, 413, 422, 429)},
    summary="Place an order",
)
def place(
    request: HttpRequest,
    asked: OrderIn,
) -> HttpResponse:
    """A quote becomes an order that awaits its deposit. `token` opens it for a guest and is shown this once."""
    caller = caller_of(request)
    language = language_of(request)
    now = timezone.now()
    owner = asker_of(request)

    def act() -> HttpResponse:
        with told_alike(asked.quote):
            placed = place_order(
                quote=asked.quote,
                buyer=asked.buyer.model_dump(exclude_none=True),
                terms=asked.terms.model_dump(),
                language=asked.language or language,
                customer=caller.user,
                owner=owner,
                now=now,
            )
        body = {
            "order": order_body(placed.facts, now),
            "token": placed.token,
            "payment": {"code": placed.payment},
        }
        return answer(
            body,
            language=language,
            status=201,
            headers={"Location": f"/api/v1/orders/{placed.order}"},
        )

    return once(request, caller=caller.key, route="POST /orders", now=now, act=act)


@router.get("", response={200: Orders, **problems(401, 422)}, summary="My orders")
def mine(request: HttpRequest, asked: Query[Paging]) -> HttpResponse:
    """The orders of the signed-in buyer, and those ordered as a guest with the buyer's own address, newest first."""
    caller = caller_of(request)
    if caller.user is None:
        raise SignInNeeded(
            "Sign in to see your orders; a guest sees one order by its code and X-Order-Token."
        )
    query = {"list": "orders", "customer": caller.user}
    found = orders_of(
        caller.user,
        timezone.now(),
        emails=verified_emails(caller.user),
        after=_after(position_of(asked.cursor, query=query)),
        limit=asked.limit + 1,
    )
    items = found[: asked.limit]
    last = f"{items[-1].placed_at.isoformat()} {items[-1].code}" if found[asked.limit :] else None
    body = {"items": items, "next": signed_cursor(last, query=query)}
    return answer(body, language=language_of(request))


def _after(position: str | None) -> tuple[datetime, str] | None:
    """The moment and code of the last order seen."""
    if position is None:
        return None
    moment, code = position.split(" ")
    return datetime.fromisoformat(moment), code


@router.get("/{code}", response={200: Order, **problems(401, 404)}, summary="One page of truth")
def show(request: HttpRequest, code: str) -> HttpResponse:
    """State, next step and deadline, money paid and due, contract, delivery promise and its history, events."""
    now = timezone.now()
    facts = own_order(request, code, now)
    return answer(order_body(facts, now), language=language_of(request))
