"""What the calls about one order have in common where a vendor is asked: at most once for a key, by its own buyer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from storefront.api.answers import answer
from storefront.api.auth import known_caller
from storefront.api.errors import NotFound
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order

D = TypeVar("D")
LONGEST_NAME = 64


def change_once(
    request: HttpRequest,
    code: str,
    what: str,
    *,
    status: int,
    act: Callable[[str], object],
    body: Callable[[str], Any],
) -> HttpResponse:
    """Run `act(actor)` at most once for this key on the caller's own order, and answer `body(language)` as it stands then.

    `what` is the path after the order's code. Raises SignInNeeded, UnknownOrder and what `once` raises.
    """
    caller = caller_of_order(request, code)
    user = known_caller(request).user
    actor = "guest" if user is None else f"user:{user}"
    language = language_of(request)

    def answered() -> HttpResponse:
        act(actor)
        return answer(body(language), language=language, status=status)

    # The vendor is called between two transactions of the service, which repeats safely by itself.
    return once(
        request,
        caller=caller,
        route=f"POST /orders/{code}/{what}",
        now=timezone.now(),
        act=answered,
        one_transaction=False,
    )


def open_door(doors: Callable[[str], D | None], vendor: str) -> D:
    """The open door of the vendor that an address names; raises NotFound."""
    door = doors(vendor) if len(vendor) <= LONGEST_NAME and "*" not in vendor else None
    if door is None:
        raise NotFound(f"No door for {vendor[:32]!r} is open here.")
    return door
