"""A German buyer withdraws in a browser: from the foot of any page, without signing in, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.factories.withdrawn import bought


@pytest.mark.parametrize(("lang", "width", "scripts"), [("en", 1280, False), ("zh", 390, True)])
def test_a_buyer_withdraws_in_two_clicks_from_the_foot_of_a_page(
    visit: Callable[..., Visitor], lang: str, width: int, scripts: bool
) -> None:
    order = bought("DE", now=timezone.now() - timedelta(minutes=5))
    visitor = visit(width=width, scripts=scripts, cookies={"market": "DE"})
    page = visitor.page
    visitor.open(f"/{lang}/stock")
    page.get_by_role("link", name="Vertrag widerrufen").click()
    for name, said in (
        ("order", order.code),
        ("name", "Erika Muster"),
        ("contact", "erika@example.com"),
    ):
        page.locator(f"#{name}").fill(said)
    _fits(visitor, scripts)
    page.locator("main button.btn--primary").click()
    confirm = page.get_by_role("button", name="Widerruf bestätigen")
    expect(confirm).to_be_visible()
    _fits(visitor, scripts)
    confirm.click()
    expect(page.locator(".banner--good")).to_be_visible()
    expect(page.locator("dl")).to_contain_text("Europe/Berlin")
    _fits(visitor, scripts)
    order.refresh_from_db()
    assert order.state == "withdrawn"
    assert visitor.complaints + visitor.strangers == []


def _fits(visitor: Visitor, scripts: bool) -> None:
    assert visitor.overflow() <= 0
    if scripts:
        assert visitor.violations() == []
