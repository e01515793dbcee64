"""What follows when the charges of a delivery change: less is asked for, or what was paid too much goes back."""

from __future__ import annotations

from datetime import datetime

from checkout.domain.order import State
from checkout.models import Order
from checkout.queries.paid import excess_of
from checkout.services.balance import pay_when_complete
from checkout.services.refunds import give_back


def charges_changed(*, row: Order, reason: str, actor: str, now: datetime) -> None:
    """Bring the money of a locked order to its charges, in the transaction that changed them.

    Until the balance is paid the next attempt asks for what is due then; where nothing is due any more it is paid. After
    it, what we hold beyond the buyer's part goes back. Raises RefundTooLarge.
    """
    if row.state == State.INSPECTION_READY:
        pay_when_complete(order=row.code, now=now)
    elif row.state == State.BALANCE_PAID:
        beyond = excess_of(row)
        if beyond:
            give_back(order=row, amount=beyond, reason=reason, actor=actor, now=now)
