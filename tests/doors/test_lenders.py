"""One suite for every lender's door: what the port promises holds behind each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from checkout.domain.application import Decision, Outcome, Terms
from checkout.errors import LenderRefused, LenderUnavailable, WebhookRejected
from checkout.gateways.lender_http import SIGNATURE_HEADER
from checkout.gateways.lenders import LenderApplication, LoanRequest
from checkout.gateways.signatures import sign
from kernel.money import Money
from tests.factories.gateways import Clock
from tests.factories.lenders import (
    COUNTER,
    DECLINED,
    REFERRED,
    SILENT,
    LenderDriver,
    http_lender,
    loan_request,
    payslip,
    sandbox_lender,
    this_second,
)
from tests.factories.rules import rule_table


@pytest.fixture(params=["sandbox", "http"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LenderDriver]:
    clock = Clock(this_second())
    if request.param == "sandbox":
        yield sandbox_lender(tmp_path / "luyin", clock)
    else:
        with http_lender(tmp_path / "luyin", clock) as found:
            yield found


def submitted(
    driver: LenderDriver, request: LoanRequest, key: str = "submit-1"
) -> LenderApplication:
    try:
        return driver.door.submit(request, key=key)
    except LenderUnavailable:
        return driver.door.submit(request, key=key)


def test_the_personas_are_those_of_the_rules(driver: LenderDriver) -> None:
    told = {
        row["ends with"]: row["persona"]
        for row in rule_table("finance-applications", "Personas of the sandbox lender")
    }
    outcomes = {
        "approved": Outcome.APPROVED,
        "referred": Outcome.REFERRED,
        "counter-offer": Outcome.COUNTER_OFFER,
        "declined": Outcome.DECLINED,
        "silent": Outcome.APPROVED,
    }
    for end, persona in told.items():
        number = "3502111990010" + (end if end.isdigit() else "7777")
        request = loan_request(number, reference=f"F{persona}")
        found = submitted(driver, request, key=f"submit-{persona}")
        assert found.decision.outcome is outcomes[persona], persona
        assert found.reference == f"F{persona}"


def test_an_approval_has_the_terms_asked_for_and_a_last_day(driver: LenderDriver) -> None:
    request = loan_request()
    found = driver.door.submit(request, key="submit-1")
    assert (found.decision.number, found.decision.terms) == (1, request.terms)
    assert found.decision.valid_until == (driver.clock.now + timedelta(days=30)).date()
    assert driver.door.fetch(found.lender_reference) == found


def test_the_same_key_gives_the_same_application(driver: LenderDriver) -> None:
    first = driver.door.submit(loan_request(), key="submit-1")
    assert driver.door.submit(loan_request(), key="submit-1") == first
    other = driver.door.submit(loan_request(reference="FOTHER"), key="submit-2")
    assert other.lender_reference != first.lender_reference


def test_the_same_key_with_another_request_is_refused(driver: LenderDriver) -> None:
    driver.door.submit(loan_request(), key="submit-1")
    with pytest.raises(LenderRefused) as caught:
        driver.door.submit(loan_request(amount="200000.00"), key="submit-1")
    assert caught.value.facts["reason"] == "idempotency_mismatch"


def test_an_application_whose_answer_was_lost_is_found_by_our_code(driver: LenderDriver) -> None:
    assert driver.door.find("FABCD2345") is None
    found = submitted(driver, loan_request(SILENT))
    assert driver.door.find("FABCD2345") == found


def test_what_was_referred_is_decided_later_with_a_higher_number(driver: LenderDriver) -> None:
    first = driver.door.submit(loan_request(REFERRED), key="submit-1")
    assert (first.decision.outcome, first.decision.reason) == (Outcome.REFERRED, "manual_review")
    driver.clock.forward(seconds=20)
    later = driver.door.fetch(first.lender_reference)
    assert (later.decision.outcome, later.decision.number) == (Outcome.APPROVED, 2)


def test_a_counter_offer_is_less_money_dearer_and_approved_when_accepted(
    driver: LenderDriver,
) -> None:
    made = driver.door.submit(loan_request(COUNTER), key="submit-1")
    offered = Terms(Money.of("221368.00", "CNY"), 60, Decimal("0.0488"))
    assert made.decision.terms == offered
    with pytest.raises(LenderRefused):
        driver.door.accept(made.lender_reference, decision=7, key="accept-0")
    accepted = driver.door.accept(made.lender_reference, decision=1, key="accept-1")
    assert (accepted.decision.outcome, accepted.decision.number) == (Outcome.APPROVED, 2)
    assert accepted.decision.terms == offered
    assert driver.door.accept(made.lender_reference, decision=1, key="accept-1") == accepted


def test_documents_arrive_once_and_not_after_the_end(driver: LenderDriver) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    paper = payslip()
    for _ in range(2):
        driver.door.attach(made.lender_reference, paper, key="document-1")
    assert driver.world.documents(made.lender_reference) == [paper.sha256]
    with pytest.raises(LenderRefused):
        driver.door.attach(
            made.lender_reference, replace(paper, content=b"%PDF-other"), key="document-2"
        )
    declined = driver.door.submit(loan_request(DECLINED, reference="FNO"), key="submit-2")
    assert declined.decision.reason == "credit_history"
    with pytest.raises(LenderRefused):
        driver.door.attach(declined.lender_reference, paper, key="document-3")


def test_a_cancelled_application_cannot_be_drawn(driver: LenderDriver) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    ended = driver.door.cancel(made.lender_reference, key="cancel-1")
    assert (ended.decision.outcome, ended.decision.number) == (Outcome.CANCELLED, 2)
    assert driver.door.cancel(made.lender_reference, key="cancel-1") == ended
    with pytest.raises(LenderRefused):
        driver.door.draw(made.lender_reference, amount=Money.of("1", "CNY"), key="draw-1")


def test_an_approval_is_drawn_once_and_then_not_cancelled(driver: LenderDriver) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    amount = Money.of("276710.00", "CNY")
    with pytest.raises(LenderRefused):
        driver.door.draw(made.lender_reference, amount=amount * 2, key="draw-0")
    drawn = driver.door.draw(made.lender_reference, amount=amount, key="draw-1")
    assert drawn.decision.outcome is Outcome.DRAWN
    assert driver.door.draw(made.lender_reference, amount=amount, key="draw-1") == drawn
    with pytest.raises(LenderRefused):
        driver.door.cancel(made.lender_reference, key="cancel-1")


def test_a_drawn_loan_is_undone_when_its_purchase_was_withdrawn_from(driver: LenderDriver) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    driver.door.draw(made.lender_reference, amount=Money.of("276710.00", "CNY"), key="draw-1")
    undone = driver.door.cancel(made.lender_reference, withdrawn=True, key="cancel-1")
    assert undone.decision.outcome is Outcome.CANCELLED
    assert driver.door.cancel(made.lender_reference, withdrawn=True, key="cancel-1") == undone


@pytest.mark.parametrize("name", ["ln_unknown", "../secret", "a/b", "%2e%2e"])
def test_an_unknown_application_is_refused(driver: LenderDriver, name: str) -> None:
    assert driver.world.secret
    with pytest.raises(LenderRefused):
        driver.door.fetch(name)


def test_a_signed_message_names_the_application_and_nothing_else(driver: LenderDriver) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    message = driver.world.message(made.lender_reference)
    event = driver.door.read_callback(message.body, message.headers, now=driver.clock.now)
    assert event.lender_reference == made.lender_reference
    assert event.type == "application.approved"
    again = driver.world.decide(made.lender_reference, Decision(0, Outcome.DECLINED))
    later = driver.door.read_callback(again.body, again.headers, now=driver.clock.now)
    assert later.event_id != event.event_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("late", "stale"),
        ("early", "stale"),
        ("tampered", "signature"),
        ("forged", "signature"),
        ("unsigned", "unsigned"),
    ],
)
def test_a_message_that_is_not_the_lenders_is_rejected(
    driver: LenderDriver, change: str, reason: str
) -> None:
    made = driver.door.submit(loan_request(), key="submit-1")
    message, now = driver.world.message(made.lender_reference), driver.clock.now
    body, headers = message.body, dict(message.headers)
    if change in {"late", "early"}:
        now += timedelta(seconds=301 if change == "late" else -301)
    elif change == "tampered":
        body += b" "
    elif change == "forged":
        headers[SIGNATURE_HEADER] = sign(body, secret="guess", at=now)
    else:
        headers = {}
    with pytest.raises(WebhookRejected) as caught:
        driver.door.read_callback(body, headers, now=now)
    assert caught.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 1, "type": "a", "application": "b"}',
        b'{"id": "", "type": "a", "application": "b"}',
        b'{"id": "a", "type": "a", "application": "b\\u0000"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_signed_body_that_is_no_message_is_rejected(driver: LenderDriver, body: bytes) -> None:
    header = sign(body, secret=driver.world.secret, at=driver.clock.now)
    with pytest.raises(WebhookRejected):
        driver.door.read_callback(body, {SIGNATURE_HEADER: header}, now=driver.clock.now)


def test_a_request_and_a_document_are_never_printed() -> None:
    assert "李明" not in repr(loan_request())
    assert "payslip" not in repr(payslip())


def test_the_sandbox_keeps_no_personal_facts(tmp_path: Path) -> None:
    driver = sandbox_lender(tmp_path / "luyin", Clock(this_second()))
    driver.door.submit(loan_request(), key="submit-1")
    assert not driver.door.real
    kept = "".join(path.read_text() for path in (tmp_path / "luyin").iterdir())
    assert "luyin" not in kept
    for value in ("李明", "350211", "13800138000", "li@example.com", "1990-01-01"):
        assert value not in kept
