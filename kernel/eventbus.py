"""Events between packages: publishing stores one job per subscriber in the same transaction, by one statement."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any, Protocol

import msgspec
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils.module_loading import import_string

from kernel.jobs import task
from kernel.models import Receipt

_subscribers: dict[str, list[str]] = {}


class NotInTransaction(RuntimeError):
    """An event was published outside `transaction.atomic()`: it could be lost or be untrue."""


class Handler(Protocol):
    """What a dotted path given to `subscribe` must name; idempotent by `event_id`."""

    def __call__(self, event: Any, *, event_id: str) -> None:
        """React to one event; raising retries it with backoff."""


def _name(event: type | str) -> str:
    return event if isinstance(event, str) else f"{event.__module__}.{event.__qualname__}"


def subscribe(event: type | str, handler: str) -> None:
    """Have `handler` (dotted path of a Handler) called once per event of a class, in the worker.

    `event` is the class or its dotted path. Call it in `apps.py` `ready()`; saying it twice is one.
    """
    handlers = _subscribers.setdefault(_name(event), [])
    if handler not in handlers:
        handlers.append(handler)


def subscribers(event: type | str) -> tuple[str, ...]:
    """The dotted paths of the handlers of one class of events, in order of subscription."""
    return tuple(_subscribers.get(_name(event), ()))


def publish(event: Any) -> str:
    """Store one job per subscriber of `event`, a frozen dataclass; gives the event's id.

    The jobs commit or roll back with the caller's transaction. Fields may be primitives, Decimal,
    datetime, Money, and tuples or frozen dataclasses of these. Raises NotInTransaction, TypeError.
    """
    (event_id,) = publish_each(event)
    return event_id


def publish_each(*events: Any) -> tuple[str, ...]:
    """As `publish` for each of these events, in their order; one statement stores all their jobs."""
    ids, calls = [], []
    for event in events:
        kind = _name(type(event))
        if not connection.in_atomic_block:
            raise NotInTransaction(f"publish {kind} inside transaction.atomic()")
        if not _is_frozen(type(event)):
            raise TypeError(f"{kind} is no frozen dataclass")
        ids.append(secrets.token_hex(16))
        told = {"kind": kind, "facts": msgspec.to_builtins(event), "event_id": ids[-1]}
        calls += [((), {"handler": handler, **told}) for handler in subscribers(type(event))]
    deliver.get_backend().enqueue_each(deliver, calls)
    return tuple(ids)


def _is_frozen(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) and bool(
        getattr(kind, "__dataclass_params__").frozen  # noqa: B009 - stubs do not know it
    )


@task(max_attempts=12)
def deliver(handler: str, kind: str, facts: dict[str, Any], event_id: str) -> None:
    """Call one handler with one stored event."""
    event = msgspec.convert(facts, import_string(kind))
    import_string(handler)(event, event_id=event_id)


def first_time(*, event_id: str, handler: str) -> bool:
    """Whether `handler` sees this event for the first time; remembered with the caller's transaction.

    The short way to an idempotent handler: `if not first_time(...): return`, inside the transaction
    that does the work. Raises NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("ask first_time() inside the transaction that does the work")
    with transaction.atomic(savepoint=False):
        _, created = Receipt.objects.get_or_create(event_id=event_id, handler=handler)
    return created


def check_subscriptions() -> None:
    """Raise ImproperlyConfigured when a subscribed class or handler cannot be imported."""
    for kind, handlers in _subscribers.items():
        for path in (kind, *handlers):
            try:
                import_string(path)
            except ImportError as error:
                raise ImproperlyConfigured(f"event {kind}: cannot import {path}") from error
