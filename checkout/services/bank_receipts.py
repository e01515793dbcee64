"""The payment that money from the bank belongs to: the one that waits, or one that is made because something is due."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from catalog.domain.payment_methods import BANK_TRANSFER
from checkout.domain import order as life
from checkout.domain.payment_methods import BANK
from checkout.domain.payments import OPEN, State
from checkout.models import Order, Payment
from checkout.models.locks import locked_payment
from checkout.queries.bank_book import settled_of
from checkout.services import operations
from checkout.services.settlement import take_in
from kernel.crypto import new_code
from kernel.money import Money


def payment_for(
    *, order: Order, amount: Money, expected: tuple[str, Money], now: datetime
) -> Payment:
    """The payment by transfer of a locked order that `amount`, above zero, is for; `expected` as `expected_of` says.

    The one that waits, made to fit what is due now; else one for what is due; else, where nothing is due, one of this
    amount, which the order will not keep.
    """
    purpose, due = expected
    waiting = _waiting(order, purpose)
    if waiting is not None:
        return _fitted(waiting, due if purpose else waiting.money)
    if purpose:
        return _new(order, purpose, due, now)
    closed = order.payments.filter(provider=BANK, state=State.CANCELED, settled_at=None).last()
    if closed is not None and closed.money - settled_of(closed) == amount:
        return closed
    return _new(order, _purpose_without_need(order), amount, now)


def _waiting(order: Order, purpose: str) -> Payment | None:
    rows = list(order.payments.filter(state__in=[*OPEN]).order_by("-pk"))
    again = next((row for row in rows if row.provider == BANK), None)
    if again is not None or not purpose:
        return again
    untouched = next((row for row in rows if not row.provider and row.purpose == purpose), None)
    if untouched is not None:
        untouched.provider, untouched.method = BANK, BANK_TRANSFER
        untouched.state = str(State.REQUIRES_ACTION)
        untouched.save(update_fields=["provider", "method", "state"])
    return untouched


def _fitted(payment: Payment, due: Money) -> Payment:
    """The payment for what is due now, if that is still more than what came of it."""
    if payment.settled_at is None and payment.money != due and settled_of(payment) < due:
        payment.amount = due.minor
        payment.save(update_fields=["amount"])
    return payment


def _purpose_without_need(order: Order) -> str:
    unpaid = {life.State.EXPIRED}
    if life.State(order.state) in unpaid or order.reserved_at is None:
        return str(Payment.Purpose.DEPOSIT)
    return str(Payment.Purpose.BALANCE)


def _new(order: Order, purpose: str, amount: Money, now: datetime) -> Payment:
    last = order.payments.filter(purpose=purpose).aggregate(last=Max("attempt"))["last"]
    return Payment.objects.create(
        code=new_code(),
        order=order,
        purpose=purpose,
        attempt=(last or 0) + 1,
        provider=BANK,
        method=BANK_TRANSFER,
        state=State.REQUIRES_ACTION,
        amount=amount.minor,
        currency=amount.currency,
        created_at=now,
    )


def give_back_parts(*, now: datetime) -> int:
    """Money that came in part for a transfer nobody waits for any more becomes a payment of that part, and goes back.

    Its order has ended, or its buyer chose another way to pay. Gives how many there were. Not inside a transaction.
    """
    rows = Payment.objects.filter(
        provider=BANK, state=State.CANCELED, bank_matches__undone_at=None, settled_at=None
    ).exclude(bank_matches=None)
    found = 0
    for pk in rows.values_list("pk", flat=True).distinct():
        found += _give_back_part(pk, now)
    return found


def _give_back_part(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        payment = locked_payment(pk)
        got = settled_of(payment)
        if payment.state != State.CANCELED or not got:
            return False
        payment.amount = got.minor
        if payment.purpose != Payment.Purpose.DEPOSIT:
            take_in(payment, now)
            return True
        # A part of a deposit reserves nothing.
        payment.state, payment.settled_at = str(State.SUCCEEDED), now
        payment.save()
        operations.plan_refund(
            payment=payment, amount=got, reason="late-payment", actor="system", now=now
        )
    return True
