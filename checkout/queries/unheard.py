"""What nobody outside has answered, or what was given up: stored calls and messages of every door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from checkout.domain.tie_out import Called
from checkout.models import (
    CarrierMessage,
    FinanceMessage,
    FinanceOperation,
    InsuranceOperation,
    InsurerMessage,
    OutgoingTransfer,
    PaymentOperation,
    TransportOperation,
    WebhookMessage,
)
from checkout.models.stored import GIVEN_UP_AFTER, StoredCall
from kernel.money import Money

PENDING = "pending"
"""A call that was accepted and will be decided: its outcome is awaited, not unknown."""
_STATE = StoredCall.State
_UNHEARD = Q(state__in=(_STATE.SENT, _STATE.UNKNOWN), resolved_at=None)


def calls(provider: str) -> tuple[Called, ...]:
    """Every refund asked of this vendor, and every call of any door whose outcome nobody knows yet."""
    return (*_of_payments(provider), *_of_other_doors())


def _of_payments(provider: str) -> Iterator[Called]:
    refund = Q(kind=PaymentOperation.Kind.REFUND)
    rows = PaymentOperation.objects.filter(refund | _UNHEARD, payment__provider=provider)
    rows = rows.annotate(elsewhere=Exists(_transfers()), again=Exists(_later_refunds()))
    fields = (
        "key",
        "kind",
        "state",
        "amount",
        "created_at",
        "provider_ref",
        "by_transfer",
        "elsewhere",
        "again",
    )
    paid_back = ("payment__amount", "payment__refunded", "payment__currency")
    for row in (
        rows.order_by("pk")
        .values_list(*fields, *paid_back, "payment__order__code", named=True)
        .iterator(chunk_size=5000)
    ):
        accepted = row.state == _STATE.SENT and (row.provider_ref or row.by_transfer)
        nothing_left = row.payment__amount == row.payment__refunded
        yield Called(
            key=row.key,
            kind=row.kind,
            order=row.payment__order__code,
            state=PENDING if accepted else row.state,
            amount=None if row.amount is None else Money(row.amount, row.payment__currency),
            created_at=row.created_at,
            settled_otherwise=bool(row.elsewhere or row.again or nothing_left),
        )


def _transfers() -> QuerySet[OutgoingTransfer]:
    """Transfers that the bank was told of, in place of a refund."""
    told = (OutgoingTransfer.State.SENT, OutgoingTransfer.State.DONE)
    return OutgoingTransfer.objects.filter(operation=OuterRef("pk"), state__in=told)


def _later_refunds() -> QuerySet[PaymentOperation]:
    """Refunds of the same payment that were made afterwards and were as large."""
    return PaymentOperation.objects.filter(
        payment=OuterRef("payment"),
        kind=PaymentOperation.Kind.REFUND,
        state=_STATE.DONE,
        pk__gt=OuterRef("pk"),
        amount__gte=OuterRef("amount"),
    )


_OTHERS: tuple[tuple[str, Any, str], ...] = (
    ("lender", FinanceOperation, "application__order__code"),
    ("insurer", InsuranceOperation, "policy__order__code"),
    ("carrier", TransportOperation, "transport__order__code"),
)
"""Doors whose calls move money or cars: the head of their keys, their table, the way to the order."""


def _of_other_doors() -> Iterator[Called]:
    for door, table, path in _OTHERS:
        rows = table.objects.filter(_UNHEARD).order_by("pk")
        for key, kind, state, at, order in rows.values_list(
            "key", "kind", "state", "created_at", path
        ):
            yield Called(f"{door}:{key}", f"{door} {kind}", order, state, None, at)


_INBOXES: tuple[tuple[Any, str], ...] = (
    (WebhookMessage, "provider"),
    (FinanceMessage, "lender"),
    (InsurerMessage, "insurer"),
    (CarrierMessage, "carrier"),
)


def dead_messages() -> tuple[str, ...]:
    """Messages of every inbox that were given up, as `<inbox>:<vendor>:<message>`."""
    found = []
    for table, vendor in _INBOXES:
        rows = table.objects.filter(processed_at=None, attempts__gte=GIVEN_UP_AFTER)
        inbox = "payment" if vendor == "provider" else vendor
        for name, event in rows.order_by("pk").values_list(F(vendor), "event_id"):
            found.append(f"{inbox}:{name}:{event}")
    return tuple(found)
