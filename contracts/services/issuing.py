"""From a draft to an issued contract: rendered, archived, read back, and only then issued."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from checkout.services.orders import contract_issued
from contracts.archive.ports import Archive
from contracts.domain.boxes import boxes_document
from contracts.domain.facts import facts_fingerprint
from contracts.domain.states import State, check_move
from contracts.errors import ArchiveDamaged, ContractStateConflict, RenderingError
from contracts.events import ContractIssued
from contracts.models import Contract
from contracts.pdf.ports import RenderedPdf, Renderer
from contracts.queries import ContractSummary, contract_row, document_of, summary_of
from contracts.services.drafting import present_facts
from contracts.services.recording import locked_contract, record
from kernel.eventbus import publish

WORKER = "worker"
SET_BY_ISSUING = (
    "state",
    "issued_at",
    "pdf_sha256",
    "pdf_bytes",
    "pdf_pages",
    "renderer",
    "signature_boxes",
)


def issue_contract(
    *, number: str, renderer: Renderer, archive: Archive, now: datetime
) -> ContractSummary:
    """Render a draft, keep its bytes, read them back, and issue the contract; a contract past the draft stays.

    Safe to repeat after a crash at any point: the same document gives the same bytes, and the archive keeps
    equal bytes once. Raises UnknownContract, RenderingError, WordingError, ArchiveDamaged, NotInArchive,
    ContractStateConflict when the order cannot have a contract any more.
    """
    row = contract_row(number)
    if row.state != State.DRAFT:
        return summary_of(row)
    # Rendering takes a second and writes no table: it stays outside the transaction.
    pdf = renderer.render(document_of(row))
    sha256 = _archived(row.number, pdf, archive)
    return _issue(row.number, pdf, sha256, now)


def _archived(number: str, pdf: RenderedPdf, archive: Archive) -> str:
    if not pdf.content.startswith(b"%PDF-"):
        raise RenderingError(
            f"contract {number}: the renderer gave no PDF",
            facts={"number": number, "reason": "no-pdf"},
        )
    expected = hashlib.sha256(pdf.content).hexdigest()
    kept = archive.put(pdf.content)
    found = hashlib.sha256(archive.get(kept)).hexdigest()
    if not kept == found == expected:
        raise ArchiveDamaged(
            f"contract {number}: the archive gave back other bytes than were rendered",
            facts={"sha256": expected, "found": found},
        )
    return expected


def _check_facts(row: Contract, now: datetime) -> None:
    """Under the order's lock: raises ContractStateConflict where the order was amended since; a new draft follows."""
    facts = present_facts(order=row.order, version=row.template, now=now)
    if facts_fingerprint(facts) != row.facts_fingerprint:
        raise ContractStateConflict(
            f"contract {row.number} is not what order {row.order} says any more; another one follows",
            facts={"number": row.number, "state": row.state, "move": "issued", "moves": []},
        )


def _issue(number: str, pdf: RenderedPdf, sha256: str, now: datetime) -> ContractSummary:
    with transaction.atomic():
        row = locked_contract(number)
        # Another worker may have been faster, or the contract was superseded or ended meanwhile.
        if row is None or row.state != State.DRAFT:
            return summary_of(contract_row(number))
        check_move(number, State(row.state), State.ISSUED)
        row.state = State.ISSUED
        row.issued_at = now
        row.pdf_sha256, row.pdf_bytes, row.pdf_pages = sha256, len(pdf.content), pdf.pages
        row.renderer = pdf.renderer
        row.signature_boxes = boxes_document(pdf.boxes)
        row.save(update_fields=SET_BY_ISSUING)
        facts = {"pdf_sha256": sha256, "bytes": len(pdf.content), "renderer": pdf.renderer}
        contract_issued(order=row.order, contract=number, at=now, now=now)
        _check_facts(row, now)
        publish(ContractIssued(contract=number, order=row.order, pdf_sha256=sha256, at=now))
        record(row, "issued", actor=WORKER, facts=facts, now=now)
    return summary_of(contract_row(number))
