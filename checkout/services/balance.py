"""The balance: asked for when the car stands ready, paid when everything that the buyer owes us is in our hands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from checkout.domain.amounts import money_json
from checkout.domain.order import Actor, Move, State
from checkout.domain.order import Payment as PaymentAxis
from checkout.events import BalanceDue, BalancePaid, OrderMoved
from checkout.models import Order, Payment
from checkout.queries.paid import Standing, excess_of, standing_of
from checkout.services.history import tell
from checkout.services.moving import acting, axes_of, checked_move, locked
from checkout.services.refunds import give_back
from kernel.crypto import new_code
from kernel.eventbus import publish
from kernel.money import Money

SYSTEM = "system"


def demand(row: Order, money: Standing, *, now: datetime) -> None:
    """Ask for what is due on a locked order that has just become ready; nothing due is paid at once.

    Where only a lender still has to pay, the order waits for that.
    """
    if money.due:
        ask_for(row, money.due, now=now)
        publish(BalanceDue(order=row.code, amount=money.due, at=now))
        return
    publish(OrderMoved(order=row.code, state=str(row.state), at=now))
    _pay_if_complete(row, "", now)


def ask_for(row: Order, due: Money, *, now: datetime) -> Payment:
    """A payment of the balance of a locked order, as the next attempt; the buyer begins it at a vendor."""
    last = row.payments.filter(purpose=Payment.Purpose.BALANCE).aggregate(n=Max("attempt"))["n"]
    return Payment.objects.create(
        code=new_code(),
        order=row,
        purpose=Payment.Purpose.BALANCE,
        attempt=(last or 0) + 1,
        amount=due.minor,
        currency=due.currency,
        created_at=now,
    )


def money_arrived(*, row: Order, payment: Payment, now: datetime) -> None:
    """A payment of the balance of a locked order has arrived and counts as held already.

    It may be all that was missing; money beyond that goes back.
    """
    if row.state != State.INSPECTION_READY or not _pay_if_complete(row, payment.code, now):
        tell_received(row=row, payment=payment, now=now)


def tell_received(*, row: Order, payment: Payment, now: datetime) -> None:
    """Money of the buyer has come and is held, and moves nothing."""
    facts = {
        "payment": payment.code,
        "purpose": payment.purpose,
        "amount": money_json(payment.money),
    }
    tell(order=row, kind="payment-received", actor=SYSTEM, facts=facts, now=now)


def change_paid(*, row: Order, payment: Payment, now: datetime) -> None:
    """Money for a change of a locked order has arrived; what a later change made needless goes back."""
    tell_received(row=row, payment=payment, now=now)
    beyond = min(excess_of(row), payment.money)
    if beyond:
        give_back(order=row, amount=beyond, reason="overpaid", actor=SYSTEM, now=now)


def pay_when_complete(*, order: str, now: datetime) -> bool:
    """Make the balance paid where nothing is missing any more, as after a loan was paid out; whether it was made.

    Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        return row.state == State.INSPECTION_READY and _pay_if_complete(row, "", now)


def pay_balance(*, order: str, actor: str, now: datetime) -> None:
    """Staff note that the balance is paid; twice is once. Raises UnknownOrder, OrderStateConflict with what is missing."""
    with transaction.atomic():
        row = locked(order)
        if row.state != State.BALANCE_PAID:
            _pay(row, standing_of(row), acting(actor), actor, "", now)


def _pay_if_complete(row: Order, payment: str, now: datetime) -> bool:
    money = standing_of(row)
    axes = axes_of(row, money)
    if axes.due or axes.loan_open:
        return False
    _pay(row, money, Actor.SYSTEM, SYSTEM, payment, now)
    return True


def _pay(row: Order, money: Standing, by: Actor, actor: str, payment: str, now: datetime) -> None:
    moved = checked_move(row, Move.PAY_BALANCE, by, now, money)
    row.payment_state = PaymentAxis.ALL
    row.save(update_fields=[*moved, "payment_state"])
    beyond = money.excess
    if beyond:
        give_back(order=row, amount=beyond, reason="overpaid", actor=actor, now=now)
    amount = max(money.balance - beyond, Money.zero(row.currency))
    publish(BalancePaid(order=row.code, payment=payment, amount=amount, at=now))
    facts = {"payment": payment, "amount": money_json(amount)}
    tell(order=row, kind="balance-paid", actor=actor, facts=facts, now=now)
