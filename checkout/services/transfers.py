"""Paying by bank transfer: what the buyer writes on it, and the payment that waits until finance finds it at the bank.

No vendor is called. `checkout.services.bank_matching` settles the payment when a line of the bank's statement fits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.domain.payment_methods import BANK_TRANSFER
from checkout.domain.payment_methods import BANK, Account, PaymentMethod
from checkout.domain.payments import State
from checkout.domain.transfers import reference
from checkout.errors import PaymentNotPossible, UnknownOrder
from checkout.gateways.doors import Doors
from checkout.models import Order, Payment
from checkout.models.locks import locked_order
from checkout.queries.payment_methods import methods_of
from checkout.services.attempts import attempt_for, check_payable, not_possible
from checkout.services.orders import wait_longer
from checkout.services.payments import ROUNDS, close_attempt
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class TransferInstructions:
    """What the buyer tells their bank: exactly `amount` to `account` with `reference`, there by `until`."""

    payment: str
    order: str
    purpose: str
    amount: Money
    reference: str
    account: Account
    until: datetime


def begin_transfer(
    *, order: str, purpose: str, now: datetime, doors: Doors | None = None
) -> TransferInstructions:
    """Have the order wait for a transfer of what is due for `purpose`; asked again it gives the same payment.

    An attempt at a vendor is closed there first, which needs its door in `doors`. A deposit makes the order wait as long
    as the market's row says, and its vehicle stays held. Not inside a transaction. Raises UnknownOrder, UnknownMethod,
    PaymentNotPossible, GatewayError.
    """
    for _ in range(ROUNDS):
        payment, go_on = _prepare(order, purpose, now)
        if go_on:
            return instructions_of(payment)
        close_attempt(payment.pk, doors, now)
    raise PaymentNotPossible(
        "the last attempt could not be closed yet; try again in a minute",
        facts={"order": order, "purpose": purpose},
    )


def instructions_of(payment: Payment) -> TransferInstructions:
    """The instructions as they were given when the transfer was begun; for a payment by bank transfer only."""
    said: Mapping[str, Any] = payment.terms
    return TransferInstructions(
        payment=payment.code,
        order=payment.order.code,
        purpose=payment.purpose,
        amount=payment.money,
        reference=said["reference"],
        account=Account(**said["account"]),
        until=datetime.fromisoformat(said["until"]),
    )


def _prepare(order: str, purpose: str, now: datetime) -> tuple[Payment, bool]:
    """The attempt to go on with, its words written down; with False it is to be closed at its vendor first."""
    with transaction.atomic(durable=True):
        found = locked_order(order)
        if found is None:
            raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
        check_payable(found, purpose, now)
        methods = methods_of(found, now)
        payment, go_on = attempt_for(
            found, purpose, methods=methods, method=BANK_TRANSFER, provider=BANK, now=now
        )
        if payment.state == State.PROCESSING:
            raise not_possible(found, purpose, "a payment is on its way already")
        if go_on:
            way = next(each for each in methods if each.by_transfer)
            _wait(found, payment, way, now)
    return payment, go_on


def _wait(order: Order, payment: Payment, way: PaymentMethod, now: datetime) -> None:
    """Write down what the buyer is told; words given before stay, unless their time is over."""
    told = payment.terms if payment.provider == BANK else {}
    if told and datetime.fromisoformat(told["until"]) > now:
        return
    until = now + timedelta(days=way.wait_days[payment.purpose])
    payment.provider, payment.method = BANK, way.method
    payment.state = str(State.REQUIRES_ACTION)
    account = way.account.stored() if way.account else {}
    payment.terms = {
        "account": account,
        "reference": reference(order.code),
        "until": until.isoformat(),
    }
    payment.save()
    if payment.purpose == Payment.Purpose.DEPOSIT:
        wait_longer(row=order, until=until, now=now)
