"""What time does to applications for a loan: last days, lenders whose message did not come, facts to forget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from checkout.domain.application import OPEN, By, Move, State
from checkout.domain.order import FINAL as ENDED_ORDERS
from checkout.domain.order import State as OrderState
from checkout.errors import LenderError, LenderUnavailable
from checkout.models import FinanceApplication, FinanceOperation
from checkout.models.locks import locked_application
from checkout.services.financing import give_up, today_at
from checkout.services.lending import Doors, move, settle
from kernel.audit import record

POLL_AFTER: Mapping[State, timedelta] = {
    State.SENT: timedelta(minutes=1),
    State.REFERRED: timedelta(minutes=1),
    State.COUNTER_OFFER: timedelta(hours=6),
    State.APPROVED: timedelta(hours=6),
}
"""How long after it was last asked about an application is asked about again."""
ERASE_AFTER: Mapping[State, timedelta] = {
    State.DECLINED: timedelta(days=30),
    State.EXPIRED: timedelta(days=30),
    State.CANCELLED: timedelta(days=30),
    State.DRAWN: timedelta(days=90),
}
"""How long after the end the facts of the applicant and the papers' bytes are kept."""
_KIND = FinanceOperation.Kind


def expire(*, now: datetime) -> int:
    """End approvals and offers whose last day has passed, and applications of orders that ended; gives how many."""
    passed = Q(
        state__in=[State.APPROVED, State.COUNTER_OFFER],
        valid_until__lte=(now + timedelta(days=1)).date(),
    )
    orphaned = Q(state__in=OPEN, order__state__in=ENDED_ORDERS)
    ended = 0
    for pk in FinanceApplication.objects.filter(passed | orphaned).values_list("pk", flat=True):
        with transaction.atomic():
            row = locked_application(pk)
            ended += _expired(row, now)
    return ended


def _expired(row: FinanceApplication, now: datetime) -> bool:
    if State(row.state) not in OPEN:
        return False
    if OrderState(row.order.state) in ENDED_ORDERS:
        row.reason = "order_ended"
        give_up(row=row, by=By.SYSTEM, actor="system", now=now)
        return True
    if row.valid_until is None or today_at(order=row.order, now=now) <= row.valid_until:
        return False
    waiting = row.operations.filter(kind__in=[_KIND.DRAW, _KIND.ACCEPT], resolved_at=None)
    if waiting.exists():  # the lender was asked in time; its answer decides
        return False
    move(application=row, to=Move.EXPIRE, by=By.SYSTEM, actor="system", now=now)
    return True


def poll(*, doors: Doors, now: datetime, limit: int = 100) -> int:
    """Ask lenders about applications whose message did not come; gives how many were asked about."""
    due = Q()
    for state, pause in POLL_AFTER.items():
        due |= Q(state=state) & (Q(polled_at=None) | Q(polled_at__lte=now - pause))
    rows = FinanceApplication.objects.filter(due).exclude(lender_reference="")
    turns = rows.order_by(F("polled_at").asc(nulls_first=True), "pk")[:limit]
    asked, silent = 0, set[str]()
    for pk, code in turns.values_list("pk", "lender"):
        lender = doors(code)
        if lender is None or code in silent:
            continue
        try:
            settle(application=pk, lender=lender, now=now)
            asked += 1
        except LenderUnavailable:
            silent.add(code)
        except LenderError:
            continue
    return asked


def erase(*, now: datetime) -> int:
    """Forget the facts of applicants and the bytes of papers whose time is over; gives how many applications."""
    due = Q()
    for state, span in ERASE_AFTER.items():
        due |= Q(state=state, ended_at__lte=now - span)
    erased = 0
    for pk in FinanceApplication.objects.filter(due, erased_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            row = locked_application(pk)
            row.facts, row.erased_at = "", now
            row.save(update_fields=["facts", "erased_at"])
            row.documents.update(content="")
            record(
                subject=f"order:{row.order.code}",
                action="finance-erased",
                actor="system",
                facts={"application": row.code},
                now=now,
            )
            erased += 1
    return erased
