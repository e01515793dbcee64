"""A delivery from its event to the other side's 2xx: stored once an endpoint and event, tried for three days, replayed.

At least once: whoever receives it recognises a repetition by the body's `id`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from checkout.gateways.signatures import sign
from kernel import audit
from kernel.jobs import task
from kernel.text import canonical_json
from storefront.notify.models import WebhookDelivery, WebhookEndpoint
from storefront.notify.webhooks.calling import Answer, call, check_url
from storefront.notify.webhooks.table import KINDS

SIGNATURE_HEADER = "Forecourt-Signature"
GIVEN_UP_AFTER = timedelta(days=3)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=12)
State = WebhookDelivery.State
Call = Callable[[str, bytes, dict[str, str]], Answer]


class UnknownKind(ValueError):
    """An endpoint asks for a kind of event that there is not."""


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many failed tries (from 1): 10 s, 30 s, 90 s, ... at most 12 hours."""
    tripled: int = 3 ** min(attempts - 1, 12)
    return min(FIRST_PAUSE * tripled, LONGEST_PAUSE)


def new_secret() -> str:
    """A secret to sign with; shown once, stored encrypted."""
    return f"whsec_{secrets.token_urlsafe(32)}"


@transaction.atomic
def open_endpoint(
    *, name: str, url: str, kinds: Sequence[str], actor: str, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, to be shown this once. Raises UrlRefused, UnknownKind."""
    check_url(url, loopback=settings.DEBUG or settings.WEBHOOKS_TO_LOOPBACK)
    secret = new_secret()
    row = WebhookEndpoint.objects.create(
        name=name, url=url, secret=secret, kinds=checked_kinds(kinds), made_at=now
    )
    _record(row, "webhook-endpoint-opened", actor, now)
    return row, secret


@transaction.atomic
def change_endpoint(
    *, endpoint: int, url: str, kinds: Sequence[str], active: bool, actor: str, now: datetime
) -> None:
    """Another address, other kinds, on or off; what waits goes to the new address. Raises as open_endpoint."""
    check_url(url, loopback=settings.DEBUG or settings.WEBHOOKS_TO_LOOPBACK)
    row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint)
    row.url, row.kinds, row.active = url, checked_kinds(kinds), active
    row.save(update_fields=["url", "kinds", "active"])
    _record(row, "webhook-endpoint-changed", actor, now)


@transaction.atomic
def renew_secret(*, endpoint: int, actor: str, now: datetime) -> str:
    """A new secret in place of the old one, to be shown this once; later tries are signed with it."""
    row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint)
    row.secret = new_secret()
    row.save(update_fields=["secret"])
    _record(row, "webhook-secret-renewed", actor, now)
    return row.secret


def checked_kinds(kinds: Sequence[str]) -> list[str]:
    """The kinds in the order of the table; raises UnknownKind."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise UnknownKind(f"kinds: {', '.join(unknown) or 'none'}; there are {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in kinds]


@transaction.atomic
def store(*, body: dict[str, str], now: datetime) -> int:
    """One delivery for every active endpoint that wants this kind, sent by the worker; gives how many are new."""
    wanting = [e for e in WebhookEndpoint.objects.filter(active=True) if body["kind"] in e.kinds]
    return sum(_store(endpoint, body, now) for endpoint in wanting)


def _store(endpoint: WebhookEndpoint, body: dict[str, str], now: datetime) -> bool:
    row, made = WebhookDelivery.objects.get_or_create(
        endpoint=endpoint,
        event_id=body["id"],
        defaults={
            "kind": body["kind"],
            "order": body.get("order", ""),
            "body": canonical_json(body).decode(),
            "at": now,
            "since": now,
            "next_at": now,
        },
    )
    if made:
        deliver_webhook.enqueue(delivery=row.pk)
    return made


@task
def deliver_webhook(delivery: int) -> str:
    """Try one delivery if it is due; gives its state."""
    return deliver(delivery=delivery, now=timezone.now())


def deliver(*, delivery: int, now: datetime, send: Call | None = None) -> str:
    """The state after this try. A failure plans the next one; nothing is raised for what the other side does."""
    row = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery)
    if row.state != State.WAITING or row.next_at is None or row.next_at > now:
        return str(row.state)
    answer = _try(row, send or _call, now)
    with transaction.atomic():
        held = WebhookDelivery.objects.select_for_update().get(pk=row.pk)
        if (held.state, held.attempts, held.since) != (State.WAITING, row.attempts, row.since):
            return str(held.state)  # replayed meanwhile, or another worker was faster
        return _write(held, answer, now)


def _try(row: WebhookDelivery, send: Call, now: datetime) -> Answer:
    if not row.endpoint.active:
        return Answer(None, "the endpoint is off")
    return send(row.endpoint.url, row.body.encode(), _headers(row, now))


def _call(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    return call(url, body, headers, loopback=settings.DEBUG or settings.WEBHOOKS_TO_LOOPBACK)


def _headers(row: WebhookDelivery, now: datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Forecourt-Webhooks/1",
        SIGNATURE_HEADER: sign(row.body.encode(), secret=str(row.endpoint.secret), at=now),
    }


def _write(row: WebhookDelivery, answer: Answer, now: datetime) -> str:
    row.attempts += 1
    row.last_status, row.error = answer.status, answer.error[:255]
    if answer.good:
        row.state, row.delivered_at, row.next_at = State.DELIVERED, now, None
    else:
        _plan(row, now)
    row.save()
    if row.next_at is not None:
        deliver_webhook.enqueue_at(row.next_at, delivery=row.pk)
    return str(row.state)


def _plan(row: WebhookDelivery, now: datetime) -> None:
    upcoming = now + pause_after(row.attempts)
    if upcoming > row.since + GIVEN_UP_AFTER or not row.endpoint.active:
        row.state, row.next_at = State.DEAD, None
    else:
        row.next_at = upcoming


@transaction.atomic
def replay(*, delivery: int, actor: str, now: datetime) -> None:
    """Send one delivery again, with the same body and id, however it ended."""
    row = WebhookDelivery.objects.select_for_update().select_related("endpoint").get(pk=delivery)
    _again(row, now)
    _record(row.endpoint, "webhook-replayed", actor, now, {"event": row.event_id})


@transaction.atomic
def replay_since(*, endpoint: int, since: datetime, actor: str, now: datetime) -> int:
    """Send everything of an endpoint since a moment again, oldest first; gives how many."""
    found = WebhookEndpoint.objects.get(pk=endpoint)
    rows = found.deliveries.select_for_update().filter(at__gte=since).order_by("pk")
    count = 0
    for row in rows.iterator():
        _again(row, now)
        count += 1
    facts = {"since": since.isoformat(), "deliveries": count}
    _record(found, "webhooks-replayed", actor, now, facts)
    return count


def _again(row: WebhookDelivery, now: datetime) -> None:
    row.state, row.attempts, row.since, row.next_at = State.WAITING, 0, now, now
    row.save(update_fields=["state", "attempts", "since", "next_at"])
    deliver_webhook.enqueue(delivery=row.pk)


def _record(
    row: WebhookEndpoint,
    action: str,
    actor: str,
    now: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    audit.record(
        subject=f"webhook:{row.name}",
        action=action,
        actor=actor,
        facts={"host": urlsplit(row.url).hostname, **(facts or {})},
        now=now,
    )
