"""A move of an order as a page: what will happen, what is asked, the tick; a refusal says what is true now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from catalog.errors import CatalogError
from checkout.errors import CheckoutError, UnknownInspection
from checkout.models import Order
from checkout.queries.delivery import inspection_photo
from checkout.queries.insurance import gate_of
from cms.desks.once import fresh, remember, sent_before
from cms.desks.orders.forms import MoveForm
from cms.desks.orders.moves import MOVES, DeskMove, offered
from cms.desks.orders.refusals import in_words, stands
from cms.desks.orders.standing import Standing, standing_of

VIEW = "checkout.view_order"


def actor_of(request: HttpRequest) -> str:
    """How a member of staff signs what they do."""
    return f"staff:{request.user.pk}"


def standing_for(request: HttpRequest, code: str) -> Standing:
    """The order of the page for its reader; 404 where there is none."""
    row = get_object_or_404(Order, code=code)
    return standing_of(row, actor=actor_of(request), may=request.user.has_perm, now=timezone.now())


def page_address(on: Standing) -> str:
    """The order's own page."""
    return reverse("desk_order:inspect", args=[on.row.pk])


@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, code: str, move: str) -> HttpResponse:
    """Show a move and make it; 403 without the right to it, 404 for none that there is, 409 where it is refused."""
    known = MOVES.get(move)
    if known is None:
        raise Http404(move)
    if not (request.user.has_perm(VIEW) and request.user.has_perm(known.permission)):
        raise PermissionDenied
    on = standing_for(request, code)
    if request.method == "POST" and sent_before(request):
        messages.info(request, gettext("This was done already; nothing was done twice."))
        return redirect(page_address(on))
    if not known.offered(on):
        return _page(request, on, known, None, refused=[_not_now(on), stands(on)], status=409)
    if request.method == "GET":
        form = known.form(standing=on, initial=_fresh(on, request.GET))
        return _page(request, on, known, form)
    return _posted(request, on, known)


def _not_now(on: Standing) -> str:
    return gettext("This move is not possible from where the order stands.")


def _fresh(on: Standing, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"seen": on.seen, "once": fresh(), "number": asked.get("number", "")}


def _posted(request: HttpRequest, on: Standing, move: DeskMove) -> HttpResponse:
    if request.POST.get("seen") != on.seen:
        form = move.form(standing=on, initial={**request.POST.dict(), **_fresh(on, {})})
        moved_on = gettext("The order has moved on since you opened this page. Look at it again.")
        return _page(request, on, move, form, refused=[moved_on, stands(on)], status=409)
    form = move.form(_with_tick(request, move), request.FILES, standing=on)
    if not form.is_valid():
        return _page(request, on, move, form, status=400)
    shown = {name: request.POST.get(name, "") for name in ("fingerprint", "statement")}
    try:
        if move.preview is not None and not shown["fingerprint"]:
            return _page(request, on, move, form, preview=move.preview(on, form.cleaned_data))
        made = move.do(on, {**form.cleaned_data, **shown})
    except (CheckoutError, CatalogError) as error:
        return _refused(request, move, form, error)
    remember(request)
    name = str(move.name)
    if made is False:
        messages.warning(request, gettext("%(move)s: nothing was to be done.") % {"move": name})
    else:
        messages.success(request, gettext("%(move)s: done.") % {"move": name})
    return redirect(page_address(on))


def _with_tick(request: HttpRequest, move: DeskMove) -> Any:
    """What was sent; the tick is asked for with the preview, not before it."""
    if move.preview is None or request.POST.get("fingerprint"):
        return request.POST
    sent = request.POST.copy()
    sent["sure"] = "on"
    return sent


def _refused(
    request: HttpRequest, move: DeskMove, form: MoveForm, error: CheckoutError | CatalogError
) -> HttpResponse:
    """The page again, with what is true by now."""
    on = standing_for(request, form.standing.code)
    again = None
    if move.offered(on):
        again = move.form(standing=on, initial={**request.POST.dict(), **_fresh(on, {})})
    return _page(request, on, move, again, refused=in_words(error, on), status=409)


def _page(
    request: HttpRequest,
    on: Standing,
    move: DeskMove,
    form: MoveForm | None,
    *,
    refused: list[str] | None = None,
    preview: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    gate = gate_of(on.row, now=on.now) if move.code == "hand-over" else None
    context = {
        "move": move,
        "order": on.facts,
        "standing": on,
        "form": form,
        "refused": refused or [],
        "preview": preview,
        "previewed": move.preview is not None,  # a template would call the function itself
        "gate": gate,
        "others": [each for each in offered(on) if each.code != move.code],
        "order_url": page_address(on),
    }
    return render(request, "cms/desks/orders/move.html", context, status=status)


@require_GET
def photo(request: HttpRequest, code: str, inspection: int, number: int) -> HttpResponse:
    """A picture of a report of an inspection."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    on = standing_for(request, code)
    try:
        media_type, content = inspection_photo(order=on.code, inspection=inspection, number=number)
    except UnknownInspection:
        raise Http404(code) from None
    answer = HttpResponse(content, content_type=media_type)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
