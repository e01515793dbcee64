"""`/orders/{code}/payments` and `/orders/{code}/receipts`: begin or try again to pay, and see each cent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from catalog.domain.payment_methods import BANK_TRANSFER
from checkout.gateways import open_doors
from checkout.queries.receipts import charge_of, receipt_of, ways_of
from checkout.services.payments import start_payment
from checkout.services.settlement import ask_now
from checkout.services.transfers import TransferInstructions, begin_transfer
from storefront.api.answers import answer
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order, own_order
from storefront.api.returning import check_return_url
from storefront.api.schemas.base import problems
from storefront.api.schemas.paying import OrderPayments, PaymentStarted, Receipt
from storefront.api.schemas.requests import PaymentIn

router = Router(tags=["orders"])


@router.get(
    "/{code}/payments",
    response={200: OrderPayments, **problems(401, 404)},
    summary="What is due, how to pay it, and every payment",
)
def payments(request: HttpRequest, code: str) -> HttpResponse:
    """Each cent of the order: what it asks for now with the ways to pay it, every payment, and what goes back."""
    now = timezone.now()
    facts = own_order(request, code, now)
    charge = charge_of(facts)
    ways = ways_of(facts.code, charge, open_doors(settings), now) if charge else ()
    body = {"order": facts.code, "due": charge, "methods": ways, "payments": facts.payments}
    return answer(body, language=language_of(request))


@router.get(
    "/{code}/receipts/{number}",
    response={200: Receipt, **problems(401, 404)},
    summary="The receipt of a payment or refund",
)
def receipt(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Who paid whom what, for what, how and when; no tax invoice."""
    facts = own_order(request, code, timezone.now())
    return answer(receipt_of(facts, number[:40]), language=language_of(request))


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
    """The buyer's next step: open `redirect_url`, give `client_secret` to the vendor's form, or send the `transfer`."""
    caller = caller_of_order(request, code)
    check_return_url(request, asked.return_url)
    language = language_of(request)

    def act() -> HttpResponse:
        body = _transfer(code, asked) if asked.method == BANK_TRANSFER else _vendor(code, asked)
        redirect = body["redirect_url"]
        if redirect and redirect.startswith("/"):
            body["redirect_url"] = request.build_absolute_uri(redirect)
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


@router.post(
    "/{code}/payments/{payment}/check",
    response={200: OrderPayments, **problems(401, 403, 404)},
    summary="Ask the vendor about a payment now",
)
def check(request: HttpRequest, code: str, payment: str) -> HttpResponse:
    """For a buyer who has come back and waits: the vendor is asked, at most every three seconds, and then each cent."""
    caller_of_order(request, code)
    ask_now(order=code, payment=payment[:32], gateway=open_doors(settings), now=timezone.now())
    return payments(request, code)


def _vendor(code: str, asked: PaymentIn) -> dict[str, Any]:
    step = start_payment(
        order=code,
        purpose=asked.purpose,
        method=asked.method,
        return_url=asked.return_url,
        gateway=open_doors(settings),
        now=timezone.now(),
    )
    return {
        "payment": step.payment,
        "provider": step.provider,
        "state": step.state,
        "redirect_url": step.redirect_url,
        "client_secret": step.client_secret,
        "publishable_key": step.publishable_key or None,
        "transfer": None,
    }


def _transfer(code: str, asked: PaymentIn) -> dict[str, Any]:
    told = begin_transfer(
        order=code, purpose=asked.purpose, now=timezone.now(), doors=open_doors(settings)
    )
    return {
        "payment": told.payment,
        "provider": "bank",
        "state": "requires_action",
        "redirect_url": None,
        "client_secret": None,
        "publishable_key": None,
        "transfer": _told(told),
    }


def _told(told: TransferInstructions) -> dict[str, Any]:
    return {**told.account.stored(), "reference": told.reference, "until": told.until.isoformat()}
