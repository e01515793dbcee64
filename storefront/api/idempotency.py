"""Once: the same request sent again gets the first answer again (docs/guide/api.md, "Idempotency").

Three statements beside the use case: one insert that commits first (so a second request sees the first
one running), and one update in the use case's own transaction (so an order and its stored answer exist
together or not at all). A request that died leaves a `running` row; after `LEASE` another may take over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from kernel.crypto import blind_index
from kernel.text import fingerprint
from storefront.api.answers import JSON
from storefront.api.errors import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    InvalidField,
    StillRunning,
    answer_for,
)
from storefront.api.language import language_of
from storefront.api.models import IdempotencyRecord
from storefront.api.parsing import read_json

KEPT = timedelta(hours=48)
LEASE = timedelta(seconds=60)
"""How long the first request may run before another with its key takes over."""
KEY = re.compile(r"[\x21-\x7e]{1,255}")
STORED_HEADERS = ("Content-Type", "Content-Language", "Location")


@dataclass(frozen=True, slots=True)
class Claim:
    """Our right to run: the row, and the moment that proves it is still ours."""

    row: int
    started_at: datetime


class ClaimLost(Exception):
    """We ran longer than the lease and another request took over: what we did must not be kept."""


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key header; raises IdempotencyKeyMissing, or InvalidField for an unusable one."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise IdempotencyKeyMissing(
            "Send an Idempotency-Key header: 1 to 255 characters, new for every intent."
        )
    if not KEY.fullmatch(key):
        message = "1 to 255 visible ASCII characters"
        raise InvalidField(
            f"Idempotency-Key: {message}.",
            facts={"errors": [{"field": "Idempotency-Key", "message": message}]},
        )
    return key


def once(
    request: HttpRequest,
    *,
    caller: str,
    route: str,
    now: datetime,
    act: Callable[[], HttpResponse],
    one_transaction: bool = True,
) -> HttpResponse:
    """The answer of `act()`, run at most once for this caller, route, key and body.

    `act` returns the answer or raises a known error, whose problem document is stored too; a 5xx is not
    stored. With `one_transaction` the work and its stored answer commit together; without (a use case
    that talks to a vendor between two transactions of its own) the work must be repeatable by itself.
    Raises IdempotencyKeyMissing, IdempotencyKeyReused, StillRunning.
    """
    key = key_of(request)
    # Keyed: a plain hash would let a stolen database find the number of a buyer's document by trying all.
    body_hash = blind_index(fingerprint(read_json(request.body)))
    claim = _claim(caller=caller, route=route, key=key, body_hash=body_hash, now=now)
    if isinstance(claim, HttpResponse):
        return claim
    try:
        if one_transaction:
            with transaction.atomic():
                response = act()
                _store(claim, response)
        else:
            response = act()
            _store(claim, response)
    except Exception as error:  # noqa: BLE001 - every refusal becomes the answer that is kept
        response = _refused(claim, error, language_of(request))
    except BaseException:
        _forget(claim)
        raise
    return response


def _refused(claim: Claim, error: Exception, language: str) -> HttpResponse:
    response = answer_for(
        _still_running() if isinstance(error, ClaimLost) else error, language=language
    )
    if response.status_code >= 500:
        _forget(claim)
    elif not isinstance(error, ClaimLost):
        IdempotencyRecord.objects.filter(pk=claim.row, started_at=claim.started_at).update(
            **_kept(response)
        )
    return response


def _claim(
    *, caller: str, route: str, key: str, body_hash: str, now: datetime
) -> Claim | HttpResponse:
    row = _insert(caller=caller, route=route, key=key, body_hash=body_hash, now=now)
    if row is not None:
        return Claim(row, now)
    record = IdempotencyRecord.objects.filter(caller=caller, route=route, key=key).first()
    if record is None:  # the first one failed with a 5xx and was forgotten a moment ago
        raise _still_running()
    if record.created_at <= now - KEPT:
        return _take_over(record, body_hash=body_hash, now=now, created_at=now)
    if record.body_hash != body_hash:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used for another body; use a new key for a new intent."
        )
    if record.state == IdempotencyRecord.DONE:
        return _replayed(record)
    if record.started_at > now - LEASE:
        raise _still_running()
    return _take_over(record, body_hash=body_hash, now=now, created_at=record.created_at)


def _still_running() -> StillRunning:
    return StillRunning(
        "The first request with this Idempotency-Key is still running; ask again.",
        headers={"Retry-After": "1"},
    )


def _insert(*, caller: str, route: str, key: str, body_hash: str, now: datetime) -> int | None:
    """One statement on SQLite and PostgreSQL; None when the key is taken."""
    table = connection.ops.quote_name(IdempotencyRecord._meta.db_table)
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (caller, route, key, body_hash, state, started_at, created_at)"  # noqa: S608 - our own table's name
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (caller, route, key) DO NOTHING RETURNING id",
            [caller, route, key, body_hash, IdempotencyRecord.RUNNING, at, at],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _take_over(
    record: IdempotencyRecord, *, body_hash: str, now: datetime, created_at: datetime
) -> Claim:
    taken = IdempotencyRecord.objects.filter(
        pk=record.pk, started_at=record.started_at, state=record.state
    ).update(
        state=IdempotencyRecord.RUNNING, body_hash=body_hash, started_at=now, created_at=created_at
    )
    if not taken:
        raise _still_running()
    return Claim(record.pk, now)


def _kept(response: HttpResponse) -> dict[str, Any]:
    return {
        "state": IdempotencyRecord.DONE,
        "status": response.status_code,
        "headers": {
            name: response.headers[name] for name in STORED_HEADERS if name in response.headers
        },
        "body": response.content.decode(),
    }


def _store(claim: Claim, response: HttpResponse) -> None:
    if response.status_code >= 500:
        _forget(claim)
        return
    mine = IdempotencyRecord.objects.filter(pk=claim.row, started_at=claim.started_at)
    if not mine.update(**_kept(response)):
        raise ClaimLost


def _forget(claim: Claim) -> None:
    IdempotencyRecord.objects.filter(pk=claim.row, started_at=claim.started_at).delete()


def _replayed(record: IdempotencyRecord) -> HttpResponse:
    headers = dict(record.headers or {})
    response = HttpResponse(
        (record.body or "").encode(),
        status=record.status or 200,
        content_type=headers.pop("Content-Type", JSON),
    )
    for name, value in headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    response.headers["Idempotency-Replayed"] = "true"
    return response


def forget_old(*, now: datetime) -> int:
    """Deletes records older than 48 hours; gives how many."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lte=now - KEPT).delete()
    return deleted
