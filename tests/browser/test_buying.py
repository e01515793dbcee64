"""J1 and J2 in a real browser: from a car to a signed contract, with the worker's jobs run in between."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from playwright.sync_api import Page, expect

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


def sign(visitor: Visitor, lang: str) -> None:
    """Asks for a code, draws the name, enters a wrong code and then the right one, and waits for the seal."""
    page = visitor.page
    page.check("[name=accept]")
    draw(page)
    page.locator("button[value=code]").first.click()
    field = page.locator("[name=code]")
    expect(field).to_be_visible()
    picture(visitor, f"sign-{lang}")
    for width in (390, 320):
        visitor.resize(width)
        assert visitor.overflow() == 0
    assert visitor.violations() == []
    run_until_idle()
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    field.fill(f"{(int(found.group(0)) + 1) % 1_000_000:06d}")
    page.locator("button[value=sign]").click()
    expect(page.locator(".error")).to_contain_text("4")
    picture(visitor, f"sign-wrong-{lang}")
    visitor.complaints.clear()  # the browser logs the refused form
    field.fill(found.group(0))
    page.locator("button[value=sign]").click()
    expect(page.locator(".signing .banner")).to_be_visible()
    seal()
    page.reload()
    expect(page.locator(".signing .banner--good")).to_be_visible()
    picture(visitor, f"signed-{lang}")


def seal() -> None:
    """The worker's turn, in a thread of its own: sealing runs an event loop, and the browser's runs in this one."""

    def work() -> None:
        run_until_idle()
        connections.close_all()

    worker = Thread(target=work)
    worker.start()
    worker.join()


def draw(page: Page) -> None:
    """A line drawn with the mouse."""
    pad = page.locator("[data-pad] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 80)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 30 + 25 * step, box["y"] + 40 + 50 * (step % 2))
    page.mouse.up()


def picture(visitor: Visitor, name: str) -> None:
    """A picture of the page where a folder for them is named."""
    if folder := os.environ.get("FORECOURT_PICTURES"):
        visitor.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_configured_car_becomes_a_signed_contract(
    visit: Callable[..., Visitor], lang: str, settings: Any
) -> None:
    settings.CONTRACT_AGREEMENT = "signature"
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
    sign(visitor, lang)
    page.locator(".signing a.btn--primary").click()
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
    expect(page.locator(".banner--bad")).to_contain_text("Nothing was taken", timeout=20_000)
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
