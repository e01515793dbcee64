"""From a contract document to HTML: every figure of the page is made here, nothing is calculated in the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.domain.documents import ContractDocument
from contracts.domain.facts import ContractFacts, Equipment, Instalment, PriceLine, Tax
from contracts.domain.wording import annex_heading, clause_heading, day_in_words, share_in_words
from contracts.pdf.labels import Labels
from kernel.money import Money, exponent, shown
from kernel.text import pick

TEMPLATES = Path(__file__).parent / "templates"
HTML_LANGUAGE = {"zh-hans": "zh-Hans", "en": "en"}
PLAN_PAGE = 42
"""So many lines of a repayment plan fit below one another on a page."""
EQUIPMENT_PAGE = 30
"""So many lines of a build list fit below one another on a page, each on two lines at worst."""
ORIGINS = ("chosen", "included", "standard")
CLOSING, ANY_MARK = "）】》」』”’。，、；：", "（【《「『“‘）】》」』”’。，、；："
ADJACENT = re.compile(f"[{CLOSING}](?=[{ANY_MARK}])")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: the label, a note below it, further cells, and the figure at the right."""

    label: str
    note: str
    cells: tuple[str, ...]
    figure: str
    strong: bool = False


def contract_html(document: ContractDocument) -> str:
    """The page source of a contract; equal documents give equal text."""
    view = _View(document)
    return (
        _environment()
        .get_template("contract.html")
        .render(view=view, doc=document, t=view.labels.say)
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["set"] = _set
    environment.filters["fours"] = _fours
    return environment


def _set(words: str, language: str) -> Markup:
    """Chinese text with the doubled gap between two full-width marks taken out, as a compositor would."""
    safe = str(escape(words))
    if language != "zh-hans":
        return Markup(safe)  # noqa: S704 - escaped in the line above
    return Markup(ADJACENT.sub(r'<span class="h">\g<0></span>', safe))  # noqa: S704 - as above


def _fours(fingerprint: str) -> str:
    """A fingerprint in groups of four, so that two people can compare it aloud."""
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


class _View:
    """What the template may ask: words, figures and tables of one document in its language."""

    def __init__(self, document: ContractDocument) -> None:
        self.document = document
        self.facts: ContractFacts = document.facts
        self.language = document.language
        self.html_language = HTML_LANGUAGE[document.language]
        self.labels = Labels(document.language)

    # ---- Words ----

    def say(self, text: Any) -> str:
        """A text of the facts in the buyer's language."""
        return pick(text, self.language)

    def heading(self, number: int) -> str:
        """How a clause is counted."""
        return clause_heading(number, self.language)

    def day(self, moment: datetime) -> str:
        """The day of a moment in the market's time zone, in words."""
        return day_in_words(moment.astimezone(ZoneInfo(self.facts.timezone)).date(), self.language)

    @property
    def dated_iso(self) -> str:
        """The moment written into the PDF's metadata."""
        return self.document.dated_at.isoformat(timespec="seconds")

    @property
    def car_name(self) -> str:
        """Model and trim."""
        return f"{self.say(self.facts.car.model)} {self.say(self.facts.car.trim)}"

    @property
    def window(self) -> str:
        """The delivery window, both days included."""
        first, last = self.facts.delivery.first_day, self.facts.delivery.last_day
        return f"{day_in_words(first, self.language)} – {day_in_words(last, self.language)}"

    # ---- Figures ----

    def sum(self, amount: Money) -> str:
        """An amount with its sign, for running text and key facts."""
        return shown(amount)

    def figure(self, amount: Money) -> str:
        """An amount for a column whose head names the currency."""
        minus = "−" if amount.minor < 0 else ""
        return f"{minus}{abs(amount.decimal):,.{exponent(amount.currency)}f}"

    def share(self, rate: str) -> str:
        """A rate as a percentage."""
        return share_in_words(Decimal(rate))

    @property
    def unit(self) -> str:
        """What a column of amounts is headed with."""
        currency = self.facts.price.total.currency
        return "元" if (self.language, currency) == ("zh-hans", "CNY") else currency

    @property
    def qr(self) -> str:
        """The verification address as an SVG data URI."""
        code = segno.make(self.document.verify_url, error="m", micro=False)
        return str(code.svg_data_uri(border=0, dark="#0e1b22", unit=None, omitsize=True))

    # ---- Tables ----

    def equipment(self) -> list[tuple[str, list[Equipment]]]:
        """The build list by origin, empty origins left out."""
        by_origin = [
            (o, [one for one in self.facts.car.equipment if one.origin == o]) for o in ORIGINS
        ]
        return [(self.labels.say(f"origin_{origin}"), rows) for origin, rows in by_origin if rows]

    def price_rows(self) -> list[Row]:
        """The price sheet; what costs nothing says so in words.

        Standard equipment is one line: annex 1 lists it, and what is paid for should not drown in it.
        """
        lines, say = self.facts.price.lines, self.labels.say
        free = [line for line in lines if line.kind == "standard" and not line.amount]
        rows = [
            Row(
                self._line(line),
                self._note(line),
                (),
                self.figure(line.amount) if line.amount else say("included"),
            )
            for line in lines
            if line not in free
        ]
        if free:
            note = say("standard_note", annex_heading(1, self.language))
            rows.append(Row(say("standard_lines", len(free)), note, (), say("included")))
        return rows

    def _line(self, line: PriceLine) -> str:
        own = {"base": self.car_name, "delivery": self.labels.say("delivery")}
        return own.get(line.kind) or self.say(line.name)

    def _note(self, line: PriceLine) -> str:
        """What a reduction hangs on; what delivery covers."""
        if line.condition:
            return self.say(line.condition)
        return self.say(line.name) if line.kind == "delivery" else ""

    def outside_rows(self) -> list[Row]:
        """Taxes and first-year covers, which others receive."""
        rows = [
            Row(self.say(tax.name), self._rule(tax), (), self.figure(tax.amount))
            for tax in self.facts.price.taxes
        ]
        if self.facts.insurance:
            for cover in self.facts.insurance.covers:
                note = self.labels.say("compulsory") if cover.mandatory else ""
                rows.append(Row(self.say(cover.name), note, (), self.figure(cover.premium)))
        return rows

    def _rule(self, tax: Tax) -> str:
        words = self.say(tax.text)
        return f"{words} {self.labels.say('estimate')}" if tax.estimate else words

    def refund_rows(self) -> list[Row]:
        """The refund table, the seller's own breach last and set apart."""
        return [
            Row(
                self.say(row.when),
                self.labels.say("refund_breach") if row.by == "seller" else "",
                (self.say(row.kind_name),),
                self.figure(row.amount),
                row.by == "seller",
            )
            for row in self.facts.deposit.rows
        ]

    def payment_rows(self) -> list[Row]:
        """Who is paid what and when; adds up to the price on the road."""
        facts, say = self.facts, self.labels.say
        seller = say("seller")
        rows = [
            self._payment(
                "pay_deposit",
                say("pay_deposit_when", self.day(facts.agreed_at)),
                seller,
                facts.deposit.amount,
            )
        ]
        if facts.finance:
            rows.append(
                self._payment("pay_loan", say("pay_loan_when"), seller, facts.finance.amount)
            )
        rows.append(
            self._payment("pay_balance", say("pay_balance_when"), seller, facts.price.balance)
        )
        rows += [
            Row(
                self.say(tax.name),
                "",
                (say("pay_tax_when"), say("tax_office")),
                self.figure(tax.amount),
            )
            for tax in facts.price.taxes
        ]
        if facts.insurance:
            insurer = self.say(facts.insurance.insurer)
            when = say("pay_insurance_when")
            rows.append(self._payment("insurance_first_year", when, insurer, facts.insurance.total))
        return rows

    def _payment(self, label: str, when: str, to: str, amount: Money) -> Row:
        return Row(self.labels.say(label), "", (when, to), self.figure(amount))

    def loan_halves(self) -> tuple[list[Row], list[Row]]:
        """The terms of the loan for two tables side by side, who and how much before what it costs."""
        rows = self.loan_rows()
        return rows[: -(-len(rows) // 2)], rows[-(-len(rows) // 2) :]

    @staticmethod
    def halves(items: list[Equipment]) -> list[list[Equipment]]:
        """A list for tables side by side, each short enough that a pair stays on one page."""
        step = min(EQUIPMENT_PAGE, -(-len(items) // 2))
        return [items[at : at + step] for at in range(0, len(items), step)]

    def plan_halves(self) -> list[tuple[Instalment, ...]]:
        """The plan for two tables side by side, each of PLAN_PAGE lines at most so that a pair stays on one page."""
        lines = self.facts.finance.schedule if self.facts.finance else ()
        step = min(PLAN_PAGE, (len(lines) + 1) // 2)
        return [lines[at : at + step] for at in range(0, len(lines), step)] if lines else []

    def loan_rows(self) -> list[Row]:
        """The terms of the loan, label and value."""
        loan = self.facts.finance
        if loan is None:
            return []
        say, first, last = self.labels.say, loan.schedule[0].payment, loan.schedule[-1].payment
        pairs = [
            ("lender", self.say(loan.lender)),
            ("product", self.say(loan.product)),
            ("loan_amount", self.sum(loan.amount)),
            ("down_payment", self.sum(loan.down_payment)),
            ("months", say("months_value", loan.months)),
            ("instalment", self.sum(first)),
            *([("last_instalment", self.sum(last))] if last != first else []),
            ("nominal_rate", self.share(loan.nominal_rate)),
            ("apr", f"{loan.apr_shown}%" if loan.apr_shown else self.share(loan.apr)),
            ("interest", self.sum(loan.interest)),
            *([("fee", self.sum(loan.fee))] if loan.fee else []),
            ("loan_total", self.sum(loan.total)),
        ]
        return [Row(say(label), "", (), value) for label, value in pairs]
