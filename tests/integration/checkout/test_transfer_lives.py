"""Orders paid by transfer, whatever happens to them: the books say what the bank and our documents say, to the cent."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.db.models import Sum

from catalog.errors import CatalogError
from checkout.domain.order import Actor, State
from checkout.errors import CheckoutError
from checkout.models import BankLine, BankMatch, OutgoingTransfer, PaymentOperation
from checkout.queries.held import deposits, held
from checkout.queries.paid import due_of
from checkout.services import cancelling, outgoing
from checkout.services.bank_matching import Target, match, unmatch
from checkout.services.bank_reading import match_open
from checkout.services.expiry import expire_orders
from kernel.money import Money
from tests.factories.banked import CLERK, OTHER, Row, imported, paying
from tests.factories.living import Life, living
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, balances
from tests.support.crashing import undone

pytestmark = [pytest.mark.django_db, pytest.mark.prove]
STEPS = 26
SEEDS = range(60 if os.environ.get("FORECOURT_PROVE") == "1" else 2)


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@dataclass
class Chaos:
    """One order, its buyer's bank, our bank and two clerks."""

    life: Life
    luck: random.Random
    lines: int = 0
    well: int = 0
    done: list[str] = field(default_factory=list)

    def come(self, amount: int, text: str = "") -> None:
        """A line comes in (or goes out) and is read."""
        self.lines += 1
        order = self.life.order
        row = paying(order, amount) if not text else Row(amount, text)
        imported(
            Row(row.amount, row.text, ref=f"B{self.lines}"),
            currency=order.currency,
            now=self.life.now,
        )

    def due(self) -> int:
        """What the buyer reads on the page."""
        order = self.life.order
        order.refresh_from_db()
        return order.deposit if order.state == "awaiting_deposit" else due_of(order).minor

    def pay(self) -> None:
        """What is due, mostly."""
        due = self.due() or self.life.order.deposit
        self.come(self.luck.choice((due, due, due, due // 2 + 1, due + 7)))

    def match_by_hand(self) -> None:
        """A clerk gives an open line, or a part of it, to the order."""
        rows = list(BankLine.objects.filter(state="open", amount__gt=0))
        if rows:
            row = self.luck.choice(rows)
            part = self.luck.choice((row.amount, min(row.amount, self.due() or row.amount)))
            target = Target("order", self.life.code, Money(part, row.currency))
            match(line=row.pk, targets=[target], actor=CLERK, now=self.life.now)

    def take_back(self) -> None:
        """A clerk takes the last match off again."""
        row = BankMatch.objects.filter(undone_at=None).last()
        if row is not None:
            unmatch(match=row.pk, actor=CLERK, now=self.life.now)

    def cancel(self, by: Actor) -> None:
        """The order is to end."""
        now, code = self.life.now, self.life.code
        reason = None if by is Actor.BUYER else "cannot-deliver"
        preview = cancelling.preview_cancellation(order=code, reason=reason, by=by, now=now)
        cancelling.cancel_order(
            order=code,
            reason=reason,
            actor="guest" if by is Actor.BUYER else CLERK,
            by=by,
            fingerprint=preview["fingerprint"],
            gateway=self.life.till.gateway,
            now=now,
        )

    def pay_out(self) -> None:
        """One step further with a transfer to the buyer."""
        now = self.life.now
        rows = list(OutgoingTransfer.objects.exclude(state="done"))
        if not rows:
            return
        row = self.luck.choice(rows)
        steps: dict[str, Callable[[], object]] = {
            "proposed": lambda: self.decide(row),
            "approved": lambda: outgoing.send(transfers=[row.code], actor=CLERK, now=now),
            "sent": lambda: self.come(-row.amount, row.code),
            "refused": lambda: outgoing.propose_again(transfer=row.code, actor=OTHER, now=now),
            "returned": lambda: outgoing.propose_again(transfer=row.code, actor=OTHER, now=now),
        }
        steps[row.state]()

    def decide(self, row: OutgoingTransfer) -> None:
        """The buyer has said where to, and somebody else than who proposed it decides."""
        now = self.life.now
        if not row.account_hint:
            number = "6222021234567890128"
            facts = {"holder": "王小明", "number": number, "bank": "工商银行"}
            outgoing.give_account(order=self.life.code, actor="guest", now=now, **facts)
        actor = OTHER if row.proposed_by != OTHER else CLERK
        if self.luck.random() < 0.25:
            outgoing.refuse(transfer=row.code, note="no", actor=actor, now=now)
        else:
            outgoing.approve(transfer=row.code, actor=actor, now=now)

    def bring_back(self) -> None:
        """The bank brings a transfer back."""
        rows = list(OutgoingTransfer.objects.filter(state="done"))
        if rows:
            row = self.luck.choice(rows)
            self.come(row.amount, f"RETURN {row.code}")
            line = BankLine.objects.last()
            assert line is not None
            target = Target("transfer", row.code, Money(row.amount, row.currency))
            match(line=line.pk, targets=[target], actor=CLERK, now=self.life.now)

    def deeds(self) -> dict[str, Callable[[], object]]:
        """Everything there is to try, by name."""
        life = self.life
        return {
            "pay": self.pay,
            "pay again": self.pay,
            "by hand": self.match_by_hand,
            "take back": self.take_back,
            "accept": life.accept,
            "lock": life.lock,
            "allocate": life.allocate,
            "dispatch": life.dispatch,
            "ready": life.ready,
            "prove cover": life.prove_cover,
            "hand over": life.hand_over,
            "buyer cancels": lambda: self.cancel(Actor.BUYER),
            "seller fails": lambda: self.cancel(Actor.STAFF),
            "pay out": self.pay_out,
            "pay out on": self.pay_out,
            "come back": self.bring_back,
            "an hour": lambda: life.till.clock.forward(hours=1),
            "expire": lambda: expire_orders(gateway=life.till.gateway, now=life.now),
            "read": lambda: match_open(now=life.now),
        }

    def ties_out(self) -> None:
        """Bank, unidentified money, refunds to be paid and deposits are each what another table says."""
        books = balances()
        lines = BankLine.objects.aggregate(total=Sum("amount"))["total"] or 0
        matched = BankMatch.objects.filter(undone_at=None).aggregate(total=Sum("amount"))["total"]
        assert books.get("1000", 0) == lines
        assert books.get("2090", 0) == (matched or 0) - lines
        waiting = PaymentOperation.objects.filter(by_transfer=True, resolved_at=None)
        owed = waiting.aggregate(total=Sum("amount"))["total"] or 0
        rest = OutgoingTransfer.objects.filter(refund=None).exclude(
            state__in=["done", "refused", "returned"]
        )
        owed += rest.aggregate(total=Sum("amount"))["total"] or 0
        refused = OutgoingTransfer.objects.filter(refund=None, state__in=["refused", "returned"])
        again = OutgoingTransfer.objects.filter(refund=None).exclude(
            state__in=["refused", "returned"]
        )
        for row in refused.exclude(compensation__in=again.values("compensation")).distinct():
            owed += row.amount
        assert books.get("2010", 0) == -owed
        assert deposits() == held(since=self.life.now)
        assert sum(books.values()) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_the_books_are_the_money(seed: int, till: Till) -> None:
    luck = random.Random(seed)
    start = luck.choice((State.AWAITING_DEPOSIT, State.AWAITING_DEPOSIT, State.LOCKED))
    with undone():
        chaos = Chaos(living(till), luck)
        if start is State.LOCKED:
            chaos.come(chaos.due())
            chaos.life.accept()
            chaos.life.lock()
        for _ in range(STEPS):
            name = luck.choice(list(chaos.deeds()))
            chaos.done.append(name)
            with suppress(CheckoutError, CatalogError):
                chaos.deeds()[name]()
                chaos.well += 1
            chaos.ties_out()
        assert chaos.well > STEPS // 3, "most of it was refused: nothing was tried"


def test_a_car_paid_by_transfer_is_handed_over(till: Till) -> None:
    chaos = Chaos(living(till), random.Random(1))
    life = chaos.life
    chaos.come(chaos.due())
    life.accept()
    life.lock()
    life.allocate()
    life.dispatch()
    life.ready()
    due = chaos.due()
    chaos.come(due // 3)
    match_open(now=life.now)
    line = BankLine.objects.filter(state="open").get()
    target = Target("order", life.code, line.money)
    match(line=line.pk, targets=[target], actor=CLERK, now=life.now)
    assert life.state == "inspection_ready"
    chaos.ties_out()
    chaos.come(due - due // 3)
    assert life.state == "balance_paid"
    life.prove_cover()
    life.hand_over()
    assert deposits() == held(since=life.now) == {}
    assert not OutgoingTransfer.objects.exists()
    chaos.ties_out()
