"""What time starts in the catalog: reservations that run out."""

from __future__ import annotations

from django.utils.timezone import now

from catalog.services import stock
from kernel.jobs import task


@task
def expire_reservations() -> int:
    """Give cars free whose hold ran out."""
    return stock.expire_reservations(now=now())
