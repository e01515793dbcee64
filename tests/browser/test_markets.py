"""A German and a Chinese buyer at one store: the switch by hand, prices in their money, pages that fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor


@pytest.mark.parametrize(("lang", "width", "scripts"), [("en", 1280, False), ("zh", 390, True)])
def test_a_buyer_changes_to_germany_and_gets_a_quote_in_euro(
    visit: Callable[..., Visitor], lang: str, width: int, scripts: bool
) -> None:
    visitor = visit(width=width, scripts=scripts)
    page = visitor.page
    visitor.open(f"/{lang}/")
    page.locator(".foot__market button[value=DE]").click()
    expect(page.locator(".label-bar")).to_be_visible()
    visitor.open(f"/{lang}/models/rill/configure")
    expect(page.locator("[data-total]")).to_contain_text("€")
    assert visitor.overflow() <= 0
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")
    expect(page.locator(".label-bar")).to_be_visible()
    expect(page.locator(".sheet-price .sum td")).to_contain_text("€")
    if scripts:
        visitor.resize(320)
        assert visitor.overflow() <= 0
        assert visitor.violations() == []
    assert visitor.complaints + visitor.strangers == []
