"""What was changed on an order so far, and what may change now: a section of the order's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from checkout.domain.amounts import Json, money_json
from checkout.domain.order import State
from checkout.domain.order_policy import Changes, order_policy
from checkout.models import Amendment, Order
from kernel.money import Money

CAR = "build"
"""The kind of a change of the car itself."""
OF_A_PLACE = frozenset({CAR, "delivery"})
"""What never changes of a car from stock: it is as it is, where it is."""


def shown_amendments() -> QuerySet[Amendment]:
    """The amendments with what the page shows of them, in order; the documents stay in the database."""
    return Amendment.objects.defer("request", "before", "after").order_by("number")


def may_change(row: Order) -> Changes | None:
    """What may change on the order now, by the policy frozen in it; None where nothing may, or none was promised."""
    frozen = row.document.get("order_policy")
    return order_policy(frozen, row.currency).changes_in(State(row.state)) if frozen else None


def kinds_now(row: Order) -> tuple[str, ...]:
    """The kinds that may change now."""
    changes = may_change(row)
    if changes is None:
        return ()
    return tuple(kind for kind in changes.kinds if not (row.quote.vin and kind in OF_A_PLACE))


def amendments_section(row: Order, amendments: Iterable[Amendment]) -> Json:
    """`may_change` now, the `fee` of a change of the car, and every amendment so far, oldest first."""
    kinds, changes = kinds_now(row), may_change(row)
    return {
        "may_change": list(kinds),
        "fee": money_json(changes.fee) if changes and CAR in kinds else None,
        "history": [_one(amendment, row.currency) for amendment in amendments],
    }


def _one(amendment: Amendment, currency: str) -> dict[str, Any]:
    shown = amendment.difference
    return {
        "number": amendment.number,
        "at": amendment.at,
        "kinds": amendment.kinds,
        "fee": money_json(Money(amendment.fee, currency)),
        **{
            part: shown[part]
            for part in (
                "prices",
                "car",
                "price",
                "tax",
                "finance",
                "insurance",
                "delivery",
                "contract",
                "net",
            )
        },
    }
