"""Every page on phones and a desk, light, dark and elder: it fits, it is quiet, and axe has nothing to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

PAGES = (
    "/",
    "/models/haven",
    "/models/rill",
    "/models/haven/configure",
    "/stock",
    "/stories",
    "/help",
    "/legal",
    "/verify",
    "/orders",
    "/account",
    "/easy",
)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("mode", ["plain", "elder"])
def test_no_page_scrolls_sideways_or_complains(
    visit: Callable[..., Visitor], lang: str, mode: str
) -> None:
    visitor = visit(width=1280, cookies={"mode": mode})
    faults = []
    for path in PAGES:
        visitor.open(f"/{lang}{path}")
        for width in (1280, 390, 320):
            visitor.resize(width)
            over = visitor.overflow()
            if over > 0:
                faults.append(f"{path} at {width} px is {over} px too wide")
    assert faults + visitor.complaints + visitor.strangers == []


@pytest.mark.parametrize(
    ("lang", "look"), [("zh", {}), ("en", {"theme": "dark"}), ("zh", {"mode": "elder"})]
)
def test_axe_has_nothing_to_say(
    visit: Callable[..., Visitor], lang: str, look: dict[str, str]
) -> None:
    visitor = visit(cookies=look)
    faults = []
    for path in PAGES:
        visitor.open(f"/{lang}{path}")
        faults += [f"{path}: {line}" for line in visitor.violations()]
    assert faults == []


def test_a_paint_changes_the_picture_and_the_tint(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/en/models/haven")
    before = (
        page.locator("[data-car=q]").get_attribute("src"),
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paint')"),
    )
    page.locator("[data-paints] input[value=paint-cinnabar]").check(force=True)
    after = (
        page.locator("[data-car=q]").get_attribute("src"),
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paint')"),
    )
    assert before[0] != after[0]
    assert before[1] != after[1]
    expect(page.locator("[data-paint-name]")).to_have_text("Cinnabar Red")


def test_the_drawn_car_wears_the_chosen_paint(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/en/models/haven/configure")
    with page.expect_response("**/configurations/evaluate"):
        page.locator('[data-card="paint-lake"] input').click(force=True)
    page.locator("[data-turn]").click()
    expect(page.locator("[data-view=side] svg")).to_be_visible()
    assert (
        page.locator("[data-view=side] svg")
        .evaluate("e => e.style.getPropertyValue('--paint')")
        .lower()
        == "#1f3b5c"
    )


def test_large_text_and_theme_stay_on_the_next_page(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/zh/stock")
    page.locator(".tools [data-elder]").click()
    page.locator(".tools [data-theme-toggle]").click()
    visitor.open("/zh/verify")
    root = page.locator("html")
    expect(root).to_have_attribute("data-mode", "elder")
    expect(root).to_have_attribute("data-theme", "dark")


def test_an_unknown_page_helps_on(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=390)
    answer = visitor.page.goto(visitor.base + "/en/no/such/page")
    assert answer is not None
    assert answer.status == 404
    expect(visitor.page.locator("h1")).to_have_text("There is no such page")
