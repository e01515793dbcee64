"""Withdrawing in two steps: what is asked, what is kept, and what is undone, in every state of both markets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.queries.on_sale import on_sale
from catalog.queries.stock import vehicle
from checkout.domain.order import Delivery, State
from checkout.errors import (
    NoSuchPurchase,
    NothingToReturn,
    NotOurStatement,
    OrderStateConflict,
    StalePreview,
    StatementExpired,
    UnknownOrder,
    WithdrawalNotPossible,
)
from checkout.events import OrderWithdrawn, RefundPlanned
from checkout.models import Order, OrderEvent, PaymentOperation, WithdrawalReceipt
from checkout.queries.orders import order as order_page
from checkout.queries.withdrawals import withdrawal_labels, withdrawal_receipt, withdrawal_section
from checkout.services import returns, withdrawing
from checkout.services.returns import car_returned
from checkout.services.selling import book_sale
from checkout.services.withdrawing import begin_withdrawal, find_purchase
from kernel.audit import verify_chain
from kernel.text import fingerprint
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.factories.till import balances
from tests.factories.withdrawn import (
    ERIKA,
    MAY_WITHDRAW,
    bought,
    declared,
    handed_over,
    held,
    pay,
    withdrawn,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    heard: list[Any] = []
    for module in (withdrawing, returns):
        monkeypatch.setattr(module, "publish", heard.append)
    return heard


def refunds(order: Order) -> list[tuple[str, int | None]]:
    found = PaymentOperation.objects.filter(payment__order=order, kind="refund")
    return [(each.reason, each.amount) for each in found.order_by("pk")]


@pytest.mark.parametrize("state", MAY_WITHDRAW)
def test_in_germany_every_state_from_the_deposit_on_can_be_withdrawn_from(state: State) -> None:
    order = bought("DE", state)
    receipt = withdrawn(order)
    order.refresh_from_db()
    assert (order.state, order.contract_state, order.ended_at) == ("withdrawn", "void", NOON)
    assert receipt.refund == held(order)
    assert (receipt.order, receipt.received_at, receipt.zone) == (
        order.code,
        NOON,
        "Europe/Berlin",
    )
    event = order.events.get(kind="order-withdrawn")
    assert event.facts["receipt"] == receipt.number
    assert verify_chain() == []


@pytest.mark.parametrize("state", MAY_WITHDRAW)
def test_in_china_a_configured_car_cannot_be_withdrawn_from(state: State) -> None:
    order = bought("CN", state)
    with pytest.raises(WithdrawalNotPossible) as refused:
        declared(order)
    assert refused.value.facts["reason"] == "made_to_order"
    order.refresh_from_db()
    assert order.state == str(state)
    assert not WithdrawalReceipt.objects.exists()


@pytest.mark.parametrize("state", sorted(set(State) - set(MAY_WITHDRAW)))
def test_an_order_without_deposit_or_at_its_end_has_nothing_to_withdraw_from(state: State) -> None:
    order = bought("DE", state)
    with pytest.raises(OrderStateConflict):
        declared(order)


def test_a_stock_car_in_china_goes_back_within_seven_days_of_receipt(events: list[Any]) -> None:
    order = bought("CN", State.BALANCE_PAID, vin=True)
    with pytest.raises(WithdrawalNotPossible) as refused:
        declared(order)
    assert refused.value.facts["reason"] == "not_yet"
    handed_over(order, NOON)
    receipt = withdrawn(order, NOON + DAY * 7)  # a Sunday; the seventh day is one, so it is Monday
    assert (receipt.refund_by, receipt.hold_back) == (None, True)
    assert refunds(order) == []
    car_returned(order=order.code, actor="staff:1", now=NOON + DAY * 9)
    assert refunds(order) == [("withdrawn", order.deposit)]
    planned = [e for e in events if isinstance(e, RefundPlanned)]
    assert [(e.amount, e.due_on) for e in planned] == [(held(order), date(2026, 12, 8))]


def test_the_statement_asks_for_name_and_contact_and_changes_nothing() -> None:
    order = bought("DE")
    said = declared(order)
    assert said.declaration["name"] == "Erika Muster"
    assert said.fingerprint == fingerprint(dict(said.declaration))
    assert said.valid_until == NOON + MINUTE * 30
    assert (said.refund, said.until, said.hold_back, said.return_car) == (
        held(order),
        None,
        False,
        False,
    )
    assert said.refund_by == date(2026, 12, 7)  # the 6th is a Sunday
    assert (said.labels.begin["en"], said.labels.local) == (
        "Withdraw from contract here",
        {"begin": "Vertrag widerrufen", "confirm": "Widerruf bestätigen"},
    )
    order.refresh_from_db()
    assert (order.state, order.events.filter(kind="order-withdrawn").count()) == ("reserved", 0)


def test_everything_paid_goes_back_at_once_while_the_car_is_still_here(events: list[Any]) -> None:
    order = bought("DE", State.BALANCE_PAID)
    pay(order, 7_000_000)
    receipt = withdrawn(order)
    assert receipt.refund.minor == order.deposit + 7_000_000
    assert sorted(refunds(order)) == sorted(
        [("withdrawn", 7_000_000), ("withdrawn", order.deposit)]
    )
    order.refresh_from_db()
    assert order.payment_state == "refunded"
    assert [e.kind for e in order.events.all()][-2:] == ["order-withdrawn", "refund-planned"]
    assert [type(event) for event in events] == [OrderWithdrawn, RefundPlanned]
    assert events[0] == OrderWithdrawn(order=order.code, receipt=receipt.number, at=NOON)
    assert events[1].due_on == date(2026, 12, 7)


def test_after_handover_the_money_waits_for_the_car(events: list[Any]) -> None:
    order = bought("DE", State.HANDED_OVER)
    said = declared(order)
    assert (said.return_car, said.hold_back, said.until) == (True, True, date(2026, 12, 7))
    assert said.note is not None
    receipt = withdrawn(order, NOON, said)
    order.refresh_from_db()
    assert (order.delivery_state, refunds(order)) == (Delivery.TO_RETURN, [])
    assert receipt.refund_by == date(2026, 12, 7)
    assert [type(event) for event in events] == [OrderWithdrawn]
    for _ in range(2):
        car_returned(order=order.code, actor="staff:1", now=NOON + DAY * 20)
    order.refresh_from_db()
    assert (order.delivery_state, refunds(order)) == (
        Delivery.RETURNED,
        [("withdrawn", order.deposit)],
    )
    assert events[-1].due_on == date(2026, 12, 12)  # the fourteen days have passed: at once
    assert order.events.filter(kind="car-returned").count() == 1


def test_the_sale_is_taken_out_of_the_books_when_a_car_handed_over_is_withdrawn_from() -> None:
    order = bought("DE", State.HANDED_OVER)
    book_sale(order, now=NOON)
    assert {"4000", "2100"} <= set(balances())
    withdrawn(order)
    assert not {"1200", "4000", "2100"} & set(balances())
    car_returned(order=order.code, actor="staff:1", now=NOON + DAY)
    assert balances()["2010"] == -order.deposit


def test_no_car_comes_back_from_an_order_that_was_not_handed_over() -> None:
    order = bought("DE")
    withdrawn(order)
    for code in (order.code, bought("DE", State.HANDED_OVER).code):
        with pytest.raises(NothingToReturn):
            car_returned(order=code, actor="staff:1", now=NOON)


def test_a_car_of_stock_is_free_again_unless_its_buyer_has_it() -> None:
    order = bought("CN", State.BALANCE_PAID, vin=True)
    handed_over(order, NOON)
    withdrawn(order, NOON + DAY)
    assert vehicle(order.vin, NOON + DAY).status != "available"
    car_returned(order=order.code, actor="staff:1", now=NOON + DAY * 2)
    assert vehicle(order.vin, NOON + DAY * 2).status == "available"


@pytest.mark.parametrize(
    ("sent", "in_time"),
    [
        (datetime(2026, 12, 7, 22, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 7, 23, 0, tzinfo=UTC), False),
    ],
)
def test_the_moment_of_the_request_decides_not_that_of_the_work(
    sent: datetime, in_time: bool
) -> None:
    order = bought("DE", State.HANDED_OVER)
    said = declared(order, datetime(2026, 12, 7, 22, 50, tzinfo=UTC))
    late = {"sent_at": sent, "now": sent + MINUTE * 5}
    if in_time:
        assert withdrawn(order, said=said, **late).received_at == sent
        return
    with pytest.raises(WithdrawalNotPossible) as refused:
        withdrawn(order, said=said, **late)
    facts = refused.value.facts
    assert (facts["reason"], facts["until"], facts["instead"]) == ("too_late", "2026-12-07", [])


def test_without_the_instruction_the_right_ends_a_year_and_a_fortnight_after_receipt() -> None:
    order = bought("DE", State.HANDED_OVER, accepted=False)
    assert declared(order, NOON + DAY * 300).until == date(2027, 12, 6)


def test_a_company_has_no_right_to_withdraw() -> None:
    order = bought("DE", buyer={**ERIKA, "kind": "company", "name": "Muster GmbH"})
    with pytest.raises(WithdrawalNotPossible) as refused:
        declared(order)
    assert (refused.value.facts["reason"], refused.value.facts["instead"]) == (
        "company",
        ["cancel_by_buyer"],
    )


def test_confirming_twice_gives_the_first_receipt_again() -> None:
    order = bought("DE")
    said = declared(order)
    first = withdrawn(order, NOON, said)
    again = withdrawn(order, NOON + MINUTE * 5, said)
    assert again == first == withdrawal_receipt(order.code)
    assert refunds(order) == [("withdrawn", order.deposit)]
    assert order.events.filter(kind="order-withdrawn").count() == 1


def test_a_second_statement_of_a_withdrawn_order_is_refused() -> None:
    order = bought("DE")
    other = begin_withdrawal(order=order.code, name="E. Muster", contact="-", now=NOON)
    withdrawn(order)
    with pytest.raises(OrderStateConflict):
        withdrawn(order, said=other)


def test_a_statement_waits_half_an_hour() -> None:
    order = bought("DE")
    said = declared(order)
    with pytest.raises(StatementExpired):
        withdrawn(order, NOON + MINUTE * 31, said)
    assert withdrawn(order, NOON + MINUTE * 30, said).received_at == NOON + MINUTE * 30


def test_a_statement_that_is_not_ours_or_of_another_order_is_refused() -> None:
    order, other = bought("DE"), bought("DE")
    said = declared(order)
    wrong: list[dict[str, Any]] = [
        {"statement": said.statement + "x"},
        {"statement": ""},
        {"order": other.code},
    ]
    for changes in wrong:
        with pytest.raises(NotOurStatement):
            withdrawn(order, said=said, **changes)
    order.refresh_from_db()
    assert order.state == "reserved"


def test_a_contract_made_since_gives_the_statement_as_it_is_now() -> None:
    order = bought("DE")
    said = declared(order)
    Order.objects.filter(pk=order.pk).update(contract_number="FC-NEW")
    with pytest.raises(StalePreview) as refused:
        withdrawn(order, said=said)
    preview = refused.value.facts["preview"]
    assert preview["declaration"]["contract"] == "FC-NEW"
    fresh = {"statement": preview["statement"], "shown": preview["fingerprint"]}
    assert withdrawn(order, said=said, **fresh).contract == "FC-NEW"


def test_a_receipt_is_never_changed_or_deleted() -> None:
    order = bought("DE")
    withdrawn(order)
    receipt = WithdrawalReceipt.objects.get(order=order)
    for sql in (
        "UPDATE {} SET received_at = begun_at",
        "UPDATE {} SET refund = 0",
        "DELETE FROM {}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format(WithdrawalReceipt._meta.db_table))
    WithdrawalReceipt.objects.filter(pk=receipt.pk).update(name="", contact="")
    assert withdrawal_receipt(order.code) is not None


def test_name_and_contact_of_the_receipt_are_encrypted() -> None:
    order = bought("DE")
    withdrawn(order)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, contact FROM checkout_withdrawalreceipt")
        assert all(str(value).startswith("v1.") for value in cursor.fetchone())
    facts = withdrawal_receipt(order.code)
    assert facts is not None
    assert (facts.name, facts.contact) == ("Erika Muster", "e***@example.com")


@pytest.mark.parametrize(
    ("name", "contact"),
    [
        ("Erika Muster", "erika@example.com"),
        ("  erika   MUSTER ", " Erika@Example.com "),
        ("Erika Muster", "13800138000"),
        ("Erika Muster", "+86 138 0013 8000"),
    ],
)
def test_a_guest_is_known_by_order_name_and_contact(name: str, contact: str) -> None:
    order = bought("DE")
    assert find_purchase(order=order.code.lower(), name=name, contact=contact) == order.code


@pytest.mark.parametrize(
    ("code", "name", "contact"),
    [
        ("C26-NONE", "Erika Muster", "erika@example.com"),
        (None, "Erika", "erika@example.com"),
        (None, "Erika Muster", "other@example.com"),
        (None, "Erika Muster", ""),
        (None, "", ""),
        (None, "Erika Muster", "0"),
        ("", "?", "?"),
    ],
)
def test_whatever_is_wrong_the_words_are_the_same(
    code: str | None, name: str, contact: str
) -> None:
    order = bought("DE")
    with pytest.raises(NoSuchPurchase) as refused:
        find_purchase(order=order.code if code is None else code, name=name, contact=contact)
    assert refused.value.message.startswith("no order of that code was placed with that name")
    assert dict(refused.value.facts) == {}


def test_an_order_that_is_not_there_cannot_be_withdrawn_from() -> None:
    with pytest.raises(UnknownOrder):
        begin_withdrawal(order="C26-NONE", name="A", contact="b", now=NOON)


def test_the_page_says_whether_until_when_and_why_not() -> None:
    order = bought("DE")
    before = withdrawal_section(order_page(order.code, NOON), NOON)
    handed_over(order, NOON)
    after = withdrawal_section(order_page(order.code, NOON), NOON)
    late = withdrawal_section(order_page(order.code, NOON), NOON + DAY * 30)
    withdrawn(order)
    done = withdrawal_section(order_page(order.code, NOON), NOON)
    assert before is not None
    assert (before.right, before.until, before.reason_none) == (True, None, None)
    assert after is not None
    assert (after.right, after.until) == (True, date(2026, 12, 7))
    assert after.ends_at == datetime(2026, 12, 7, 23, tzinfo=UTC)
    assert late is not None
    assert late.reason_none is not None
    assert (late.right, late.reason_none.code) == (False, "too_late")
    assert done is not None
    assert done.reason_none is not None
    assert (done.right, done.reason_none.code) == (False, "ended")
    assert done.receipt == withdrawal_receipt(order.code)


@pytest.mark.parametrize(
    ("market", "state", "code"),
    [
        ("DE", State.AWAITING_DEPOSIT, "not_bound"),
        ("CN", State.LOCKED, "made_to_order"),
        ("DE", State.CANCELLED, "ended"),
    ],
)
def test_the_page_says_what_can_be_done_instead(market: str, state: State, code: str) -> None:
    found = withdrawal_section(order_page(bought(market, state).code, NOON), NOON)
    assert found is not None
    assert found.reason_none is not None
    assert (found.right, found.reason_none.code) == (False, code)
    assert set(found.reason_none.text) == {"zh-hans", "en"}


def test_a_page_without_a_calendar_states_no_day_and_does_not_fail() -> None:
    order = bought("CN", State.BALANCE_PAID, vin=True)
    handed_over(order, NOON)
    OrderEvent.objects.filter(order=order, kind="handed-over").update(at=NOON + DAY * 38)
    facts = order_page(order.code, NOON)
    early = withdrawal_section(facts, NOON + DAY * 40)
    late = withdrawal_section(facts, NOON + DAY * 50)
    assert early is not None
    assert (early.right, early.until) == (True, None)
    assert late is not None
    assert late.reason_none is not None
    assert (late.right, late.reason_none.code) == (False, "no_calendar")


def test_only_the_german_store_has_an_entry_on_every_page() -> None:
    law = on_sale().catalogue.law
    found = withdrawal_labels(law=law, market="DE", day=NOON.date())
    assert found is not None
    assert found.local == {"begin": "Vertrag widerrufen", "confirm": "Widerruf bestätigen"}
    assert withdrawal_labels(law=law, market="CN", day=NOON.date()) is None
    assert withdrawal_labels(law=law, market="DE", day=date(2026, 6, 18)) is None
