"""Applications for a loan when things happen twice, at once, late, or not at all; on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from checkout.domain.application import Decision, Outcome
from checkout.errors import ApplicationStateConflict, LenderRefused, LenderUnavailable
from checkout.gateways.lenders import LenderApplication, LoanRequest
from checkout.models import FinanceApplication, FinanceMessage, FinanceOperation, OrderEvent
from checkout.services import calls, finance_inbox, lending
from checkout.services.lending import apply_seen
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from tests.factories.financed import Bank, aged, bank, financed_order, seen_by
from tests.factories.lenders import APPROVED, COUNTER, REFERRED, SILENT, loan_request
from tests.support.racing import at_once

__all__ = ["bank"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]
ROUNDS = 5


def kinds(row: FinanceApplication) -> list[str]:
    """What the order's history says."""
    return [e.kind for e in OrderEvent.objects.filter(order=row.order).order_by("number")]


def test_of_two_applications_at_once_one_is_made(bank: Bank) -> None:
    for _ in range(ROUNDS):
        order = financed_order()
        answers = at_once(partial(bank.apply, order), partial(bank.apply, order))
        refused = [a for a in answers if isinstance(a, ApplicationStateConflict)]
        assert len(refused) == 1, answers
        row = FinanceApplication.objects.get(order=order)
        assert row.state == "approved"
        assert kinds(row) == ["finance-sent", "finance-approved"]
    assert verify_chain() == []


def test_a_message_delivered_twice_at_once_is_stored_and_applied_once(bank: Bank) -> None:
    for _ in range(ROUNDS):
        row = bank.apply(financed_order(), REFERRED)
        bank.clock.forward(seconds=20)
        message = bank.driver.world.message(row.lender_reference)
        answers = at_once(*[lambda m=message: bank.deliver(m.body, m.headers)] * 3)
        assert sorted(answers, key=str) == [False, False, True], answers
        bank.later()
        row.refresh_from_db()
        assert row.state == "approved"
        assert kinds(row).count("finance-approved") == 1
    assert {m.deliveries for m in FinanceMessage.objects.all()} == {3}


def test_message_poll_and_second_sending_at_once_apply_a_decision_once(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    bank.clock.forward(seconds=61)
    now = bank.clock.now
    answers = at_once(
        lambda: bank.hear(row),
        lambda: lending.settle(application=row.pk, lender=bank.driver.door, now=now),
        lambda: lending.settle(application=row.pk, lender=bank.driver.door, now=now),
    )
    assert not [a for a in answers if isinstance(a, Exception)]
    row.refresh_from_db()
    assert (row.state, row.decision_number) == ("approved", 2)
    assert kinds(row) == ["finance-sent", "finance-referred", "finance-approved"]


def test_a_message_may_come_before_the_answer_to_the_call(bank: Bank) -> None:
    order = financed_order()
    door = bank.driver.door
    submit = door.submit

    def heard_first(request: LoanRequest, *, key: str) -> LenderApplication:
        made = submit(request, key=key)
        message = bank.driver.world.message(made.lender_reference)
        bank.deliver(message.body, message.headers)
        early = FinanceApplication.objects.get(order=order)
        assert (early.state, early.lender_reference) == ("approved", made.lender_reference)
        return made

    door.submit = heard_first  # type: ignore[method-assign]
    row = bank.apply(order)
    assert row.state == "approved"
    assert kinds(row) == ["finance-sent", "finance-approved"]
    assert row.operations.get().state == "done"


def test_an_answer_that_was_lost_is_found_by_sending_again(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, SILENT)
    assert (row.state, row.operations.get().state) == ("draft", "unknown")
    assert kinds(row) == []
    order.refresh_from_db()
    assert order.finance_state == "draft"
    bank.later(seconds=61)
    row.refresh_from_db()
    operation = row.operations.get()
    assert (row.state, operation.state, operation.attempts) == ("approved", "done", 2)
    assert len(list(bank.driver.world.directory.glob("ln_*.json"))) == 1


def test_a_process_that_died_before_its_call_is_made_up_for(bank: Bank) -> None:
    bank.silent = True
    row = bank.apply(financed_order())
    FinanceOperation.objects.update(state="sent")  # as a dead process leaves it
    bank.silent = False
    bank.later(seconds=59)
    assert FinanceApplication.objects.get().state == "draft"
    bank.later(seconds=1)
    row.refresh_from_db()
    assert row.state == "approved"


def test_after_a_day_of_silence_the_call_is_looked_up_and_not_repeated(bank: Bank) -> None:
    lost, arrived = financed_order(), financed_order()
    bank.silent = True
    row = bank.apply(lost)
    bank.silent = False
    other = bank.apply(arrived, SILENT)
    bank.clock.forward(hours=23)
    bank.later()
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "never_arrived")
    assert (other.state, other.operations.get().state) == ("approved", "done")
    assert len(list(bank.driver.world.directory.glob("ln_*.json"))) == 1


def test_a_lender_that_stays_silent_is_asked_a_few_times_and_the_others_wait(bank: Bank) -> None:
    bank.silent = True
    for _ in range(calls.SILENCES + 2):
        bank.apply(financed_order())
    before = sum(FinanceOperation.objects.values_list("attempts", flat=True))
    bank.clock.forward(seconds=61)
    assert lending.sweep(doors=bank.doors, now=bank.clock.now) == 0
    after = sum(FinanceOperation.objects.values_list("attempts", flat=True))
    assert after - before == calls.SILENCES


def test_giving_up_while_the_first_call_is_unknown_ends_it_at_the_lender_too(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, SILENT)
    bank.cancel(order)
    row.refresh_from_db()
    assert row.state == "cancelled"
    bank.later(seconds=61)
    row.refresh_from_db()
    assert row.lender_reference
    assert seen_by(bank, row).decision.outcome is Outcome.CANCELLED
    assert {o.state for o in row.operations.all()} == {"done"}
    assert bank.apply(order).state == "approved"


def test_giving_up_what_never_arrived_asks_the_lender_for_nothing(bank: Bank) -> None:
    order = financed_order()
    bank.silent = True
    row = bank.apply(order)
    bank.cancel(order)
    bank.silent = False
    bank.later(seconds=61)
    assert {o.kind: o.state for o in row.operations.all()} == {"submit": "failed", "cancel": "done"}
    assert not list(bank.driver.world.directory.glob("ln_*.json"))


def test_a_call_that_was_never_made_is_not_made_after_giving_up(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, SILENT)
    FinanceOperation.objects.update(attempts=0, state="planned", first_sent_at=None)
    bank.cancel(order)
    assert [o.state for o in row.operations.all()] == ["failed"]


def test_an_application_that_lives_on_at_the_lender_is_cancelled_there_again(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    bank.silent = True
    bank.cancel(order)
    FinanceOperation.objects.filter(kind="cancel").update(
        state="failed", resolved_at=bank.clock.now
    )
    bank.silent = False
    assert seen_by(bank, row).decision.outcome is Outcome.APPROVED
    bank.hear(row)
    bank.later(seconds=61)
    assert seen_by(bank, row).decision.outcome is Outcome.CANCELLED


def test_accepting_and_giving_up_at_once_end_in_one_of_the_two(bank: Bank) -> None:
    for _ in range(ROUNDS):
        order = financed_order()
        row = bank.apply(order, COUNTER)
        answers = at_once(partial(bank.accept, order), partial(bank.cancel, order))
        odd = [
            a
            for a in answers
            if isinstance(a, Exception)
            and not isinstance(a, ApplicationStateConflict | LenderRefused)
        ]
        assert not odd, answers
        bank.later(seconds=61)
        bank.later(seconds=61)
        row.refresh_from_db()
        there = seen_by(bank, row).decision.outcome
        assert (row.state, there) in {
            ("approved", Outcome.APPROVED),
            ("cancelled", Outcome.CANCELLED),
        }


def test_drawing_twice_at_once_pays_once(bank: Bank) -> None:
    for _ in range(ROUNDS):
        order = financed_order()
        row = bank.apply(order)
        at_once(partial(bank.draw, order), partial(bank.draw, order))
        row.refresh_from_db()
        assert row.state == "drawn"
        assert row.operations.filter(kind="draw").count() == 1
        assert kinds(row).count("finance-drawn") == 1


def test_a_loan_paid_out_although_nobody_heard_it_is_found_out(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    door = bank.driver.door
    draw = door.draw

    def lost(*args: Any, **asked: Any) -> LenderApplication:
        draw(*args, **asked)
        raise LenderUnavailable("the line was cut", facts={})

    door.draw = lost  # type: ignore[method-assign]
    with pytest.raises(LenderUnavailable):
        bank.draw(order)
    row.refresh_from_db()
    assert row.state == "approved"
    door.draw = draw  # type: ignore[method-assign]
    bank.later(days=40)  # its last day has passed meanwhile; the lender was asked in time
    row.refresh_from_db()
    assert row.state == "drawn"


def test_an_old_answer_after_a_newer_decision_changes_nothing(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    old = seen_by(bank, row)
    bank.later(seconds=61)
    row.refresh_from_db()
    assert row.state == "approved"
    for seen in (old, aged(old, 2)):
        apply_seen(application=row, seen=seen, now=bank.clock.now)
    assert (row.state, row.decision_number) == ("approved", 2)


def test_a_message_of_an_application_that_is_not_ours_is_done_with_a_word(bank: Bank) -> None:
    elsewhere = loan_request(APPROVED, reference="FELSEWHERE")
    made = bank.driver.door.submit(elsewhere, key="other-1")
    message = bank.driver.world.message(made.lender_reference)
    assert bank.deliver(message.body, message.headers)
    assert FinanceMessage.objects.get().error == "unknown-application"


def test_a_message_waits_while_its_lender_is_silent_and_is_handled_later(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    message = bank.driver.world.decide(row.lender_reference, Decision(0, Outcome.DECLINED))
    bank.silent = True
    bank.deliver(message.body, message.headers)
    stored = FinanceMessage.objects.get()
    assert (stored.processed_at, stored.attempts) == (None, 1)
    assert not finance_inbox.process(message=stored.pk, doors=bank.doors, now=bank.clock.now)
    bank.silent = False
    bank.clock.forward(seconds=5)
    assert finance_inbox.process_due(doors=bank.doors, clock=bank.clock) == 1
    row.refresh_from_db()
    assert row.state == "declined"
    assert not finance_inbox.process(
        message=stored.pk, doors=bank.doors, now=bank.clock.now + timedelta(hours=2)
    )


def test_a_cancellation_that_the_lender_refuses_is_left_for_a_person(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    bank.driver.world.decide(row.lender_reference, Decision(0, Outcome.DRAWN))
    bank.cancel(order)
    assert AuditEntry.objects.filter(action="finance-cancel-refused").count() == 1
    assert row.operations.get(kind="cancel").state == "failed"


def test_the_worker_makes_a_planned_call_once(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    lending.perform(key=row.operations.get().key, doors=bank.doors, now=bank.clock.now)
    assert row.operations.get().attempts == 1
    with transaction.atomic():
        planned = lending.plan(application=row, kind="cancel", now=bank.clock.now)
    lending.perform(key=planned.key, doors=lambda lender: None, now=bank.clock.now)
    bank.silent = True
    lending.perform(key=planned.key, doors=bank.doors, now=bank.clock.now)
    planned.refresh_from_db()
    assert (planned.state, planned.attempts) == ("unknown", 1)
