"""What ending an order would mean now: gathered from its rows and its frozen document. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from catalog.errors import CatalogError
from checkout.domain.amounts import Json
from checkout.domain.calendars import Calendar, day_of, region_of, working_day_after
from checkout.domain.deposit import deposit_in
from checkout.domain.ending import Ending, Lateness, Reason, Standing, ending
from checkout.domain.ending_words import Bound, preview_document
from checkout.domain.guards import BOUND
from checkout.domain.order import Actor, Finance, Insurance, State
from checkout.domain.payments import OPEN
from checkout.domain.payments import State as PaymentState
from checkout.errors import NoCalendar, UnknownOrder
from checkout.models import Compensation, Order
from checkout.queries.delivery import delay_of
from checkout.queries.paid import held_of
from checkout.queries.withdrawals import calendar_now
from kernel.money import Money, total

_ASKED = frozenset(
    {Finance.DRAFT, Finance.SENT, Finance.REFERRED, Finance.APPROVED, Finance.COUNTER_OFFER}
)
_COVERED = frozenset({Insurance.BOUND, Insurance.ACTIVE})


@dataclass(frozen=True, slots=True)
class Previewed:
    """An end worked out: `document` is what the buyer is shown, `due_on` the last day for the refund."""

    ended: Ending
    due_on: date
    document: Json


def preview_of(row: Order, *, reason: Reason, by: Actor, now: datetime) -> Previewed:
    """What ending `row` for `reason` means now; execute it only under the order's lock.

    Raises NotLateEnough, OrderStateConflict.
    """
    standing = standing_of(row, now)
    ended = ending(standing=standing, reason=reason, by=by, now=now)
    due_on = refund_due(row, days=standing.deposit.policy.refund_days, now=now)
    document = preview_document(standing=standing, ended=ended, due_on=due_on, bound=_bound(row))
    return Previewed(ended, due_on, document)


def unlocked(code: str) -> Order:
    """The order of that code to look at; raises UnknownOrder."""
    row = Order.objects.filter(code=code).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def may_still_pay(code: str) -> bool:
    """Whether a payment of the order may still take money at its vendor, or its deposit is awaited."""
    waiting = Q(state=State.AWAITING_DEPOSIT)
    open_ = Q(payments__state__in=[*OPEN, PaymentState.FAILED])
    return Order.objects.filter(waiting | open_, code=code).exists()


def standing_of(row: Order, now: datetime) -> Standing:
    """Where the order stands: the deposit as its document froze it, the money held, how late the car is."""
    return Standing(
        order=row.code,
        state=State(row.state),
        deposit=deposit_in(row.document["deposit"], market=row.market),
        held=held_of(row),
        locked_at=row.locked_at,
        before_dispute=State(row.state_before_dispute) if row.state_before_dispute else None,
        lateness=_lateness(row, now),
    )


def refund_due(row: Order, *, days: int, now: datetime) -> date:
    """The last of so many working days after today in the order's market, by its calendar.

    Where no calendar is loaded plain days are counted: never later than what was promised.
    """
    today = day_of(now, row.document["market"]["timezone"])
    region = region_of(market=row.market, address=row.buyer_address)
    try:
        return working_day_after(
            market=row.market, start_on=today, days=days, calendar=_calendar(), region=region
        )
    except NoCalendar:
        return today + timedelta(days=days)


def _calendar() -> Calendar:
    try:
        return calendar_now()
    except CatalogError:  # nothing is on sale any more; orders still end
        return Calendar({})


def _lateness(row: Order, now: datetime) -> Lateness | None:
    found = delay_of(row, now)
    if found is None or not found.so_far.days:
        return None
    late = found.so_far
    proposed = _proposed(row)
    return Lateness(
        days=late.days,
        owed=max(late.amount, proposed),
        proposed=proposed,
        may_rescind=late.may_rescind,
        rescind_from=late.rescind_from.isoformat(),
    )


def _proposed(row: Order) -> Money:
    """What was proposed for the delay already and not refused."""
    rows = row.compensations.filter(kind=Compensation.Kind.DELAY).exclude(
        state=Compensation.State.REFUSED
    )
    return total([each.money for each in rows], row.currency)


def _bound(row: Order) -> Bound:
    return Bound(
        contract=row.contract_state in BOUND,
        loan=row.finance_state in _ASKED,
        cover=row.insurance_state in _COVERED,
        loan_drawn=row.finance_state == Finance.DRAWN,
    )
