"""Cancelling does what was previewed: refunds, books, contract and compensation, for every stage, reason and market."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from catalog.domain.stock import AVAILABLE
from catalog.queries.stock import vehicle
from checkout.domain.ending import BUYER_REASONS, SELLER_REASONS, Reason
from checkout.domain.order import Actor, State
from checkout.errors import (
    BadReason,
    CompensationConflict,
    NotLateEnough,
    OrderStateConflict,
    StalePreview,
    UnknownCompensation,
    UnknownOrder,
)
from checkout.events import CompensationProposed, OrderCancelled, RefundPlanned
from checkout.gateways.ports import PaymentGateway
from checkout.models import Compensation, Order, Payment, PaymentOperation
from checkout.queries.compensations import awaiting_approval, compensations_of
from checkout.queries.ledger import accounts_with_totals
from checkout.queries.paid import held_of
from checkout.services import cancelling, compensating
from checkout.services.cancelling import cancel_order, preview_cancellation
from checkout.services.compensating import approve, refuse
from checkout.tasks import on_order_ended
from kernel.audit import verify_chain
from kernel.money import Money
from tests.factories.ending import DAY, at, of_order, reserved
from tests.factories.financed import LOAN, Bank, bank
from tests.factories.gateways import Clock, sandbox
from tests.factories.ordering import placed, quoted
from tests.factories.rules import rule_table
from tests.factories.shelf import NOON, forget, put_on_sale, stock_vehicle
from tests.support.crashing import for_every_write, undone

__all__ = ["bank"]

pytestmark = pytest.mark.django_db

STATES = ["reserved", "locked", "allocated", "in_production", "in_transit", "inspection_ready", "balance_paid"]  # fmt: skip
SIDES = [(each, Actor.BUYER) for each in BUYER_REASONS] + [(each, Actor.STAFF) for each in SELLER_REASONS]  # fmt: skip
LATE = {"CN": 31, "DE": 43}


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def gateway(tmp_path: Path) -> PaymentGateway:
    return sandbox(tmp_path / "sandbox", Clock(NOON)).gateway


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is published, in order."""
    heard: list[Any] = []
    for module in (cancelling, compensating):
        monkeypatch.setattr(module, "publish", heard.append)
    return heard


def cancel(
    order: Order | str,
    gateway: PaymentGateway,
    reason: str | None = None,
    *,
    by: Actor = Actor.BUYER,
    fingerprint: str | None = None,
    now: Any = NOON,
) -> dict[str, Any]:
    code = order if isinstance(order, str) else order.code
    shown = (
        fingerprint
        or preview_cancellation(order=code, reason=reason, by=by, now=now)["fingerprint"]
    )
    return cancel_order(
        order=code,
        reason=reason,
        actor="guest" if by is Actor.BUYER else "staff:1",
        by=by,
        fingerprint=shown,
        gateway=gateway,
        now=now,
    )


def refunds(order: Order) -> int:
    rows = PaymentOperation.objects.filter(payment__order=order, kind="refund")
    return sum(row.amount or 0 for row in rows)


def check_done(order: Order, shown: dict[str, Any]) -> None:
    """The rows say the very sums that the preview said, and the books add up."""
    order.refresh_from_db()
    assert (order.state, order.ended_at is not None) == ("cancelled", True)
    assert order.contract_state in {"none", "void"}
    assert refunds(order) == shown["returned"]["amount"] == -of_order(order, "2010")
    assert -of_order(order, "4100") == shown["kept"]["amount"]
    assert of_order(order) == 0
    assert held_of(order).minor == shown["kept"]["amount"]
    proposed = list(order.compensations.values_list("amount", flat=True))
    owed = shown["compensation"]["amount"]
    assert proposed == ([owed] if owed else [])


@pytest.mark.parametrize("market", ["CN", "DE"])
def test_what_is_previewed_is_done_for_every_stage_and_reason(
    market: str, gateway: PaymentGateway
) -> None:
    order = reserved(market)
    lines = 0
    for state in STATES:
        for reason, by in SIDES:
            for days in (0, LATE[market]):
                with undone():
                    held = 10_000_00 if state == "balance_paid" else None
                    at(order, state, held=held)
                    promised = order.promises.get().until_on
                    now = NOON + (promised - NOON.date()) + days * DAY if days else NOON
                    paid = held_of(order)
                    assert of_order(order) == -paid.minor
                    try:
                        shown = preview_cancellation(
                            order=order.code, reason=str(reason), by=by, now=now
                        )
                    except NotLateEnough:
                        assert (reason, by) == (Reason.LATE, Actor.BUYER)
                        assert not days or state == "reserved"
                        continue
                    done = cancel(order, gateway, str(reason), by=by, now=now)
                    assert done == shown
                    assert shown["held"]["amount"] == paid.minor
                    check_done(order, shown)
                    lines += 1
                order.refresh_from_db()
    assert lines == len(STATES) * len(SIDES) * 2 - (len(STATES) + 1)
    assert verify_chain() == []


@pytest.mark.parametrize("market", ["CN", "DE"])
def test_the_rules_table_is_what_the_database_does(market: str, gateway: PaymentGateway) -> None:
    order = reserved(market)
    deposit = order.deposit
    for row in rule_table("deposits", "What an end brings"):
        if not row["policy"].startswith(market.lower()) or row["model"] != "haven":
            continue
        if row["state"] == "awaiting_deposit":
            continue
        held = Money.of(row["held"], order.currency).minor
        for column, reason, by in (
            ("buyer's own", "price", Actor.BUYER),
            ("seller's", "stock-lost", Actor.STAFF),
            ("force majeure", "force-majeure", Actor.STAFF),
        ):
            with undone():
                at(order, row["state"], held=held - deposit)
                cancel(order, gateway, reason, by=by)
                on_top = sum(order.compensations.values_list("amount", flat=True))
                got = [refunds(order), -of_order(order, "4100"), on_top]
                assert (
                    " / ".join(str(Money(each, order.currency).decimal) for each in got)
                    == row[column]
                )
            order.refresh_from_db()


def test_a_cancellation_tells_its_order_and_the_world_once(
    gateway: PaymentGateway, told: list[Any]
) -> None:
    order = at(reserved(), "locked")
    cancel(order, gateway, "cannot-deliver", by=Actor.STAFF)
    assert [type(each) for each in told] == [OrderCancelled, RefundPlanned, CompensationProposed]
    assert told[0].by == "staff"
    # Seven working days from Sunday 22 November on.
    assert (told[1].amount, str(told[1].due_on)) == (Money.of("5000.00", "CNY"), "2026-12-01")
    kinds = list(order.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-3:] == ["order-cancelled", "refund-planned", "compensation-proposed"]


def test_within_the_cooling_off_hours_all_comes_back_and_after_them_nothing(
    gateway: PaymentGateway,
) -> None:
    order = at(reserved(), "in_production", locked_at=NOON - timedelta(hours=23, minutes=59))
    with undone():
        assert cancel(order, gateway)["ground"] == "cooling-off"
    order.refresh_from_db()
    later = cancel(order, gateway, now=NOON + timedelta(minutes=1))
    assert (later["ground"], later["returned"]["amount"]) == ("stage", 0)
    assert not PaymentOperation.objects.filter(kind="refund").exists()


def test_a_preview_that_is_no_longer_true_does_nothing_and_shows_what_is(
    gateway: PaymentGateway,
) -> None:
    order = reserved()
    shown = preview_cancellation(order=order.code, now=NOON)
    at(order, "locked")
    with pytest.raises(StalePreview) as refused:
        cancel(order, gateway, fingerprint=shown["fingerprint"])
    now_true = refused.value.facts["preview"]
    assert (now_true["state"], now_true["kept"]["amount"]) == ("locked", 500_000)
    order.refresh_from_db()
    assert order.state == "locked"
    assert refunds(order) == 0
    assert cancel(order, gateway, fingerprint=now_true["fingerprint"]) == now_true


def test_a_second_cancellation_hears_that_the_order_is_cancelled(gateway: PaymentGateway) -> None:
    order = reserved()
    shown = cancel(order, gateway)
    with pytest.raises(OrderStateConflict) as looked:
        preview_cancellation(order=order.code, now=NOON)
    with pytest.raises(OrderStateConflict) as done:
        cancel(order, gateway, fingerprint=shown["fingerprint"])
    for refused in (looked, done):
        assert refused.value.facts["state"] == "cancelled"
        assert refused.value.facts["moves"] == []
        assert refused.value.facts["done"] == shown
    assert refunds(order) == order.deposit


@pytest.mark.parametrize("state", ["handed_over", "withdrawn", "expired", "disputed"])
def test_out_of_turn_a_buyer_hears_what_can_be_done_instead(state: str) -> None:
    order = at(reserved(), state)
    Order.objects.filter(pk=order.pk).update(
        state_before_dispute="locked" if state == "disputed" else ""
    )
    with pytest.raises(OrderStateConflict) as refused:
        preview_cancellation(order=order.code, now=NOON)
    assert refused.value.facts["state"] == state
    assert ("withdraw" in refused.value.facts["moves"]) == (state in {"handed_over", "disputed"})


def test_the_seller_may_end_a_disputed_order_and_sends_nothing_twice(
    gateway: PaymentGateway,
) -> None:
    order = at(reserved(), "disputed", locked_at=NOON - 2 * DAY)
    Order.objects.filter(pk=order.pk).update(state_before_dispute="in_transit")
    shown = cancel(order, gateway, "breach", by=Actor.STAFF)
    assert shown["undecided"]["amount"] == order.deposit
    assert refunds(order) == 0
    assert of_order(order) == -order.deposit


def test_nobody_cancels_what_does_not_exist_or_for_a_reason_that_is_not_theirs() -> None:
    with pytest.raises(UnknownOrder):
        preview_cancellation(order="C26-NOSUCH", now=NOON)
    with pytest.raises(BadReason):
        preview_cancellation(order=reserved().code, reason="breach", now=NOON)


def test_an_unpaid_order_is_given_up_after_the_vendor_closed_its_payment(
    gateway: PaymentGateway,
) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    shown = cancel(made.order, gateway)
    assert (shown["ground"], shown["lines"][0]["amount"]) == ("unpaid", None)
    row = Order.objects.get(code=made.order)
    assert (row.state, row.payments.get().state) == ("cancelled", "canceled")
    assert vehicle(vin, NOON).status == AVAILABLE


def test_an_unpaid_order_that_the_seller_ends_is_the_sellers_cancellation(
    gateway: PaymentGateway,
) -> None:
    made = placed(quoted())
    cancel(made.order, gateway, "stock-lost", by=Actor.STAFF)
    event = Order.objects.get(code=made.order).events.get(kind="order-cancelled")
    assert (event.actor, event.facts["by"]) == ("staff:1", "staff")


def test_a_balance_begun_at_the_vendor_is_closed_before_the_order_ends(
    gateway: PaymentGateway,
) -> None:
    order = at(reserved(), "inspection_ready")
    Payment.objects.create(
        code="BALANCE",
        order=order,
        purpose="balance",
        amount=39_030_000,
        currency="CNY",
        created_at=NOON,
    )
    with pytest.raises(StalePreview):
        cancel(order, gateway, fingerprint="0" * 64)
    assert Payment.objects.get(code="BALANCE").state == "created"
    cancel(order, gateway)
    assert Payment.objects.get(code="BALANCE").state == "canceled"


def test_the_vehicle_of_a_cancelled_order_is_free_again(gateway: PaymentGateway) -> None:
    vin = stock_vehicle()
    order = at(reserved(vin=vin), "allocated")
    assert vehicle(vin, NOON).status != AVAILABLE
    cancel(order, gateway)
    assert vehicle(vin, NOON).status == AVAILABLE


def test_older_orders_without_an_order_policy_end_too(gateway: PaymentGateway) -> None:
    order = at(reserved(), "in_transit")
    document = {key: value for key, value in order.document.items() if key != "order_policy"}
    Order.objects.filter(pk=order.pk).update(document=document)
    with pytest.raises(NotLateEnough):
        preview_cancellation(order=order.code, reason="late", now=NOON + 400 * DAY)
    assert cancel(order, gateway)["kept"]["amount"] == 500_000


def test_where_no_calendar_is_loaded_the_refund_is_due_after_plain_days() -> None:
    order = reserved()
    shown = preview_cancellation(order=order.code, now=NOON + 3 * 365 * DAY)
    assert shown["due_on"] == "2029-11-28"


def test_a_compensation_is_owed_once_a_second_person_has_approved_it(
    gateway: PaymentGateway,
) -> None:
    order = at(reserved(), "locked")
    cancel(order, gateway, "breach", by=Actor.STAFF)
    assert of_order(order, "5100") == 0
    with pytest.raises(CompensationConflict, match="does not decide") as refused:
        approve(order=order.code, number=1, actor="staff:1", now=NOON)
    assert refused.value.facts["moves"] == ["approve", "refuse"]
    for _ in range(2):
        approve(order=order.code, number=1, actor="staff:2", now=NOON)
    assert (of_order(order, "5100"), of_order(order, "2010")) == (500_000, -1_000_000)
    assert Compensation.objects.get().state == "approved"
    with pytest.raises(CompensationConflict, match="approved already"):
        refuse(order=order.code, number=1, note="too much", actor="staff:3", now=NOON)
    assert order.events.filter(kind="compensation-approved").count() == 1


def test_a_compensation_that_is_refused_is_no_debt_and_says_why(gateway: PaymentGateway) -> None:
    order = at(reserved(), "locked")
    cancel(order, gateway, "breach", by=Actor.STAFF)
    refuse(order=order.code, number=1, note="The buyer agreed to wait.", actor="staff:2", now=NOON)
    row = Compensation.objects.get()
    assert (row.state, row.note, of_order(order, "5100")) == (
        "refused",
        "The buyer agreed to wait.",
        0,
    )
    with pytest.raises(UnknownCompensation):
        approve(order=order.code, number=2, actor="staff:2", now=NOON)


def test_one_person_cannot_propose_and_approve_even_in_the_table() -> None:
    order = reserved()
    with transaction.atomic():
        row = compensating.propose(
            order=order,
            kind="delay",
            amount=Money(100, "CNY"),
            reason="late",
            actor="staff:1",
            now=NOON,
        )
    row.decided_by = "staff:1"
    with pytest.raises(Exception, match="compensation_by_two"), transaction.atomic():
        row.save()


def test_a_delay_that_was_proposed_already_is_not_proposed_again(gateway: PaymentGateway) -> None:
    order = at(reserved("DE"), "in_transit")
    now = NOON + (order.promises.get().until_on - NOON.date()) + LATE["DE"] * DAY
    with transaction.atomic():
        compensating.propose(
            order=order,
            kind="delay",
            amount=Money(50_000, "EUR"),
            reason="late",
            actor="system",
            now=now,
        )
    done = cancel(order, gateway, "late", now=now)
    assert (done["compensation"]["amount"], done["credited"]["amount"]) == (8_000, 50_000)


def test_a_process_that_dies_in_a_cancellation_leaves_it_whole_or_not_at_all(
    gateway: PaymentGateway,
) -> None:
    order = at(reserved(), "locked")
    shown = preview_cancellation(order=order.code, reason="breach", by=Actor.STAFF, now=NOON)

    def act() -> None:
        with suppress(OrderStateConflict):
            cancel(order, gateway, "breach", by=Actor.STAFF, fingerprint=shown["fingerprint"])

    def nothing_or_all() -> None:
        order.refresh_from_db()
        if order.state == State.CANCELLED:
            check_done(order, shown)
            return
        assert order.state == "locked"
        assert (refunds(order), order.compensations.count()) == (0, 0)
        assert order.events.filter(kind="order-cancelled").count() == 0

    def done() -> None:
        check_done(order, shown)
        assert order.events.filter(kind="order-cancelled").count() == 1

    assert for_every_write(act, died=nothing_or_all, done=done) > 10


def test_the_books_balance_after_every_end(gateway: PaymentGateway) -> None:
    for state, reason, by in (
        ("locked", "price", Actor.BUYER),
        ("in_transit", "breach", Actor.STAFF),
    ):
        cancel(at(reserved(), state), gateway, reason, by=by)
    assert sum(each.balance.minor for each in accounts_with_totals()) == 0


def test_the_application_for_a_loan_is_cancelled_with_its_order_and_the_lender_is_told(
    gateway: PaymentGateway, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout.tasks.now", lambda: NOON)
    order = at(reserved(), "locked")
    order.document |= {"finance": LOAN, "credit": {"code": "CS000001", "kind": "cost-sheet"}}
    order.finance_state, order.insurance_state = "quoted", "bound"
    order.save()
    application = bank.apply(order)
    order.refresh_from_db()
    shown = cancel(order, gateway)
    assert [line["code"] for line in shown["lines"]][-3:] == ["contract", "loan", "cover"]
    on_order_ended(OrderCancelled(order=order.code, at=NOON), event_id="1")
    bank.later(minutes=2)
    application.refresh_from_db()
    assert (application.state, application.reason) == ("cancelled", "order_ended")
    assert application.operations.get(kind="cancel").state == "done"
    order.refresh_from_db()
    assert order.finance_state == "cancelled"


def test_the_desk_sees_what_waits_for_a_second_person_and_what_was_decided(
    gateway: PaymentGateway, django_assert_num_queries: Any
) -> None:
    order = at(reserved(), "locked")
    cancel(order, gateway, "breach", by=Actor.STAFF)
    with django_assert_num_queries(1):
        (waiting,) = awaiting_approval()
    assert (waiting.order, waiting.kind, waiting.amount) == (
        order.code,
        "deposit",
        Money(500_000, "CNY"),
    )
    approve(order=order.code, number=1, actor="staff:2", now=NOON)
    assert awaiting_approval() == []
    (decided,) = compensations_of(order.code)
    assert (decided.state, decided.proposed_by, decided.decided_by) == (
        "approved",
        "staff:1",
        "staff:2",
    )
    assert compensations_of("C26-NOSUCH") == []
