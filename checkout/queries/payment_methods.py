"""How an order can be paid now, by the release on sale."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.catalogue import Catalogue
from catalog.errors import CatalogError
from catalog.queries.on_sale import on_sale, release
from checkout.domain.delivery import day_in
from checkout.domain.payment_methods import PaymentMethod, methods_in_force
from checkout.models import Order


def methods_of(order: Order, now: datetime) -> tuple[PaymentMethod, ...]:
    """The ways to pay in the order's market today, whatever is paid.

    Of the release on sale: a limit or an account that changed holds for whoever pays from then on. Where nothing can be
    read any more, money that is owed can still be paid in the vendor's usual ways.
    """
    catalogue = _catalogue(order)
    market = catalogue.markets.get(order.market) if catalogue else None
    return methods_in_force(
        catalogue.payment_methods if catalogue and market else (),
        market=order.market,
        currency=order.currency,
        day=day_in(market.timezone, now) if market else now.date(),
    )


def _catalogue(order: Order) -> Catalogue | None:
    try:
        return on_sale().catalogue
    except CatalogError:
        pass
    try:
        return release(order.release).catalogue
    except CatalogError:
        return None
