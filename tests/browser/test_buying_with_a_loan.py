"""J1 with a loan and cover in a real browser: in mainland China in Chinese, in Germany in English, to its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Market
from catalog.services.releases import publish_release
from checkout.models import CreditSheet, Order, Quote
from kernel.jobs import run_until_idle
from tests.browser.conftest import Visitor
from tests.support import shopping
from tests.support.shopping import CHINA, GERMANY, Way

WIDTHS = (1280, 390, 320)


@dataclass(frozen=True)
class Words:
    """What the pages of a market say, and what they must never say."""

    currency: str
    never: str
    warning: str
    rate: str
    sheet: str
    approved: str
    bound: str
    proof: str


WORDS = {
    "CN": Words(
        currency="¥",
        never="€",
        warning="",
        rate="3.88%",
        sheet="贷款综合融资成本明示表",
        approved="已批准",
        bound="已承保",
        proof="¥15,000.00",
    ),
    "DE": Words(
        currency="€",
        never="¥",
        warning="Caution! Borrowing money costs money.",
        rate="4.48",
        sheet="Standard European Consumer Credit Information",
        approved="Approved",
        bound="Bound",
        proof="3,500.00",
    ),
}


@dataclass
class Buyer:
    """Somebody on their way: acts, and looks at every page it comes to on a desk and two phones."""

    visitor: Visitor
    way: Way
    faults: list[str] = field(default_factory=list)

    @property
    def page(self) -> Any:
        """The page they are on."""
        return self.visitor.page

    @property
    def words(self) -> Words:
        """What the pages of their market say."""
        return WORDS[self.way.market]

    def looks(self, name: str) -> None:
        """The page fits every screen, axe has nothing to say, and no sum is in another market's money."""
        for width in WIDTHS:
            self.visitor.resize(width)
            over = self.visitor.overflow()
            if over > 0:
                self.faults.append(f"{name} at {width} px is {over} px too wide")
        self.faults += [f"{name}: {line}" for line in self.visitor.violations()]
        shown = self.page.locator("main").inner_text()
        if re.search(rf"{re.escape(self.words.never)}\s?\d", shown):
            self.faults.append(f"{name} says a sum in {self.words.never}")

    def configures(self) -> None:
        """A car of the market; the monthly amount stands with its rate and its warning."""
        self.visitor.open(f"/{self.way.lang}/?market={self.way.market}")
        self.visitor.open(f"/{self.way.lang}/models/haven")
        expect(self.page.locator(".mhero__buy .credit")).to_contain_text(self.words.rate)
        self.visitor.open(f"/{self.way.lang}/models/haven/configure?c=trim:voyage")
        with self.page.expect_response("**/configurations/evaluate"):
            self.page.locator('[data-card="paint-clearing"] input').click(force=True)
        expect(self.page.locator("[data-total]")).to_contain_text(self.words.currency)
        credit = self.page.locator(".conf__bar [data-credit]")
        expect(credit).to_contain_text(self.words.rate)
        expect(credit).to_contain_text(self.words.warning)
        self.looks("configurator")

    def asks_for_a_quote(self) -> None:
        """With the loan, the cover, extras answered either way, and an old car with its proof."""
        shopping.ask_for_a_quote(self.page)
        shopping.choose_loan_and_cover(self.page, self.way)
        shopping.answer_extras(self.page, self.way)
        expect(self.page.locator(f"input[value={self.way.loan}]")).to_be_checked()
        yes = self.page.locator("fieldset.ask input[value=yes]:checked")
        assert {str(one.get_attribute("name")) for one in yes.all()} == {
            f"extra-{code}" for code in self.way.extras
        }
        chosen = self.page.locator(".offer:has(input[name=insurance]:checked) .offer__big")
        assert chosen.inner_text() in self.page.locator(".sheet-price").first.inner_text()
        self.looks("quote")

    def reads_what_the_loan_costs(self) -> None:
        """The sheet of the law, for as long as the law says."""
        shopping.go_to_checkout(self.page)
        expect(self.page.locator("dialog.read h2").first).to_have_text(self.words.sheet)
        self.looks("sheet of the loan")
        CreditSheet.objects.update(readable_at=F("readable_at") - timedelta(minutes=1))
        self.page.reload()
        self.page.locator("[data-confirm]").click()
        self.page.wait_for_url("**/checkout/*")

    def orders_and_pays(self) -> None:
        """Details, terms, the deposit at the sandbox."""
        self.looks("checkout")
        shopping.place_order(self.page, self.way)
        self.looks("payment")
        self.page.locator("form[data-once] .btn--primary").click()
        self.page.wait_for_url("**/sandbox/pay/**")
        self.page.locator("button[value=succeed]").click()
        self.page.wait_for_url(f"**/{self.way.lang}/pay/**")
        run_until_idle()
        self.page.wait_for_url(f"**/{self.way.lang}/orders/*")
        expect(self.page.locator("a[href$='/contract'].btn--primary")).to_be_visible()
        self.looks("order with its deposit")

    def reads_and_accepts_the_contract(self) -> None:
        """The lines that matter name what a missing proof costs."""
        self.page.locator("a[href$='/contract'].btn--primary").click()
        self.page.wait_for_url("**/contract")
        expect(self.page.locator(".gist")).to_contain_text(self.words.proof)
        self.looks("contract")
        self.page.check("[name=accept]")
        self.page.locator(".signing form .btn--primary").click()
        self.page.wait_for_url(f"**/{self.way.lang}/orders/*")

    def applies_for_the_loan(self) -> None:
        """The lender of the sandbox approves."""
        self.visitor.open(f"/{self.way.lang}/orders/{self.order}/finance")
        self.looks("form of the loan")
        shopping.apply_for_loan(self.page, self.way)
        expect(self.page.locator("[role=status]").first).to_have_text(self.words.approved)
        assert self.way.loan not in self.page.locator("main").inner_text()
        self.looks("approved loan")

    def takes_cover_out(self) -> None:
        """The covers of the quote, from its insurer, for a year."""
        self.visitor.open(f"/{self.way.lang}/orders/{self.order}/insurance")
        ticked = self.page.locator(f"form:has([value={self.way.insurer}]) [name=product]:checked")
        assert ticked.count() == len(self.way.covers) - 1
        offered = self.page.locator(f"form:has([value={self.way.insurer}])").first.inner_text()
        for line in Order.objects.get().document["insurance"]["lines"]:
            assert f"{line['premium']['amount'] / 100:,.2f}" in offered
        self.looks("covers")
        shopping.take_cover_out(self.page, self.way)
        expect(self.page.locator("main")).to_contain_text(self.words.bound)
        years = set(re.findall(r"20\d\d", self.page.locator(".sheet-price--words").inner_text()))
        assert len(years) == 2
        self.looks("policy")

    def sees_it_all_on_the_order(self) -> None:
        """The one page of truth: contract accepted, loan approved, cover bound."""
        self.visitor.open(f"/{self.way.lang}/orders/{self.order}")
        shown = self.page.locator("main")
        expect(shown).to_contain_text(self.words.approved)
        expect(shown).to_contain_text(self.words.bound)
        expect(self.page.locator(".docs .tag--good")).to_be_visible()
        self.looks("order at the end")

    @property
    def order(self) -> str:
        """The code of the one order there is."""
        return Order.objects.get().code


@pytest.mark.parametrize("way", [CHINA, GERMANY], ids=lambda way: way.market)
def test_j1_with_a_loan_and_cover(
    visit: Callable[..., Visitor], settings: Any, tmp_path: Path, way: Way
) -> None:
    settings.SANDBOX_DIR = tmp_path
    buyer = Buyer(visit(), way)
    buyer.configures()
    buyer.asks_for_a_quote()
    buyer.reads_what_the_loan_costs()
    buyer.orders_and_pays()
    buyer.reads_and_accepts_the_contract()
    buyer.applies_for_the_loan()
    buyer.takes_cover_out()
    buyer.sees_it_all_on_the_order()
    assert buyer.faults == []
    assert buyer.visitor.complaints + buyer.visitor.strangers == []


def test_an_expired_quote_shows_line_by_line_what_changed(visit: Callable[..., Visitor]) -> None:
    buyer = Buyer(visit(), GERMANY)
    buyer.visitor.open("/en/models/haven/configure?market=DE&c=trim:voyage")
    shopping.ask_for_a_quote(buyer.page)
    shopping.go_to_checkout(buyer.page)
    past = timezone.now() - timedelta(days=8)
    Quote.objects.update(created_at=past, expires_at=past + timedelta(days=7))
    assert Market.objects.filter(code="DE").update(delivery_fee=F("delivery_fee") + 10_000) == 1
    publish_release(now=timezone.now(), actor="test", pictures={}, note="a rise")
    buyer.page.fill("[name=name]", "Anna Sommer")
    buyer.page.fill("[name=email]", "buyer@example.com")
    buyer.page.check("[name=terms]")
    with buyer.page.expect_navigation():
        buyer.page.locator("form[data-once] .btn--primary").click()
    expect(buyer.page.locator("table.diff tbody").first).to_contain_text("€1,090.00")
    buyer.looks("what changed")
    assert buyer.faults == []
