"""Payments: start one, close it, give it back, and find out what a dead process left open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from checkout.domain import order as life
from checkout.domain.payment_methods import BANK, PaymentMethod
from checkout.domain.payments import OPEN, PAID, State, check_amount
from checkout.errors import (
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentError,
    PaymentMismatch,
    PaymentNotPossible,
    UnknownMethod,
    UnknownOrder,
    UnknownPayment,
)
from checkout.gateways.doors import Doors, every
from checkout.gateways.ports import PaymentGateway, PaymentRequest
from checkout.models import Order, Payment, PaymentOperation
from checkout.models.locks import locked_order, locked_payment
from checkout.queries.contests import is_contested
from checkout.queries.payment_methods import methods_of
from checkout.services import operations
from checkout.services.attempts import attempt_for, check_payable, may_be_paid, not_possible
from checkout.services.settlement import apply, poll_payments, settle
from kernel.money import Money

log = logging.getLogger("checkout.payments")

ROUNDS = 3
"""A start may find the last attempt declined or of another method, close it and begin anew; never more often."""

__all__ = [
    "PaymentStep",
    "ask_to_close",
    "close_attempt",
    "close_open_payments",
    "overdue_orders",
    "perform",
    "poll_payments",
    "refund_payment",
    "settle",
    "start_payment",
    "sweep_operations",
]

_KIND = PaymentOperation.Kind


@dataclass(frozen=True, slots=True)
class PaymentStep:
    """What the buyer does next: open `redirect_url`, or give `client_secret` to the vendor's form.

    `payment` is our code. With state `succeeded` or `processing` nothing is left to do but wait.
    """

    payment: str
    provider: str
    state: str
    client_secret: str | None
    redirect_url: str | None
    publishable_key: str


def start_payment(
    *,
    order: str,
    purpose: str,
    method: str,
    return_url: str,
    gateway: PaymentGateway | Doors,
    now: datetime,
) -> PaymentStep:
    """Begin or resume paying `purpose` of `order`; clicking twice gives the same payment at the vendor.

    `gateway`: the open door, or all of them; which one a method goes through its row says. After a decline, or with
    another method, the old attempt is closed at its vendor first and a new one begins. Not inside a transaction: the
    vendor is called between two of them. Raises UnknownOrder, UnknownMethod, MethodLimit, PaymentNotPossible, BadAmount,
    GatewayUnavailable (whether it happened is found out later), GatewayRefused, GatewayDeclined.
    """
    doors = every(gateway)
    for _ in range(ROUNDS):
        pk, door = _prepare(order, purpose, method, return_url, doors, now)
        if door is not None:
            step = _resume(pk, door, now)
            if step is not None:
                return step
        else:
            close_attempt(pk, doors, now)
    raise PaymentNotPossible(
        "the last attempt could not be closed yet; try again in a minute",
        facts={"order": order, "purpose": purpose},
    )


def _prepare(
    order: str, purpose: str, method: str, return_url: str, doors: Doors, now: datetime
) -> tuple[int, PaymentGateway | None]:
    """The attempt to go on with and its door, its operation stored and committed; without a door: close that one first."""
    with transaction.atomic(durable=True):
        found = locked_order(order)
        if found is None:
            raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
        check_payable(found, purpose, now)
        methods = methods_of(found, now)
        way, door = _way(methods, method, doors)
        payment, go_on = attempt_for(
            found, purpose, methods=methods, method=method, provider=door.provider, now=now
        )
        if not go_on:
            return payment.pk, None
        if not payment.operations.filter(kind=_KIND.CREATE).exists():
            _plan_create(payment, way, return_url, door, now)
    # Money on its way stays where it was begun, whichever button was pressed now.
    return payment.pk, doors.of(payment.provider) or door


def _way(
    methods: Sequence[PaymentMethod], method: str, doors: Doors
) -> tuple[PaymentMethod, PaymentGateway]:
    """The row of that method and the open door it goes through; raises UnknownMethod."""
    for way in methods:
        door = doors.of(way.provider)
        if way.method == method and door is not None and method in door.methods:
            return way, door
    offered = [way.method for way in methods if doors.of(way.provider) or way.by_transfer]
    raise UnknownMethod(
        f"method: {method!r} is not offered", facts={"method": method, "methods": offered}
    )


def _plan_create(
    payment: Payment, way: PaymentMethod, return_url: str, gateway: PaymentGateway, now: datetime
) -> None:
    payment.method = way.method
    payment.provider = gateway.provider
    payment.terms = {"refund_days": way.refund_days} if way.refund_days else {}
    payment.save()
    request = PaymentRequest(
        reference=payment.code,
        order=payment.order.code,
        purpose=payment.purpose,
        amount=check_amount(payment.money),
        method=way.method,
        description=f"Order {payment.order.code} {payment.purpose}",
        return_url=return_url,
    )
    operations.plan_create(payment=payment, request=request, now=now)


def _resume(pk: int, gateway: PaymentGateway, now: datetime) -> PaymentStep | None:
    """The buyer's next step on this attempt; None if it turned out to be declined or canceled."""
    waiting = PaymentOperation.objects.filter(
        payment=pk, kind=_KIND.CREATE, resolved_at=None
    ).first()
    if waiting is not None:
        operations.send(operation=waiting.pk, gateway=gateway, now=now)
    provider_id = Payment.objects.values_list("provider_id", flat=True).get(pk=pk)
    if provider_id is None:
        return None
    seen = gateway.fetch_payment(provider_id)
    payment = apply(pk, seen, now)
    if payment.state in {State.FAILED, State.CANCELED}:
        return None
    return PaymentStep(
        payment=payment.code,
        provider=payment.provider,
        state=payment.state,
        client_secret=seen.client_secret,
        redirect_url=seen.redirect_url,
        publishable_key=gateway.publishable_key,
    )


def close_open_payments(*, order: str, gateway: PaymentGateway | Doors, now: datetime) -> bool:
    """Close every payment of `order` that could still take money; False while one may.

    For an order about to expire or be cancelled: the vendor is told first, then the car is free. Money that came
    before is applied, so ask the order's state afterwards. Not inside a transaction. A vendor that does not answer
    gives False; the next run tries again.
    """
    try:
        return ask_to_close(order=order, gateway=gateway, now=now)
    except GatewayUnavailable:
        return False


def ask_to_close(*, order: str, gateway: PaymentGateway | Doors, now: datetime) -> bool:
    """As `close_open_payments`, but a vendor that does not answer raises GatewayUnavailable.

    A payment begun at another vendor, whose door is not open, cannot be closed: it is logged and holds up the order
    only while money is known to be on its way. What arrives there later is refunded when its door is open again.
    """
    doors = every(gateway)
    known = ["", BANK, *doors.providers]
    rows = Payment.objects.filter(order__code=order, state__in=[*OPEN, State.FAILED]).exclude(
        Q(state=State.FAILED) & (Q(provider_id=None) | Q(failure_code=PaymentMismatch.code))
    )
    elsewhere = rows.exclude(provider__in=known)
    if elsewhere.filter(state=State.PROCESSING).exists():
        return False
    for code, provider in elsewhere.values_list("code", "provider"):
        log.warning("payment=%s order=%s provider=%s state=left-open", code, order, provider)
    rows = rows.filter(provider__in=known)
    for pk in rows.values_list("pk", flat=True):
        try:
            close_attempt(pk, doors, now)
        except GatewayUnavailable:
            raise
        except GatewayError:
            return False
    return not rows.exists()


def close_attempt(pk: int, doors: Doors | None, now: datetime) -> None:
    """Have its vendor take no more money for this attempt; learn what came before it. A transfer is only waited for.

    Raises GatewayError, PaymentNotPossible where the vendor's door is not open.
    """
    waiting = PaymentOperation.objects.filter(
        payment=pk, kind=_KIND.CREATE, resolved_at=None
    ).first()
    if waiting is not None:
        operations.send(operation=waiting.pk, gateway=_door(pk, doors), now=now)
    with transaction.atomic():
        payment = locked_payment(pk)
        if State(payment.state) not in OPEN | {State.FAILED}:
            return
        if payment.provider_id is None:
            if State(payment.state) in OPEN:
                payment.state = str(State.CANCELED)
                payment.save()
            return
        door = _door(pk, doors)
        cancel = operations.plan_cancel(payment=payment, now=now)
    try:
        operations.send(operation=cancel.pk, gateway=door, now=now)
    except GatewayRefused:
        # Money came first, or is on its way: whichever it is, the vendor says it now.
        apply(pk, door.fetch_payment(payment.provider_id), now)


def _door(pk: int, doors: Doors | None) -> PaymentGateway:
    payment = Payment.objects.select_related("order").get(pk=pk)
    door = doors.of(payment.provider) if doors else None
    if door is None:
        raise not_possible(
            payment.order, payment.purpose, "a payment is open at a vendor that cannot be told now"
        )
    return door


def refund_payment(*, payment: str, amount: Money, reason: str, actor: str, now: datetime) -> str:
    """Decide to give `amount` of a paid payment back; gives the operation's key. A worker asks the vendor.

    Raises UnknownPayment, PaymentNotPossible (nothing was paid, or it is contested), BadAmount, RefundTooLarge.
    """
    with transaction.atomic():
        found = Payment.objects.filter(code=payment).values_list("pk", flat=True).first()
        if found is None:
            raise UnknownPayment(f"payment: there is no {payment!r}", facts={"payment": payment})
        row = locked_payment(found)
        if State(row.state) not in PAID:
            raise not_possible(row.order, row.purpose, "nothing was paid that could be given back")
        if is_contested(row):
            raise not_possible(
                row.order, row.purpose, "the payment is contested; its vendor decides first"
            )
        return operations.plan_refund(
            payment=row, amount=amount, reason=reason, actor=actor, now=now
        ).key


def perform(*, key: str, gateway: PaymentGateway, now: datetime) -> None:
    """Make the stored call of `key` now, unless it was made or waits for another door; raises what the door raises."""
    found = (
        PaymentOperation.objects.filter(
            key=key, payment__provider=gateway.provider, by_transfer=False, resolved_at=None
        )
        .values_list("pk", flat=True)
        .first()
    )
    if found is not None:
        operations.send(operation=found, gateway=gateway, now=now)


def sweep_operations(*, gateway: PaymentGateway, now: datetime) -> int:
    """Find out what became of operations that a dead process or a silent vendor left open; gives how many.

    A payment that turns out to have been created for an order that no longer waits is closed again.
    """
    resolved = 0
    for found in operations.overdue(provider=gateway.provider, now=now).select_related(
        "payment__order"
    ):
        try:
            done = operations.send(operation=found.pk, gateway=gateway, now=now)
            if found.kind == _KIND.CREATE:
                _after_late_create(done.payment, gateway, now)
        except PaymentError:  # of this one; the others are looked at all the same
            continue
        resolved += done.resolved_at is not None
    return resolved


def _after_late_create(payment: Payment, gateway: PaymentGateway, now: datetime) -> None:
    if may_be_paid(payment.order, payment.purpose):
        settle(
            provider=payment.provider,
            provider_id=payment.provider_id or "",
            gateway=gateway,
            now=now,
        )
    else:
        close_attempt(payment.pk, Doors(gateway), now)


def overdue_orders(*, now: datetime, limit: int = 100) -> list[str]:
    """Codes of orders whose time for the deposit is over.

    First those the vendor was never called about, then those it was called about longest ago: a vendor that is
    silent about some does not keep the others from their turn.
    """
    rows = Order.objects.filter(state=life.State.AWAITING_DEPOSIT, expires_at__lte=now)
    called = F("called_at").asc(nulls_first=True)
    turns = rows.annotate(called_at=Max("payments__operations__last_sent_at"))
    return list(turns.order_by(called, "expires_at").values_list("code", flat=True)[:limit])
