"""The pictures of the finance desk: a day's money put on it through its own pages, and every page in both languages."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

from storefront.demo.people import PEOPLE
from tests.support.camera import Camera

DESK = "/cms/desk/money"
PAGES = {
    "90-money-today": "/",
    "91-money-exceptions": "/exceptions/",
    "92-money-payouts": "/payouts/",
    "93-money-lines": "/bank/",
    "94-money-statements": "/bank/files/",
    "95-money-transfers": "/transfers/",
    "96-money-deposits": "/books/deposits/",
    "96-money-balance": "/books/balance/",
    "96-money-aging": "/books/aging/",
    "97-money-months": "/months/",
    "98-money-exports": "/exports/",
}
FIRST = {
    "91-money-exception": ("/exceptions/", "ol a.desk__card"),
    "92-money-payout": ("/payouts/", "tbody th a"),
    "93-money-line": ("/bank/", "tbody a"),
    "95-money-transfer": ("/transfers/", "ol a.desk__card"),
}
"""Pages of one row, by the list and the link that leads to the first of it."""
STATEMENT = """Date,Amount,Currency,Account,Name,Text,Reference,Balance
2026-11-02,5000.00,CNY,DE02120300000000202051,林知夏,订金,S1,5000.00
2026-11-02,-12.00,CNY,DE02120300000000202051,Bank,fee,S2,4988.00
"""
FINANCE = next(person for person in PEOPLE if "Finance clerks" in person.groups)


def desk(browser: Browser, base: str, width: int, size: str) -> Camera:
    """Every page of the desk at one size, in both languages; gives the camera with its pictures."""
    camera: Camera | None = None
    for lang, locale in (("zh", "zh-CN"), ("en", "en-GB")):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=locale, reduced_motion="reduce"
        )
        context.set_default_timeout(30_000)
        page = signed_in(context, base)
        taken = camera.taken if camera else []
        camera = Camera(page, base, f"{lang}-{size}", taken)
        put_on_the_desk(page, base)
        for name, path in PAGES.items():
            camera.visit(name, DESK + path)
        for name, (path, link) in FIRST.items():
            first_of(camera, name, path, link)
        match_by_hand(camera)
        context.close()
    assert camera is not None
    return camera


def signed_in(context: BrowserContext, base: str) -> Page:
    """A page of somebody of the finance desk."""
    page = context.new_page()
    page.goto(f"{base}/cms/login/")
    page.fill("[name=username]", FINANCE.email)
    page.fill("[name=password]", FINANCE.password)
    page.locator("[type=submit]").first.click()
    page.wait_for_load_state()
    return page


def put_on_the_desk(page: Page, base: str) -> None:
    """A statement with a line that nobody can be found for and a fee, and a comparison; the same statement is read once."""
    page.goto(f"{base}{DESK}/bank/files/")
    file = FilePayload(name="2026-11.csv", mimeType="text/csv", buffer=STATEMENT.encode())
    page.set_input_files("[name=files]", files=[file])
    page.locator("form[enctype] button").click()
    page.wait_for_load_state()
    page.goto(f"{base}{DESK}/")
    page.locator(f"form[action='{DESK}/compare/'] button").click()
    page.wait_for_load_state()
    page.wait_for_timeout(3_000)  # the worker reads and compares


def first_of(camera: Camera, name: str, path: str, link: str) -> None:
    """The page of the first row of a list; nothing where the list is empty."""
    camera.page.goto(f"{camera.base}{DESK}{path}", wait_until="load")
    found = camera.page.locator(f"main {link}")
    if found.count():
        found.first.click()
        camera.page.wait_for_load_state()
        camera.take(name)


def match_by_hand(camera: Camera) -> None:
    """The first line that waits beside what it may settle."""
    page = camera.page
    page.goto(f"{camera.base}{DESK}/bank/", wait_until="load")
    lines = page.locator("main [name=line]")
    if lines.count():
        lines.first.check()
        page.locator("main form button").last.click()
        page.wait_for_load_state()
        camera.take("93-money-match")
