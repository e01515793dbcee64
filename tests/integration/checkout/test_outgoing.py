"""Money out by transfer: two people, the buyer's account, the bank's line; and what was approved stays as it was."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from checkout.errors import (
    BadAccount,
    BadMatch,
    GatewayRefused,
    TransferConflict,
    UnknownPayment,
    UnknownTransfer,
)
from checkout.models import Compensation, Order, OutgoingTransfer, Payment
from checkout.queries.held import deposits, held
from checkout.queries.paid import going_back_of, held_of
from checkout.services import compensating, outgoing, payments, refunds
from checkout.services.bank_matching import Target, match, unmatch
from checkout.services.bank_reading import match_open
from checkout.services.moving import locked
from kernel.money import Money
from tests.factories.banked import CLERK, OTHER, Row, imported, paying
from tests.factories.gateways import Faulty
from tests.factories.payable import NOON, payable_order
from tests.factories.rulebook import table
from tests.factories.till import Till, balances
from tests.factories.till import refund as refunded
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
CARD = {"holder": "王小明", "number": "6222021234567890128", "bank": "工商银行"}


def paid_by_transfer() -> tuple[Order, Payment]:
    order, payment = payable_order()
    imported(paying(order))
    payment.refresh_from_db()
    order.refresh_from_db()
    return order, payment


def proposed(actor: str = CLERK, minor: int = 500_000) -> OutgoingTransfer:
    """A transfer that gives a deposit back which came by transfer."""
    _, payment = paid_by_transfer()
    payments.refund_payment(
        payment=payment.code,
        amount=Money(minor, "CNY"),
        reason="buyer-cancelled",
        actor=actor,
        now=NOON,
    )
    return OutgoingTransfer.objects.get(payment=payment)


def approved() -> OutgoingTransfer:
    row = proposed()
    give(row)
    outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    return row


def give(row: OutgoingTransfer, **other: str) -> int:
    return outgoing.give_account(order=row.order.code, actor="guest", now=NOON, **(CARD | other))


def sent() -> OutgoingTransfer:
    row = approved()
    outgoing.send(transfers=[row.code], actor=CLERK, now=NOON)
    return row


def test_money_that_came_by_transfer_goes_back_by_one_that_two_people_answer_for() -> None:
    row = proposed()
    assert balances() == {"1000": 500_000, "2010": -500_000}
    with pytest.raises(TransferConflict, match="where the money shall go"):
        outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    assert give(row) == 1
    for wrong in (CLERK, "guest", "system"):
        with pytest.raises(TransferConflict, match="proposed"):
            outgoing.approve(transfer=row.code, actor=wrong, now=NOON)
    outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    made = outgoing.send(transfers=[row.code], actor=CLERK, now=NOON)
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert (made.count, made.totals) == (1, {"CNY": 500_000})
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert rows[1][1:6] == ["王小明", "6222021234567890128", "工商银行", "5000.00", "CNY"]
    assert rows[2][:2] == ["CONTROL", "1"]
    (line,) = imported(Row(-500_000, rows[1][6], "王小明"))
    assert line.state == "matched"
    row.refresh_from_db()
    payment = Payment.objects.get()
    assert (row.state, payment.state, payment.refunded) == ("done", "refunded", 500_000)
    assert balances() == {}
    assert deposits() == held(since=NOON) == {}


def test_an_account_is_sealed_and_only_its_end_is_shown() -> None:
    row = proposed()
    give(row)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_sealed, account_hint FROM checkout_outgoingtransfer WHERE code = %s",
            [row.code],
        )
        sealed, hint = cursor.fetchone()
    assert CARD["number"] not in sealed
    assert hint == "…0128"
    with pytest.raises(BadAccount):
        give(row, number="6222021234567890129")


def test_an_account_is_not_changed_once_it_was_approved() -> None:
    row = approved()
    with pytest.raises(TransferConflict, match="waits for an account"):
        give(row, holder="李四")


def test_one_person_is_refused_in_both_places_by_the_database_too() -> None:
    row = proposed()
    rows = OutgoingTransfer.objects.filter(pk=row.pk)
    for wrong in ({"decided_by": CLERK}, {"decided_by": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="approved", **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(decided_by=OTHER)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"holder": "李四"},
        {"account_hint": "…9999"},
        {"proposed_by": "staff:9"},
        {"decided_by": "staff:9"},
        {"state": "proposed", "decided_by": ""},
    ],
    ids=lambda change: " ".join(change),
)
def test_what_was_approved_is_not_changed_by_anybody(change: dict[str, object]) -> None:
    row = approved()
    with pytest.raises(DatabaseError), transaction.atomic():
        OutgoingTransfer.objects.filter(pk=row.pk).update(**change)


def test_only_approved_transfers_are_sent_and_all_of_them_or_none() -> None:
    first, second = approved(), proposed()
    with pytest.raises(TransferConflict):
        outgoing.send(transfers=[first.code, second.code], actor=CLERK, now=NOON)
    with pytest.raises(UnknownTransfer):
        outgoing.send(transfers=[first.code, "TNOBODY"], actor=CLERK, now=NOON)
    first.refresh_from_db()
    assert first.state == "approved"


def test_a_refused_transfer_leaves_the_debt_and_is_proposed_again() -> None:
    row = proposed()
    with pytest.raises(TransferConflict):
        outgoing.propose_again(transfer=row.code, actor=CLERK, now=NOON)
    outgoing.refuse(transfer=row.code, note="name differs", actor=OTHER, now=NOON)
    outgoing.refuse(transfer=row.code, note="name differs", actor=OTHER, now=NOON)
    assert balances() == {"1000": 500_000, "2010": -500_000}
    again = outgoing.propose_again(transfer=row.code, actor=OTHER, now=NOON)
    with pytest.raises(TransferConflict):
        outgoing.propose_again(transfer=row.code, actor=OTHER, now=NOON)
    assert OutgoingTransfer.objects.get(code=again).refund == row.refund
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingTransfer.objects.create(
            code="TWICE",
            order=row.order,
            refund=row.refund,
            why="bank",
            amount=1,
            currency="CNY",
            proposed_by=CLERK,
            proposed_at=NOON,
        )


def test_a_transfer_that_came_back_is_owed_again() -> None:
    row = sent()
    out = imported(Row(-500_000, row.code))[0]
    (back,) = imported(Row(500_000, f"RETURN {row.code} account closed"), opening=5)
    assert (out.state, back.state) == ("matched", "open")
    assert back.candidates[0]["code"] == row.code
    target = Target("transfer", row.code, Money(500_000, "CNY"))
    match(line=back.pk, targets=[target], actor=CLERK, now=NOON)
    row.refresh_from_db()
    payment = Payment.objects.get()
    assert (row.state, payment.state, payment.refunded) == ("returned", "succeeded", 0)
    assert held_of(row.order).minor == 0
    assert going_back_of(row.order.code).minor == 500_000
    assert balances() == {"1000": 500_000, "2010": -500_000}
    again = OutgoingTransfer.objects.get(
        code=outgoing.propose_again(transfer=row.code, actor=CLERK, now=NOON)
    )
    give(again)
    outgoing.approve(transfer=again.code, actor=OTHER, now=NOON)
    outgoing.send(transfers=[again.code], actor=OTHER, now=NOON)
    imported(Row(-500_000, again.code), opening=7)
    assert balances() == {}


def test_the_line_of_another_transfer_is_taken_off_again() -> None:
    row = sent()
    (line,) = imported(Row(-500_000, "unreadable"))
    target = Target("transfer", row.code, Money(-500_000, "CNY"))
    (made,) = match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    unmatch(match=made, actor=OTHER, now=NOON)
    row.refresh_from_db()
    assert row.state == "sent"
    assert Payment.objects.get().refunded == 0
    assert match_open(now=NOON) == 0
    match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    assert balances() == {}


def test_what_the_bank_kept_of_a_transfer_is_our_cost() -> None:
    row = sent()
    (line,) = imported(Row(-501_500, row.code))
    assert line.state == "open"
    part = Target("transfer", row.code, Money(-400_000, "CNY"))
    with pytest.raises(BadMatch, match="all of it"):
        match(line=line.pk, targets=[part], actor=CLERK, now=NOON)
    target = Target("transfer", row.code, Money(-501_500, "CNY"), charge=1_500)
    match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    assert balances() == {"1000": -1_500, "5000": 1_500}


def test_after_its_window_a_payment_is_not_given_back_by_its_vendor(till: Till) -> None:
    order, _ = payable_order()
    till.start(order, method="alipay")
    payment = order.payments.get()
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    Payment.objects.filter(pk=payment.pk).update(settled_at=till.clock.now - timedelta(days=91))
    key = refunded(till, payment, 500_000)
    payments.perform(key=key, gateway=till.gateway, now=till.clock.now)
    till.sweep()
    assert till.gateway.refunds_of(payment.provider_id or "") == ()
    transfer = OutgoingTransfer.objects.get()
    assert (transfer.why, transfer.refund and transfer.refund.key) == ("window", key)


def test_a_refund_that_failed_is_paid_by_transfer_once(till: Till) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    key = refunded(till, payment, 500_000)
    with pytest.raises(TransferConflict):
        refunds.refund_by_transfer(operation=key, actor=CLERK, now=till.clock.now)
    refusing = Faulty(till.gateway, before={"refund_payment": GatewayRefused("account closed")})
    with pytest.raises(GatewayRefused):
        payments.perform(key=key, gateway=refusing, now=till.clock.now)
    code = refunds.refund_by_transfer(operation=key, actor=CLERK, now=till.clock.now)
    with pytest.raises(TransferConflict):
        refunds.refund_by_transfer(operation=key, actor=CLERK, now=till.clock.now)
    with pytest.raises(UnknownPayment):
        refunds.refund_by_transfer(operation="refund-X-1", actor=CLERK, now=till.clock.now)
    row = OutgoingTransfer.objects.get(code=code)
    assert (row.why, row.amount, row.operation and row.operation.key) == ("failed", 500_000, key)


def test_an_approved_compensation_is_paid_out_and_the_approver_does_not_approve_that_too() -> None:
    order, _ = payable_order()
    with transaction.atomic():
        compensating.propose(
            order=locked(order.code),
            kind=Compensation.Kind.DELAY,
            amount=Money(30_000, "CNY"),
            reason="late",
            actor=CLERK,
            now=NOON,
        )
    compensating.approve(order=order.code, number=1, actor=OTHER, now=NOON)
    row = OutgoingTransfer.objects.get()
    assert (row.why, row.amount, row.refund) == ("compensation", 30_000, None)
    give(row)
    with pytest.raises(TransferConflict):
        outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    outgoing.approve(transfer=row.code, actor="staff:3", now=NOON)
    outgoing.send(transfers=[row.code], actor=CLERK, now=NOON)
    imported(Row(-30_000, row.code))
    assert balances() == {"1000": -30_000, "5100": 30_000}


def test_wherever_paying_out_dies_the_money_left_once() -> None:
    row = sent()
    (line,) = imported(Row(-500_000, row.code), match=False)
    target = Target("transfer", row.code, Money(-500_000, "CNY"))

    def act() -> None:
        match_open(now=NOON)

    def done() -> None:
        row.refresh_from_db()
        assert (row.state, Payment.objects.get().refunded) == ("done", 500_000)
        assert balances() == {}

    for_every_write(act, done=done)
    assert target.settled.minor == line.amount


@pytest.mark.parametrize(
    "case",
    table("reconciliation.md", "settling"),
    ids=lambda row: " of ".join([row["line"], row["due"]]),
)
def test_a_line_is_settled_as_the_table_says(case: dict[str, str]) -> None:
    def minor(name: str) -> int:
        return Money.of(case[name], "CNY").minor

    order, payment = payable_order()
    if not minor("due"):
        order.state = "expired"
        order.save()
    (line,) = imported(Row(minor("line"), "no reference"))
    target = Target("order", order.code, Money(minor("settled with the order"), "CNY"))
    match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    line.refresh_from_db()
    found = line.matches.get().payment
    assert found is not None
    assert ("waits" if found.state == "requires_action" else "paid") == case["payment"]
    assert -balances().get("2090", 0) == minor("left on the line")
    assert (line.state == "open") == bool(minor("left on the line"))
    out = OutgoingTransfer.objects.first()
    assert (out.amount if out else 0) == minor("goes back")
