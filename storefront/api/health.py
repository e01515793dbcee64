"""`/healthz` and `/readyz`: is the process up; can it sell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.errors import CatalogError
from catalog.queries.on_sale import on_sale
from kernel.models import Schedule
from storefront.api.answers import JSON, encode

log = logging.getLogger(__name__)

LATE = timedelta(minutes=3)
"""A scheduled moment that passed this long ago means that no worker looks at the clock."""


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks nobody."""
    return HttpResponse(b'{"status":"ok"}', content_type=JSON)


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return {"ok": True, "vendor": connection.vendor}


def _release() -> dict[str, Any]:
    release = on_sale()
    return {"ok": True, "code": release.code, "published_at": release.published_at.isoformat()}


def _worker() -> dict[str, Any]:
    """The worker's heartbeat is its schedule: the age is how long the oldest due moment has waited."""
    next_at = Schedule.objects.order_by("next_at").values_list("next_at", flat=True).first()
    if next_at is None:
        return {"ok": False, "detail": "no worker has ever run"}
    waited = max(timedelta(0), timezone.now() - next_at)
    return {"ok": waited <= LATE, "waited_seconds": int(waited.total_seconds())}


CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "database": _database,
    "release": _release,
    "worker": _worker,
}


def _checked(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return check()
    except (DatabaseError, CatalogError) as error:
        log.warning("not ready: %s", error)
        return {"ok": False, "detail": type(error).__name__}


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when a buyer can be served: database, a release on sale, a worker at work; else 503 and what is missing."""
    found = {name: _checked(check) for name, check in CHECKS.items()}
    ready = all(result["ok"] for result in found.values())
    body = encode(
        {
            "status": "ready" if ready else "not ready",
            "door": settings.PAYMENT_DOOR,
            "checks": found,
        }
    )
    response = HttpResponse(body, status=200 if ready else 503, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
