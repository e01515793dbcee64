"""Orders: placed in one transaction, moved by the table, told in one page of truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import NotTheHolder, VehicleNotAvailable
from catalog.queries.stock import vehicle
from catalog.services.stock import expire_reservations, release_reservation, reserve_vehicle
from checkout.domain.order import State
from checkout.errors import (
    BadBuyer,
    CheckoutError,
    NotYourOrder,
    OrderStateConflict,
    QuoteAlreadyOrdered,
    QuoteExpired,
    TermsNotAccepted,
    UnknownOrder,
    UnknownQuote,
)
from checkout.models import Order, OrderEvent, Payment, Quote
from checkout.queries.orders import (
    check_access,
    order,
    order_by_token,
    order_facts_for_contract,
    order_for,
    orders_of,
)
from checkout.queries.quotes import quote
from checkout.services.orders import (
    HOLD_GRACE,
    PlacedOrder,
    cancel_unpaid_order,
    contract_accepted,
    contract_issued,
    deposit_received,
    expire_order,
    hold_longer,
)
from kernel.audit import verify_chain
from kernel.money import Money
from storefront.accounts.models import User
from tests.factories.ordering import confirm_loan, placed, quoted, version_of
from tests.factories.shelf import NOON, forget, put_on_sale, stock_vehicle

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
HALF_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def reserved(code: str | None = None) -> PlacedOrder:
    made = placed(code)
    deposit_received(order=made.order, payment=made.payment, now=NOON + SECOND)
    return made


def test_a_placed_order_waits_thirty_minutes_for_its_deposit() -> None:
    made = placed()
    found = order(made.order, NOON)
    assert found.state == "awaiting_deposit"
    assert found.next_step.code == "pay-deposit"
    assert found.next_step.deadline == NOON + HALF_HOUR
    assert found.money.due == Money.of("5000", "CNY")
    assert found.money.total == Money.of("423787.03", "CNY")
    assert found.money.before_handover == Money.of("147077.03", "CNY")
    assert [p.code for p in found.payments] == [made.payment]
    assert found.payments[0].amount == Money.of("5000", "CNY")
    assert (found.finance_state, found.insurance_state) == ("quoted", "quoted")


def test_the_order_owns_the_document_of_its_quote() -> None:
    code = quoted()
    document = quote(code, NOON).document
    made = placed(code)
    owned = order(made.order, NOON).document
    assert {name: owned[name] for name in document} == document
    assert set(owned) - set(document) == {"credit"}
    assert quote(code, NOON).state == "ordered"
    assert quote(code, NOON).order == made.order


def test_the_accepted_terms_are_kept_with_version_and_time() -> None:
    made = placed()
    found = order(made.order, NOON)
    assert found.terms_version == found.document["terms"]["version"]
    assert found.terms_accepted_at == NOON


def test_the_first_delivery_promise_opens_the_history() -> None:
    found = order(placed().order, NOON)
    assert len(found.delivery.history) == 1
    assert found.delivery.history[0].reason is None
    assert str(found.delivery.from_on) == found.document["delivery"]["from"]
    assert found.delivery.place is not None


def test_a_personal_number_is_encrypted_and_shown_masked() -> None:
    made = placed()
    found = order(made.order, NOON)
    assert found.buyer.document == "**************1234"
    assert found.buyer.email == "l***@example.com"
    with connection.cursor() as cursor:
        cursor.execute("SELECT buyer_document FROM checkout_order")
        stored = cursor.fetchone()[0]
    assert "350211" not in stored
    assert Order.objects.get().buyer_document == "350211199001011234"


def test_the_token_is_shown_once_and_stored_hashed() -> None:
    made = placed()
    row = Order.objects.get(code=made.order)
    assert made.token not in {row.token_digest, str(row.document)}
    assert order_by_token(made.order, made.token, NOON).code == made.order


def test_only_the_bearer_of_the_token_or_the_customer_sees_the_order() -> None:
    anna = User.objects.create_user("anna@example.com")
    made = placed(customer=anna.pk)
    assert order_for(code=made.order, token=None, customer=anna.pk, now=NOON).customer == anna.pk
    check_access(code=made.order, token=made.token, customer=None)
    for token, customer in ((None, None), ("wrong", None), (None, anna.pk + 1)):
        with pytest.raises(NotYourOrder):
            check_access(code=made.order, token=token, customer=customer)
    with pytest.raises(NotYourOrder):
        order_by_token(made.order, "", NOON)
    with pytest.raises(UnknownOrder):
        check_access(code="C26-NOSUCH", token=made.token, customer=None)


def test_an_account_lists_its_orders_newest_first() -> None:
    anna = User.objects.create_user("anna@example.com")
    first = placed(customer=anna.pk)
    second = placed(quoted(), customer=anna.pk, now=NOON + SECOND)
    assert [o.code for o in orders_of(anna.pk, NOON)] == [second.order, first.order]
    assert orders_of(anna.pk, NOON)[0].next_step.code == "pay-deposit"


def test_a_list_of_orders_goes_on_after_the_last_one_seen() -> None:
    anna = User.objects.create_user("anna@example.com")
    made = [
        placed(quoted(), customer=anna.pk, now=NOON + SECOND * (n // 2)).order for n in range(4)
    ]
    seen: list[str] = []
    after = None
    while found := orders_of(anna.pk, NOON, after=after, limit=1):
        seen += [one.code for one in found]
        after = (found[-1].placed_at, found[-1].code)
    assert seen == [one.code for one in orders_of(anna.pk, NOON)]
    assert sorted(seen) == sorted(made)
    assert set(seen[:2]) == set(made[2:])


def test_an_unknown_order_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownOrder):
        order("C26-NOSUCH", NOON)
    with pytest.raises(UnknownOrder):
        order_facts_for_contract("C26-NOSUCH")
    with pytest.raises(UnknownOrder):
        deposit_received(order="C26-NOSUCH", payment="P", now=NOON)


def test_an_expired_quote_is_refused_with_the_difference_line_by_line() -> None:
    code = quoted()

    def dearer(document: dict[str, Any]) -> None:
        for model in document["models"]:
            for row in model["prices"]:
                if model["code"] == "haven" and row["code"] == "paint-clearing":
                    row["amount"] = 800000

    put_on_sale(dearer)
    with pytest.raises(QuoteExpired) as refused:
        placed(code, now=NOON + WEEK)
    difference = refused.value.facts["difference"]
    assert refused.value.facts["expired_at"] == (NOON + WEEK).isoformat()
    assert [line["code"] for line in difference["lines"]][0] == "paint-clearing"
    assert difference["price"]["change"] == {"amount": 300000, "currency": "CNY"}
    assert Order.objects.count() == 0


def test_a_quote_is_good_until_its_very_last_second() -> None:
    code = quoted()
    assert placed(code, now=NOON + WEEK - SECOND).order


def test_a_fall_of_the_price_reaches_the_order() -> None:
    code = quoted()

    def cheaper(document: dict[str, Any]) -> None:
        for model in document["models"]:
            for row in model["prices"]:
                if model["code"] == "haven" and row["code"] == "paint-clearing":
                    row["amount"] = 0

    put_on_sale(cheaper)
    found = order(placed(code).order, NOON)
    assert found.money.price == Money.of("390300", "CNY")
    assert found.release == "R000002"


def test_one_quote_becomes_one_order() -> None:
    code = quoted()
    placed(code)
    with pytest.raises(QuoteAlreadyOrdered):
        placed(code)
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "Q-NOSUCH", "terms": {"version": "any", "accepted": True}}, UnknownQuote),
        ({"terms": {"version": "old", "accepted": True}}, TermsNotAccepted),
        ({"terms": {"version": None}}, TermsNotAccepted),
        ({"buyer": {"name": "Li"}}, BadBuyer),
    ],
)
def test_each_bad_order_has_its_error_and_stores_nothing(
    changes: dict[str, Any], error: type[CheckoutError]
) -> None:
    with pytest.raises(error):
        placed(**changes)
    assert Order.objects.count() == Payment.objects.count() == OrderEvent.objects.count() == 0
    assert Quote.objects.exclude(state="open").count() == 0


def test_terms_that_were_shown_but_not_accepted_are_refused_with_the_version_to_show() -> None:
    code = quoted()
    version = version_of(code)
    for accepted in (False, None, "true", 1):
        with pytest.raises(TermsNotAccepted) as refused:
            placed(code, terms={"version": version, "accepted": accepted})
        assert refused.value.facts["version"] == version


def test_an_unknown_language_falls_back_to_the_stores_first() -> None:
    assert order(placed(language="fr").order, NOON).language == "zh-hans"


def test_the_deposit_reserves_the_order_and_is_told_in_words() -> None:
    made = reserved()
    found = order(made.order, NOON)
    assert found.state == "reserved"
    assert found.payment_state == "deposit"
    assert found.next_step.code == "await-contract"
    assert found.next_step.deadline is None  # nothing locks by itself before a reminder was sent
    assert found.money.due == Money.zero("CNY")
    assert [event.kind for event in found.events] == ["order-placed", "deposit-paid"]
    assert found.events[1].text["en"] == "Deposit of ¥5,000.00 received"
    assert verify_chain() == []


def test_the_same_deposit_twice_is_one() -> None:
    made = reserved()
    deposit_received(order=made.order, payment=made.payment, now=NOON + SECOND)
    assert OrderEvent.objects.filter(kind="deposit-paid").count() == 1


def test_another_deposit_is_refused_so_that_it_goes_back() -> None:
    made = reserved()
    with pytest.raises(OrderStateConflict):
        deposit_received(order=made.order, payment="ANOTHER1", now=NOON)


def test_a_stock_order_holds_its_vehicle_while_the_deposit_is_awaited() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    found = vehicle(vin, NOON)
    assert (found.status, found.holder) == ("held", made.order)
    assert found.free_at == NOON + HALF_HOUR + HOLD_GRACE
    deposit_received(order=made.order, payment=made.payment, now=NOON)
    assert vehicle(vin, NOON + WEEK).holder == made.order


def test_a_vehicle_goes_to_the_first_who_orders_it() -> None:
    vin = stock_vehicle()
    mine, yours = quoted(vin=vin), quoted(vin=vin)
    placed(mine)
    with pytest.raises(VehicleNotAvailable):
        placed(yours)
    assert Order.objects.count() == 1
    assert quote(yours, NOON).state == "open"


def test_a_deposit_for_a_vehicle_that_is_gone_is_refused_so_that_it_goes_back() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    release_reservation(vin=vin, holder=made.order, now=NOON)
    reserve_vehicle(vin=vin, holder="C26-OTHER", until=NOON + WEEK, now=NOON)
    with pytest.raises(NotTheHolder):
        deposit_received(order=made.order, payment=made.payment, now=NOON)
    assert order(made.order, NOON).state == "awaiting_deposit"


def test_a_late_deposit_keeps_a_vehicle_whose_hold_was_swept_and_nobody_took() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    late = NOON + HALF_HOUR + HOLD_GRACE
    assert expire_reservations(now=late) == 1
    deposit_received(order=made.order, payment=made.payment, now=late)
    assert vehicle(vin, late + WEEK).holder == made.order


def test_an_order_expires_at_its_minute_and_frees_its_vehicle() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    assert expire_order(order=made.order, now=NOON + HALF_HOUR - SECOND) is False
    assert expire_order(order=made.order, now=NOON + HALF_HOUR) is True
    assert expire_order(order=made.order, now=NOON + HALF_HOUR) is False
    found = order(made.order, NOON)
    assert (found.state, found.next_step.by) == ("expired", "nobody")
    assert found.moves == ()
    assert vehicle(vin, NOON).status == "available"
    with pytest.raises(OrderStateConflict):
        deposit_received(order=made.order, payment=made.payment, now=NOON)


def test_a_vehicle_stays_held_while_a_payment_is_on_its_way() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    late = NOON + HALF_HOUR + SECOND
    hold_longer(order=made.order, now=late)
    assert vehicle(vin, late).free_at == late + HOLD_GRACE
    hold_longer(order=placed().order, now=late)


def test_an_unpaid_order_is_given_up_for_nothing() -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    cancel_unpaid_order(order=made.order, actor="guest", now=NOON)
    assert order(made.order, NOON).state == "cancelled"
    assert vehicle(vin, NOON).status == "available"
    with pytest.raises(OrderStateConflict):
        cancel_unpaid_order(order=made.order, actor="guest", now=NOON)


def test_a_paid_order_does_not_end_as_an_unpaid_one() -> None:
    made = reserved()
    with pytest.raises(OrderStateConflict, match="without a deposit"):
        cancel_unpaid_order(order=made.order, actor="guest", now=NOON)


def test_the_contract_moves_its_own_axis_and_the_next_step_follows() -> None:
    made = reserved()
    contract_issued(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    contract_issued(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    assert order(made.order, NOON).next_step.code == "accept-contract"
    contract_accepted(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    contract_accepted(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    found = order(made.order, NOON)
    assert found.state == "reserved"
    assert found.next_step.code == "lock"
    assert found.contract is not None
    assert (found.contract.number, found.contract.state) == ("FC-2026-1", "accepted")
    assert [e.kind for e in found.events] == [
        "order-placed",
        "deposit-paid",
        "contract-issued",
        "contract-accepted",
    ]


def test_an_accepted_contract_is_never_replaced() -> None:
    made = reserved()
    contract_accepted(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    for move in (contract_issued, contract_accepted):
        with pytest.raises(OrderStateConflict, match="accepted already"):
            move(order=made.order, contract="FC-2026-2", at=NOON, now=NOON)


def test_no_contract_moves_before_the_deposit_or_after_the_end() -> None:
    made = placed()
    with pytest.raises(OrderStateConflict):
        contract_accepted(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)
    expire_order(order=made.order, now=NOON + WEEK)
    with pytest.raises(OrderStateConflict):
        contract_issued(order=made.order, contract="FC-2026-1", at=NOON, now=NOON)


def test_a_contract_finds_every_fact_it_quotes() -> None:
    made = reserved()
    facts = order_facts_for_contract(made.order)
    assert facts.seller.name["en"].startswith("Egretta Motor Technology")
    assert facts.buyer.document == "**************1234"
    assert facts.buyer.address == "厦门 鹭行路 1 号"
    assert facts.car.trim["zh-hans"] == "远航版"
    assert {e.origin for e in facts.car.equipment} == {"chosen", "included", "standard"}
    assert facts.price.total == Money.of("395300", "CNY")
    assert facts.price.balance == Money.of("113590", "CNY")
    assert facts.price.vat_rate == "0.13"
    assert facts.price.taxes[0].amount == Money.of("19982.30", "CNY")
    assert [s.refund.minor for s in facts.deposit.stages] == [500000, 0, 0, 0]
    assert facts.deposit.in_words[0][1] == Money.of("5000", "CNY")
    assert facts.finance is not None
    assert len(facts.finance.schedule) == 60
    assert sum(i.payment.minor for i in facts.finance.schedule) == 30486360
    assert facts.insurance is not None
    assert facts.insurance.total == Money.of("8504.73", "CNY")
    assert facts.delivery.place["en"] == "Egretta Delivery Centre Xiamen"
    assert facts.agreed_at == NOON + SECOND
    assert facts.refund_days == 7
    assert facts.language == "en"


def test_a_contract_without_loan_or_cover_says_so() -> None:
    made = reserved(quoted(finance=None, insurance=[]))
    facts = order_facts_for_contract(made.order)
    assert facts.finance is None
    assert facts.insurance is None
    assert facts.price.balance == Money.of("390300", "CNY")
    assert order(made.order, NOON).finance_state == "none"


@pytest.mark.parametrize(("stock", "most"), [(False, 14), (True, 16)])
def test_placing_an_order_takes_few_statements(stock: bool, most: int, settings: Any) -> None:
    placed()  # the audit chain has begun
    code = quoted(vin=stock_vehicle()) if stock else quoted()
    terms = {"version": version_of(code), "accepted": True}
    settings.RELEASE_POLL_SECONDS = 60.0
    confirm_loan(code)
    with CaptureQueriesContext(connection) as told:
        placed(code, terms=terms, confirmed=True)
    statements = [q["sql"] for q in told if "SAVEPOINT" not in q["sql"]]
    assert len(statements) <= most, "\n".join(sql[:160] for sql in statements)


def test_the_page_of_an_order_takes_few_statements() -> None:
    made = reserved()
    with CaptureQueriesContext(connection) as told:
        order(made.order, NOON)
    assert len(told) <= 12


def test_every_state_the_table_knows_can_be_stored_and_read() -> None:
    made = reserved()
    for state in State:
        Order.objects.filter(code=made.order).update(state=state)
        assert order(made.order, NOON).state == state


def test_the_answer_to_placing_is_the_page_that_is_read_later() -> None:
    made = placed()
    assert made.facts == order(made.order, NOON)
