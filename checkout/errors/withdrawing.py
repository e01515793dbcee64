"""Refusals of deadlines and of withdrawing from an order."""

from __future__ import annotations

from checkout.errors.buying import OrderError


class NoCalendar(OrderError):
    """No calendar of holidays says which days of that year are working days; facts: `market`, `year`, `mend`."""

    code = "no-calendar"
