"""Anybody does anything in any order: the order is always in a legal state, and no money is without a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogError
from checkout.domain.order import MOVES, WHO, Actor, Move, State
from checkout.domain.tie_out import findings
from checkout.errors import CheckoutError
from checkout.gateways.sandbox_books import SandboxBooks
from checkout.models import LedgerEntry, Order
from checkout.queries.paid import held_of
from checkout.queries.tie_out import world
from checkout.services import balance, cancelling, handover, locking, production
from checkout.services.disputing import dispute, resume
from checkout.services.expiry import expire_orders
from checkout.services.vendor_books import pull
from kernel.audit import verify_chain
from tests.factories.gateways import sandbox
from tests.factories.living import VIN, Life, living
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till
from tests.support.crashing import undone

pytestmark = pytest.mark.django_db

ACTORS = ("guest", "staff:1", "system")
TOLD_BY = {
    Move.RECEIVE_DEPOSIT: "deposit-paid",
    Move.EXPIRE: "order-expired",
    Move.LOCK: "order-locked",
    Move.START_PRODUCTION: "production-started",
    Move.ALLOCATE: "car-allocated",
    Move.DISPATCH: "car-dispatched",
    Move.MAKE_READY: "car-ready",
    Move.PAY_BALANCE: "balance-paid",
    Move.HAND_OVER: "handed-over",
    Move.CANCEL_BY_BUYER: "order-cancelled",
    Move.CANCEL_BY_SELLER: "order-cancelled",
    Move.DISPUTE: "order-disputed",
    Move.RESUME: "order-resumed",
}


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


_worlds = count(1)


@dataclass
class Chaos:
    """One order on which anybody may try anything."""

    life: Life
    shown: list[str] = field(default_factory=list)

    def try_it(self, act: Callable[[str], object], actor: str) -> None:
        """A refusal by name is an answer; everything else is a fault."""
        with suppress(CheckoutError, CatalogError):
            act(actor)

    def pay(self, purpose: str) -> None:
        self.life.pay(purpose)

    def begin(self, purpose: str) -> None:
        self.life.till.start(self.life.order, purpose=purpose)

    def finish(self) -> None:
        """The vendor's page is still open in some tab, and the buyer pays there now."""
        for payment in self.life.order.payments.exclude(provider_id=None).exclude(
            state__in=["succeeded", "refunded"]
        ):
            self.life.till.driver.pay(payment.provider_id or "")
            self.life.till.settle(payment.provider_id or "")

    def look(self) -> None:
        self.shown.append(self.life.fingerprint())

    def lock(self, actor: str) -> None:
        for fingerprint in self.shown[-1:]:
            locking.lock(
                order=self.life.code, fingerprint=fingerprint, actor=actor, now=self.life.now
            )

    def cancel(self, actor: str, by: Actor) -> None:
        now, code = self.life.now, self.life.code
        reason = None if by is Actor.BUYER else "cannot-deliver"
        preview = cancelling.preview_cancellation(order=code, reason=reason, by=by, now=now)
        cancelling.cancel_order(
            order=code,
            reason=reason,
            actor=actor,
            by=by,
            fingerprint=preview["fingerprint"],
            gateway=self.life.till.gateway,
            now=now,
        )


def deeds(chaos: Chaos) -> dict[str, Callable[[str], object]]:
    """Everything there is to try, by name; each is given who tries it."""
    life = chaos.life
    code, till = life.code, life.till

    def at(act: Callable[..., object], **facts: str) -> Callable[[str], object]:
        return lambda actor: act(order=code, actor=actor, now=life.now, **facts)

    return {
        "pay the deposit": lambda _: chaos.pay("deposit"),
        "begin the deposit": lambda _: chaos.begin("deposit"),
        "begin the balance": lambda _: chaos.begin("balance"),
        "pay the balance": lambda _: chaos.pay("balance"),
        "finish paying": lambda _: chaos.finish(),
        "accept": lambda _: life.accept(),
        "look": lambda _: chaos.look(),
        "lock": chaos.lock,
        "remind": lambda _: locking.remind_all(now=life.now),
        "reminder sent": lambda _: locking.reminder_sent(order=code, at=life.now),
        "lock by itself": lambda _: locking.lock_all(now=life.now),
        "start": at(production.start_production),
        "allocate": at(production.allocate),
        "allocate a car": at(production.allocate, vin=VIN),
        "allocate nonsense": at(production.allocate, vin="L0SH11CA1VX112729"),
        "name the car": at(production.name_car, vin=VIN),
        "dispatch": at(production.dispatch),
        "make ready": at(production.make_ready),
        "note the balance": at(balance.pay_balance),
        "prove cover": lambda _: life.prove_cover(),
        "hand over": at(handover.hand_over),
        "dispute": at(dispute, reason="chargeback"),
        "resume": at(resume, reason="won"),
        "buyer cancels": lambda actor: chaos.cancel(actor, Actor.BUYER),
        "seller fails": lambda actor: chaos.cancel(actor, Actor.STAFF),
        "an hour passes": lambda _: till.clock.forward(hours=1),
        "a week passes": lambda _: till.clock.forward(days=7),
        "expire": lambda _: expire_orders(gateway=till.gateway, now=life.now),
        "sweep": lambda _: till.sweep(),
    }


def legal(before: State, resumes: State | None, after: State) -> bool:
    """Whether one move of the table leads from one state to the other."""
    if before is State.DISPUTED and after is resumes:
        return True
    return after in MOVES[before].values()


def reachable(before: State, resumes: State | None, after: State) -> bool:
    """Within one deed: at most two moves, as where a car is ready and nothing is left to pay."""
    if before is after or legal(before, resumes, after):
        return True
    return any(legal(before, resumes, via) and legal(via, None, after) for via in State)


def posted(order: Order, account: str, *, kind: str | None = None) -> int:
    entries = LedgerEntry.objects.filter(order=order)
    if kind is not None:
        entries = entries.filter(kind=kind)
    return sum(
        leg.amount
        for entry in entries.prefetch_related("legs")
        for leg in entry.legs.all()
        if leg.account == account
    )


def no_money_without_a_reason(order: Order) -> None:
    """What we hold is owed to the buyer, was set against the price, or is a deposit that the policy lets us keep."""
    held = held_of(order).minor
    applied, kept = posted(order, "2000", kind="applied"), -posted(order, "4100")
    assert held == -posted(order, "2000") + applied + kept
    assert 0 <= held <= order.price
    if "car-ready" not in order.events.values_list("kind", flat=True):
        assert not order.payments.filter(purpose="balance").exists()
    if kept:
        assert order.state == "cancelled"


def told_once(order: Order, move: Move) -> bool:
    return order.events.filter(kind=TOLD_BY[move]).count() <= 1


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), stock=st.booleans(), start=st.sampled_from(list(MOVES)[:8]))
def test_whoever_tries_whatever_the_order_stays_legal_and_its_money_has_a_reason(
    till: Till, tmp_path: Path, data: st.DataObject, stock: bool, start: State
) -> None:
    # A vendor that remembers nothing of the lives before, as our tables do.
    till.driver = sandbox(tmp_path / f"world{next(_worlds)}", till.clock)
    begin = State.ALLOCATED if start is State.IN_PRODUCTION else start
    with undone():
        life = living(till, begin, stock=stock)
        chaos = Chaos(life)
        known = deeds(chaos)
        names = st.lists(
            st.tuples(st.sampled_from(sorted(known)), st.sampled_from(ACTORS)), max_size=20
        )
        for name, actor in data.draw(names, label="deeds"):
            before = State(life.state)
            resumes = State(life.order.state_before_dispute or before)
            chaos.try_it(known[name], actor)
            assert reachable(before, resumes, State(life.state)), (before, name, life.state)
            no_money_without_a_reason(life.order)
        assert all(
            told_once(life.order, move)
            for move in TOLD_BY
            if move not in {Move.DISPUTE, Move.RESUME}
        )
        ties_out(life)
        assert verify_chain() == []


def ties_out(life: Life) -> None:
    """The vendor's books are read, and the tie-out lists nothing: whatever was tried, every cent leads somewhere."""
    books = SandboxBooks(life.till.driver.world)
    pull(books=books, now=life.now)
    found = findings(world(books.provider, books.balance(), life.now, live=books.live))
    assert [(each.kind, each.key, dict(each.facts)) for each in found] == []


def test_every_move_but_the_withdrawal_is_among_the_deeds() -> None:
    assert set(TOLD_BY) == set(WHO) - {Move.WITHDRAW}
