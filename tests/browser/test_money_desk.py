"""The finance desk on a phone and at a desk, light and dark: it fits, it is quiet, axe has nothing to say, and its scripts only help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE, AXE_TAGS, Visitor
from tests.factories.banked import Row, imported
from tests.factories.money_desk import money_desk
from tests.factories.payable import payable_order
from tests.integration.cms.money.test_money_desk import DESK, pages
from tests.integration.cms.people import staff


@pytest.fixture
def at_desk(
    browser: Browser, transactional_db: None, live_server: Any
) -> Iterator[Callable[..., Visitor]]:
    """Makes clerks at a screen: `at_desk(lang="en", scheme="dark", scripts=False)`."""
    contexts = []
    base = str(live_server)

    def make(*, lang: str = "zh-CN", scheme: Any = "light", scripts: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale=lang,
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        name = shop_settings.SESSION_COOKIE_NAME
        session = staff("Finance clerks").cookies[name].value
        context.add_cookies([{"name": name, "value": session, "url": base}])
        visitor = Visitor(context.new_page(), base)
        visitor.page.on("console", visitor.heard)
        visitor.page.on("request", visitor.asked)
        return visitor

    yield make
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds in the desk's own part of the page."""
    page.evaluate(AXE.read_text() + "; 0")
    found = page.evaluate("tags => axe.run('main', {runOnly: tags})", AXE_TAGS)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


COLOURED = {"money_today", "money_exceptions", "money_files", "money_roll", "money_month"}
"""Pages with every colour of the desk."""


@pytest.mark.parametrize(("lang", "scheme"), [("zh-CN", "light"), ("en", "dark")])
def test_every_page_of_the_desk_fits_and_axe_has_nothing_to_say(
    at_desk: Callable[..., Visitor], lang: str, scheme: str
) -> None:
    desk = money_desk(now=timezone.now())
    clerk = at_desk(lang=lang, scheme=scheme)
    faults = []
    for name, path in pages(desk).items():
        if name == "money_progress" or (scheme == "dark" and name not in COLOURED):
            continue
        clerk.resize(1280)
        clerk.open(DESK + path)
        faults += [f"{name}: {line}" for line in violations(clerk.page)]
        clerk.resize(390)
        if clerk.overflow() > 0:
            faults.append(f"{name} is {clerk.overflow()} px too wide for a phone")
    assert faults + clerk.complaints + clerk.strangers == []


def test_the_difference_runs_along_and_without_scripts_the_server_says_it(
    at_desk: Callable[..., Visitor],
) -> None:
    order, _ = payable_order(deposit=420_000, now=timezone.now())
    (line,) = imported(Row(420_000, "thanks", "王小明", "R1"), now=timezone.now(), match=False)
    address = f"{DESK}/bank/match/?line={line.pk}&q={order.code}"
    clerk = at_desk(lang="en")
    clerk.open(address)
    left = clerk.page.locator("[data-money-difference]")
    clerk.page.check(f"[value='order:{order.code}']")
    expect(left).to_have_text("0.00")
    clerk.page.fill(f"[name='amount-order:{order.code}']", "4,000")
    expect(left).to_have_text("200.00")
    plain = at_desk(lang="en", scripts=False)
    plain.open(address)
    plain.page.check(f"[value='order:{order.code}']")
    plain.page.locator("main form button").last.click()
    expect(plain.page.locator("[data-money-difference]")).to_have_text("¥0.00")
    plain.page.get_by_role("button", name="Confirm the match").click()
    line.refresh_from_db()
    assert line.state == "matched"
    assert clerk.complaints == []
