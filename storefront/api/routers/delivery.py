"""`/orders/{code}/delivery` and `/handover`: follow the car, book its handover; `/webhooks/carriers/{carrier}`."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.gateways import open_carrier
from checkout.queries.delivery import delivery_of, inspection_photo
from checkout.queries.handover_slots import handover_slots
from checkout.services.appointments import book_handover, give_up_handover
from checkout.services.carrier_inbox import receive
from checkout.services.priority import choose_priority, give_up_priority
from storefront.api.answers import JSON, answer, encode
from storefront.api.changing import change_once, open_door
from storefront.api.delivery import page_body, slots_body, without_private
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.answers import Received
from storefront.api.schemas.base import problems
from storefront.api.schemas.delivery import HandoverIn, HandoverSlots, OrderDelivery, PriorityIn
from storefront.api.schemas.financing import Nothing

router = Router(tags=["delivery"])
carriers = Router(tags=["webhooks"])
doors = partial(open_carrier, settings)

REFUSED = problems(400, 401, 403, 404, 409, 413, 422)
NO_SNIFFING = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


def _page(order: str) -> dict[str, object]:
    page = delivery_of(order=order, now=timezone.now())
    door = doors(page.transport.carrier) if page.transport else None
    return page_body(page, demo=door is not None and not door.real)


def _kept(order: str) -> dict[str, object]:
    return without_private(_page(order))


@router.get(
    "/{code}/delivery",
    response={200: OrderDelivery, **problems(401, 404)},
    summary="The delivery of an order",
)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Promise and history with reasons, stages with places, inspection, handover, priority, delay so far, charges."""
    caller_of_order(request, code)
    return answer(_page(code), language=language_of(request))


@router.get(
    "/{code}/delivery/photos/{inspection}/{number}",
    response={200: bytes, **problems(401, 404, 422)},
    summary="A photograph of the inspection",
)
def photo(request: HttpRequest, code: str, inspection: int, number: int) -> HttpResponse:
    """The picture itself, as it was filed with the report."""
    caller_of_order(request, code)
    media_type, content = inspection_photo(order=code, inspection=inspection, number=number)
    return HttpResponse(content, content_type=media_type, headers=NO_SNIFFING)


@router.post(
    "/{code}/delivery/priority",
    response={200: OrderDelivery, **REFUSED},
    summary="Choose priority delivery, or give it up",
)
def priority(request: HttpRequest, asked: PriorityIn, code: str) -> HttpResponse:
    """Until the lock. Takes one of the week's places and promises the earlier range; the fee is due with the balance."""
    use = choose_priority if asked.wanted else give_up_priority
    return change_once(
        request,
        code,
        "delivery/priority",
        status=200,
        act=lambda actor: use(order=code, actor=actor, now=timezone.now()),
        body=lambda _: _kept(code),
    )


@router.get(
    "/{code}/handover-slots",
    response={200: HandoverSlots, **problems(401, 404, 409)},
    summary="When the car can be handed over",
)
def slots(request: HttpRequest, code: str) -> HttpResponse:
    """Free slots at the place of handover, runs of home delivery where they are offered, and the wishes one may have."""
    caller_of_order(request, code)
    found = handover_slots(order=code, now=timezone.now())
    return answer(slots_body(found), language=language_of(request))


@router.post(
    "/{code}/handover",
    response={201: OrderDelivery, **REFUSED},
    summary="Book the handover, or move it",
)
def book(request: HttpRequest, asked: HandoverIn, code: str) -> HttpResponse:
    """A slot of the place, or home delivery. 409 `slot-taken` names the next free ones."""
    return change_once(
        request,
        code,
        "handover",
        status=201,
        act=lambda actor: book_handover(
            order=code,
            starts_at=asked.starts_at,
            home=asked.home.model_dump() if asked.home else None,
            wishes=asked.wishes,
            note=asked.note,
            actor=actor,
            now=timezone.now(),
        ),
        body=lambda _: _kept(code),
    )


@router.post(
    "/{code}/handover/cancel",
    response={200: OrderDelivery, **REFUSED},
    summary="Give the booked handover up",
)
def give_up(request: HttpRequest, asked: Nothing, code: str) -> HttpResponse:
    """Until `changeable_until`; the slot is free again and a fee is not owed any more."""
    return change_once(
        request,
        code,
        "handover/cancel",
        status=200,
        act=lambda actor: give_up_handover(order=code, actor=actor, now=timezone.now()),
        body=lambda _: _kept(code),
    )


@carriers.post(
    "/{carrier}",
    response={200: Received, **problems(400, 404, 413)},
    summary="A carrier's message",
)
def heard(request: HttpRequest, carrier: str) -> HttpResponse:
    """Stores the message once if the carrier of an open door signed it; the worker asks the carrier what changed."""
    door = open_door(doors, carrier)
    receive(body=request.body, headers=dict(request.headers), carrier=door, now=timezone.now())
    return HttpResponse(encode({"received": True}), content_type=JSON)
