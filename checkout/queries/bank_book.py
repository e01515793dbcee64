"""Everything a line of our bank's statement may belong to, asked once for all lines; and what one order expects now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F, Q, QuerySet, Sum

from checkout.domain import order as life
from checkout.domain.matching import Book, OpenOrder, OpenPayout, OpenTransfer
from checkout.domain.payment_methods import BANK
from checkout.domain.payments import OPEN, State
from checkout.models import BankMatch, Order, OutgoingTransfer, Payment, VendorPayout
from checkout.queries.paid import due_of, standings_of
from kernel.money import Money

_PURPOSE: Mapping[life.State, str] = {
    life.State.AWAITING_DEPOSIT: Payment.Purpose.DEPOSIT,
    life.State.INSPECTION_READY: Payment.Purpose.BALANCE,
    life.State.BALANCE_PAID: Payment.Purpose.AMENDMENT,
}
_SETTLED = Sum(F("amount") + F("charge"))
_SENT = (OutgoingTransfer.State.SENT, OutgoingTransfer.State.APPROVED)


def settled_of(payment: Payment) -> Money:
    """What bank lines have brought for a payment so far."""
    rows = payment.bank_matches.filter(undone_at=None)
    found = rows.aggregate(total=_SETTLED)["total"]
    return Money(found or 0, payment.currency)


def expected_of(order: Order) -> tuple[str, Money]:
    """The purpose for which the order expects money now, and how much of it; what arrived in part is not taken off.

    The purpose is empty where nothing is expected.
    """
    purpose = _purpose(order)
    if purpose == Payment.Purpose.DEPOSIT:
        return purpose, Money(order.deposit, order.currency)
    amount = due_of(order) if purpose else Money.zero(order.currency)
    return (purpose, amount) if amount else ("", amount)


def part_of(order: Order) -> tuple[Money, Money]:
    """Of the order's waiting payments by transfer: what the last was asked for, and what came of all of them so far."""
    holds = Q(bank_matches__undone_at=None)
    got = Sum(F("bank_matches__amount") + F("bank_matches__charge"), filter=holds, default=0)
    rows = _waiting().filter(order=order).annotate(got=got).order_by("pk")
    found = list(rows.values_list("amount", "got"))
    asked = found[-1][0] if found else 0
    return Money(asked, order.currency), Money(sum(part for _, part in found), order.currency)


def _waiting() -> QuerySet[Payment]:
    """Payments by transfer that wait, those of ended orders too: money for them is told apart by what they asked for."""
    ended = Q(state=State.CANCELED, order__state__in=[*life.FINAL])
    return Payment.objects.filter(Q(state__in=[*OPEN]) | ended, provider=BANK)


def _purpose(order: Order) -> str:
    state = order.state_before_dispute if order.state == life.State.DISPUTED else order.state
    return _PURPOSE.get(life.State(state), "") if state else ""


def load_book() -> Book:
    """All orders with what is due on them by transfer, the payouts not seen at the bank, and our own transfers."""
    due = dues_of(Order.objects.all())
    orders = {
        code: OpenOrder(code, due.get(pk) or Money.zero(currency), buyer)
        for pk, code, currency, buyer in Order.objects.order_by().values_list(
            "pk", "code", "currency", "buyer_name"
        )
    }
    return Book(orders, _payouts(), _transfers())


def dues_of(orders: QuerySet[Order]) -> dict[int, Money]:
    """What each of these orders still expects by transfer, by its number; those that expect nothing are left out.

    In a number of questions that does not grow with them.
    """
    due: dict[int, Money] = {}
    waiting = orders.filter(state=life.State.AWAITING_DEPOSIT).order_by()
    for pk, deposit, currency in waiting.values_list("pk", "deposit", "currency"):
        due[pk] = Money(deposit, currency)
    owing = (life.State.INSPECTION_READY, life.State.BALANCE_PAID)
    ready = orders.filter(Q(state__in=owing) | Q(state_before_dispute__in=owing))
    for row, money in standings_of(ready.order_by()):
        if money.due and _purpose(row):
            due[row.pk] = money.due
    for order, asked, got in _begun(orders):
        # Where the order itself expects nothing, the payment that waits says what is missing: of money that was taken off
        # the order again, and of money that comes when the order has ended.
        due[order] = due.get(order, asked) - got
    return {order: amount for order, amount in due.items() if amount.minor > 0}


def _begun(orders: QuerySet[Order]) -> Iterator[tuple[int, Money, Money]]:
    """Waiting payments by transfer: the number of the order, what was asked for, and what came of it so far."""
    rows = _waiting().filter(order__in=orders.order_by().values("pk"))
    sums = BankMatch.objects.filter(undone_at=None, payment__in=rows.values("pk"))
    got = dict(sums.values_list("payment").annotate(total=_SETTLED).order_by())
    for pk, order, amount, currency in rows.values_list("pk", "order", "amount", "currency"):
        yield order, Money(amount, currency), Money(got.get(pk) or 0, currency)


def _payouts() -> tuple[OpenPayout, ...]:
    rows = VendorPayout.objects.exclude(
        state__in=[VendorPayout.State.FAILED, VendorPayout.State.CANCELED]
    )
    seen = BankMatch.objects.filter(undone_at=None, payout__isnull=False).values("payout")
    return tuple(
        OpenPayout(row.code, row.money, row.arrives_on) for row in rows.exclude(pk__in=seen)
    )


def _transfers() -> tuple[OpenTransfer, ...]:
    rows = OutgoingTransfer.objects.filter(state__in=[*_SENT, OutgoingTransfer.State.DONE])
    return tuple(
        OpenTransfer(row.code, row.money, row.holder, row.state == OutgoingTransfer.State.DONE)
        for row in rows.only("code", "amount", "currency", "holder", "state")
    )
