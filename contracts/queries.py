"""What may be asked about contracts: frozen facts, the words of templates, and what strangers may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.domain.boxes import SignatureBox, read_boxes
from contracts.domain.consent import LIVES, TRIES, CodeState, wait_for_next
from contracts.domain.documents import ContractDocument, contract_document
from contracts.domain.facts import ContractFacts, masked_name, read_facts
from contracts.domain.numbers import normalised
from contracts.domain.states import LIVE, State
from contracts.domain.templates import Template, begun_template, read_template
from contracts.domain.words_life import WordsState
from contracts.errors import ContractNotIssued, NoTemplateInForce, UnknownContract
from contracts.models import (
    ClauseVersion,
    Contract,
    SignedFile,
    SigningCode,
    TemplateClause,
    TemplateVersion,
)
from kernel.crypto import mask

PURCHASE_AGREEMENT = "purchase-agreement"


@dataclass(frozen=True, slots=True)
class ContractSummary:
    """One contract in a line; `pdf_sha256` is empty and `issued_at` None until the PDF is archived.

    `pdf_sha256` is of the file that was shown and agreed to, `signed_sha256` of the same file with both signatures.
    """

    number: str
    order: str
    state: State
    language: str
    template: str
    facts_fingerprint: str
    pdf_sha256: str
    pdf_bytes: int | None
    pdf_pages: int | None
    drafted_at: datetime
    issued_at: datetime | None
    viewed_at: datetime | None
    accepted_at: datetime | None
    buyer_signed_at: datetime | None
    countersigned_at: datetime | None
    ended_at: datetime | None
    signed_sha256: str
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A contract to be read on a page: the very words of the PDF, and what the PDF is called by."""

    summary: ContractSummary
    document: ContractDocument


@dataclass(frozen=True, slots=True)
class Verification:
    """What anybody may know who has the number: state, moments, fingerprints, and masked names."""

    number: str
    state: State
    issued_at: datetime | None
    accepted_at: datetime | None
    buyer_signed_at: datetime | None
    countersigned_at: datetime | None
    ended_at: datetime | None
    sha256: str
    signed_sha256: str
    facts_sha256: str
    buyer: str
    seller: Mapping[str, str]
    superseded_by: str | None


def contract(number: str) -> ContractSummary:
    """The contract of that number, typed as people type it; raises NotAContractNumber, UnknownContract."""
    return summary_of(contract_row(number))


def contract_of_order(order: str) -> ContractSummary | None:
    """The living contract of an order, else the last one it had, else None."""
    rows = list(
        Contract.objects.select_related("superseded_by", "template").filter(order=order)[:20]
    )
    living = [row for row in rows if State(row.state) in LIVE]
    return next((summary_of(row) for row in [*living, *rows]), None)


def contract_page(number: str) -> ContractPage:
    """The contract with its words, as set in the PDF; raises NotAContractNumber, UnknownContract."""
    row = contract_row(number)
    return ContractPage(summary_of(row), document_of(row))


def verification(number: str) -> Verification:
    """What a stranger may see of an issued contract; raises NotAContractNumber, UnknownContract (drafts too)."""
    row = contract_row(number)
    if not row.pdf_sha256:
        raise _unknown(number)
    facts = facts_of(row)
    return Verification(
        number=row.number,
        state=State(row.state),
        issued_at=row.issued_at,
        accepted_at=row.accepted_at,
        buyer_signed_at=row.buyer_signed_at,
        countersigned_at=row.countersigned_at,
        ended_at=row.ended_at,
        sha256=row.pdf_sha256,
        signed_sha256=signed_sha256_of(row),
        facts_sha256=row.facts_fingerprint,
        buyer=masked_name(facts.buyer.name),
        seller=facts.seller.name,
        superseded_by=row.superseded_by.number if row.superseded_by else None,
    )


def history(number: str) -> list[Mapping[str, Any]]:
    """What happened to a contract, first to last: {kind, at, actor, facts}; raises UnknownContract."""
    return [
        {"kind": event.kind, "at": event.at, "actor": event.actor, "facts": event.facts}
        for event in contract_row(number).events.all()
    ]


def signature_boxes(number: str) -> tuple[SignatureBox, ...]:
    """Where each side signs on the issued PDF, the seller first; raises UnknownContract and ContractNotIssued.

    Empty for a contract that was issued before positions were kept.
    """
    row = contract_row(number)
    if not row.pdf_sha256:
        raise ContractNotIssued(
            f"contract {row.number} is being prepared; ask again in a moment",
            facts={"number": row.number, "state": row.state},
        )
    return read_boxes(row.signature_boxes or [])


def signing_facts(number: str, now: datetime) -> dict[str, Any]:
    """What the buyer needs to sign: whose name, where a code goes, and how the last code stands; raises UnknownContract."""
    row = contract_row(number)
    buyer = facts_of(row).buyer
    reach = {"mail": buyer.email, "sms": buyer.phone}
    sent = list(row.codes.order_by("-pk")[:10])
    last = sent[0] if sent else None
    open_one = last is not None and not _state_of(last).refused(now)
    return {
        "number": row.number,
        "pdf_sha256": row.pdf_sha256,
        "signatory": buyer.name if buyer.kind != "company" else "",
        "company": buyer.kind == "company",
        "channels": [
            {"channel": name, "sent_to": mask(address)}
            for name, address in reach.items()
            if address
        ],
        "code_sent_at": last.sent_at if last and open_one else None,
        "code_sent_to": last.sent_to if last and open_one else "",
        "code_expires_at": last.sent_at + LIVES if last and open_one else None,
        "next_code_at": now + wait_for_next([each.sent_at for each in sent], now),
        "tries_left": max(0, TRIES - last.tries) if last and open_one else TRIES,
    }


def _state_of(code: SigningCode) -> CodeState:
    return CodeState(code.sent_at, code.tries, code.used_at)


def waiting_drafts(*, before: datetime) -> list[str]:
    """Numbers of drafts made before a moment that still have no PDF, oldest first, at most a hundred."""
    rows = Contract.objects.filter(state=State.DRAFT, drafted_at__lt=before).order_by("drafted_at")
    return list(rows.values_list("number", flat=True)[:100])


def waiting_seals(*, before: datetime) -> list[str]:
    """Numbers of contracts their buyers signed before a moment and that still have no seal, oldest first, at most a hundred."""
    rows = Contract.objects.filter(state=State.BUYER_SIGNED, buyer_signed_at__lt=before)
    return list(rows.order_by("buyer_signed_at").values_list("number", flat=True)[:100])


# ---- From rows to facts ----


def contract_row(number: str) -> Contract:
    """The row of a number; raises NotAContractNumber, UnknownContract."""
    rows = Contract.objects.select_related("superseded_by", "template")
    row = rows.filter(number=normalised(number)).first()
    if row is None:
        raise _unknown(number)
    return row


def _unknown(number: str) -> UnknownContract:
    return UnknownContract(
        f"number: there is no contract {number[:40]}", facts={"number": number[:40]}
    )


def summary_of(row: Contract) -> ContractSummary:
    """A row as facts."""
    return ContractSummary(
        number=row.number,
        order=row.order,
        state=State(row.state),
        language=row.language,
        template=f"{row.template.code} {row.template.version}",
        facts_fingerprint=row.facts_fingerprint,
        pdf_sha256=row.pdf_sha256,
        pdf_bytes=row.pdf_bytes,
        pdf_pages=row.pdf_pages,
        drafted_at=row.drafted_at,
        issued_at=row.issued_at,
        viewed_at=row.viewed_at,
        accepted_at=row.accepted_at,
        buyer_signed_at=row.buyer_signed_at,
        countersigned_at=row.countersigned_at,
        ended_at=row.ended_at,
        signed_sha256=signed_sha256_of(row),
        superseded_by=row.superseded_by.number if row.superseded_by else None,
    )


def signed_sha256_of(row: Contract) -> str:
    """The fingerprint of the file with both signatures; empty until the contract is complete."""
    if row.countersigned_at is None:
        return ""
    return row.files.get(step=SignedFile.Step.SELLER).sha256


def facts_of(row: Contract) -> ContractFacts:
    """The frozen facts of a row; raises FactsNotReadable."""
    return read_facts(row.facts)


def document_of(row: Contract) -> ContractDocument:
    """The document of a row: facts in the words of the template version it quotes."""
    return contract_document(
        number=row.number,
        dated_at=row.drafted_at,
        verify_url=row.verify_url,
        template=template_of(row.template),
        facts=facts_of(row),
    )


# ---- Templates ----


def template_in_force(code: str, *, at: datetime) -> TemplateVersion:
    """The approved version of a template that has begun and not ended, the latest; raises NoTemplateInForce."""
    row: TemplateVersion | None = (
        TemplateVersion.objects.filter(code=code, state=WordsState.APPROVED, valid_from__lte=at)
        .exclude(valid_until__lte=at)
        .first()
    )
    if row is None:
        raise NoTemplateInForce(
            f"no version of template {code} is in force; import and approve one",
            facts={"template": code, "at": at.isoformat()},
        )
    return row


def template_of(row: TemplateVersion) -> Template:
    """The words of a version from its rows; raises TemplateFaults."""
    return read_template(words_of(row))


def begun_template_of(
    row: TemplateVersion, *, instead: ClauseVersion | None = None
) -> tuple[Template, list[dict[str, str]]]:
    """The words of a version as far as they are written, and their faults.

    `instead`: stored or not, it takes the place of the version of the same clause, or the last place.
    """
    return begun_template(words_of(row, instead=instead))


def words_of(row: TemplateVersion, *, instead: ClauseVersion | None = None) -> dict[str, Any]:
    """The words of a version as the file of a template has them."""
    lines = sorted(_lines(row), key=lambda line: line.number)
    stands = [
        (line.number, instead if instead and line.clause.code == instead.code else line.clause)
        for line in lines
    ]
    if instead and not any(clause is instead for _, clause in stands):
        stands.append((stands[-1][0] + 1 if stands else 1, instead))
    return {
        "template": row.code,
        "version": row.version,
        "status": row.status,
        "title": row.title,
        "summary": row.summary,
        "annexes": row.annexes,
        "sellers": row.sellers,
        "clauses": [
            {
                "code": clause.code,
                "number": number,
                "markets": clause.markets,
                "when": clause.condition,
                "title": clause.title,
                "text": clause.text,
                "risk": clause.risk,
            }
            for number, clause in stands
        ],
    }


def _lines(row: TemplateVersion) -> list[TemplateClause]:
    """The clauses of a version in their places; of a form being typed in, those that were filled in so far."""
    lines = row.clauses.all()
    stored = lines.select_related("clause") if hasattr(lines, "select_related") else lines
    return [line for line in stored if line.clause_id and line.number]
