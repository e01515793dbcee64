"""`/orders/{code}/amendments`: change a placed order, by a preview that equals what happens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.queries.amending import preview_amendment
from checkout.services.amending import amend_order
from checkout.services.credit_sheets import confirm_order_sheet, issue_amendment_sheet
from storefront.api.answers import answer
from storefront.api.auth import known_caller
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order, order_body, own_order
from storefront.api.routers.finance import sheet_answer
from storefront.api.schemas.amendments import (
    AmendIn,
    AmendmentIn,
    AmendmentPreview,
    SheetConfirmationIn,
)
from storefront.api.schemas.answers import Order
from storefront.api.schemas.base import problems
from storefront.api.schemas.loans import CostSheet

router = Router(tags=["orders"])
REFUSED = problems(400, 401, 403, 404, 409, 413, 422)


@router.post(
    "/{code}/amendments/preview",
    response={200: AmendmentPreview, **REFUSED},
    summary="What a change would do",
)
def preview(request: HttpRequest, code: str, asked: AmendmentIn) -> HttpResponse:
    """The difference of car, price, tax, loan, cover and delivery, and the one move of money. Nothing is stored."""
    caller_of_order(request, code)
    found = preview_amendment(order=code, wishes=asked.wishes(), now=timezone.now())
    return answer(found.facts(), language=language_of(request))


@router.post(
    "/{code}/amendments", response={201: Order, **REFUSED}, summary="Change the order as previewed"
)
def amend(request: HttpRequest, code: str, asked: AmendIn) -> HttpResponse:
    """The wishes and the preview's fingerprint; if anything moved since, `stale-preview` carries the new one."""
    caller = caller_of_order(request, code)
    user = known_caller(request).user
    now = timezone.now()

    def act() -> HttpResponse:
        amend_order(
            order=code,
            wishes=asked.wishes(),
            fingerprint=asked.fingerprint,
            actor="guest" if user is None else f"user:{user}",
            now=now,
        )
        body = order_body(own_order(request, code, now), now)
        return answer(body, language=language_of(request), status=201)

    return once(request, caller=caller, route=f"POST /orders/{code}/amendments", now=now, act=act)


@router.post(
    "/{code}/amendments/cost-sheet",
    response={201: CostSheet, **REFUSED},
    summary="Show all costs of the loan after a change",
)
def make_sheet(request: HttpRequest, code: str, asked: AmendmentIn) -> HttpResponse:
    """Where a preview names a `cost_sheet`, it is read and confirmed before the change; the time to read it begins here."""
    caller_of_order(request, code)
    facts = issue_amendment_sheet(order=code, wishes=asked.wishes(), now=timezone.now())
    return sheet_answer(request, facts, status=201)


@router.post(
    "/{code}/amendments/cost-sheet/confirmation",
    response={200: CostSheet, **REFUSED},
    summary="Confirm that the sheet was read",
)
def confirm_sheet(request: HttpRequest, code: str, asked: SheetConfirmationIn) -> HttpResponse:
    """The buyer has read the sheet with that fingerprint; too early is refused (`cost-sheet-too-early`)."""
    caller_of_order(request, code)
    facts = confirm_order_sheet(
        order=code, sheet=asked.cost_sheet, shown=asked.fingerprint, now=timezone.now()
    )
    return sheet_answer(request, facts)
