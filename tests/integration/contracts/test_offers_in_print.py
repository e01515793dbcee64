"""A real order with extras, a reduction against a proof and a loan, set as PDF: what is printed is what was agreed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog.services.builds import save_build
from checkout.services.orders import deposit_received, place_order
from checkout.services.quotes import create_quote
from contracts.archive import FileArchive
from contracts.domain.facts import ContractFacts, facts_document, read_facts
from contracts.pdf.layout import contract_html
from contracts.pdf.weasy import WeasyRenderer
from contracts.queries import contract_page
from contracts.services.archiving import read_pdf
from contracts.services.drafting import draft_contract
from contracts.services.issuing import issue_contract
from kernel.money import Money, shown
from kernel.text import pick
from tests.factories.ordering import confirm_loan
from tests.factories.rulebook import table
from tests.integration.contracts.test_pdf import squeezed, tool

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EXTRAS = ("care-basic", "plate-service")


@dataclass(frozen=True)
class Sold:
    """What differs between the markets."""

    market: str
    loan: str
    covers: tuple[str, ...]
    facts: dict[str, Any]
    bonus: str
    apr: str


CN = Sold("CN", "luyin-60", ("cn-compulsory", "cn-damage"), {}, "¥15,000.00", "3.88%")
DE = Sold(
    "DE",
    "hanseflut-48",
    ("de-haftpflicht", "de-vollkasko"),
    {"driver_age": 40, "no_claims_class": "SF5"},
    "€3,500.00",
    "4.48%",
)


def quoted(sold: Sold, *, proof: bool) -> Any:
    """A quote with two extras taken, the rest refused, a loan and covers."""
    build = save_build(
        model="haven", market=sold.market, choices=["trim:voyage", "paint-clearing"], now=NOW
    )
    asked: dict[str, Any] = {
        "market": sold.market,
        "build": build.code,
        "vin": None,
        "finance": {"product": sold.loan},
        "insurance": list(sold.covers),
        "insurance_facts": sold.facts or None,
        "place": None,
        "now": NOW,
    }
    offered = create_quote(**asked).document["extras"]["items"]
    answers = [
        {"code": o["code"], "wanted": o["code"] in EXTRAS, "text_version": o["text_version"]}
        for o in offered
    ]
    proofs = ["trade-in-proof"] if proof else []
    return create_quote(**asked, extras=answers, proofs=proofs)


def contract_of(sold: Sold, language: str, folder: Path, *, proof: bool = True) -> tuple[Any, str]:
    """The contract's document and the words of its PDF, after quote, order and deposit."""
    quote = quoted(sold, proof=proof)
    confirm_loan(quote.code, NOW)
    placed = place_order(
        quote=quote.code,
        buyer={"kind": "person", "name": "Anna Sommer", "email": "anna@example.com"},
        terms={"version": quote.document["terms"]["version"], "accepted": True},
        language=language,
        customer=None,
        now=NOW,
    )
    deposit_received(order=placed.order, payment=placed.payment, now=NOW)
    drafted = draft_contract(order=placed.order, store_url="http://localhost:8000", now=NOW)
    archive = FileArchive(folder)
    issued = issue_contract(
        number=drafted.number, renderer=WeasyRenderer(), archive=archive, now=NOW
    )
    path = folder / "contract.pdf"
    path.write_bytes(read_pdf(number=issued.number, archive=archive).content)
    command = [tool("pdftotext", "poppler-utils"), "-layout", str(path), "-"]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return contract_page(issued.number).document, words


def figure(amount: Money) -> str:
    """An amount as a column shows it."""
    return f"{'−' if amount.minor < 0 else ''}{abs(amount.decimal):,.2f}"


def lines_that_cost(facts: ContractFacts) -> dict[str, Money]:
    """The lines of the price sheet with an amount, by code."""
    return {line.code: line.amount for line in facts.price.lines if line.amount}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("sold", [CN, DE], ids=lambda sold: sold.market)
def test_extras_a_proof_and_a_loan_are_printed_as_they_were_agreed(
    shop: None, tmp_path: Path, sold: Sold, language: str
) -> None:
    document, words = contract_of(sold, language, tmp_path)
    facts, found = document.facts, squeezed(words)
    assert facts.finance is not None
    paid = lines_that_cost(facts)
    assert set(EXTRAS) < set(paid)
    assert sum(amount.minor for amount in paid.values()) == facts.price.total.minor
    for line in facts.price.lines:
        if line.amount and line.kind != "base":
            assert squeezed(pick(line.name, language)) in found
            assert figure(line.amount) in found
    [bonus] = [line for line in facts.price.lines if line.condition]
    assert bonus.condition is not None
    assert squeezed(pick(bonus.condition, language)) in found
    assert shown(facts.price.conditional) == sold.bonus
    codes = [clause.code for clause in document.clauses]
    assert ("price-proof" in codes, "price-extras" in codes) == (True, True)
    said = {clause.code: clause.text for clause in document.clauses}
    assert sold.bonus[1:] in said["price-proof"]
    assert {
        "zh-hans": f"合同总价{shown(facts.price.total)}",
        "en": f"The contract price is {facts.price.total.currency}\u00a0{figure(facts.price.total)}",
    }[language] in document.summary[0].text
    assert not any("车价" in one.text for one in (*document.summary, *document.clauses))
    for amount in (
        facts.price.total,
        facts.price.balance,
        facts.finance.amount,
        facts.finance.schedule[0].payment,
        facts.finance.total,
        facts.price.on_the_road,
    ):
        assert figure(amount) in found
    assert sold.apr in found
    own, other = ("€", "¥") if sold.market == "DE" else ("¥", "€")
    assert own in words
    assert other not in words


def test_without_a_proof_no_clause_speaks_of_one(shop: None, tmp_path: Path) -> None:
    document, words = contract_of(DE, "en", tmp_path, proof=False)
    assert "price-proof" not in [clause.code for clause in document.clauses]
    assert not document.facts.price.conditional
    assert "show the proof" not in words


def test_the_worked_example_of_the_rules_is_what_is_printed(shop: None, tmp_path: Path) -> None:
    document, words = contract_of(DE, "en", tmp_path)
    facts, found = document.facts, squeezed(words)
    rows = [
        (r["line"].strip("*"), r["EUR"].strip("*"))
        for r in table("contracts.md", "offers in print")
    ]
    *lines, (_, total), (_, owed) = rows
    for name, amount in lines:
        assert squeezed(name.split(",")[0]) in found
        assert amount in found
    exact = sum(Decimal(amount.replace(",", "").replace("−", "-")) for _, amount in lines)
    assert f"{exact:,.2f}" == total == figure(facts.price.total)
    assert owed == figure(facts.price.conditional)


def test_a_contract_of_before_these_facts_keeps_its_bytes(shop: None, tmp_path: Path) -> None:
    document, _ = contract_of(CN, "zh-hans", tmp_path, proof=False)
    stored = facts_document(document.facts) | {"format": 1}
    del stored["finance"]["apr_shown"]
    facts = read_facts(stored)
    assert facts_document(facts) == stored
    assert facts.finance is not None
    assert facts.finance.apr_shown == ""
    assert "3.88%" in contract_html(document)
