"""What of an order's money is in our hands: paid, and neither given back nor about to be; and what is still owed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Sum

from checkout.domain.amounts import money_of
from checkout.domain.application import State as Loan
from checkout.domain.balance import cash_due, overpaid
from checkout.domain.payments import PAID
from checkout.errors import UnknownOrder
from checkout.models import Order, Payment, PaymentOperation
from checkout.queries.delivery_terms import charges_of
from kernel.money import Money

_OP = PaymentOperation
_BACK = Sum(
    "operations__amount",
    filter=~Q(operations__state=_OP.State.FAILED) & Q(operations__kind=_OP.Kind.REFUND),
)
"""What of a payment was given back or is on its way back; None where nothing is."""
_AGREED = frozenset({Loan.APPROVED, Loan.DRAWN})


def held_of(order: Order) -> Money:
    """What the buyer paid for `order` less refunds made and refunds under way; never negative.

    Ask it under the order's lock where something is decided by the answer.
    """
    return _held_and_balance(order)[0]


def _held_and_balance(order: Order) -> tuple[Money, Money]:
    """As `held_of`; and what of all that was ever paid came as the balance."""
    rows = order.payments.annotate(back=_BACK)
    held = balance = 0
    for purpose, state, amount, back in rows.values_list("purpose", "state", "amount", "back"):
        paid = amount if state in PAID else 0
        held += paid - (back or 0)
        balance += paid if purpose == Payment.Purpose.BALANCE else 0
    return Money(held, order.currency), Money(balance, order.currency)


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


def financed_of(order: Order) -> Money:
    """What a lender pays of the price: as the order's document says, corrected by what was approved or paid out instead."""
    quoted = money_of(order.document["balance"]["financed"])
    if order.finance_state not in _AGREED or not quoted:
        return quoted
    agreed = order.finance_applications.filter(state__in=_AGREED).order_by("-pk").first()
    if agreed is None:
        return quoted
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
