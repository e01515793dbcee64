"""Any sequence of changes keeps the order whole; two at once are one; a process may die between any two writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.models import IncentiveClaim
from checkout.domain.amounts import money_of
from checkout.domain.order import State
from checkout.errors import StalePreview
from checkout.models import Amendment, LedgerLeg, Order, OrderEvent, Payment, PaymentOperation
from checkout.queries.amending import preview_amendment
from checkout.queries.orders import order as page_of
from checkout.queries.paid import due_of, held_of
from checkout.services.amending import amend_order
from kernel.models import Job
from kernel.money import Money
from tests.factories.amendable import CARE, LOUD, PLATE, amend, preview, promises, reserved
from tests.factories.shelf import EXAMPLE, NOON, forget, put_on_sale
from tests.factories.till import Till
from tests.support.crashing import for_every_write, undone
from tests.support.racing import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]
PROVE = os.environ.get("FORECOURT_PROVE") == "1"
ROUNDS = 40 if PROVE else 4
CARS = (
    EXAMPLE,
    LOUD,
    ("trim:voyage", "paint-cinnabar", *EXAMPLE[2:]),
    ("trim:voyage", "paint-clearing", "wheel-21-forged", "int-cream"),
    ("trim:zenith",),
    ("trim:zenith", "pkg-clearing500"),
)
LOAN = {"product": "luyin-60", "months": 60, "down_payment": None}


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def wish() -> st.SearchStrategy[dict[str, Any]]:
    """Some wishes at once, none of which needs another."""
    parts: dict[str, st.SearchStrategy[Any]] = {
        "choices": st.sampled_from(CARS).map(list),
        "extras": st.sampled_from([[], [CARE], [CARE, PLATE], [{**CARE, "wanted": False}]]),
        "insurance": st.sampled_from([[], None, ["cn-compulsory", "cn-damage"]]),
        "delivery": st.sampled_from([{"place": "xm-home"}, {"place": "sh-jiading"}]),
    }
    return st.fixed_dictionaries({}, optional=parts)


def owed(order: Order) -> int:
    """What the books say we hold of the buyer's money, in minor units."""
    legs = LedgerLeg.objects.filter(entry__order=order, account="2000")
    return -sum(leg.amount for leg in legs)


def assert_whole(order: Order) -> None:
    """Books, document, page and promises agree."""
    document, page = order.document, page_of(order.code, NOON)
    held = held_of(order)
    assert owed(order) == held.minor
    lines = document["price_sheet"]["lines"]
    assert sum(line["amount"]["amount"] for line in lines) == order.price
    assert order.price == document["price_sheet"]["total"]["amount"]
    assert page.money.total == money_of(document["on_the_road"])
    financed = money_of(document["balance"]["financed"])
    under_way = PaymentOperation.objects.filter(
        payment__order=order, kind="refund", resolved_at=None
    )
    back = Money(sum(each.amount or 0 for each in under_way), order.currency)
    assert page.money.before_handover == page.money.total - financed - held - back
    assert due_of(order).minor == max(0, order.price - financed.minor - held.minor)
    last = order.amendments.order_by("number").last()
    if last is not None:
        assert last.after == document
    numbers = list(order.amendments.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    live = IncentiveClaim.objects.filter(holder=order.code, released_at=None)
    edition = "pkg-clearing500" in document["car"]["choices"]
    assert [claim.incentive for claim in live] == (["clearing-500"] if edition else [])


@settings(
    max_examples=40 if PROVE else 8,
    deadline=None,
    derandomize=not PROVE,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    state=st.sampled_from([State.RESERVED, State.LOCKED]),
    wishes=st.lists(wish(), min_size=1, max_size=4),
)
def test_any_sequence_of_changes_keeps_books_document_and_promises_whole(
    till: Till, state: State, wishes: list[dict[str, Any]]
) -> None:
    with undone():
        order = reserved(till, state=state)
        first, told = order.document, promises(order)
        for number, each in enumerate(wishes):
            now = NOON + timedelta(days=number)
            shown = preview(order, now, **each)
            if not shown.kinds:
                continue
            made = amend(order, now, **each)
            assert made.difference == shown.shown
            assert promises(order)[: len(told)] == told
            told = promises(order)
            assert_whole(order)
        back = {
            "choices": list(EXAMPLE),
            "extras": [],
            "insurance": ["cn-compulsory", "cn-damage", "cn-third-party-2m"],
            "delivery": {"place": "xm-home"},
        }
        if preview(order, NOON, **back).kinds:
            amend(order, NOON, **back)
        assert order.document == first
        assert promises(order)[-1] == promises(order)[0]
        assert not Payment.objects.filter(order=order, purpose="amendment").exists()
        assert_whole(order)


def test_of_two_changes_at_one_moment_one_wins_and_the_other_sees_what_is_true(
    till: Till,
) -> None:
    for number in range(ROUNDS):
        order = reserved(till)
        wishes: list[dict[str, Any]] = [
            {"choices": list(LOUD)},
            {"choices": list(CARS[2])} if number % 2 else {"extras": [CARE]},
        ]
        prints = [preview(order, **each).fingerprint for each in wishes]
        calls = [
            lambda each=each, shown=shown, order=order: amend_order(
                order=order.code, wishes=each, fingerprint=shown, actor="guest", now=NOON
            )
            for each, shown in zip(wishes, prints, strict=True)
        ]
        answers = at_once(*calls)
        assert sum(isinstance(answer, Amendment) for answer in answers) == 1, answers
        [stale] = [answer for answer in answers if isinstance(answer, StalePreview)]
        loser = answers.index(stale)
        order.refresh_from_db()
        assert stale.facts["preview"] == preview(order, **wishes[loser]).facts()
        assert order.amendments.count() == 1
        assert_whole(order)


def test_the_same_change_twice_at_one_moment_is_made_once(till: Till) -> None:
    for _ in range(ROUNDS):
        order = reserved(till)
        shown = preview(order, extras=[CARE]).fingerprint

        def call(order: Order = order, shown: str = shown) -> Amendment:
            return amend_order(
                order=order.code,
                wishes={"extras": [CARE]},
                fingerprint=shown,
                actor="guest",
                now=NOON,
            )

        answers = at_once(call, call)
        assert sum(isinstance(answer, Amendment) for answer in answers) == 1, answers
        [stale] = [answer for answer in answers if isinstance(answer, StalePreview)]
        assert stale.facts["preview"]["kinds"] == []


def test_a_change_is_whole_or_not_at_all(till: Till) -> None:
    order = reserved(till)
    before = Order.objects.values().get(pk=order.pk)
    wishes: dict[str, Any] = {
        "choices": ["trim:zenith", "pkg-clearing500"],
        "extras": [CARE],
        "buyer_address": "厦门市鹭江道 2 号",
    }
    shown = preview(order, **wishes).fingerprint

    def act() -> None:
        amend_order(order=order.code, wishes=wishes, fingerprint=shown, actor="guest", now=NOON)

    def died() -> None:
        assert Order.objects.values().get(pk=order.pk) == before
        assert not Amendment.objects.filter(order=order).exists()
        assert not IncentiveClaim.objects.filter(holder=order.code).exists()

    def done() -> None:
        assert Amendment.objects.filter(order=order).count() == 1
        assert OrderEvent.objects.filter(order=order, kind="order-amended").count() == 1
        assert order.promises.count() == 2

    assert for_every_write(act, died=died, done=done) > 5


def test_a_charge_is_paid_like_any_other_and_what_came_too_late_goes_back(till: Till) -> None:
    order = reserved(till, state=State.INSPECTION_READY)
    balance = Payment.objects.create(
        code="BALANCE1",
        order=order,
        purpose=Payment.Purpose.BALANCE,
        amount=order.price - order.deposit,
        currency="CNY",
        created_at=NOON,
    )
    amend(order, extras=[CARE])
    balance.refresh_from_db()
    assert balance.amount == order.price - order.deposit
    pay(till, order, "balance")
    order.refresh_from_db()
    assert order.state == State.BALANCE_PAID
    amend(order, extras=[CARE, PLATE])
    till.start(order, purpose="amendment")
    charge = vendors_name(order, "amendment")
    amend(order, extras=[CARE])
    till.driver.pay(charge)
    till.settle(charge)
    order.refresh_from_db()
    assert held_of(order).minor == order.price
    assert_whole(order)


def pay(till: Till, order: Order, purpose: str) -> None:
    """The buyer pays what is due for that purpose."""
    till.start(order, purpose=purpose)
    name = vendors_name(order, purpose)
    till.driver.pay(name)
    till.settle(name)


def vendors_name(order: Order, purpose: str) -> str:
    """The vendor's name of the last attempt to pay for that purpose."""
    found = order.payments.filter(purpose=purpose).order_by("attempt").last()
    assert found is not None
    return found.provider_id or ""


def test_a_change_is_told_once_to_everybody_who_listens(till: Till) -> None:
    order = reserved(till)
    amend(order, extras=[CARE])
    heard = [job for job in Job.objects.all() if "on_order_amended" in str(vars(job))]
    assert len(heard) == 1


def test_a_preview_reads_only(till: Till) -> None:
    order = reserved(till)
    before = Order.objects.values().get(pk=order.pk)
    preview_amendment(order=order.code, wishes={"choices": list(LOUD)}, now=NOON)
    assert Order.objects.values().get(pk=order.pk) == before
