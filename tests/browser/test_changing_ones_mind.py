"""Changing one's mind in a real browser, on a phone in Chinese: change, lock, pay, choose a time, and cancel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from checkout.models import Order
from kernel.jobs import run_until_idle
from tests.browser.conftest import Visitor
from tests.support import shopping, staff
from tests.support.shopping import CHINA

WIDTHS = (1280, 320, 390)


@pytest.fixture(autouse=True)
def _doors(settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_DIR = tmp_path


def looks(visitor: Visitor, name: str) -> list[str]:
    """What is wrong with the page that is open, on a desk and two phones."""
    faults = []
    for width in WIDTHS:
        visitor.resize(width)
        over = visitor.overflow()
        if over > 0:
            faults.append(f"{name} at {width} px is {over} px too wide")
    return faults + [f"{name}: {line}" for line in visitor.violations()]


def test_a_buyer_changes_locks_pays_and_then_cancels_on_a_phone(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit(width=390)
    page, faults = visitor.page, []
    order = ordered(visitor)
    code = order.rpartition("/")[2]
    expect(page.locator("h1")).to_contain_text("锁定订单")
    faults += looks(visitor, "a reserved order")

    shopping.see_an_extra(page, order, CHINA)
    expect(page.locator("h1")).to_have_text("贵 ¥1,980.00")
    faults += looks(visitor, "the preview of a change")
    shopping.agree(page)
    assert Order.objects.get(code=code).amendments.count() == 1
    run_until_idle()
    page.goto(f"{order}/change")
    faults += looks(visitor, "what may change")
    shopping.accept_contract(page, order)

    page.goto(f"{order}/lock")
    expect(page.locator("[name=confirm]")).not_to_be_checked()
    faults += looks(visitor, "the lock")
    shopping.lock(page, order)
    expect(page.locator("h1")).to_contain_text("已锁单")
    expect(page.locator(".line [aria-current=step]")).to_contain_text("生产")

    yesterday = timedelta(hours=25)
    Order.objects.filter(code=code).update(locked_at=F("locked_at") - yesterday)
    staff.bring_to_inspection(code, timezone.now())
    run_until_idle()
    page.goto(order)
    expect(page.locator(".promise__old")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("交付前检查 合格")
    faults += looks(visitor, "a car that is ready")
    page.goto(f"{order}/handover")
    faults += looks(visitor, "the slots")
    shopping.book_handover(page, order)
    assert Order.objects.get(code=code).appointments.filter(state="booked").count() == 1
    page.goto(f"{order}/handover")
    faults += looks(visitor, "a booked handover")
    page.goto(f"{order.replace('/orders/', '/pay/')}")
    expect(page.locator("h1")).to_contain_text("尾款")
    faults += looks(visitor, "the balance")

    shopping.see_the_end(page, order)
    faults += looks(visitor, "the last yes")
    expect(page.locator("main")).to_contain_text("不予退还")
    shopping.agree(page)
    expect(page.locator("h1")).to_have_text("订单已取消")
    faults += looks(visitor, "the receipt")
    page.goto(order)
    expect(page.locator(".line [aria-current=step]")).to_contain_text("已取消")
    faults += looks(visitor, "a cancelled order")
    assert faults == []
    assert visitor.complaints == []
    assert visitor.strangers == []


def ordered(visitor: Visitor) -> str:
    """The address of an order whose contract is accepted; the jobs of the shop run while the buyer waits."""
    page = visitor.page
    page.goto(f"{visitor.base}/zh/models/haven/configure?c=trim:voyage", wait_until="load")
    shopping.ask_for_a_quote(page)
    shopping.go_to_checkout(page)
    shopping.place_order(page, CHINA)
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=succeed]").click()
    page.wait_for_url("**/zh/pay/**")
    run_until_idle()
    page.wait_for_url("**/zh/orders/*")
    order = page.url
    shopping.accept_contract(page, order)
    return order
