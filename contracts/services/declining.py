"""What ends an unsigned contract: the buyer says no, or nobody signs in time; and the reminders before that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.domain.consent import SIGN_WITHIN, due_reminders
from contracts.domain.states import State, check_move
from contracts.events import ContractDeclined, ContractExpired, ContractReminded
from contracts.models import Contract
from contracts.queries import ContractSummary, contract_row, summary_of
from contracts.services.recording import issued_contract, locked_contract, record
from kernel.eventbus import publish

LONGEST_REASON = 500
WAITING = (State.ISSUED, State.VIEWED)


def decline(*, number: str, reason: str, actor: str, now: datetime) -> ContractSummary:
    """The buyer says no to a contract that was issued; the order stays, and may be amended or cancelled. Twice is once.

    Raises NotAContractNumber, UnknownContract, ContractNotIssued, ContractStateConflict once it was agreed to or ended.
    """
    with transaction.atomic():
        row = issued_contract(number)
        if row.state != State.DECLINED:
            check_move(row.number, State(row.state), State.DECLINED)
            row.state, row.ended_at = State.DECLINED, now
            row.save(update_fields=["state", "ended_at"])
            said = reason.strip()[:LONGEST_REASON]
            publish(ContractDeclined(contract=row.number, order=row.order, reason=said, at=now))
            record(row, "declined", actor=actor, facts={"reason": said}, now=now)
    return summary_of(contract_row(number))


def expire_waiting(*, now: datetime, limit: int = 100) -> list[str]:
    """End contracts that nobody signed within `SIGN_WITHIN` of their issue; gives their numbers."""
    old = Contract.objects.filter(state__in=WAITING, issued_at__lt=now - SIGN_WITHIN)
    numbers = list(old.order_by("issued_at").values_list("number", flat=True)[:limit])
    return [number for number in numbers if _expired(number, now)]


@transaction.atomic
def _expired(number: str, now: datetime) -> bool:
    row = locked_contract(number)
    if row is None or row.state not in WAITING:
        return False
    row.state, row.ended_at = State.EXPIRED, now
    row.save(update_fields=["state", "ended_at"])
    publish(ContractExpired(contract=row.number, order=row.order, at=now))
    record(row, "expired", actor="worker", facts={}, now=now)
    return True


def remind_waiting(*, now: datetime, limit: int = 100) -> int:
    """Remind the buyers of contracts that wait for a signature, each at most as often as the rules say; gives how many."""
    rows = Contract.objects.filter(state__in=WAITING, issued_at__gte=now - SIGN_WITHIN)
    numbers = rows.order_by("issued_at").values_list("number", flat=True)
    told = 0
    for number in numbers.iterator(chunk_size=500):
        told += _reminded(number, now)
        if told == limit:
            break
    return told


@transaction.atomic
def _reminded(number: str, now: datetime) -> bool:
    row = locked_contract(number)
    if row is None or row.state not in WAITING or row.issued_at is None:
        return False
    sent = row.events.filter(kind="reminded").count()
    if not due_reminders(row.issued_at, sent, now):
        return False
    facts = {"number": sent + 1}
    publish(ContractReminded(contract=row.number, order=row.order, number=sent + 1, at=now))
    record(row, "reminded", actor="worker", facts=facts, now=now)
    return True
