"""A contract ready to be set: facts, filled clauses and what the layout needs, without any formatting. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.domain.clauses import PrintedClause, printed_clauses
from contracts.domain.facts import ContractFacts, facts_fingerprint
from contracts.domain.templates import Template
from contracts.domain.wording import annex_heading
from kernel.text import pick

FACTS_FILE = "contract.json"
"""Name of the attachment: the canonical JSON of the facts, whose SHA-256 is printed on every page."""


@dataclass(frozen=True, slots=True)
class PrintedAnnex:
    """One annex the contract carries: `heading` is what clauses cite, e.g. 附件一."""

    number: int
    code: str
    heading: str
    title: str


@dataclass(frozen=True, slots=True)
class ContractDocument:
    """All a renderer may know; equal documents give equal bytes.

    `dated_at`: the moment written into the PDF (UTC). `verify_url`: where the QR code leads.
    """

    number: str
    dated_at: datetime
    verify_url: str
    title: str
    status: str
    facts: ContractFacts
    fingerprint: str
    summary: tuple[PrintedClause, ...]
    clauses: tuple[PrintedClause, ...]
    annexes: tuple[PrintedAnnex, ...]

    @property
    def language(self) -> str:
        """The language of the buyer: zh-hans or en."""
        return self.facts.language


def contract_document(
    *, number: str, dated_at: datetime, verify_url: str, template: Template, facts: ContractFacts
) -> ContractDocument:
    """The document for frozen facts in the words of `template`; raises WordingError as the clauses do."""
    language = facts.language
    return ContractDocument(
        number=number,
        dated_at=dated_at,
        verify_url=verify_url,
        title=pick(template.title, language),
        status=pick(template.status, language),
        facts=facts,
        fingerprint=facts_fingerprint(facts),
        summary=printed_clauses(template.summary, facts, plain=True),
        clauses=printed_clauses(template.clauses, facts),
        annexes=tuple(
            PrintedAnnex(
                annex.number,
                annex.code,
                annex_heading(annex.number, language),
                pick(annex.title, language),
            )
            for annex in template.annexes
            if annex.printed_in(facts.market)
        ),
    )
