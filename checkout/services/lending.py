"""Calls to a lender: stored with their key, sent outside any transaction, their answer stored; and decisions, applied once.

A process may die between the two, or the lender keep silent. Then the call stays open and is made again word for word with
the same key while the lender remembers keys, else looked up; a decision is applied only if its number is new.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from checkout.domain.amounts import money_json
from checkout.domain.application import FINAL, MOVES, By, Move, Outcome, State, after, move_of
from checkout.errors import LenderError, LenderMismatch, LenderRefused, LenderUnavailable
from checkout.events import FinanceMoved, FinanceOperationPlanned
from checkout.gateways.lenders import Lender, LenderApplication, LoanRequest, SentDocument
from checkout.models import FinanceApplication, FinanceOperation
from checkout.models.locks import locked_application, locked_finance_operation
from checkout.services import calls
from checkout.services.history import tell
from kernel.audit import record
from kernel.eventbus import publish
from kernel.money import Money

log = logging.getLogger("checkout.financing")

WITHDRAWN = "order_withdrawn"
"""Why an application ends with a purchase that was withdrawn from: then also a loan that was paid out is undone."""

Doors = Callable[[str], Lender | None]
"""The open door to a lender by its code; None where none is open."""

_KIND = FinanceOperation.Kind
_LIVING_THERE = frozenset(
    {Outcome.RECEIVED, Outcome.REFERRED, Outcome.APPROVED, Outcome.COUNTER_OFFER}
)


def plan(
    *,
    application: FinanceApplication,
    kind: str,
    now: datetime,
    params: Mapping[str, Any] | None = None,
) -> FinanceOperation:
    """Store the next call of `kind` on a locked application, and have a worker make it if nobody does before.

    The key is `<kind>-<application>-<number>`: the number comes from our rows, so no browser can make a new one.
    """
    number = application.operations.filter(kind=kind).count() + 1
    operation = FinanceOperation.objects.create(
        application=application,
        kind=kind,
        key=f"{kind}-{application.code}-{number}",
        params=dict(params or {}),
        created_at=now,
    )
    publish(FinanceOperationPlanned(key=operation.key, at=now))
    return operation


_TOLD: Mapping[Move, str] = {Move.ACCEPT: "finance-accepted", Move.UNDO: "finance-undone"}
"""Moves that are told by a name of their own; the rest by the state they lead to."""


def move(*, application: FinanceApplication, to: Move, by: By, actor: str, now: datetime) -> None:
    """Make one move of a locked application, tell it to its order, and save; raises ApplicationStateConflict."""
    state = after(application=application.code, state=State(application.state), move=to, by=by)
    application.state = str(state)
    if state in FINAL:
        application.ended_at = now
    application.save()
    order = application.order
    order.finance_state = str(state)
    order.save(update_fields=["finance_state"])
    terms = application.decided or application.asked
    facts = {
        "application": application.code,
        "lender": application.lender,
        "product": application.product,
        "amount": money_json(terms.amount),
        "reason": application.reason,
        "valid_until": application.valid_until.isoformat() if application.valid_until else None,
    }
    kind = _TOLD.get(to) or f"finance-{state.replace('_', '-')}"
    tell(order=order, kind=kind, actor=actor, facts=facts, now=now)
    publish(FinanceMoved(order=order.code, application=application.code, state=str(state), at=now))


def send(*, operation: int, lender: Lender, now: datetime) -> FinanceOperation:
    """Make the stored call and store its answer; an answered one is left as it is.

    Not inside a transaction. Raises what the door raises, after writing it down.
    """
    with transaction.atomic():
        found = locked_finance_operation(operation)
        if found.resolved_at is not None:
            return found
        call = _looked_up if _must_look_up(found, now) else _CALLS[found.kind]
        calls.begin(found, now)
    try:
        answer = call(found, lender)
    except LenderRefused as error:
        _store_refusal(operation, error, lender, now)
        raise
    except LenderUnavailable as error:
        with transaction.atomic():
            calls.unheard(locked_finance_operation(operation), error.message)
        raise
    with transaction.atomic():
        found = locked_finance_operation(operation)
        if found.resolved_at is None:
            if answer is not None:
                apply_seen(application=found.application, seen=answer, now=now)
            calls.resolve(found, now)
    return found


def _must_look_up(operation: FinanceOperation, now: datetime) -> bool:
    given_up = State(operation.application.state) in FINAL
    return calls.forgotten(operation, now) or (operation.kind == _KIND.SUBMIT and given_up)


def _submit(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    row = operation.application
    request = LoanRequest(
        reference=row.code,
        product=row.product,
        model=row.model,
        price=Money(row.price, row.currency),
        down_payment=Money(row.price - row.amount, row.currency),
        terms=row.asked,
        applicant=json.loads(row.facts or "{}"),
        consented_at=row.consents[0]["at"],
    )
    return lender.submit(request, key=operation.key)


def _document(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    row = operation.application.documents.get(number=operation.params["document"])
    document = SentDocument(
        kind=row.kind,
        media_type=row.media_type,
        sha256=row.sha256,
        content=base64.b64decode(row.content or ""),
    )
    lender.attach(_known(operation), document, key=operation.key)
    return None


def _accept(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    return lender.accept(
        _known(operation), decision=operation.params["decision"], key=operation.key
    )


def _cancel(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    row = operation.application
    reference = row.lender_reference
    if not reference:
        seen = lender.find(row.code)
        if seen is None:
            return None
        reference = seen.lender_reference
    withdrawn = bool(operation.params.get("withdrawn"))
    return lender.cancel(reference, withdrawn=withdrawn, key=operation.key)


def _draw(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    amount = Money(operation.params["amount"], operation.params["currency"])
    return lender.draw(_known(operation), amount=amount, key=operation.key)


def _known(operation: FinanceOperation) -> str:
    reference = operation.application.lender_reference
    if not reference:
        raise LenderUnavailable(
            "the lender does not have the application yet",
            facts={"lender": operation.application.lender, "reason": "not_sent"},
        )
    return reference


def _looked_up(operation: FinanceOperation, lender: Lender) -> LenderApplication | None:
    """The application after a call whose key is forgotten; raises LenderRefused: the call never happened."""
    row = operation.application
    seen = lender.fetch(row.lender_reference) if row.lender_reference else lender.find(row.code)
    happened = seen is not None and (
        operation.kind == _KIND.SUBMIT or seen.decision.outcome is _DONE.get(operation.kind)
    )
    if not happened:
        raise LenderRefused(
            "the lender has no trace of this call",
            facts={"lender": row.lender, "reason": "never_arrived"},
        )
    return seen


_CALLS: Mapping[str, Callable[[FinanceOperation, Lender], LenderApplication | None]] = {
    _KIND.SUBMIT: _submit,
    _KIND.DOCUMENT: _document,
    _KIND.ACCEPT: _accept,
    _KIND.CANCEL: _cancel,
    _KIND.DRAW: _draw,
}
_DONE: Mapping[str, Outcome] = {
    _KIND.ACCEPT: Outcome.APPROVED,
    _KIND.CANCEL: Outcome.CANCELLED,
    _KIND.DRAW: Outcome.DRAWN,
}
"""How one sees that a call was heard."""


def apply_seen(*, application: FinanceApplication, seen: LenderApplication, now: datetime) -> None:
    """Apply what the lender says of a locked application: once per decision, in whatever order it comes.

    Raises LenderMismatch for somebody else's application; a decision that does not fit is written down, not applied.
    """
    if seen.reference != application.code:
        raise LenderMismatch(
            f"the lender speaks of {seen.reference}, not of {application.code}",
            facts={"reason": "reference", "application": application.code},
        )
    application.lender_reference = seen.lender_reference
    application.sent_at = application.sent_at or now
    if application.state == State.DRAFT:
        move(application=application, to=Move.SUBMIT, by=By.SYSTEM, actor="system", now=now)
    if application.state == State.DRAWN and seen.decision.outcome is Outcome.CANCELLED:
        _undone(application, seen, now)
    elif State(application.state) in FINAL:
        _heal(application, seen, now)
    elif seen.decision.number > application.decision_number:
        _decide(application, seen, now)
    elif _offer_is_lost(application, seen):
        application.reason = "offer_withdrawn"
        move(application=application, to=Move.EXPIRE, by=By.SYSTEM, actor="system", now=now)
    application.save()


def _undone(application: FinanceApplication, seen: LenderApplication, now: datetime) -> None:
    """The lender took a loan back that it had paid out: its purchase was withdrawn from."""
    application.decision_number, application.decided_at = seen.decision.number, now
    application.reason = WITHDRAWN
    actor = f"lender:{application.lender}"
    move(application=application, to=Move.UNDO, by=By.LENDER, actor=actor, now=now)


def _offer_is_lost(application: FinanceApplication, seen: LenderApplication) -> bool:
    """The buyer accepted, the lender refused, and nothing new stands instead."""
    return (
        application.state == State.SENT
        and seen.decision.outcome is Outcome.COUNTER_OFFER
        and not application.operations.filter(kind=_KIND.ACCEPT, resolved_at=None).exists()
    )


def _decide(application: FinanceApplication, seen: LenderApplication, now: datetime) -> None:
    decision = seen.decision
    application.decision_number = decision.number
    application.decided_at = now
    try:
        found = move_of(decision, asked=application.asked)
    except LenderMismatch as error:
        _note(application, "finance-mismatch", error.facts, now)
        return
    if found is None:
        return
    if found not in MOVES[State(application.state)]:
        facts = {"outcome": str(decision.outcome), "state": application.state}
        _note(application, "finance-decision-ignored", facts, now)
        return
    application.reason = decision.reason
    if decision.terms is not None:
        application.take(decision.terms, decision.valid_until)
    actor = f"lender:{application.lender}"
    move(application=application, to=found, by=By.LENDER, actor=actor, now=now)


def _heal(application: FinanceApplication, seen: LenderApplication, now: datetime) -> None:
    """Given up here, alive there: the lender is told again, once at a time."""
    application.save()
    given_up = application.state in {State.CANCELLED, State.EXPIRED}
    withdrawn = application.reason == WITHDRAWN
    alive = seen.decision.outcome in _LIVING_THERE | ({Outcome.DRAWN} if withdrawn else set())
    waiting = application.operations.filter(kind=_KIND.CANCEL, resolved_at=None).exists()
    if given_up and alive and not waiting:
        params = {"withdrawn": True} if withdrawn else None
        plan(application=application, kind=_KIND.CANCEL, params=params, now=now)


def _note(
    application: FinanceApplication, action: str, facts: Mapping[str, Any], now: datetime
) -> None:
    log.warning("application=%s action=%s", application.code, action)
    record(
        subject=f"order:{application.order.code}",
        action=action,
        actor=f"lender:{application.lender}",
        facts={"application": application.code, **facts},
        now=now,
    )


def settle(*, application: int, lender: Lender, now: datetime) -> str:
    """Ask the lender where the application stands and apply it; gives its state. Not inside a transaction.

    Raises what the door raises.
    """
    row = FinanceApplication.objects.get(pk=application)
    FinanceApplication.objects.filter(pk=application).update(polled_at=now)
    seen = lender.fetch(row.lender_reference) if row.lender_reference else lender.find(row.code)
    if seen is None:
        return row.state
    with transaction.atomic():
        row = locked_application(application)
        apply_seen(application=row, seen=seen, now=now)
    return row.state


def sweep(*, doors: Doors, now: datetime, limit: int = 100) -> int:
    """Make the calls that a dead process or a silent lender left open; gives how many were answered."""
    return calls.sweep(
        _waiting(),
        doors=doors,
        make=lambda number, lender: send(operation=number, lender=lender, now=now),
        silence=LenderUnavailable,
        error=LenderError,
        now=now,
        limit=limit,
    )


def perform(*, key: str, doors: Doors, now: datetime) -> None:
    """Make the stored call of `key`, unless it was made or its lender's door is closed; a silence waits for the sweeper."""
    calls.perform(
        _waiting(),
        key=key,
        doors=doors,
        make=lambda number, lender: send(operation=number, lender=lender, now=now),
        error=LenderError,
    )


def _waiting() -> calls.Waiting:
    return FinanceOperation.objects.values_list("pk", "application__lender")


def _store_refusal(operation: int, error: LenderRefused, lender: Lender, now: datetime) -> None:
    with transaction.atomic():
        found = locked_finance_operation(operation)
        if found.resolved_at is not None:
            return
        calls.resolve(found, now, failed=error.message)
        row = found.application
        if found.kind == _KIND.SUBMIT and row.state == State.DRAFT:
            row.reason = str(error.facts.get("reason") or "refused")[:64]
            move(application=row, to=Move.CANCEL, by=By.SYSTEM, actor="system", now=now)
        elif found.kind == _KIND.CANCEL:
            _note(row, "finance-cancel-refused", error.facts, now)
    if found.kind == _KIND.ACCEPT:
        with suppress(LenderError):  # the poller asks again
            settle(application=found.application_id, lender=lender, now=now)
