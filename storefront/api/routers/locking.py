"""`/orders/{code}/lock`: what locking means, and the separate step that does it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.queries.locking import LockFacts, lock_of
from checkout.services.locking import lock
from storefront.api.answers import answer
from storefront.api.auth import known_caller
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order, order_body, own_order
from storefront.api.schemas.answers import Order
from storefront.api.schemas.base import problems
from storefront.api.schemas.locking import LockIn, LockPreview

router = Router(tags=["orders"])

PATH = "/{code}/lock"


def _body(facts: LockFacts) -> dict[str, Any]:
    document = dict(facts.document)
    return {
        "possible": facts.possible,
        "fingerprint": document.pop("fingerprint"),
        "document": document,
        "cooling_off_until": facts.cooling_off_until,
        "reminded_at": facts.reminded_at,
        "locks_at": facts.locks_at,
        "locked_at": facts.locked_at,
    }


@router.get(
    PATH, response={200: LockPreview, **problems(401, 404)}, summary="What locking the order means"
)
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """The deposit before and after, the refund table, the cooling-off hours, and every sentence of it. Changes nothing."""
    caller_of_order(request, code)
    return answer(_body(lock_of(order=code, now=timezone.now())), language=language_of(request))


@router.post(
    PATH,
    response={200: Order, **problems(400, 401, 403, 404, 409, 413, 422)},
    summary="Lock the order",
)
def confirm(request: HttpRequest, asked: LockIn, code: str) -> HttpResponse:
    """Locks what was shown under `fingerprint`; if that has changed, the answer is `stale-preview` with what is true now."""
    caller = caller_of_order(request, code)
    user = known_caller(request).user
    now = timezone.now()

    def act() -> HttpResponse:
        actor = "guest" if user is None else f"user:{user}"
        lock(order=code, fingerprint=asked.fingerprint, actor=actor, now=now)
        return answer(order_body(own_order(request, code, now), now), language=language_of(request))

    return once(request, caller=caller, route=f"POST /orders/{code}/lock", now=now, act=act)
