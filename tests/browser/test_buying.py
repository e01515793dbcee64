"""J1 and J2 in a real browser: from a car to an accepted contract, with the worker's jobs run in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kernel.jobs import run_until_idle
from tests.browser.conftest import Visitor

NAMES = {"zh": "林知夏", "en": "Lin Zhixia"}


def pick(visitor: Visitor, code: str) -> None:
    """Clicks an option of the configurator and waits for the API's answer."""
    page = visitor.page
    folded = page.locator(f'details:has([data-card="{code}"]):not([open]) > summary')
    if folded.count():
        folded.first.click()
    with page.expect_response("**/configurations/evaluate"):
        page.locator(f'[data-card="{code}"] input').click(force=True)


def keep(visitor: Visitor) -> None:
    """Closes the before-and-after sheet, keeping the change."""
    sheet = visitor.page.locator("#change[open]")
    if sheet.count():
        sheet.locator(".sheet__acts [data-close]").click()


def order_and_pay(visitor: Visitor, lang: str) -> None:
    """From the quote to the order whose deposit has arrived."""
    page = visitor.page
    page.locator(".lockcard a.btn--primary").click()
    page.wait_for_url("**/checkout/*")
    page.fill("[name=name]", NAMES[lang])
    page.fill("[name=email]", "lin@example.com")
    page.check("[name=terms]")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/pay/*")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=succeed]").click()
    page.wait_for_url(f"**/{lang}/pay/**")
    run_until_idle()
    page.wait_for_url(f"**/{lang}/orders/*")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_configured_car_becomes_an_accepted_contract(
    visit: Callable[..., Visitor], lang: str
) -> None:
    visitor = visit(width=390 if lang == "en" else 1280)
    page = visitor.page
    visitor.open(f"/{lang}/models/haven/configure")
    for code in ("trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"):
        pick(visitor, code)
        keep(visitor)
    expect(page.locator("[data-total]")).to_have_text("¥395,300")

    pick(visitor, "seat-rest")
    pick(visitor, "seat-comfort")
    pick(visitor, "com-tea")
    expect(page.locator(".whynot .repair--best")).to_contain_text("+¥21,000")
    expect(page.locator("[data-total]")).to_have_text("¥395,300")

    pick(visitor, "pkg-pilot")
    expect(page.locator("#change .beforeafter")).to_contain_text("¥395,300")
    page.locator("#change .sheet__acts .btn").first.click()
    expect(page.locator("[data-total]")).to_have_text("¥395,300")

    page.locator("[data-save]").click() if lang == "zh" else None
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")
    expect(page.locator(".sheet-price .sum td")).to_have_text("¥395,300.00")
    order_and_pay(visitor, lang)

    page.locator("a[href$='/contract'].btn--primary").click()
    expect(page.locator(".gist li").first).to_contain_text("395,300.00")
    page.check("[name=accept]")
    page.locator(".signing form .btn--primary").click()
    page.wait_for_url(f"**/{lang}/orders/*")
    number = page.locator(".docs small").first.inner_text()
    visitor.open(f"/{lang}/verify/{number}")
    expect(page.locator(".banner--good")).to_contain_text(number)
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_a_car_in_stock_is_held_for_its_buyer(visit: Callable[..., Visitor]) -> None:
    visitor, other = visit(), visit(width=390)
    page = visitor.page
    visitor.open("/zh/stock?model=vale")
    page.locator(".car:not(.car--held) h2 a").first.click()
    page.wait_for_url("**/stock/*")
    address = page.url.removeprefix(visitor.base)
    page.locator(".lockcard .btn--primary").click()
    page.wait_for_url("**/quote/*")
    order_and_pay(visitor, "zh")
    expect(page.locator("h1")).not_to_be_empty()

    other.open(address)
    expect(other.page.locator(".lockcard .banner--warn")).to_be_visible()
    assert other.page.locator(".lockcard .btn--primary").count() == 0
    assert visitor.complaints == []


def test_a_declined_payment_keeps_the_order_and_tries_again(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=390)
    page = visitor.page
    visitor.open("/en/models/rill/configure")
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")
    page.locator(".lockcard a.btn--primary").click()
    page.fill("[name=name]", "Lin Zhixia")
    page.fill("[name=phone]", "138 1234 5678")
    page.check("[name=terms]")
    page.locator("form[data-once] .btn--primary").click()
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=decline]").click()
    page.wait_for_url("**/en/pay/**")
    run_until_idle()
    expect(page.locator(".banner--bad")).to_contain_text("Nothing was taken")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")


def test_without_script_the_configurator_still_prices_explains_and_quotes(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit(scripts=False)
    page = visitor.page
    visitor.open("/zh/models/haven/configure?c=trim:voyage")
    page.locator('[data-card="paint-clearing"] input').check(force=True)
    page.locator("[data-update]").click()
    expect(page.locator("[data-total]")).to_have_text("¥364,800")
    visitor.open("/zh/models/haven/configure?c=trim:voyage&c=seat-comfort")
    page.locator('[data-card="com-tea"] input').check(force=True)
    page.locator("[data-update]").click()
    expect(page.locator(".whynot .repair--best")).to_contain_text("+¥21,000")
    page.locator(".whynot .repair--best").click()
    expect(page.locator("[data-total]")).to_have_text("¥380,800")
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")
