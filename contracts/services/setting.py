"""Words set as PDF for the orders of reference: what a writer looks at, and what an approval asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contracts.domain.documents import ContractDocument, contract_document
from contracts.domain.facts import ContractFacts
from contracts.domain.proving import WordsFault, in_words_of
from contracts.domain.templates import Template
from contracts.errors import RenderingError
from contracts.golden import golden_orders
from contracts.pdf.previews import PdfPreviews
from contracts.services.wording import Proof
from kernel.text import LANGUAGES

NUMBER = "FC-0000-SPECIMEN"
"""No contract of the shop has such a number: a specimen that leaves the house verifies nowhere."""
DATED = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
VERIFY_URL = "https://example.com/verify/" + NUMBER


def specimen(template: Template, *, order: str, language: str) -> ContractDocument:
    """The contract of an order of reference in these words; raises WordingError as a real one does, and KeyError."""
    return _document(template, golden_orders()[order], language)


def _document(template: Template, facts: ContractFacts, language: str) -> ContractDocument:
    return contract_document(
        number=NUMBER,
        dated_at=DATED,
        verify_url=VERIFY_URL,
        template=template,
        facts=in_words_of(template, facts, language),
    )


def proof_as_pdf(previews: PdfPreviews) -> Proof:
    """A Proof that sets every order of reference in every language, in the process of `previews`."""

    def proof(template: Template, orders: Mapping[str, ContractFacts]) -> Sequence[WordsFault]:
        faults = []
        for order, facts in orders.items():
            for language in LANGUAGES:
                try:
                    previews.preview(_document(template, facts, language))
                except RenderingError as error:
                    faults.append(WordsFault("", language, "", str(error.facts["reason"]), order))
        return faults

    return proof
