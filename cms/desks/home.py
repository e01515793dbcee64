"""The first page of the CMS: what is on sale, and today's numbers for those who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db.models import Count
from django.utils import timezone
from wagtail.admin.ui.components import Component

from catalog.models import ReleasePointer, StockVehicle
from checkout.models import Order
from checkout.queries.ledger import deposits_of_day
from cms.desks.finance import DEFAULT_ZONE, totals_of
from cms.desks.orders.due import counts
from contracts.models import Contract

WAITING = ("draft", "issued", "viewed")
STATES_SHOWN = 6


class ShopPanel(Component):
    """The shop today; every part asks for the permission of the desk it leads to."""

    name = "shop"
    order = 100
    template_name = "cms/desks/home.html"

    def get_context_data(self, parent_context: Mapping[str, Any] | None) -> dict[str, Any]:
        """Release, orders, deposits, contracts and stock; None for what the reader may not see."""
        user = (parent_context or {})["request"].user
        now = timezone.now()
        parts = {
            "release": ("catalog.view_release", _release),
            "orders": ("checkout.view_order", _orders),
            "due": ("checkout.view_order", counts),
            "deposits": ("checkout.view_ledgerentry", _deposits),
            "contracts": ("contracts.view_contract", _contracts),
            "stock": ("catalog.view_stockvehicle", _stock),
        }
        return {
            name: answer(now) if user.has_perm(permission) else None
            for name, (permission, answer) in parts.items()
        }


def _release(now: datetime) -> dict[str, Any]:
    pointer = ReleasePointer.objects.select_related("release").first()
    return {"code": pointer.release.code if pointer else "", "at": pointer and pointer.moved_at}


def _orders(now: datetime) -> dict[str, Any]:
    start = datetime.combine(
        timezone.localtime(now).date(), time(), timezone.get_current_timezone()
    )
    states = Order.objects.values_list("state").annotate(count=Count("pk")).order_by("-count")
    return {
        "today": Order.objects.filter(placed_at__gte=start).count(),
        "states": list(states[:STATES_SHOWN]),
    }


def _deposits(now: datetime) -> list[dict[str, Any]]:
    today = timezone.localtime(now).date()
    return totals_of(deposits_of_day(today, DEFAULT_ZONE))


def _contracts(now: datetime) -> dict[str, Any]:
    return {"waiting": Contract.objects.filter(state__in=WAITING).count()}


def _stock(now: datetime) -> dict[str, Any]:
    return {"cars": StockVehicle.objects.exclude(status="sold").count()}
