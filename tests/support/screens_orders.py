"""The pictures of J3: an order that is changed, locked, inspected, collected and given up."""

from __future__ import annotations

from collections.abc import Callable

from tests.support import shopping
from tests.support.camera import Camera
from tests.support.shopping import Way


def change_ones_mind(camera: Camera, bring: Callable[[str], None], way: Way) -> None:
    """Change, lock, inspect, choose a time, and cancel; `bring` is what the staff do with an order after its lock."""
    page = camera.page
    order = shopping.order_a_car(page, camera.base, way)
    at = order.removeprefix(camera.base)
    camera.take("70-order-reserved")
    camera.visit("71-change", f"{at}/change")
    shopping.see_an_extra(page, order, way)
    camera.take("72-change-preview")
    shopping.agree(page)
    page.wait_for_timeout(5_000)  # the new contract is drafted
    shopping.accept_contract(page, order)
    camera.visit("73-lock", f"{at}/lock")
    shopping.lock(page, order)
    camera.take("74-order-locked")
    bring(order.rpartition("/")[2])
    camera.visit("75-order-ready", at)
    camera.visit("76-handover", f"{at}/handover")
    shopping.book_handover(page, order)
    camera.visit("77-handover-booked", f"{at}/handover")
    camera.visit("78-balance", at.replace("/orders/", "/pay/"))
    camera.visit("79-cancel", f"{at}/cancel")
    shopping.see_the_end(page, order)
    camera.take("80-cancel-check")
    shopping.agree(page)
    camera.take("81-cancelled")
    camera.visit("82-order-cancelled", at)
