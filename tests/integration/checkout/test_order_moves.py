"""An order on its way: each move with its guards, its event, its audit entry and what it does to money and stock."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from catalog.errors import BadVin, VehicleNotAvailable
from catalog.models import Reservation, StockVehicle
from checkout.domain.order import State
from checkout.errors import CompulsoryCoverMissing, OrderStateConflict, PaymentNotPossible
from checkout.models import LedgerEntry, Order
from checkout.queries import orders as pages
from checkout.queries.paid import due_of, held_of
from checkout.services import balance, production
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.living import STAFF, VIN, living
from tests.factories.shelf import forget, put_on_sale, stock_vehicle
from tests.factories.till import Till, balances

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def on_2000(order: Order) -> int:
    """What the books owe the buyer of this order, in minor units."""
    entries = LedgerEntry.objects.filter(order=order).prefetch_related("legs")
    return -sum(
        leg.amount for entry in entries for leg in entry.legs.all() if leg.account == "2000"
    )


def test_an_order_of_a_stock_vehicle_comes_to_its_buyer(till: Till) -> None:
    life = living(till, State.HANDED_OVER)
    assert life.told() == [
        "order-placed",
        "deposit-paid",
        "contract-issued",
        "contract-accepted",
        "order-locked",
        "car-allocated",
        "car-dispatched",
        "car-ready",
        "balance-paid",
        "cover-proven",
        "handed-over",
    ]
    order = life.order
    assert (order.payment_state, order.delivery_state) == ("all", "done")
    assert order.locked_at == order.ready_at == order.balance_paid_at == order.handed_over_at
    assert StockVehicle.objects.get(vin=order.vin).status == "sold"
    assert not Reservation.objects.filter(vehicle__vin=order.vin, live=True).exists()
    audited = AuditEntry.objects.filter(subject=f"order:{order.code}").order_by("seq")
    assert [entry.action for entry in audited] == life.told()
    assert verify_chain() == []


def test_an_order_of_a_build_is_built_named_and_sent(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    life.start()
    assert life.state == "in_production"
    production.name_car(order=life.code, vin=VIN, actor=STAFF, now=life.now)
    production.name_car(order=life.code, vin=VIN, actor=STAFF, now=life.now)
    life.dispatch()
    life.ready()
    assert (life.state, life.order.vin) == ("inspection_ready", VIN)
    assert life.told()[-4:] == ["production-started", "car-named", "car-dispatched", "car-ready"]


@pytest.mark.parametrize(
    ("state", "step", "reached"),
    [
        (State.LOCKED, "allocate", State.ALLOCATED),
        (State.ALLOCATED, "dispatch", State.IN_TRANSIT),
        (State.ALLOCATED, "ready", State.INSPECTION_READY),
        (State.IN_TRANSIT, "ready", State.INSPECTION_READY),
    ],
)
def test_a_move_made_twice_is_made_once(
    till: Till, state: State, step: str, reached: State
) -> None:
    life = living(till, state)
    act: Callable[[], None] = getattr(life, step)
    act()
    told = life.told()
    act()
    assert (life.state, life.told()) == (str(reached), told)


def test_the_factory_does_not_begin_a_car_that_stands_in_stock(till: Till) -> None:
    life = living(till, State.LOCKED)
    with pytest.raises(OrderStateConflict, match="built already") as refused:
        life.start()
    assert [each["code"] for each in refused.value.facts["missing"]] == ["car-exists"]
    assert life.state == "locked"


def test_a_build_gets_no_car_without_a_word_which(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    with pytest.raises(OrderStateConflict, match="say which VIN"):
        life.allocate()


def test_a_build_may_get_the_same_car_from_stock_and_holds_it(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    vin = stock_vehicle(now=life.now)
    life.allocate(vin)
    assert (life.state, life.order.vin) == ("allocated", vin)
    [held] = Reservation.objects.filter(vehicle__vin=vin, live=True)
    assert held.holder == life.code


def test_a_build_does_not_get_another_car_from_stock(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    other = stock_vehicle(("trim:voyage", "paint-clearing"), now=life.now)
    with pytest.raises(OrderStateConflict, match="not the one ordered") as refused:
        life.allocate(other)
    assert refused.value.facts["differs"] == ["choices"]
    assert not Reservation.objects.filter(vehicle__vin=other).exists()


def test_an_order_of_one_stock_vehicle_does_not_get_another(till: Till) -> None:
    life = living(till, State.LOCKED)
    with pytest.raises(OrderStateConflict, match=f"for car {life.order.vin}"):
        life.allocate(VIN)


def test_in_china_a_vin_needs_its_check_digit(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    with pytest.raises(BadVin, match="check digit"):
        life.allocate("L0SH11CA1VX112729")
    life.allocate(VIN)
    assert life.state == "allocated"


def test_where_no_law_asks_for_a_check_digit_only_the_form_counts(till: Till) -> None:
    def lawless(document: dict[str, list[dict[str, str]]]) -> None:
        document["law"] = [row for row in document["law"] if "vin" not in row["key"]]

    put_on_sale(lawless)
    life = living(till, State.LOCKED, stock=False)
    with pytest.raises(BadVin, match="17 characters"):
        life.allocate("L0SH")
    life.allocate("L0SH11CA1VX112729")
    assert life.state == "allocated"


def test_one_car_is_on_its_way_to_one_buyer_only(till: Till) -> None:
    first, second = (living(till, State.LOCKED, stock=False) for _ in range(2))
    first.allocate(VIN)
    with pytest.raises(VehicleNotAvailable, match="another order"):
        second.allocate(VIN)
    assert (second.state, second.order.vin) == ("locked", "")


def test_a_car_without_a_vin_is_not_ready_for_inspection(till: Till) -> None:
    life = living(till, State.LOCKED, stock=False)
    life.start()
    life.dispatch()
    with pytest.raises(OrderStateConflict, match="no VIN yet"):
        life.ready()
    assert life.state == "in_transit"


def test_nobody_can_pay_a_balance_before_the_car_is_ready(till: Till) -> None:
    life = living(till, State.IN_TRANSIT)
    with pytest.raises(PaymentNotPossible, match="ready for inspection"):
        till.start(life.order, purpose="balance")
    assert not life.order.payments.filter(purpose="balance").exists()
    with pytest.raises(OrderStateConflict):
        life.pay_balance()


def test_the_balance_is_asked_for_when_the_car_is_ready_and_paid_when_it_has_come(
    till: Till,
) -> None:
    life = living(till, State.INSPECTION_READY)
    price, deposit = life.order.price, life.order.deposit
    [asked] = life.order.payments.filter(purpose="balance")
    assert (asked.amount, due_of(life.order).minor) == (price - deposit, price - deposit)
    page = pages.order(life.code, life.now)
    assert page.money.due == asked.money
    assert page.next_step.code == "inspect-and-pay"
    life.pay("balance")
    assert (life.state, held_of(life.order).minor) == ("balance_paid", price)
    assert on_2000(life.order) == price
    [paid] = life.order.events.filter(kind="balance-paid")
    assert paid.facts == {
        "payment": asked.code,
        "amount": {"amount": price - deposit, "currency": "CNY"},
    }


def test_staff_cannot_note_a_balance_that_has_not_come(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    with pytest.raises(OrderStateConflict, match="still to be paid") as refused:
        life.pay_balance()
    assert [each["code"] for each in refused.value.facts["missing"]] == ["money"]


def test_with_a_loan_the_balance_waits_for_the_lender_too(till: Till) -> None:
    life = living(till, State.INSPECTION_READY, loan=True, stock=False)
    life.pay("balance")
    assert (life.state, due_of(life.order).minor) == ("inspection_ready", 0)
    assert life.told()[-1] == "payment-received"
    with pytest.raises(OrderStateConflict, match="loan is not paid out") as refused:
        life.pay_balance()
    assert [each["code"] for each in refused.value.facts["missing"]] == ["loan"]
    Order.objects.filter(pk=life.order.pk).update(finance_state="drawn")
    assert balance.pay_when_complete(order=life.code, now=life.now)
    assert not balance.pay_when_complete(order=life.code, now=life.now)
    assert (life.state, life.told()[-1]) == ("balance_paid", "balance-paid")


def test_what_a_lender_still_owes_stays_a_receivable_after_the_handover(till: Till) -> None:
    life = living(till, State.INSPECTION_READY, loan=True, stock=False)
    life.pay("balance")
    Order.objects.filter(pk=life.order.pk).update(finance_state="drawn")
    balance.pay_when_complete(order=life.code, now=life.now)
    life.prove_cover()
    life.hand_over()
    lent = life.order.document["balance"]["financed"]["amount"]
    vat = life.order.document["price_sheet"]["vat"]["amount"]
    assert balances()["1200"] == lent
    assert "2000" not in balances()
    assert (balances()["2100"], balances()["4000"]) == (-vat, vat - life.order.price)


def test_a_balance_of_nothing_is_paid_at_once(till: Till) -> None:
    life = living(till, State.ALLOCATED)
    document = life.order.document
    document["balance"]["financed"]["amount"] = life.order.price - life.order.deposit
    Order.objects.filter(pk=life.order.pk).update(document=document, finance_state="drawn")
    life.ready()
    assert life.state == "balance_paid"
    assert not life.order.payments.filter(purpose="balance").exists()
    assert life.told()[-2:] == ["car-ready", "balance-paid"]


def test_a_balance_that_changed_is_begun_anew_with_what_is_due_now(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    Order.objects.filter(pk=life.order.pk).update(price=life.order.price + 10_000)
    life.order.refresh_from_db()
    till.start(life.order, purpose="balance")
    first, second = life.order.payments.filter(purpose="balance").order_by("attempt")
    assert (first.state, second.amount - first.amount) == ("canceled", 10_000)


def test_a_balance_that_nobody_began_yet_is_made_to_fit(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    Order.objects.filter(pk=life.order.pk).update(price=life.order.price + 10_000)
    life.order.refresh_from_db()
    life.pay("balance")
    assert life.order.payments.filter(purpose="balance").count() == 1
    assert (life.state, held_of(life.order).minor) == ("balance_paid", life.order.price)


def test_a_balance_that_fell_short_is_paid_in_a_further_attempt(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    Order.objects.filter(pk=life.order.pk).update(price=life.order.price + 10_000)
    payment = life.order.payments.get(purpose="balance")
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    assert life.state == "inspection_ready"
    assert due_of(life.order) == Money(10_000, "CNY")
    life.pay("balance")
    assert life.state == "balance_paid"


def test_money_beyond_the_price_goes_back_by_itself(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    Order.objects.filter(pk=life.order.pk).update(price=life.order.price - 10_000)
    payment = life.order.payments.get(purpose="balance")
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    assert life.state == "balance_paid"
    assert held_of(life.order).minor == life.order.price == on_2000(life.order)
    [refund] = payment.operations.filter(kind="refund")
    assert (refund.amount, refund.reason) == (10_000, "overpaid")


def test_a_balance_that_comes_after_the_end_goes_back(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    Order.objects.filter(pk=life.order.pk).update(state="cancelled")
    payment = life.order.payments.get(purpose="balance")
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    [refund] = payment.operations.filter(kind="refund")
    assert (refund.amount, refund.reason) == (payment.amount, "late-payment")


def test_the_key_waits_for_cover_and_nothing_is_sold_before(till: Till) -> None:
    life = living(till, State.BALANCE_PAID)
    with pytest.raises(CompulsoryCoverMissing):
        life.hand_over()
    assert life.state == "balance_paid"
    assert not LedgerEntry.objects.filter(key=f"ho:{life.code}").exists()
    assert StockVehicle.objects.get(vin=life.order.vin).status == "in_stock"


def test_the_key_waits_for_every_cent(till: Till) -> None:
    life = living(till, State.BALANCE_PAID)
    Order.objects.filter(pk=life.order.pk).update(price=life.order.price + 1)
    life.prove_cover()
    with pytest.raises(OrderStateConflict, match=r"¥0\.01"):
        life.hand_over()


def test_moves_of_a_page_leave_out_what_the_contract_does_not_allow_yet(till: Till) -> None:
    life = living(till, State.RESERVED)
    assert "lock" not in pages.order(life.code, life.now).moves
    life.accept()
    assert "lock" in pages.order(life.code, life.now).moves
