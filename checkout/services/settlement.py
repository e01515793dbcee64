"""What became of a payment: ask the vendor, then bring row, ledger and order to its answer, once.

Money is only ever believed when the vendor, asked by us, says so; messages and return addresses are hints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from catalog.errors import CatalogError
from checkout.domain import order as life
from checkout.domain.balance import kept
from checkout.domain.ledger import DEPOSITS, UNIDENTIFIED
from checkout.domain.payments import PAID, State, may_move
from checkout.errors import (
    CheckoutError,
    GatewayRefused,
    GatewayUnavailable,
    PaymentMismatch,
    UnknownPayment,
)
from checkout.events import DisputeTold, PaymentFailed
from checkout.gateways.doors import Doors, every
from checkout.gateways.ports import GatewayPayment, PaymentGateway
from checkout.models import Order, Payment, PaymentOperation
from checkout.models.locks import locked_payment
from checkout.queries.contests import is_contested
from checkout.services import balance, operations, orders
from checkout.services.vendor_posting import book_receipt
from kernel.audit import record
from kernel.eventbus import publish

LOOK_BACK = timedelta(days=4)
"""How far back the poller looks: vendors repeat messages for three days."""
POLL_AFTER = {State.PROCESSING: timedelta(seconds=10), State.REQUIRES_ACTION: timedelta(seconds=60)}
"""How long the poller leaves a payment in peace."""
SILENCES = 3
"""After so many calls in a row without an answer a vendor is left alone until the next run."""


def settle(*, provider: str, provider_id: str, gateway: PaymentGateway, now: datetime) -> str:
    """Ask the vendor about its payment and apply the answer once; gives our payment's state.

    `now` is when the asking began: an answer older than the one applied last changes nothing. Money for an order
    that no longer waits for it is refunded. Raises UnknownPayment, PaymentMismatch (the money is booked as
    unidentified, the payment does not count as paid), GatewayUnavailable.
    """
    try:
        seen = gateway.fetch_payment(provider_id)
    except GatewayRefused as error:
        raise UnknownPayment(
            "the vendor does not know this payment", facts={"id": provider_id}
        ) from error
    payment = apply(_ours(provider, seen), seen, now)
    if payment.failure_code == PaymentMismatch.code:
        raise PaymentMismatch(
            "the vendor took another amount than was asked for",
            facts={
                "payment": payment.code,
                "expected": str(payment.money),
                "found": str(seen.amount),
            },
        )
    return payment.state


def _ours(provider: str, seen: GatewayPayment) -> int:
    """Our row of a vendor's payment, found by its reference too: the answer to `create` may have been lost."""
    created = Q(operations__kind=PaymentOperation.Kind.CREATE)
    by_reference = created & Q(code=seen.reference, provider_id=None)
    row = (
        Payment.objects.filter(Q(provider_id=seen.provider_id) | by_reference, provider=provider)
        .values_list("pk", flat=True)
        .first()
    )
    if row is None:
        raise UnknownPayment(
            "no payment of ours", facts={"provider": provider, "id": seen.provider_id}
        )
    return row


def apply(pk: int, seen: GatewayPayment, now: datetime) -> Payment:
    """Bring our row, the ledger and the order to what the vendor says, under the locks of order and payment.

    `now` is when the vendor was asked.
    """
    with transaction.atomic():
        payment = locked_payment(pk)
        if payment.snapshot_at is not None and now < payment.snapshot_at:
            return payment
        payment.snapshot_at = now
        payment.provider_id = seen.provider_id
        if seen.state is State.SUCCEEDED and _money_arrived(payment, seen, now):
            return payment
        if seen.state is not State.SUCCEEDED and may_move(State(payment.state), seen.state):
            payment.state = str(seen.state)
            payment.failure_code = seen.failure_code
            if seen.state is State.FAILED:
                publish(PaymentFailed(order=payment.order.code, payment=payment.code, at=now))
        payment.save()
    return payment


def _money_arrived(payment: Payment, seen: GatewayPayment, now: datetime) -> bool:
    """Book money that has come, and give it to the order or back; whether the payment is saved already."""
    if seen.amount != payment.money:
        _hold_unidentified(payment, seen, now)
        return False
    _book(payment, seen, DEPOSITS, now)
    if State(payment.state) in PAID:
        return False
    payment.means = dict(seen.means)
    take_in(payment, now)
    if is_contested(payment):  # told before we knew of the money: the order could not rest yet
        publish(DisputeTold(provider=payment.provider, payment=seen.provider_id, at=now))
    return True


def take_in(payment: Payment, now: datetime) -> None:
    """A locked payment has all its money, and the ledger has it: it is paid, and the order takes it or it goes back.

    One that was paid before, and whose bank line was somebody else's, has moved its order already.
    """
    again = payment.settled_at is not None
    payment.state = str(State.SUCCEEDED)
    payment.failure_code = ""
    payment.settled_at = now
    payment.save()
    if not again and not _order_takes_it(payment, now):
        operations.plan_refund(
            payment=payment, amount=payment.money, reason="late-payment", actor="system", now=now
        )


def _order_takes_it(payment: Payment, now: datetime) -> bool:
    """Whether the order keeps this money, as `checkout.domain.balance.KEPT_IN` says; False: the buyer gets it back.

    Whoever takes it refuses before anything is written, or takes back what was.
    """
    order = payment.order
    before = life.State(order.state_before_dispute) if order.state_before_dispute else None
    if not kept(payment.purpose, state=life.State(order.state), before_dispute=before):
        return False
    try:
        _TAKE[payment.purpose](order, payment, now)
    except (CheckoutError, CatalogError):
        return False
    return True


def _take_deposit(order: Order, payment: Payment, now: datetime) -> None:
    orders.take_deposit(row=order, payment=payment.code, now=now)


@transaction.atomic
def _take_balance(order: Order, payment: Payment, now: datetime) -> None:
    balance.money_arrived(row=order, payment=payment, now=now)


@transaction.atomic
def _take_amendment(order: Order, payment: Payment, now: datetime) -> None:
    balance.change_paid(row=order, payment=payment, now=now)


_TAKE: Mapping[str, Callable[[Order, Payment, datetime], None]] = {
    Payment.Purpose.DEPOSIT: _take_deposit,
    Payment.Purpose.BALANCE: _take_balance,
    # Held only: what was amended was agreed before, and moves nothing now.
    Payment.Purpose.AMENDMENT: _take_amendment,
}


def _book(payment: Payment, seen: GatewayPayment, account: str, now: datetime) -> None:
    """Post what the vendor booked; while it has not, `balance_transaction` stays empty and the poller asks again."""
    if seen.move is None:
        return
    payment.balance_transaction = seen.move.code
    payment.fee, payment.fee_currency = seen.move.fee.minor, seen.move.fee.currency
    book_receipt(payment=payment, paid=seen.amount, move=seen.move, account=account, now=now)


def _hold_unidentified(payment: Payment, seen: GatewayPayment, now: datetime) -> None:
    _book(payment, seen, UNIDENTIFIED, now)
    if payment.failure_code != PaymentMismatch.code:
        payment.state = str(State.FAILED)
        payment.failure_code = PaymentMismatch.code
        record(
            subject=f"order:{payment.order.code}",
            action="payment-mismatch",
            actor="system",
            facts={"payment": payment.code, "expected": payment.money, "found": seen.amount},
            now=now,
        )


ASKED_LATELY = timedelta(seconds=3)
"""A buyer who comes back may have the vendor asked, but not more often than this."""


def ask_now(*, order: str, payment: str, gateway: PaymentGateway | Doors, now: datetime) -> None:
    """Ask the vendor about a payment of `order` whose buyer has come back and waits, unless it was asked just now.

    A payment that is decided, was begun nowhere, or whose vendor does not answer stays as it is; the poller goes on.
    Raises UnknownPayment.
    """
    row = Payment.objects.filter(order__code=order, code=payment).first()
    if row is None:
        raise UnknownPayment(f"payment: there is no {payment!r}", facts={"payment": payment})
    door = every(gateway).of(row.provider)
    undecided = State(row.state) in POLL_AFTER and row.provider_id
    if not undecided or door is None or not row.provider:
        return
    if row.snapshot_at is not None and now - row.snapshot_at < ASKED_LATELY:
        return
    try:
        settle(provider=row.provider, provider_id=row.provider_id or "", gateway=door, now=now)
    except CheckoutError:
        return


def poll_payments(*, gateway: PaymentGateway, now: datetime, limit: int = 200) -> int:
    """Ask the vendor about payments whose message is missing; gives how many were asked about.

    Open ones not seen for a while, and those whose money the vendor had not booked yet, unidentified money too;
    those asked about longest ago first. A vendor that keeps silent would hold up the worker with every further
    call: after SILENCES in a row the rest waits for the next run.
    """
    open_ones = Q()
    for state, pause in POLL_AFTER.items():
        open_ones |= Q(state=state) & (Q(snapshot_at=None) | Q(snapshot_at__lte=now - pause))
    arrived = Q(state__in=PAID) | Q(failure_code=PaymentMismatch.code)
    unbooked = arrived & Q(balance_transaction="")
    rows = Payment.objects.filter(
        open_ones | unbooked, provider=gateway.provider, created_at__gte=now - LOOK_BACK
    ).exclude(provider_id=None)
    turns = rows.order_by(
        F("polled_at").asc(nulls_first=True), F("snapshot_at").asc(nulls_first=True), "pk"
    )
    asked = silences = 0
    for pk, provider_id in turns.values_list("pk", "provider_id")[:limit]:
        Payment.objects.filter(pk=pk).update(polled_at=now)
        try:
            settle(
                provider=gateway.provider, provider_id=provider_id or "", gateway=gateway, now=now
            )
        except GatewayUnavailable:
            silences += 1
            if silences == SILENCES:
                break
        except CheckoutError:
            silences = 0
        else:
            asked, silences = asked + 1, 0
    return asked
