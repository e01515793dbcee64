"""Refusals of deadlines and of withdrawing from an order."""

from __future__ import annotations

from checkout.errors.buying import OrderError


class NoCalendar(OrderError):
    """No calendar of holidays says which days of that year are working days; facts: `market`, `year`, `mend`."""

    code = "no-calendar"


class WithdrawalNotPossible(OrderError):
    """There is no right to withdraw, or none any more; facts: `order`, `reason`, `text`, `until`, `instead`."""

    code = "withdrawal-not-possible"


class NoSuchPurchase(OrderError):
    """No order of that code was placed with that name and contact; says the same whatever is wrong."""

    code = "no-such-purchase"


class NotOurStatement(OrderError):
    """The statement was not made by us, or for another order."""

    code = "not-our-statement"


class StatementExpired(OrderError):
    """The statement waited too long for its confirmation: begin again; facts: `order`, `valid_until`."""

    code = "statement-expired"


class NothingToReturn(OrderError):
    """No car of this order is to come back; facts: `order`, `delivery`."""

    code = "nothing-to-return"
