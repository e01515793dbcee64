"""How a list of orders is narrowed: by state, market, day, and by what is due."""

from __future__ import annotations

from typing import Any

import django_filters  # type: ignore[import-untyped]  # it comes with Wagtail and without types
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from checkout.models import Order
from cms.desks.orders.due import KINDS, orders_due
from cms.tables import filterset


class OrderFilters(filterset(Order, ("state", "market", "payment_state", "placed_at"))):  # type: ignore[misc]
    """The columns of the list, and what is due."""

    due = django_filters.ChoiceFilter(
        label=_("Due"),
        method="only_due",
        empty_label=_("All"),
        choices=[(code, kind.name) for code, kind in KINDS.items()],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["due"].label = _("Due")

    def only_due(self, rows: QuerySet[Order], _name: str, kind: str) -> QuerySet[Order]:
        """The orders that wait for that."""
        return rows.filter(pk__in=orders_due(timezone.now(), kind))
