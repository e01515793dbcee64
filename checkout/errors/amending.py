"""Refusals of a change of an order."""

from __future__ import annotations

from checkout.errors.buying import OrderError


class AmendmentNotPossible(OrderError):
    """The order cannot be changed so now; facts: `order`, `state`, `reason`, and `kinds` that may change now."""

    code = "amendment-not-possible"


class NothingToAmend(OrderError):
    """The wishes are what the order says already; facts: `order`."""

    code = "nothing-to-amend"
