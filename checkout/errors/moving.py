"""Refusals of what happens to an order after it was placed."""

from __future__ import annotations

from checkout.errors.buying import OrderError


class NoOrderPolicy(OrderError):
    """No order policy is in force in the market on that day; facts: `market`, `day`."""

    code = "no-order-policy"


class StalePreview(OrderError):
    """What was previewed is no longer true; facts: `order`, `preview` as it is now, with its new `fingerprint`."""

    code = "stale-preview"
