"""A buyer's way from a quote to an insured car on the store's own pages, step by step, in each market."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass(frozen=True)
class Way:
    """What differs between the markets: what the buyer chooses, and what they say of themselves."""

    market: str
    lang: str
    name: str
    loan: str
    covers: tuple[str, ...]
    extras: tuple[str, ...]
    old_car: str
    document: str
    phone: str
    income: str
    insurer: str


CHINA = Way(
    market="CN",
    lang="zh",
    name="林知夏",
    loan="luyin-60",
    covers=("cn-compulsory", "cn-damage", "cn-third-party-2m"),
    extras=("care-basic", "plate-service"),
    old_car="2018 年的旧轿车，9 万公里",
    document="999999200812319995",
    phone="138 1234 5678",
    income="10000-20000",
    insurer="qinghe",
)
GERMANY = Way(
    market="DE",
    lang="en",
    name="Anna Sommer",
    loan="hanseflut-48",
    covers=("de-haftpflicht", "de-vollkasko"),
    extras=("warranty-plus", "winter-storage"),
    old_car="Hatchback of 2016, 90,000 km",
    document="L01X00T47",
    phone="+49 30 123456",
    income="2500-4000",
    insurer="deichwacht",
)


def _leads_on(page: Page, act: Locator) -> None:
    """A press that leads to another page."""
    with page.expect_navigation():
        act.click(force=True)


def ask_for_a_quote(page: Page) -> None:
    """From the configurator to a quote of the car on it."""
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")


def choose_loan_and_cover(page: Page, way: Way) -> None:
    """Each choice makes a new quote."""
    _leads_on(page, page.locator(f"input[name=finance][value={way.loan}]"))
    _leads_on(page, page.locator(f'input[name=insurance][value="{",".join(way.covers)}"]'))


def answer_extras(page: Page, way: Way) -> None:
    """Yes to those of the way, no to every other, an old car with a proof to come; then a new quote."""
    for box in page.locator("fieldset.ask").all():
        name = str(box.locator("input[type=radio]").first.get_attribute("name"))
        said = "yes" if name.removeprefix("extra-") in way.extras else "no"
        box.locator(f"input[value={said}]").check()
    page.fill("[name=words]", way.old_car)
    page.fill("[name=wished]", "8000")
    page.check("[name=proof]")
    _leads_on(page, page.locator("#wishes button.btn--block"))


def go_to_checkout(page: Page) -> None:
    """From the quote; with a loan the sheet of its costs comes first."""
    _leads_on(page, page.locator(".lockcard a.btn--primary"))


def place_order(page: Page, way: Way) -> None:
    """Name, address for the contract, terms."""
    page.fill("[name=name]", way.name)
    page.fill("[name=email]", "buyer@example.com")
    page.check("[name=terms]")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/pay/*")


def apply_for_loan(page: Page, way: Way) -> None:
    """The form of the loan, filled in and sent."""
    page.fill("[name=name]", way.name)
    page.fill("[name=document_number]", way.document)
    page.fill("[name=birth_date]", "1990-01-31")
    page.select_option("[name=income_band]", way.income)
    page.select_option("[name=employment]", "employed")
    page.fill("[name=phone]", way.phone)
    page.fill("[name=email]", "buyer@example.com")
    for box in page.locator("input[name^=consent-]").all():
        box.check()
    _leads_on(page, page.locator("form[data-once] button.btn--block"))


def take_cover_out(page: Page, way: Way) -> None:
    """The policy of the quote's insurer, with consent."""
    form = page.locator(f"form:has(input[name=insurer][value={way.insurer}])").first
    form.locator("[name=consent]").check()
    _leads_on(page, form.locator("button"))
