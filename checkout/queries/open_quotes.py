"""The cars of open quotes, for whoever plans to change what is on sale."""

from __future__ import annotations

from datetime import datetime

from catalog.queries.saved_cars import KeptCars, grouped
from checkout.models.quotes import Quote


def quoted_cars(*, now: datetime, limit: int) -> tuple[list[KeptCars], int]:
    """The cars to build that open quotes promise, grouped by equal choices, and how many quotes are left out.

    At most `limit` quotes, the newest first. Quotes for cars in stock are not among them: such a car exists.
    """
    rows = Quote.objects.filter(state=Quote.State.OPEN, expires_at__gt=now).exclude(build="")
    cars = rows.order_by("-pk").values_list("code", "market", "document__car")[:limit]
    found = grouped((code, car["model"], market, car["choices"]) for code, market, car in cars)
    return found, rows.count() - sum(one.count for one in found)
