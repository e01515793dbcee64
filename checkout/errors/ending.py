"""Refusals of ending an order before its time."""

from __future__ import annotations

from checkout.errors.buying import OrderError


class BadReason(OrderError):
    """Not a reason for which whoever asks can end an order; facts: `reason`, `reasons` that they can give."""

    code = "bad-reason"


class NotLateEnough(OrderError):
    """The car is not so late that its buyer may end the order for it; facts: `order`, `late_days`, `rescind_from`."""

    code = "not-late-enough"


class UnknownCompensation(OrderError):
    """No compensation of that number was proposed for the order; facts: `order`, `number`."""

    code = "unknown-compensation"


class CompensationConflict(OrderError):
    """The compensation was decided, or the same person would decide who proposed it; facts: `state`, `moves`."""

    code = "compensation-conflict"
