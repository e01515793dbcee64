"""Applying for the loan of an order: what is stored, what the lender decides, what the buyer can do about it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from checkout.domain.application import By, Decision, Outcome, State, Terms
from checkout.domain.credit_law import CreditLaw
from checkout.domain.order import State as OrderState
from checkout.domain.wording import event_text
from checkout.errors import (
    ApplicationNotPossible,
    ApplicationStateConflict,
    BadApplicant,
    BadFinanceDocument,
    ConsentMissing,
    LenderMismatch,
    LenderRefused,
    UnknownApplication,
    UnknownOrder,
)
from checkout.models import FinanceApplication, FinanceDocument, FinanceOperation, OrderEvent
from checkout.queries.financing import financing_of, survival
from checkout.services import finance_ends, financing, lending
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from tests.factories.financed import DAY, LOAN, Bank, bank, financed_order, seen_by, yuan
from tests.factories.lenders import APPLICANT, COUNTER, DECLINED, REFERRED, SILENT
from tests.factories.payable import NOON

__all__ = ["bank"]
pytestmark = pytest.mark.django_db(transaction=True)


def told(order_code: str) -> list[str]:
    """What the order's history says."""
    rows = OrderEvent.objects.filter(order__code=order_code).order_by("number")
    return [row.kind for row in rows]


def test_an_approval_is_kept_with_its_model_amount_and_last_day(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    assert (row.state, row.lender, row.product) == ("approved", "luyin", "luyin-60")
    approval = row.approval
    assert approval is not None
    assert (approval.model, approval.amount) == ("haven", yuan("276710.00"))
    assert approval.valid_until == date(2026, 12, 22)
    assert approval.limit == yuan("290545.50")
    order.refresh_from_db()
    assert order.finance_state == "approved"
    assert told(order.code) == ["finance-sent", "finance-approved"]
    words = OrderEvent.objects.get(order=order, kind="finance-approved")
    assert "276,710.00" in event_text(words.kind, words.facts)["en"]
    assert verify_chain() == []


def test_the_call_was_stored_before_it_was_made_and_answered_once(bank: Bank) -> None:
    row = bank.apply(financed_order())
    [operation] = FinanceOperation.objects.filter(application=row)
    assert operation.key == f"submit-{row.code}-1"
    assert (operation.state, operation.attempts, operation.resolved_at) == ("done", 1, NOON)
    again = lending.send(operation=operation.pk, lender=bank.driver.door, now=NOON)
    assert again.attempts == 1


def test_the_facts_are_encrypted_and_the_consent_is_kept_with_its_words(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    assert json.loads(row.facts or "") == APPLICANT
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts, applicant_masked FROM checkout_financeapplication")
        stored, masked = cursor.fetchone()
    assert APPLICANT["name"] not in stored
    assert APPLICANT["document_number"] not in stored + masked
    [consent] = row.consents
    assert (consent["receiver"], consent["by"]) == ("luyin", "guest")
    assert consent["at"] == NOON.isoformat()
    assert "Luyin" in consent["text"]["en"]
    told_facts = json.dumps([e.facts for e in OrderEvent.objects.filter(order=order)])
    audit = json.dumps([entry.facts for entry in AuditEntry.objects.all()])
    assert APPLICANT["document_number"] not in told_facts + audit
    assert APPLICANT["name"] not in told_facts + audit


def test_what_was_referred_is_approved_when_its_message_comes(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, REFERRED)
    assert (row.state, row.reason) == ("referred", "manual_review")
    bank.clock.forward(seconds=20)
    assert bank.hear(row)
    row.refresh_from_db()
    assert (row.state, row.decision_number) == ("approved", 2)
    assert told(order.code) == ["finance-sent", "finance-referred", "finance-approved"]


def test_what_was_referred_is_found_out_without_a_message(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    bank.later(seconds=61)
    row.refresh_from_db()
    assert row.state == "approved"


def test_a_decline_leaves_room_for_another_application(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, DECLINED)
    assert (row.state, row.reason, row.ended_at) == ("declined", "credit_history", NOON)
    form = financing_of(order.code).form
    assert form is not None
    assert bank.apply(order).state == "approved"
    assert financing_of(order.code).form is None


def test_a_counter_offer_waits_for_the_buyer_and_the_rest_is_cash(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, COUNTER)
    facts = financing_of(order.code).application
    assert facts is not None
    assert facts.terms is not None
    assert (facts.state, facts.moves) == ("counter_offer", ("accept", "cancel", "add_document"))
    assert facts.terms.amount == yuan("221368.00")
    assert facts.terms.cash_difference == yuan("55342.00")
    bank.accept(order)
    row.refresh_from_db()
    assert (row.state, row.amount, row.decision_number) == ("approved", 22_136_800, 2)
    assert row.annual_rate == Decimal("0.0488")
    assert told(order.code)[-2:] == ["finance-accepted", "finance-approved"]


@pytest.mark.parametrize("decision", [0, 2])
def test_only_the_offer_that_stands_can_be_accepted(bank: Bank, decision: int) -> None:
    order = financed_order()
    bank.apply(order, COUNTER)
    with pytest.raises(ApplicationStateConflict):
        bank.accept(order, decision)


def test_an_offer_whose_last_day_has_passed_cannot_be_accepted(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, COUNTER)
    bank.clock.forward(days=31)
    with pytest.raises(ApplicationStateConflict):
        bank.accept(order)
    bank.later()
    row.refresh_from_db()
    assert row.state == "expired"


def test_an_offer_that_the_lender_took_back_expires_on_acceptance(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, COUNTER)
    reference = row.lender_reference
    document = bank.driver.world._read(reference)  # the lender forgot that it offered anything
    document["seen"]["decision"]["outcome"] = "referred"
    bank.driver.world._store(reference, document)
    with pytest.raises(LenderRefused):
        bank.accept(order)
    document["seen"]["decision"]["outcome"] = "counter_offer"
    bank.driver.world._store(reference, document)
    bank.later(seconds=61)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("expired", "offer_withdrawn")


def test_a_newer_decision_instead_of_the_accepted_offer_is_applied(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, COUNTER)
    bank.driver.world.decide(row.lender_reference, Decision(0, Outcome.DECLINED, reason="fraud"))
    with pytest.raises(LenderRefused):
        bank.accept(order)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("declined", "fraud")


def test_giving_up_ends_it_here_at_once_and_at_the_lender(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    assert bank.cancel(order) == row.code
    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("cancelled", NOON)
    assert seen_by(bank, row).decision.outcome is Outcome.CANCELLED
    with pytest.raises(ApplicationStateConflict):
        bank.cancel(order)


def test_a_loan_is_drawn_once_and_only_with_an_approval_that_holds(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, REFERRED)
    with pytest.raises(ApplicationStateConflict):
        bank.draw(order)
    bank.later(seconds=61)
    bank.draw(order)
    row.refresh_from_db()
    assert row.state == "drawn"
    with pytest.raises(ApplicationStateConflict):
        bank.draw(order)
    with pytest.raises(ApplicationStateConflict):
        bank.apply(order)


def test_an_approval_for_another_model_is_not_drawn(bank: Bank) -> None:
    order = financed_order()
    bank.apply(order)
    order.refresh_from_db()
    order.document["car"]["model"] = "vale"
    order.save()
    with pytest.raises(ApplicationStateConflict, match="model"):
        bank.draw(order)


def test_a_lender_whose_door_was_closed_cannot_be_drawn_from(bank: Bank) -> None:
    order = financed_order()
    bank.apply(order)
    with pytest.raises(ApplicationNotPossible):
        financing.draw(order=order.code, doors=lambda lender: None, actor="staff:1", now=NOON)


def test_an_approval_ends_the_day_after_its_last_day_in_the_market(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    last_moment = NOON.replace(month=12, day=22, hour=15, minute=59)
    assert finance_ends.expire(now=last_moment) == 0
    assert finance_ends.expire(now=last_moment + timedelta(minutes=1)) == 1
    row.refresh_from_db()
    assert row.state == "expired"
    assert finance_ends.expire(now=last_moment + DAY) == 0


def test_an_order_that_ends_takes_its_application_with_it(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    order.refresh_from_db()
    order.state = OrderState.CANCELLED
    order.save()
    bank.later(seconds=61)
    bank.later(seconds=61)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "order_ended")
    assert seen_by(bank, row).decision.outcome is Outcome.CANCELLED


def test_papers_are_encrypted_sent_once_and_shown_by_their_fingerprint(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, REFERRED)
    assert bank.paper(order) == bank.paper(order) == 1
    assert bank.paper(order, b"%PDF-1.7 bank statement") == 2
    facts = financing_of(order.code).application
    assert facts is not None
    assert bank.driver.world.documents(row.lender_reference) == [d.sha256 for d in facts.documents]
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM checkout_financedocument")
        assert all(stored[0].startswith("v1.") for stored in cursor.fetchall())


def test_a_paper_for_an_application_that_has_ended_is_refused(bank: Bank) -> None:
    order = financed_order()
    bank.apply(order, DECLINED)
    with pytest.raises(ApplicationStateConflict):
        bank.paper(order)


def test_more_papers_than_anybody_reads_are_refused(bank: Bank) -> None:
    order = financed_order()
    bank.apply(order)
    for number in range(financing.MOST_DOCUMENTS):
        bank.paper(order, b"%PDF-" + bytes([number]))
    with pytest.raises(BadFinanceDocument):
        bank.paper(order, b"%PDF-one more")


def test_facts_and_papers_are_forgotten_when_their_time_is_over(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order)
    bank.paper(order)
    bank.cancel(order)
    assert finance_ends.erase(now=NOON + 29 * DAY) == 0
    assert finance_ends.erase(now=NOON + 30 * DAY) == 1
    assert finance_ends.erase(now=NOON + 31 * DAY) == 0
    row.refresh_from_db()
    assert (row.facts, row.erased_at) == ("", NOON + 30 * DAY)
    paper = FinanceDocument.objects.get(application=row)
    assert paper.content == ""
    assert len(paper.sha256) == 64
    assert row.consents


@pytest.mark.parametrize(
    ("state", "loan", "reason"),
    [
        (OrderState.AWAITING_DEPOSIT, LOAN, "state"),
        (OrderState.CANCELLED, LOAN, "state"),
        (OrderState.RESERVED, None, "loan"),
        (
            OrderState.RESERVED,
            LOAN | {"lender": {"code": "elsewhere", "name": {"zh-hans": "x", "en": "x"}}},
            "lender",
        ),
    ],
)
def test_an_order_that_cannot_apply_says_why(
    bank: Bank, state: OrderState, loan: dict[str, object] | None, reason: str
) -> None:
    order = financed_order(state=state, loan=loan)
    with pytest.raises(ApplicationNotPossible) as caught:
        bank.apply(order)
    assert caught.value.facts["reason"] == reason
    assert not FinanceApplication.objects.exists()


def test_a_loan_whose_costs_were_not_confirmed_is_not_applied_for(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = financed_order()
    del order.document["credit"]
    order.save()
    asked = CreditLaw(market="CN", sheet="cost-sheet", reading_seconds=10)
    monkeypatch.setattr(financing, "law_of_loans", lambda market, now: asked)
    with pytest.raises(ApplicationNotPossible) as caught:
        bank.apply(order)
    assert caught.value.facts["reason"] == "cost_sheet"
    monkeypatch.setattr(financing, "law_of_loans", lambda market, now: CreditLaw(market="CN"))
    assert bank.apply(order).state == "approved"


def test_another_loan_than_the_quotes_wrong_facts_and_no_consent_store_nothing(bank: Bank) -> None:
    order = financed_order()

    def tried(**change: object) -> None:
        asked: dict[str, object] = {
            "order": order.code,
            "product": "luyin-60",
            "facts": APPLICANT,
            "consents": {"luyin": True},
            "doors": bank.doors,
            "actor": "guest",
            "now": NOON,
        }
        financing.apply(**asked | change)  # type: ignore[arg-type]

    with pytest.raises(ApplicationNotPossible):
        tried(product="luyin-24")
    with pytest.raises(BadApplicant):
        tried(facts=APPLICANT | {"income_band": "rich"})
    with pytest.raises(ConsentMissing):
        tried(consents={})
    with pytest.raises(UnknownOrder):
        tried(order="C26-NOBODY")
    assert not FinanceApplication.objects.exists()
    order.refresh_from_db()
    assert order.finance_state == "quoted"


def test_an_order_without_an_application_has_nothing_to_change(bank: Bank) -> None:
    order = financed_order()
    for change in (bank.cancel, bank.accept, bank.draw, bank.paper):
        with pytest.raises(UnknownApplication):
            change(order)
    assert survival(order.code, now=NOON) is None
    with pytest.raises(UnknownOrder):
        financing_of("C26-NOBODY")


def test_before_a_change_the_answer_says_whether_the_approval_survives(bank: Bank) -> None:
    order = financed_order()
    bank.apply(order)
    cases = {
        "": survival(order.code, now=NOON),
        "amount": survival(order.code, amount=yuan("290545.51"), now=NOON),
        "model": survival(order.code, model="vale", now=NOON),
        "product": survival(order.code, product="luyin-36", now=NOON),
        "expired": survival(order.code, now=NOON + 40 * DAY),
    }
    assert {name: found and found.reason for name, found in cases.items()} == {
        name: name for name in cases
    }


def test_a_request_that_the_lender_refuses_ends_the_application(bank: Bank) -> None:
    class Refusing:
        lender, real = "luyin", True

        def submit(self, request: object, *, key: str) -> object:
            raise LenderRefused("no", facts={"lender": "luyin", "reason": "unknown_product"})

    order = financed_order()
    with pytest.raises(LenderRefused):
        financing.apply(
            order=order.code,
            product=None,
            facts=APPLICANT,
            consents={"luyin": True},
            doors=lambda lender: Refusing(),  # type: ignore[arg-type,return-value]
            actor="guest",
            now=NOON,
        )
    row = FinanceApplication.objects.get(order=order)
    assert (row.state, row.reason) == ("cancelled", "unknown_product")
    assert row.operations.get().state == "failed"


def test_an_approval_in_another_currency_changes_nothing_and_is_written_down_once(
    bank: Bank,
) -> None:
    order = financed_order()
    row = bank.apply(order, REFERRED)
    euros = Terms(yuan("1").__class__.of("276710", "EUR"), 60, Decimal("0.0388"))
    bank.driver.world.decide(
        row.lender_reference, Decision(0, Outcome.APPROVED, euros, date(2026, 12, 22))
    )
    for _ in range(2):
        lending.settle(application=row.pk, lender=bank.driver.door, now=NOON)
    row.refresh_from_db()
    assert row.state == "referred"
    assert AuditEntry.objects.filter(action="finance-mismatch").count() == 1


def test_a_decision_that_makes_no_sense_now_is_written_down_and_ignored(bank: Bank) -> None:
    row = bank.apply(financed_order())
    bank.driver.world.decide(row.lender_reference, Decision(0, Outcome.REFERRED))
    bank.hear(row)
    row.refresh_from_db()
    assert row.state == "approved"
    assert AuditEntry.objects.filter(action="finance-decision-ignored").count() == 1


def test_a_lender_renews_worsens_and_takes_back_its_approval(bank: Bank) -> None:
    row = bank.apply(financed_order())
    until = date(2027, 1, 31)
    for decision, state in (
        (Decision(0, Outcome.APPROVED, row.asked, until), State.APPROVED),
        (
            Decision(0, Outcome.APPROVED, Terms(yuan("200000"), 60, row.asked.annual_rate), until),
            State.COUNTER_OFFER,
        ),
        (Decision(0, Outcome.DECLINED, reason="false_papers"), State.DECLINED),
    ):
        bank.driver.world.decide(row.lender_reference, decision)
        bank.hear(row)
        row.refresh_from_db()
        assert row.state == state
    assert row.valid_until == until


def test_what_the_lender_received_is_sent_and_no_more(bank: Bank) -> None:
    row = bank.apply(financed_order(), REFERRED)
    bank.driver.world.decide(row.lender_reference, Decision(0, Outcome.RECEIVED))
    bank.hear(row)
    row.refresh_from_db()
    assert (row.state, row.decision_number) == ("referred", 2)


def test_somebody_elses_application_is_never_applied(bank: Bank) -> None:
    one, other = bank.apply(financed_order()), bank.apply(financed_order(), REFERRED)
    with pytest.raises(LenderMismatch):
        lending.apply_seen(application=one, seen=seen_by(bank, other), now=NOON)


def test_staff_gives_up_for_the_buyer(bank: Bank) -> None:
    order = financed_order()
    row = bank.apply(order, SILENT)
    bank.cancel(order, By.STAFF)
    row.refresh_from_db()
    assert row.state == "cancelled"
