"""A contested payment freezes its order, and whichever way it ends, row, order and ledger agree; whoever tells us."""

from __future__ import annotations

import pytest

from checkout.domain.balance import applied_legs
from checkout.domain.order import State
from checkout.errors import GatewayRefused, OrderStateConflict, PaymentNotPossible
from checkout.events import DisputeTold
from checkout.models import LedgerEntry, Payment, PaymentOperation, VendorDispute
from checkout.queries.paid import held_of
from checkout.services import contesting, disputing, inbox, payments
from checkout.services.ledger import post
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.bookkeeping import Shop, accounts, order_of
from tests.factories.gateways import SandboxDriver, signed

pytestmark = pytest.mark.django_db


def told(payment: Payment) -> list[str]:
    return list(order_of(payment).events.order_by("number").values_list("kind", flat=True))


def look(shop: Shop, payment: Payment) -> int:
    """What the job after a message about a dispute does."""
    shop.clock.forward(seconds=1)
    return contesting.look(books=shop.books, payment=payment.provider_id or "", now=shop.clock.now)


@pytest.mark.parametrize("by", ["message", "books"])
def test_a_contested_order_rests_and_a_won_dispute_lets_it_go_on(opened: Shop, by: str) -> None:
    payment, code = opened.contested()

    def hear() -> None:
        if by == "message":
            assert look(opened, payment) == 1
            assert look(opened, payment) == 0
        assert opened.clock.forward(seconds=1)
        assert opened.pull().disputes == (() if by == "message" else (code,))

    hear()
    assert (order_of(payment).state, told(payment)[-1]) == (State.DISPUTED, "order-disputed")
    assert AuditEntry.objects.filter(action="order-disputed").count() == 1
    row = VendorDispute.objects.get()
    assert (row.code, row.state, row.payment, row.amount) == (code, "open", payment, 500_000)
    assert accounts()["1150"] == 500_000
    opened.driver.decide(code, won=True)
    hear()
    assert (order_of(payment).state, told(payment)[-1]) == (State.RESERVED, "order-resumed")
    assert ("1150" in accounts(), accounts()["2000"]) == (False, -500_000)
    assert opened.differences() == {}


def test_a_lost_dispute_paid_the_buyer_and_waits_for_a_person(opened: Shop) -> None:
    payment, code = opened.contested()
    opened.pull()
    opened.driver.decide(code, won=False)
    opened.clock.forward(seconds=1)
    for _ in range(2):
        opened.pull()
    payment.refresh_from_db()
    assert (order_of(payment).state, told(payment)[-1]) == (State.DISPUTED, "dispute-lost")
    assert {name: accounts().get(name) for name in ("1150", "2000", "2010", "5020")} == {
        "1150": None,
        "2000": None,
        "2010": None,
        "5020": None,
    }
    assert (payment.state, payment.refunded) == ("refunded", 500_000)
    assert not held_of(order_of(payment))
    assert opened.differences() == {}
    disputing.resume(
        order=payment.order.code, reason="paid again", actor="staff:1", now=opened.clock.now
    )
    assert order_of(payment).state == State.RESERVED


def test_nobody_refunds_resumes_or_hands_over_while_a_payment_is_contested(opened: Shop) -> None:
    payment, _ = opened.contested()
    look(opened, payment)
    with pytest.raises(PaymentNotPossible, match="contested"):
        opened.refund(payment, 100_000)
    with pytest.raises(OrderStateConflict, match="contested"):
        disputing.resume(
            order=payment.order.code, reason="x", actor="staff:1", now=opened.clock.now
        )
    assert order_of(payment).state == State.DISPUTED


@pytest.mark.parametrize("won", [True, False])
def test_a_refund_that_meets_a_dispute_waits_for_its_outcome(opened: Shop, won: bool) -> None:
    payment, code = opened.contested()
    key = opened.refund(payment, 300_000, sent=False)  # decided before anybody heard of the dispute
    with pytest.raises(GatewayRefused):
        payments.perform(key=key, gateway=opened.driver.gateway, now=opened.clock.now)
    operation = PaymentOperation.objects.get(key=key)
    assert (operation.state, operation.attempts) == ("planned", 0)
    opened.pull()
    opened.clock.forward(minutes=2)
    assert payments.sweep_operations(gateway=opened.driver.gateway, now=opened.clock.now) == 0
    operation.refresh_from_db()
    assert (operation.attempts, accounts()["2010"]) == (0, -300_000)

    opened.driver.decide(code, won=won)
    opened.clock.forward(minutes=2)
    opened.pull()
    operation.refresh_from_db()
    payment.refresh_from_db()
    if not won:
        assert (operation.state, payment.refunded) == ("done", 500_000)
        assert {"1150", "2000", "2010", "5020"}.isdisjoint(accounts())
    else:
        assert (operation.state, accounts()["2000"], "1150" in accounts()) == (
            "planned",
            -200_000,
            False,
        )
        if isinstance(opened.driver, SandboxDriver):  # the stand-in repeats its refusal for a day
            payments.sweep_operations(gateway=opened.driver.gateway, now=opened.clock.now)
            opened.pull()
            assert (accounts()["2000"], accounts().get("2010")) == (-200_000, None)
    assert opened.differences() == {}


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_a_dispute_that_comes_after_a_refund_was_paid_is_a_loss_for_the_rest(opened: Shop) -> None:
    payment = opened.paid()
    opened.refund(payment, 300_000)
    assert isinstance(opened.driver, SandboxDriver)
    code = opened.driver.world.contest(payment.provider_id or "")
    opened.driver.decide(code, won=False)
    opened.pull()
    payment.refresh_from_db()
    assert (payment.refunded, accounts()["5020"]) == (500_000, 300_000)
    assert {"1150", "2000", "2010"}.isdisjoint(accounts())
    assert opened.differences() == {}


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_after_the_sale_a_lost_dispute_is_a_loss_and_won_after_all_it_is_none(
    opened: Shop,
) -> None:
    payment, code = opened.contested()
    post(
        key=f"ap:{payment.order.code}",
        kind="applied",
        order=order_of(payment),
        legs=applied_legs(Money(500_000, "CNY")),
        now=opened.clock.now,
    )
    opened.driver.decide(code, won=False)
    opened.pull()
    assert (accounts()["5020"], "1150" in accounts()) == (500_000, False)
    opened.driver.decide(code, won=True)
    opened.clock.forward(seconds=1)
    opened.pull()
    payment.refresh_from_db()
    assert {"1150", "5020"}.isdisjoint(accounts())
    assert (payment.refunded, payment.state) == (0, "succeeded")
    assert opened.differences() == {}


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_a_dispute_that_is_told_before_its_payment_lays_the_order_to_rest_all_the_same(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = opened.asked()
    opened.driver.contest(payment.provider_id or "")
    look(opened, payment)
    assert order_of(payment).state == State.AWAITING_DEPOSIT
    heard: list[object] = []
    monkeypatch.setattr("checkout.services.settlement.publish", heard.append)
    opened.settled(payment)
    assert [event.payment for event in heard if isinstance(event, DisputeTold)] == [
        payment.provider_id
    ]
    look(opened, payment)
    assert order_of(payment).state == State.DISPUTED
    assert told(payment).count("order-disputed") == 1


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_an_answer_that_is_older_than_the_last_one_changes_nothing(opened: Shop) -> None:
    payment, code = opened.contested()
    (stale,) = opened.books.disputes_of(payment.provider_id or "")
    before = opened.clock.now
    opened.driver.decide(code, won=False)
    look(opened, payment)
    assert not contesting.take(provider=opened.books.provider, found=stale, now=before)
    assert VendorDispute.objects.get().state == "lost"


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_an_order_that_was_laid_to_rest_by_a_person_waits_for_that_person(opened: Shop) -> None:
    payment = opened.paid()
    code = payment.order.code
    disputing.dispute(order=code, reason="damage", actor="staff:1", now=opened.clock.now)
    assert isinstance(opened.driver, SandboxDriver)
    contest = opened.driver.world.contest(payment.provider_id or "")
    look(opened, payment)
    opened.driver.decide(contest, won=True)
    look(opened, payment)
    assert order_of(payment).state == State.DISPUTED
    assert told(payment)[-2:] == ["payment-contested", "dispute-won"]


def test_a_message_about_a_dispute_asks_the_vendor_and_is_never_believed(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, code = opened.contested()
    heard: list[object] = []
    monkeypatch.setattr("checkout.services.inbox.publish", heard.append)
    driver = opened.driver
    if isinstance(driver, SandboxDriver):
        body = driver.world.message(payment.provider_id or "", "dispute.created").body
    else:
        body = next(
            driver.body(event)
            for event in driver.events()
            if event["type"] == "charge.dispute.created"
        )
    inbox.receive(
        provider=opened.books.provider,
        body=body,
        headers=signed(driver, body, at=opened.clock.now),
        gateway=driver.gateway,
        now=opened.clock.now,
    )
    inbox.process_due(gateway=driver.gateway, clock=lambda: opened.clock.now)
    assert ("DisputeTold", payment.provider_id) in [
        (type(event).__name__, getattr(event, "payment", "")) for event in heard
    ]
    assert order_of(payment).state == State.RESERVED  # the message alone moves nothing
    assert LedgerEntry.objects.filter(kind="dispute").count() == 0
    assert code
