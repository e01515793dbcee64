"""`/orders/{code}/payments`: begin or try again to pay."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.gateways import open_doors
from checkout.services.payments import start_payment
from storefront.api.answers import answer
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.returning import check_return_url
from storefront.api.schemas.answers import PaymentStarted
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import PaymentIn

router = Router(tags=["orders"])


@router.post(
    "/{code}/payments",
    response={201: PaymentStarted, **problems(400, 401, 403, 404, 409, 413, 422, 503)},
    summary="Start or retry a payment",
)
def pay(
    request: HttpRequest,
    asked: PaymentIn,
    code: str,
) -> HttpResponse:
    """The buyer's next step: open `redirect_url`, or give `client_secret` to the vendor's form."""
    caller = caller_of_order(request, code)
    check_return_url(request, asked.return_url)
    language = language_of(request)

    def act() -> HttpResponse:
        step = start_payment(
            order=code,
            purpose=asked.purpose,
            method=asked.method,
            return_url=asked.return_url,
            gateway=open_doors(settings),
            now=timezone.now(),
        )
        redirect = step.redirect_url
        if redirect and redirect.startswith("/"):
            redirect = request.build_absolute_uri(redirect)
        body = {
            "payment": step.payment,
            "provider": step.provider,
            "state": step.state,
            "redirect_url": redirect,
            "client_secret": step.client_secret,
            "publishable_key": step.publishable_key or None,
        }
        return answer(body, language=language, status=201)

    # The vendor is called between two transactions of the service, which repeats safely by itself.
    return once(
        request,
        caller=caller,
        route=f"POST /orders/{code}/payments",
        now=timezone.now(),
        act=act,
        one_transaction=False,
    )
