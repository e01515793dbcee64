"""Payments that are contested at their vendor: whoever hears of it, the vendor is asked, and row, order and ledger follow.

Messages, the vendor's books and a refused refund all lead to `take`; the rules are in `docs/rules/payments.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum, Value
from django.db.models.functions import Concat

from checkout.domain.amounts import money_json
from checkout.domain.ledger import DEPOSITS, Leg
from checkout.domain.order import State
from checkout.domain.payments import PAID
from checkout.domain.payments import State as PaymentState
from checkout.domain.tie_out import DISPUTE, DISPUTE_BACK
from checkout.domain.vendor_legs import Lost, lost, lost_legs, strangers_lost_legs
from checkout.errors import GatewayRefused, OrderStateConflict
from checkout.gateways.books import BookDispute, VendorBooks
from checkout.models import (
    LedgerEntry,
    LedgerLeg,
    Order,
    Payment,
    PaymentOperation,
    VendorDispute,
    VendorMove,
)
from checkout.models.locks import locked_payment
from checkout.services import calls
from checkout.services.disputing import dispute, resume
from checkout.services.history import tell
from checkout.services.ledger import post, reverse
from checkout.services.operations import held_back, refunded_or_under_way
from kernel.money import EXPONENTS, Money
from kernel.text import fingerprint

SYSTEM = "system"
_REFUND, _OP = PaymentOperation.Kind.REFUND, PaymentOperation.State
_STATE = VendorDispute.State


def look(*, books: VendorBooks, payment: str, now: datetime) -> int:
    """Ask a vendor about the disputes of its payment and take what it says; gives how many changed.

    Raises GatewayUnavailable.
    """
    try:
        found = books.disputes_of(payment)
    except GatewayRefused:  # the vendor does not know this payment
        return 0
    return sum(take(provider=books.provider, found=each, now=now) for each in found)


def take(*, provider: str, found: BookDispute, now: datetime) -> bool:
    """Bring our row, the order and the ledger to what the vendor says of a dispute; whether it was news.

    `now` is when the vendor was asked: an older answer than the one taken last changes nothing. Twice is once.
    """
    with transaction.atomic():
        payment = _locked(provider, found.payment)
        rows = VendorDispute.objects.select_for_update()
        known = rows.filter(provider=provider, code=found.code).first()
        if known is not None and now < known.seen_at:
            return False
        row, _ = VendorDispute.objects.update_or_create(
            provider=provider, code=found.code, defaults=_told(found, payment, now)
        )
        before = known.state if known is not None and known.payment_id else ""
        if payment is not None and before != row.state:
            _ACT[row.state](payment, row, now)
        elif payment is not None and row.state == _STATE.OPEN:
            _rests(payment, now)  # its money may have been told of only now
        return known is None or (known.state, known.payment_id) != (row.state, row.payment_id)


def _locked(provider: str, provider_id: str) -> Payment | None:
    rows = Payment.objects.filter(provider=provider, provider_id=provider_id)
    number = rows.values_list("pk", flat=True).first() if provider_id else None
    return None if number is None else locked_payment(number)


def _told(found: BookDispute, payment: Payment | None, now: datetime) -> dict[str, object]:
    return {
        "vendor_payment": found.payment,
        "payment": payment,
        "amount": found.amount,
        "currency": found.currency[:3],
        "state": found.state,
        "answer_by": found.answer_by,
        "at": found.at,
        "seen_at": now,
    }


def _open(payment: Payment, row: VendorDispute, now: datetime) -> None:
    if not _rests(payment, now):
        _tell("payment-contested", payment, row, now)


def _rests(payment: Payment, now: datetime) -> bool:
    """Lay the payment's order to rest; False where it rests already, has ended, or has not begun."""
    code = payment.order.code
    try:
        return dispute(order=code, reason="contested", actor=SYSTEM, now=now, payment=payment.code)
    except OrderStateConflict:
        return False


def _won(payment: Payment, row: VendorDispute, now: datetime) -> None:
    _undo_loss(payment, row, now)
    if _goes_on(payment.order, row):
        resume(order=payment.order.code, reason="won", actor=SYSTEM, now=now)
    else:
        _tell("dispute-won", payment, row, now)


def _goes_on(order: Order, row: VendorDispute) -> bool:
    """Whether nothing but this dispute held the order."""
    others = VendorDispute.objects.filter(payment__order=order).exclude(pk=row.pk)
    laid = order.events.filter(kind="order-disputed").order_by("number").last()
    return (
        order.state == State.DISPUTED
        and laid is not None
        and bool(laid.facts.get("payment"))
        and not others.exclude(state=_STATE.WON).exists()
    )


def _lost(payment: Payment, row: VendorDispute, now: datetime) -> None:
    _tell("dispute-lost", payment, row, now)
    _post_loss(row, payment, now)


_ACT: Mapping[str, Callable[[Payment, VendorDispute, datetime], None]] = {
    _STATE.OPEN: _open,
    _STATE.WON: _won,
    _STATE.LOST: _lost,
}


def _tell(kind: str, payment: Payment, row: VendorDispute, now: datetime) -> None:
    facts = {"payment": payment.code, "dispute": row.code, "amount": money_json(row.money)}
    tell(order=payment.order, kind=kind, actor=SYSTEM, facts=facts, now=now)


def post_losses(*, provider: str, now: datetime) -> int:
    """Post every lost dispute whose movement the vendor has booked by now; gives how many."""
    entry = LedgerEntry.objects.filter(key=Concat(Value("dl:"), OuterRef("code")))
    booked = VendorMove.objects.filter(provider=provider, source=OuterRef("code"), kind=DISPUTE)
    rows = VendorDispute.objects.filter(provider=provider, state=_STATE.LOST)
    posted = 0
    for row in rows.filter(~Exists(entry), Exists(booked), currency__in=EXPONENTS):
        with transaction.atomic():
            payment = locked_payment(row.payment_id) if row.payment_id else None
            posted += _post_loss(row, payment, now)
    return posted


def _post_loss(row: VendorDispute, payment: Payment | None, now: datetime) -> bool:
    """Post what a lost dispute pays, with its payment locked; False while the vendor has not booked it, or if it was posted."""
    held = _held(row)
    if held is None or not held or LedgerEntry.objects.filter(key=_key(row)).exists():
        return False
    if payment is None or payment.state not in PAID:
        return _post(row, payment, strangers_lost_legs(held), now)
    contested = held if held.currency == payment.currency else row.money
    waiting = _waiting(payment, contested)
    parts = lost(
        contested=contested,
        waiting=Money(sum(each.amount or 0 for each in waiting), payment.currency),
        deposits=min(_owed(payment), payment.money - refunded_or_under_way(payment)),
    )
    _post(row, payment, lost_legs(held=held, parts=parts), now)
    _count_as_refunded(payment, row, parts, waiting, now)
    return True


def _key(row: VendorDispute) -> str:
    return f"dl:{row.code}"


def _post(
    row: VendorDispute, payment: Payment | None, legs: tuple[Leg, ...], now: datetime
) -> bool:
    order = payment.order if payment else None
    return post(key=_key(row), kind="dispute-lost", order=order, legs=legs, now=now, note=row.code)


def _held(row: VendorDispute) -> Money | None:
    """What the vendor took for the dispute, in the balance's currency; None while it has booked nothing."""
    moves = VendorMove.objects.filter(provider=row.provider, source=row.code)
    sums = moves.filter(kind__in=(DISPUTE, DISPUTE_BACK), currency__in=EXPONENTS).order_by()
    found = sums.values("currency").annotate(sum=Sum("gross")).order_by("currency").first()
    return Money(-found["sum"], found["currency"]) if found else None


def _waiting(payment: Payment, contested: Money) -> list[PaymentOperation]:
    """Refunds that were decided and not sent, as many as the contested sum pays in full, oldest first."""
    rows = payment.operations.filter(held_back()).order_by("pk")
    found, left = [], contested.minor
    for operation in rows.select_for_update():
        if (operation.amount or 0) <= left:
            found.append(operation)
            left -= operation.amount or 0
    return found


def _owed(payment: Payment) -> Money:
    """What the payment's order still has on customer deposits."""
    legs = LedgerLeg.objects.filter(account=DEPOSITS, entry__order=payment.order)
    total = legs.filter(currency=payment.currency).aggregate(sum=Sum("amount"))["sum"]
    return Money(-(total or 0), payment.currency)


def _count_as_refunded(
    payment: Payment,
    row: VendorDispute,
    parts: Lost,
    waiting: list[PaymentOperation],
    now: datetime,
) -> None:
    """The buyer has this money: whoever adds up an order's money finds it among its refunds."""
    for operation in waiting:
        operation.provider_ref = row.code
        calls.resolve(operation, now)
    if parts.deposits:
        _given_by(payment, row, parts.deposits, now)
    payment.refunded += (parts.waiting + parts.deposits).minor
    if payment.refunded == payment.amount:
        payment.state = str(PaymentState.REFUNDED)
    payment.save()


def _given_by(payment: Payment, row: VendorDispute, amount: Money, now: datetime) -> None:
    params = {"dispute": row.code, "amount": amount.minor, "currency": amount.currency}
    PaymentOperation.objects.create(
        payment=payment,
        kind=_REFUND,
        key=_own(row),
        params=params,
        params_hash=fingerprint(params),
        amount=amount.minor,
        reason="dispute-lost",
        provider_ref=row.code,
        state=_OP.DONE,
        created_at=now,
        resolved_at=now,
    )


def _own(row: VendorDispute) -> str:
    return f"dispute-{row.code}"[:255]


def _undo_loss(payment: Payment, row: VendorDispute, now: datetime) -> None:
    """A dispute that was lost is won after all: what the loss posted and paid is taken back."""
    if not LedgerEntry.objects.filter(key=_key(row)).exists():
        return
    if not reverse(key=_key(row), now=now, note="won after all"):
        return
    for operation in payment.operations.filter(
        kind=_REFUND, provider_ref=row.code, state=_OP.DONE
    ).select_for_update():
        payment.refunded -= operation.amount or 0
        if operation.key == _own(row):
            # Not failed, which would be somebody's to mend: nothing was given by it after all.
            operation.amount, operation.error = 0, "the dispute was won after all"
        else:  # it waited before the loss, and waits to be sent again
            operation.state, operation.resolved_at, operation.provider_ref = _OP.PLANNED, None, ""
        operation.save()
    if payment.state == PaymentState.REFUNDED:
        payment.state = str(PaymentState.SUCCEEDED)
    payment.save()
