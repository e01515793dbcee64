"""Which attempt a buyer goes on with: one row is one payment at the vendor, never used for another sum or method."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checkout.domain import order as life
from checkout.domain.balance import PAYABLE_IN
from checkout.domain.payment_methods import PaymentMethod, check_method
from checkout.domain.payments import PAID, State
from checkout.errors import PaymentMismatch, PaymentNotPossible
from checkout.models import Order, Payment
from checkout.queries.paid import due_of
from kernel.crypto import new_code
from kernel.money import Money

_WHY = {
    Payment.Purpose.DEPOSIT: "the deposit is awaited only before the order is reserved",
    Payment.Purpose.BALANCE: "the balance is due only when the car is ready for inspection",
    Payment.Purpose.AMENDMENT: "a change is paid for only after the balance was",
}


def may_be_paid(order: Order, purpose: str) -> bool:
    """Whether money of `purpose` may be asked for now."""
    return life.State(order.state) in PAYABLE_IN[purpose]


def check_payable(order: Order, purpose: str, now: datetime) -> None:
    """Raises PaymentNotPossible where the server does not ask for this money in the order's state."""
    if not may_be_paid(order, purpose):
        raise not_possible(
            order, purpose, f"{_WHY[Payment.Purpose(purpose)]}; the order is {order.state}"
        )
    if purpose == Payment.Purpose.DEPOSIT and now >= order.expires_at:
        raise not_possible(order, purpose, "the time for the deposit is over")


def not_possible(order: Order, purpose: str, why: str) -> PaymentNotPossible:
    """The refusal to take money for `purpose` now."""
    return PaymentNotPossible(
        why, facts={"order": order.code, "purpose": purpose, "state": order.state}
    )


def attempt_for(
    order: Order,
    purpose: str,
    *,
    methods: Sequence[PaymentMethod],
    method: str,
    provider: str,
    now: datetime,
) -> tuple[Payment, bool]:
    """The attempt to go on with, of a locked order; with False it is to be closed at its vendor first.

    `method` is one of `methods`, `provider` who makes it. Raises PaymentNotPossible where there is nothing to pay, all is
    paid, or money arrived that does not fit; UnknownMethod, MethodLimit where the sum cannot be paid so.
    """
    payment = order.payments.filter(purpose=purpose).order_by("attempt").last()
    if payment is None:
        raise not_possible(order, purpose, "there is nothing to pay for this purpose")
    if payment.failure_code == PaymentMismatch.code:
        raise not_possible(
            order, purpose, "money arrived that does not fit; a person looks into it"
        )
    amount = payment.money if purpose == Payment.Purpose.DEPOSIT else due_of(order)
    state = State(payment.state)
    if not amount or (state in PAID and purpose == Payment.Purpose.DEPOSIT):
        raise not_possible(order, purpose, "this is paid already")
    if state is not State.PROCESSING:
        check_method(methods, method=method, purpose=purpose, amount=amount)
    if state in PAID | {State.CANCELED} or (state is State.FAILED and not payment.provider_id):
        return _next(payment, amount, now), True
    if state is State.FAILED or _of_another_kind(payment, method, provider):
        return payment, False
    return payment, _fits(payment, amount)


def _fits(payment: Payment, amount: Money) -> bool:
    """Whether the attempt is for what is due now; one that no vendor knows yet is made to fit."""
    if payment.money == amount or payment.state == State.PROCESSING:
        return True
    if payment.provider:
        return False
    payment.amount = amount.minor
    payment.save(update_fields=["amount"])
    return True


def _of_another_kind(payment: Payment, method: str, provider: str) -> bool:
    # Money on its way is never called back because the buyer looked at another button.
    other = (payment.method, payment.provider) != (method, provider)
    return bool(payment.provider) and other and payment.state != State.PROCESSING


def _next(last: Payment, amount: Money, now: datetime) -> Payment:
    return Payment.objects.create(
        code=new_code(),
        order=last.order,
        purpose=last.purpose,
        attempt=last.attempt + 1,
        amount=amount.minor,
        currency=amount.currency,
        created_at=now,
    )
