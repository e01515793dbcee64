"""Comparing and budgets at a screen: both languages, phone and desk, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_buying import keep, pick

BUILDS = {
    "haven": ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"],
    "vale": ["trim:summit", "paint-pine"],
    "rill": ["trim:lite"],
}


def saved() -> list[str]:
    """One build of each model."""
    client = Client()
    codes = []
    for model, choices in BUILDS.items():
        body = {"model": model, "choices": choices}
        answer = client.post("/api/v1/builds", body, content_type="application/json")
        codes.append(answer.json()["code"])
    return codes


def compared(codes: list[str], **more: str) -> str:
    return f"/compare?{urlencode([*(('b', code) for code in codes), *more.items()])}"


@pytest.mark.parametrize(("lang", "look"), [("zh", {"mode": "elder"}), ("en", {"theme": "dark"})])
def test_the_new_pages_fit_every_screen_and_axe_has_nothing_to_say(
    visit: Callable[..., Visitor], lang: str, look: dict[str, str]
) -> None:
    codes = saved()
    visitor = visit(cookies={**look, "builds": ".".join(codes)})
    faults = []
    for path in (
        compared(codes, d="0"),
        "/compare",
        f"/compare?b={codes[0]}&add=NOPE2345",
        "/models/haven/configure?apply=trim:calm&budget=400000&per=car",
        "/models/haven/configure?apply=trim:calm&budget=1&per=car",
    ):
        visitor.open(f"/{lang}{path}")
        faults += [f"{path}: {line}" for line in visitor.violations()]
        for width in (1280, 390, 320):
            visitor.resize(width)
            over = visitor.overflow()
            if over > 0:
                faults.append(f"{path} at {width} px is {over} px too wide")
    assert faults + visitor.complaints + visitor.strangers == []


def test_the_switch_folds_equal_rows_and_a_phone_swaps_the_third_car_in(
    visit: Callable[..., Visitor],
) -> None:
    codes = saved()
    visitor = visit(width=390)
    page = visitor.page
    visitor.open(f"/en{compared(codes)}")
    few = page.locator("tbody th[scope=row]").count()
    with page.expect_navigation():
        page.get_by_label("Differences only").uncheck()
    assert page.locator("tbody th[scope=row]").count() > few
    third = page.locator("thead th").nth(2)
    expect(third).to_be_hidden()
    page.locator(".cmp__phone a").click()
    page.wait_for_load_state()
    expect(page.locator("thead th").nth(1)).to_contain_text(codes[2])
    expect(page.locator("thead th").nth(1)).to_be_visible()
    assert visitor.complaints == []


def test_two_cars_are_saved_and_compared_from_the_configurator(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/en/models/vale/configure?c=trim:summit")
    page.locator("[data-save]").click()
    expect(page.locator("[data-build]")).to_contain_text("Saved as build")
    visitor.open("/en/models/haven/configure")
    pick(visitor, "trim:voyage")
    keep(visitor)
    page.locator("button[value=compare]").click()
    page.wait_for_url("**/compare?*")
    expect(page.locator("thead th[scope=col]")).to_have_count(2)
    expect(page.locator("thead")).to_contain_text("Haven Voyage")
    expect(page.locator("thead")).to_contain_text("Vale Summit")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_budget_finds_a_car_and_undo_goes_back(
    visit: Callable[..., Visitor], scripts: bool
) -> None:
    visitor = visit(scripts=scripts)
    page = visitor.page
    visitor.open("/en/models/haven/configure")
    page.locator(".best > summary").click()
    page.locator("#budget").fill("6,000")
    page.get_by_label("a month", exact=True).check()
    page.locator("button[form=budget-form]").click()
    page.wait_for_url("**budget=*")
    found = page.locator("#found")
    expect(found).to_contain_text("within ¥6,000 a month")
    expect(found.locator(".beforeafter")).to_contain_text("¥299,800")
    found.get_by_role("link", name="Undo").click()
    page.wait_for_url("**apply=*")
    expect(page.locator("[data-total]")).to_have_text("¥299,800")
    assert visitor.complaints == []


def test_an_adjusted_click_shows_both_sides_and_undo_restores_the_car(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit(width=390)
    page = visitor.page
    query = urlencode([("c", code) for code in BUILDS["haven"]])
    visitor.open(f"/en/models/haven/configure?{query}")
    pick(visitor, "com-tea")
    sheet = page.locator("#change[open]")
    expect(sheet.locator(".beforeafter")).to_contain_text("¥395,300")
    expect(sheet.locator(".beforeafter")).to_contain_text("¥416,300")
    assert visitor.violations() == []
    sheet.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-total]")).to_have_text("¥395,300")
    expect(page.locator('[data-card="com-tea"] input')).not_to_be_checked()
