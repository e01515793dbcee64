"""The webhook desk: endpoints, what each was told and how that went, and telling it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.desks.guard import staff_only
from storefront.notify.models import WebhookDelivery, WebhookEndpoint
from storefront.notify.webhooks import sending
from storefront.notify.webhooks.calling import UrlRefused
from storefront.notify.webhooks.sending import UnknownKind
from storefront.notify.webhooks.table import KINDS

PAGE = 50
VIEW, ADD, CHANGE = (f"notify.{action}_webhookendpoint" for action in ("view", "add", "change"))
TONES = {"delivered": "good", "dead": "bad"}


@require_GET
@staff_only(VIEW)
def endpoints(request: HttpRequest) -> HttpResponse:
    """Every endpoint with how many deliveries wait and how many were given up."""
    rows = WebhookEndpoint.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state="waiting")),
        dead=Count("deliveries", filter=Q(deliveries__state="dead")),
    )
    context = {"rows": rows, "may_add": request.user.has_perm(ADD)}
    return render(request, "notify/desk/webhooks.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only(ADD)
def new(request: HttpRequest) -> HttpResponse:
    """Make an endpoint; its secret is shown on the page that answers, and never again."""
    form = {"name": "", "url": "", "kinds": list(KINDS), "error": ""}
    if request.method == "POST":
        form |= _form(request)
        try:
            if not form["name"]:
                raise UnknownKind(gettext("Give it a name."))
            row, secret = sending.open_endpoint(
                name=str(form["name"])[:80],
                url=str(form["url"]),
                kinds=list(form["kinds"]),
                actor=_actor(request),
                now=timezone.now(),
            )
        except (UrlRefused, UnknownKind) as refusal:
            form["error"] = str(refusal)
        except IntegrityError:
            form["error"] = gettext("There is an endpoint of this name.")
        else:
            return _secret_page(request, row, secret)
    return render(request, "notify/desk/webhook_new.html", {"form": form, "kinds": KINDS})


@require_http_methods(["GET", "POST"])
@staff_only(VIEW)
def endpoint(request: HttpRequest, endpoint: int) -> HttpResponse:
    """One endpoint: what it wants, where it is, and its deliveries, newest first."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint)
    form = {"url": row.url, "kinds": row.kinds, "active": row.active, "error": ""}
    if request.method == "POST" and request.user.has_perm(CHANGE):
        form |= _form(request) | {"active": request.POST.get("active") == "on"}
        try:
            sending.change_endpoint(
                endpoint=row.pk,
                url=str(form["url"]),
                kinds=list(form["kinds"]),
                active=bool(form["active"]),
                actor=_actor(request),
                now=timezone.now(),
            )
        except (UrlRefused, UnknownKind) as refusal:
            form["error"] = str(refusal)
        else:
            messages.success(request, gettext("The endpoint was changed."))
            return redirect("webhook_endpoint", endpoint=row.pk)
    state = request.GET.get("state", "")
    found = row.deliveries.filter(state=state) if state else row.deliveries.all()
    page = Paginator(found, PAGE).get_page(request.GET.get("p"))
    context: dict[str, Any] = {
        "endpoint": row,
        "form": form,
        "kinds": KINDS,
        "page": page,
        "rows": [{"row": each, "tone": TONES.get(each.state, "open")} for each in page],
        "states": WebhookDelivery.State.choices,
        "state": state,
        "query": f"state={state}",
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "notify/desk/webhook.html", context)


@never_cache
@require_POST
@staff_only(CHANGE)
def secret(request: HttpRequest, endpoint: int) -> HttpResponse:
    """Put a new secret in place of the old one and show it, this once."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint)
    made = sending.renew_secret(endpoint=row.pk, actor=_actor(request), now=timezone.now())
    return _secret_page(request, row, made)


@require_POST
@staff_only(CHANGE)
def again(request: HttpRequest, delivery: int) -> HttpResponse:
    """Tell one delivery again."""
    row = get_object_or_404(WebhookDelivery, pk=delivery)
    sending.replay(delivery=row.pk, actor=_actor(request), now=timezone.now())
    messages.success(request, gettext("It is sent again."))
    return redirect("webhook_endpoint", endpoint=row.endpoint_id)


@require_POST
@staff_only(CHANGE)
def since(request: HttpRequest, endpoint: int) -> HttpResponse:
    """Tell everything again that happened since a moment, on the clock of the admin."""
    row = get_object_or_404(WebhookEndpoint, pk=endpoint)
    moment = _moment(request.POST.get("since", ""))
    if moment is None:
        messages.error(request, gettext("Say since when."))
    else:
        count = sending.replay_since(
            endpoint=row.pk, since=moment, actor=_actor(request), now=timezone.now()
        )
        words = gettext("%(count)s deliveries are sent again.") % {"count": count}
        messages.success(request, words)
    return redirect("webhook_endpoint", endpoint=row.pk)


def _form(request: HttpRequest) -> dict[str, Any]:
    posted = request.POST
    return {
        "name": posted.get("name", "").strip(),
        "url": posted.get("url", "").strip(),
        "kinds": posted.getlist("kinds"),
    }


def _secret_page(request: HttpRequest, row: WebhookEndpoint, secret: str) -> HttpResponse:
    context = {"endpoint": row, "secret": secret}
    return render(request, "notify/desk/webhook_secret.html", context)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    return found if found.year > 2000 else None


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user}"
