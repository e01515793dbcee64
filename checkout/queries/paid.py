"""What of an order's money is in our hands: paid, and neither given back nor about to be; and what is still owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import Prefetch, Q, QuerySet, Sum

from checkout.domain.amounts import money_of
from checkout.domain.application import State as Loan
from checkout.domain.balance import cash_due, overpaid
from checkout.domain.payments import PAID
from checkout.errors import UnknownOrder
from checkout.models import FinanceApplication, Order, Payment, PaymentOperation
from checkout.queries.delivery_terms import charges_of
from kernel.money import Money

_OP = PaymentOperation
_BACK = Sum(
    "operations__amount",
    filter=~Q(operations__state=_OP.State.FAILED) & Q(operations__kind=_OP.Kind.REFUND),
)
"""What of a payment was given back or is on its way back; None where nothing is."""
REFUND_DAYS = MappingProxyType({"alipay": 90, "wechat_pay": 180})
"""For payments begun before the windows were data: what the methods' owners say (Stripe's pages on both, November 2026)."""
_Paid = tuple[str, str, int, int | None]
"""Purpose, state and amount of a payment, and what of it was given back or is about to be."""
_AGREED = frozenset({Loan.APPROVED, Loan.DRAWN})


def held_of(order: Order) -> Money:
    """What the buyer paid for `order` less refunds made and refunds under way; never negative.

    Ask it under the order's lock where something is decided by the answer.
    """
    return _held_and_balance(order)[0]


def _held_and_balance(order: Order) -> tuple[Money, Money]:
    """As `held_of`; and what of all that was ever paid came as the balance."""
    rows = order.payments.annotate(back=_BACK)
    return _summed(rows.values_list("purpose", "state", "amount", "back"), order.currency)


def _summed(payments: Iterable[_Paid], currency: str) -> tuple[Money, Money]:
    held = balance = 0
    for purpose, state, amount, back in payments:
        paid = amount if state in PAID else 0
        held += paid - (back or 0)
        balance += paid if purpose == Payment.Purpose.BALANCE else 0
    return Money(held, currency), Money(balance, currency)


def _going_back(order: Order) -> int:
    living = ~Q(state=_OP.State.FAILED)
    rows = _OP.objects.filter(living, payment__order=order, kind=_OP.Kind.REFUND)
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def refundable_payments(order: Order) -> tuple[tuple[Payment, Money], ...]:
    """The paid payments of `order` with what each can still give back, the youngest first; none without anything left."""
    rows = order.payments.filter(state__in=PAID).order_by("-pk")
    found = []
    for payment in rows.annotate(back=_BACK):
        left = Money(payment.amount - (payment.back or 0), payment.currency)
        if left:
            found.append((payment, left))
    return tuple(found)


def refund_days_of(payment: Payment) -> int | None:
    """For how many days its vendor gives a payment back, as it was when the payment was begun; None: without an end."""
    days = payment.terms.get("refund_days", REFUND_DAYS.get(payment.method))
    return None if days is None else int(days)


def financed_of(order: Order) -> Money:
    """What a lender pays of the price: as the order's document says, corrected by what was approved or paid out instead."""
    quoted = money_of(order.document["balance"]["financed"])
    if order.finance_state not in _AGREED or not quoted:
        return quoted
    # In Python, so that whoever has the applications of many orders in memory asks nothing.
    found = [each for each in order.finance_applications.all() if each.state in _AGREED]
    if not found:
        return quoted
    agreed = max(found, key=lambda each: each.pk)
    asked = money_of(order.document["finance"]["amount"])
    return quoted + (Money(agreed.amount, order.currency) - asked)


def asked_of(order: Order) -> Money:
    """What the seller asks for in all: the price, and what the delivery costs beside the car."""
    return Money(order.price, order.currency) + charges_of(order)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands in money: what is asked for in all, what a lender pays of it, what we hold.

    `balance` is what was paid as the balance.
    """

    asked: Money
    financed: Money
    held: Money
    balance: Money

    @property
    def due(self) -> Money:
        """What the buyer still pays to us."""
        return cash_due(price=self.asked, financed=self.financed, held=self.held)

    @property
    def excess(self) -> Money:
        """What we hold beyond the buyer's part of the price."""
        return overpaid(price=self.asked, financed=self.financed, held=self.held)


def standing_of(order: Order) -> Standing:
    """All of it, asked once; under the order's lock where something is decided by it."""
    return Standing(asked_of(order), financed_of(order), *_held_and_balance(order))


def standings_of(orders: QuerySet[Order]) -> tuple[tuple[Order, Standing], ...]:
    """As `standing_of` for each of these orders, in a number of questions that does not grow with them."""
    loans = Prefetch(
        "finance_applications", FinanceApplication.objects.only("order_id", "state", "amount")
    )
    rows = list(orders.prefetch_related(loans, "priorities", "appointments"))
    paid: dict[int, list[_Paid]] = defaultdict(list)
    payments = Payment.objects.filter(order__in=[row.pk for row in rows]).annotate(back=_BACK)
    for order, *each in payments.values_list("order", "purpose", "state", "amount", "back"):
        paid[order].append((each[0], each[1], each[2], each[3]))
    return tuple(
        (row, Standing(asked_of(row), financed_of(row), *_summed(paid[row.pk], row.currency)))
        for row in rows
    )


def due_of(order: Order) -> Money:
    """What the buyer still pays to us."""
    return standing_of(order).due


def excess_of(order: Order) -> Money:
    """What we hold beyond the buyer's part of the price."""
    return standing_of(order).excess


def going_back_of(code: str) -> Money:
    """What of the order's money was given back or is on its way back; raises UnknownOrder."""
    row = Order.objects.filter(code=code).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return Money(_going_back(row), row.currency)
