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


def order_a_car(page: Page, base: str, way: Way) -> str:
    """A configured car for cash, its deposit paid and its contract accepted; the address of the order's page."""
    page.goto(f"{base}/{way.lang}/?market={way.market}", wait_until="load")
    page.goto(f"{base}/{way.lang}/models/haven/configure?c=trim:voyage", wait_until="load")
    ask_for_a_quote(page)
    go_to_checkout(page)
    place_order(page, way)
    pay(page, way)
    page.locator("a[href$='/contract'].btn--primary").wait_for(timeout=60_000)
    address = page.url
    accept_contract(page, address)
    return address


def pay(page: Page, way: Way) -> None:
    """What the pay page asks for, on the sandbox's page."""
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=succeed]").click()
    page.wait_for_url(f"**/{way.lang}/orders/*", timeout=60_000)


def accept_contract(page: Page, order: str) -> None:
    """Reads the contract of the order and accepts it."""
    page.goto(f"{order}/contract", wait_until="load")
    page.check("[name=accept]")
    _leads_on(page, page.locator(".signing form .btn--primary"))


def see_an_extra(page: Page, order: str, way: Way) -> None:
    """From what may change to the preview with the first extra of the way."""
    page.goto(f"{order}/change", wait_until="load")
    form = page.locator(f"form:has([name=extra-{way.extras[0]}])")
    form.locator(f"[name=extra-{way.extras[0]}][value=yes]").check()
    _leads_on(page, form.locator("button"))


def agree(page: Page) -> None:
    """Agrees to what the preview shows."""
    _leads_on(page, page.locator("form:has([name=fingerprint]) button"))


def lock(page: Page, order: str) -> None:
    """Ticks the box of the lock page and locks."""
    page.goto(f"{order}/lock", wait_until="load")
    page.check("[name=confirm]")
    agree(page)


def book_handover(page: Page, order: str) -> None:
    """The first free slot of the place, with the first wish."""
    page.goto(f"{order}/handover", wait_until="load")
    page.locator("[name=starts_at]").first.check(force=True)
    page.locator("[name=wish]").first.check()
    _leads_on(page, page.locator("form:has([name=wish]) button"))


def see_the_end(page: Page, order: str) -> None:
    """From what comes back to the page that asks for the last yes."""
    page.goto(f"{order}/cancel", wait_until="load")
    _leads_on(page, page.locator("main form[method=get] button"))
