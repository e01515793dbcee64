"""`/orders/{code}/cancellation`: what cancelling would mean, and doing exactly that."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.domain.ending import BUYER_REASONS, REASONS
from checkout.domain.order import Actor
from checkout.gateways import open_doors
from checkout.services.cancelling import cancel_order, preview_cancellation
from storefront.api.answers import answer
from storefront.api.auth import known_caller
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order, order_body, own_order
from storefront.api.schemas.base import problems
from storefront.api.schemas.cancelling import (
    CancellationIn,
    CancellationPreview,
    CancellationPreviewIn,
    Cancelled,
)

router = Router(tags=["orders"])

PATH = "/{code}/cancellation"
REFUSED = problems(400, 401, 403, 404, 409, 413, 422)


@router.post(
    PATH + "/preview",
    response={200: CancellationPreview, **REFUSED},
    summary="What cancelling would mean",
)
def preview(request: HttpRequest, asked: CancellationPreviewIn, code: str) -> HttpResponse:
    """What goes back, what is kept and why, by the terms frozen in the order. Changes nothing."""
    caller_of_order(request, code)
    shown = preview_cancellation(order=code, reason=asked.reason, now=timezone.now())
    reasons = [{"code": str(each), "name": dict(REASONS[each])} for each in BUYER_REASONS]
    return answer(shown | {"reasons": reasons}, language=language_of(request))


@router.post(PATH, response={200: Cancelled, **REFUSED}, summary="Cancel the order")
def cancel(request: HttpRequest, asked: CancellationIn, code: str) -> HttpResponse:
    """Does what the preview with that `fingerprint` said, or answers 409 with the preview as it is now."""
    caller = caller_of_order(request, code)
    user = known_caller(request).user
    language = language_of(request)
    now = timezone.now()

    def act() -> HttpResponse:
        done = cancel_order(
            order=code,
            reason=asked.reason,
            actor="guest" if user is None else f"user:{user}",
            by=Actor.BUYER,
            fingerprint=asked.fingerprint,
            gateway=open_doors(settings),
            now=now,
        )
        body = {"cancellation": done, "order": order_body(own_order(request, code, now), now)}
        return answer(body, language=language)

    return once(
        request,
        caller=caller,
        route=f"POST /orders/{code}/cancellation",
        now=now,
        act=act,
        one_transaction=False,
    )
