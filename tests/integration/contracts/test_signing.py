"""Reading and accepting: bound to the bytes that were shown, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from checkout.errors import OrderStateConflict
from checkout.models import Order
from contracts import events
from contracts.archive import FileArchive
from contracts.domain.states import State
from contracts.errors import ContractNotIssued, ContractStateConflict, PdfMismatch, UnknownContract
from contracts.models import Contract
from contracts.queries import ContractSummary, contract, contract_of_order, history, verification
from contracts.services import signing
from contracts.services.drafting import draft_contract
from contracts.services.ending import void_contracts_of_order
from contracts.services.signing import accept, mark_viewed
from kernel import audit
from tests.factories.contract import NOW
from tests.integration.contracts.conftest import ORDER, STORE

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
WRONG = "0" * 64


def test_the_first_view_counts(issued: ContractSummary) -> None:
    first = mark_viewed(number=issued.number, actor="guest", now=NOW)
    again = mark_viewed(number=issued.number, actor="guest", now=LATER)
    assert (first.state, first.viewed_at) == (State.VIEWED, NOW)
    assert again == first


def test_a_draft_cannot_be_viewed(draft: Callable[[], ContractSummary]) -> None:
    with pytest.raises(ContractNotIssued):
        mark_viewed(number=draft().number, actor="guest", now=NOW)


def test_accepting_the_archived_fingerprint_tells_the_order(
    viewed: ContractSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(signing, "publish", told.append)
    done = accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="user:7", now=LATER)
    assert (done.state, done.accepted_at) == (State.ACCEPTED, LATER)
    assert told == [events.ContractAccepted(viewed.number, ORDER, viewed.pdf_sha256, LATER)]
    order = Order.objects.get()
    assert (order.contract_number, order.contract_state) == (viewed.number, "accepted")
    last = history(viewed.number)[-1]
    assert (last["kind"], last["actor"], last["facts"]) == (
        "accepted",
        "user:7",
        {"pdf_sha256": viewed.pdf_sha256},
    )
    assert audit.verify_chain() == []


def test_a_wrong_fingerprint_is_refused_and_changes_nothing(viewed: ContractSummary) -> None:
    with pytest.raises(PdfMismatch) as caught:
        accept(number=viewed.number, pdf_sha256=WRONG, actor="guest", now=LATER)
    assert dict(caught.value.facts) == {"number": viewed.number, "given": WRONG}
    assert contract(viewed.number) == viewed


def test_the_fingerprint_may_be_typed_in_capitals(viewed: ContractSummary) -> None:
    typed = f" {viewed.pdf_sha256.upper()} "
    assert (
        accept(number=viewed.number, pdf_sha256=typed, actor="guest", now=LATER).state
        is State.ACCEPTED
    )


def test_two_clicks_accept_once(viewed: ContractSummary) -> None:
    first = accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=NOW)
    again = accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=LATER)
    assert again == first
    assert [event["kind"] for event in history(viewed.number)].count("accepted") == 1
    with pytest.raises(PdfMismatch):
        accept(number=viewed.number, pdf_sha256=WRONG, actor="guest", now=LATER)


def test_what_was_never_shown_cannot_be_accepted(issued: ContractSummary) -> None:
    with pytest.raises(ContractStateConflict) as caught:
        accept(number=issued.number, pdf_sha256=issued.pdf_sha256, actor="guest", now=NOW)
    assert caught.value.facts["state"] == "issued"


def test_when_the_order_refuses_nothing_is_accepted(viewed: ContractSummary) -> None:
    Order.objects.update(state="cancelled")
    with pytest.raises(OrderStateConflict):
        accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=NOW)
    assert contract(viewed.number).state is State.VIEWED


def test_an_unknown_number_is_not_found(db: None) -> None:
    with pytest.raises(UnknownContract):
        accept(number="FC-2026-K7Q2M4XW", pdf_sha256=WRONG, actor="guest", now=NOW)
    with pytest.raises(UnknownContract):
        contract("FC-2026-K7Q2M4XW")


def test_a_contract_nobody_accepted_ends_with_its_order(viewed: ContractSummary) -> None:
    assert void_contracts_of_order(order=ORDER, reason="cancelled", actor="guest", now=LATER) == [
        viewed.number
    ]
    ended = contract(viewed.number)
    assert ended.state is State.VOID
    with pytest.raises(ContractStateConflict):
        mark_viewed(number=viewed.number, actor="guest", now=LATER)
    assert contract_of_order(ORDER) == ended


def test_an_accepted_contract_ends_with_its_order_once_and_stays_as_evidence(
    viewed: ContractSummary,
) -> None:
    accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=NOW)
    assert void_contracts_of_order(order=ORDER, reason="cancelled", actor="guest", now=LATER) == [
        viewed.number
    ]
    assert void_contracts_of_order(order=ORDER, reason="cancelled", actor="guest", now=LATER) == []
    ended = contract(viewed.number)
    assert (ended.state, ended.pdf_sha256) == (State.VOID, viewed.pdf_sha256)
    seen = verification(viewed.number)
    assert (seen.accepted_at, seen.ended_at) == (NOW, LATER)


def test_a_stranger_sees_state_fingerprints_and_masked_names(viewed: ContractSummary) -> None:
    accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=LATER)
    seen = verification(viewed.number.replace("-", " ").lower())
    assert (seen.number, seen.state, seen.sha256) == (
        viewed.number,
        State.ACCEPTED,
        viewed.pdf_sha256,
    )
    assert (seen.issued_at, seen.accepted_at, seen.ended_at) == (NOW, LATER, None)
    assert seen.buyer == "林**"
    assert seen.seller["en"] == "Egretta Motor Technology Co., Ltd. (fictional)"
    assert seen.facts_sha256 == viewed.facts_fingerprint
    assert seen.superseded_by is None


def test_a_draft_does_not_exist_for_strangers(draft: Callable[[], ContractSummary]) -> None:
    with pytest.raises(UnknownContract):
        verification(draft().number)


def test_an_order_without_a_contract_has_none(db: None, archive: FileArchive) -> None:
    assert contract_of_order(ORDER) is None
    assert not Contract.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_accept_once(viewed: ContractSummary) -> None:
    def click(_: int) -> ContractSummary:
        try:
            return accept(
                number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=LATER
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))
    assert {answer.accepted_at for answer in answers} == {LATER}
    assert [event["kind"] for event in history(viewed.number)] == [
        "drafted",
        "issued",
        "viewed",
        "accepted",
    ]
    assert audit.verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_draft_one_contract(order: str) -> None:
    def work(_: int) -> str:
        try:
            return draft_contract(order=order, store_url=STORE, now=NOW).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(work, range(4)))
    assert len(numbers) == Contract.objects.count() == 1
