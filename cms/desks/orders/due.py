"""What is due at the order desk today, kind by kind (`docs/rules/desk.md`). Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from checkout.domain.guards import AGREED
from checkout.domain.locking import frozen_policy, reminder_due_at
from checkout.domain.order import Delivery, State
from checkout.models import (
    Appointment,
    Compensation,
    DeliveryPromise,
    DeliveryStage,
    FinanceOperation,
    Inspection,
    InsuranceOperation,
    Order,
    OrderEvent,
    PaymentOperation,
    TransportOperation,
    WithdrawalReceipt,
)
from checkout.queries.delivery_terms import day_of
from kernel.money import shown
from kernel.text import Text

MOST = 200
"""So many rows of a kind are listed."""
BALANCE_AFTER = timedelta(days=7)
"""A balance that was asked for so long ago is overdue."""
REFUND_AHEAD = timedelta(days=3)
"""A refund is shown so long before its last day."""
STUCK_AFTER = timedelta(hours=1)
"""A call nobody answered, or a contract that was not drawn up, for so long is stuck."""
UNDER_WAY = (
    State.RESERVED.value,
    State.LOCKED.value,
    State.IN_PRODUCTION.value,
    State.ALLOCATED.value,
    State.IN_TRANSIT.value,
)
"""Where a promise still waits to be kept."""
AT_THE_PLACE = (State.ALLOCATED.value, State.IN_TRANSIT.value)


@dataclass(frozen=True, slots=True)
class Due:
    """One order that waits for the desk, since or until `at`; `late` where the moment has passed."""

    order: Order
    at: date | datetime | None
    late: bool
    what: str = ""

    @property
    def title(self) -> Text:
        """The car."""
        found: Text = self.order.document["car"]["names"]["title"]
        return found


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that is due: its name, the move that settles it, and how it is found."""

    name: Any
    move: str
    find: Callable[[datetime], Iterable[Due]]


def _today(row: Order, now: datetime) -> date:
    return day_of(row, now)


def _reminders(now: datetime) -> Iterable[Due]:
    told = OrderEvent.objects.filter(order=OuterRef("pk"), kind="lock-reminded")
    rows = Order.objects.filter(
        ~Exists(told), state=State.RESERVED, contract_state__in=AGREED, reserved_at__isnull=False
    )
    for row in rows.order_by("reserved_at")[:MOST]:
        policy = frozen_policy(row.document, row.currency)
        if policy is None or row.reserved_at is None:
            continue
        at = reminder_due_at(policy.locking, row.reserved_at)
        if at <= now:
            yield Due(row, at, late=False)


def _promises(now: datetime) -> Iterable[Due]:
    last = DeliveryPromise.objects.filter(order=OuterRef("pk")).order_by("-number")
    rows = Order.objects.filter(state__in=UNDER_WAY).annotate(
        promised=Subquery(last.values("until_on")[:1])
    )
    found = rows.filter(promised__lte=now.date() + timedelta(days=1)).order_by("promised", "pk")
    for row in found[:MOST]:
        today = _today(row, now)
        if row.promised <= today:
            yield Due(row, row.promised, late=row.promised < today)


def _arrived(now: datetime) -> QuerySet[Any]:
    """Cars at the place of handover, with what their last report said; None where there is none."""
    last = Inspection.objects.filter(order=OuterRef("pk")).order_by("-number")
    came = DeliveryStage.objects.filter(order=OuterRef("pk"), stage="arrived").order_by("-number")
    rows = Order.objects.filter(state__in=AT_THE_PLACE)
    return rows.annotate(
        passed=Subquery(last.values("passed")[:1]),
        looked_at=Subquery(last.values("at")[:1]),
        came=Subquery(came.values("at")[:1]),
    )


def _inspections(now: datetime) -> Iterable[Due]:
    rows = _arrived(now).filter(Q(came__isnull=False, passed=None) | Q(passed=False))
    for row in rows.order_by("came", "pk")[:MOST]:
        yield Due(row, row.looked_at or row.came, late=row.passed is False)


def _ready(now: datetime) -> Iterable[Due]:
    for row in _arrived(now).filter(passed=True).order_by("looked_at", "pk")[:MOST]:
        yield Due(row, row.looked_at, late=False)


def _balances(now: datetime) -> Iterable[Due]:
    rows = Order.objects.filter(state=State.INSPECTION_READY, ready_at__lte=now - BALANCE_AFTER)
    for row in rows.order_by("ready_at")[:MOST]:
        yield Due(row, row.ready_at, late=True)


def _slots(now: datetime) -> Iterable[Due]:
    day = timedelta(days=1)
    rows = Appointment.objects.filter(
        state=Appointment.State.BOOKED, starts_at__gte=now - day, starts_at__lte=now + day
    )
    for booked in rows.select_related("order").order_by("starts_at")[:MOST]:
        if day_of(booked.order, booked.starts_at) == _today(booked.order, now):
            yield Due(booked.order, booked.starts_at, late=booked.ends_at < now, what=booked.place)


def _compensations(now: datetime) -> Iterable[Due]:
    rows = Compensation.objects.filter(state=Compensation.State.PROPOSED)
    for row in rows.select_related("order").order_by("proposed_at")[:MOST]:
        yield Due(row.order, row.proposed_at, late=False, what=shown(row.money))


def _withdrawals(now: datetime) -> Iterable[Due]:
    """Withdrawn orders whose refund is not through yet near its last day, or whose car is still to come back."""
    open_refund = PaymentOperation.objects.filter(
        payment__order=OuterRef("order"), kind=PaymentOperation.Kind.REFUND, resolved_at=None
    )
    rows = WithdrawalReceipt.objects.annotate(open=Exists(open_refund)).filter(
        Q(order__delivery_state=Delivery.TO_RETURN)
        | Q(open=True, refund_by__lte=now.date() + REFUND_AHEAD)
    )
    for row in rows.select_related("order").order_by(F("refund_by").asc(nulls_last=True))[:MOST]:
        late = row.refund_by is not None and row.refund_by < _today(row.order, now)
        yield Due(row.order, row.refund_by, late=late)


def _contracts(now: datetime) -> Iterable[Due]:
    rows = Order.objects.filter(
        state=State.RESERVED, contract_state="none", reserved_at__lte=now - STUCK_AFTER
    )
    for row in rows.order_by("reserved_at")[:MOST]:
        yield Due(row, row.reserved_at, late=True)


def _calls(model: Any, path: str) -> Callable[[datetime], Iterable[Due]]:
    """Orders with a call outside that nobody answered for long; each once."""

    def find(now: datetime) -> Iterable[Due]:
        rows = model.objects.filter(resolved_at=None, created_at__lte=now - STUCK_AFTER)
        seen = set[int]()
        for row in rows.select_related(f"{path}__order").order_by("created_at")[:MOST]:
            order = getattr(row, path).order
            if order.pk not in seen:
                seen.add(order.pk)
                yield Due(order, row.created_at, late=True)

    return find


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "slots": Kind(_("Handovers today"), "hand-over", _slots),
        "promises": Kind(_("Promises that pass"), "promise", _promises),
        "inspections": Kind(_("Inspections open"), "inspect", _inspections),
        "ready": Kind(_("Cars to make ready"), "make-ready", _ready),
        "balances": Kind(_("Balances overdue"), "", _balances),
        "reminders": Kind(_("Locks to remind"), "remind", _reminders),
        "compensations": Kind(_("Compensations to approve"), "approve", _compensations),
        "withdrawals": Kind(_("Withdrawals to settle"), "", _withdrawals),
        "contracts": Kind(_("Contracts that are stuck"), "", _contracts),
        "policies": Kind(_("Insurance that is stuck"), "", _calls(InsuranceOperation, "policy")),
        "loans": Kind(_("Loans that are stuck"), "", _calls(FinanceOperation, "application")),
        "transports": Kind(
            _("Transports that are stuck"), "", _calls(TransportOperation, "transport")
        ),
    }
)
"""Every kind, the most pressing first."""


def due_now(now: datetime, *, market: str = "") -> dict[str, list[Due]]:
    """What is due of every kind, in one market or in all."""
    return {
        code: [each for each in kind.find(now) if market in {"", each.order.market}]
        for code, kind in KINDS.items()
    }


def counts(now: datetime) -> list[tuple[str, Any, int]]:
    """Code, name and number of each kind that has something due."""
    found = due_now(now)
    return [(code, KINDS[code].name, len(rows)) for code, rows in found.items() if rows]


def orders_due(now: datetime, kind: str) -> list[int]:
    """The keys of the orders that wait for one kind of thing; of none that is known, none."""
    known = KINDS.get(kind)
    return [each.order.pk for each in known.find(now)] if known else []
