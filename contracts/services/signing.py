"""Reading, accepting, signing: the buyer agrees to the bytes that were shown, named by their SHA-256, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from checkout.services.orders import contract_accepted, contract_buyer_signed
from contracts.domain import consent
from contracts.domain.drawing import drawn_png
from contracts.domain.states import BOUND, State, check_move
from contracts.errors import ConsentOutdated, PdfMismatch, SignatureRequired, UnusableSignature
from contracts.events import ContractAccepted, ContractBuyerSigned, ContractViewed
from contracts.models import Contract, Signature, SigningCode
from contracts.queries import ContractSummary, contract_row, facts_of, summary_of
from contracts.services.codes import check_code
from contracts.services.recording import issued_contract, record
from kernel.eventbus import publish

AFTER_VIEWING = BOUND | {State.VIEWED}
SIGNED = frozenset({State.BUYER_SIGNED, State.COUNTERSIGNED})


@dataclass(frozen=True, slots=True)
class Signing:
    """What the buyer gives to sign: the file's fingerprint, the code, the consent's version, name and drawing.

    `name`: as printed in the contract; of a company, its signatory, with `capacity`. `drawn_name`: a PNG in base64 or
    empty. `ip` and `agent` (the browser's name; only its SHA-256 is kept) are what the server saw.
    """

    pdf_sha256: str
    code: str
    consent_version: str
    name: str
    capacity: str = ""
    drawn_name: str = ""
    ip: str = ""
    agent: str = ""


def mark_viewed(*, number: str, actor: str, now: datetime) -> ContractSummary:
    """The buyer was shown the PDF; the first time counts, later ones change nothing.

    `actor`: `user:7` or `guest`. Raises NotAContractNumber, UnknownContract, ContractNotIssued,
    ContractStateConflict for a void or superseded contract.
    """
    with transaction.atomic():
        row = issued_contract(number)
        if State(row.state) not in AFTER_VIEWING:
            check_move(row.number, State(row.state), State.VIEWED)
            row.state, row.viewed_at = State.VIEWED, now
            row.save(update_fields=["state", "viewed_at"])
            publish(ContractViewed(contract=row.number, order=row.order, at=now))
            record(row, "viewed", actor=actor, facts={"pdf_sha256": row.pdf_sha256}, now=now)
    return summary_of(contract_row(number))


def accept(
    *, number: str, pdf_sha256: str, actor: str, now: datetime, signed_here: bool = False
) -> ContractSummary:
    """The buyer accepts the archived bytes with that fingerprint; the order learns of it in the same transaction.

    Accepting the same bytes again gives the first acceptance. Raises NotAContractNumber, UnknownContract,
    ContractNotIssued, PdfMismatch for any other fingerprint, ContractStateConflict when it was not viewed, is
    void or superseded, what the order refuses, and SignatureRequired where the shop has its contracts signed
    (`signed_here`).
    """
    with transaction.atomic():
        row = issued_contract(number)
        if signed_here and State(row.state) not in BOUND:
            raise SignatureRequired(
                f"contract {row.number} is signed with a one-time code: POST /contracts/{row.number}/signature",
                facts={"number": row.number},
            )
        _check_file(row, pdf_sha256)
        if State(row.state) not in BOUND:
            check_move(row.number, State(row.state), State.ACCEPTED)
            row.state, row.accepted_at = State.ACCEPTED, now
            row.save(update_fields=["state", "accepted_at"])
            contract_accepted(order=row.order, contract=row.number, at=now, now=now)
            publish(
                ContractAccepted(
                    contract=row.number, order=row.order, pdf_sha256=row.pdf_sha256, at=now
                )
            )
            record(row, "accepted", actor=actor, facts={"pdf_sha256": row.pdf_sha256}, now=now)
    return summary_of(contract_row(number))


def sign(*, number: str, signing: Signing, actor: str, now: datetime) -> ContractSummary:
    """The buyer signs the archived bytes with the code that was sent for them; the worker seals them afterwards.

    Signing twice is once: a signed contract is given as it is. Raises NotAContractNumber, UnknownContract,
    ContractNotIssued, PdfMismatch, ConsentOutdated, UnusableSignature, CodeRefused, ContractStateConflict, and what the
    order refuses.
    """
    with transaction.atomic():
        row = issued_contract(number)
        _check_file(row, signing.pdf_sha256)
        if State(row.state) in SIGNED:
            return summary_of(contract_row(number))
        check_move(row.number, State(row.state), State.BUYER_SIGNED)
        _check_name(row, signing)
        drawn = drawn_png(signing.drawn_name)
    code = check_code(
        number=row.number, pdf_sha256=row.pdf_sha256, code=signing.code, now=now
    )  # before the transaction that signs: a wrong entry stays counted
    with transaction.atomic():
        row = issued_contract(number)
        if State(row.state) not in SIGNED:
            _sign(row, signing, code, drawn, actor, now)
    return summary_of(contract_row(number))


def _sign(
    row: Contract, signing: Signing, code: int, drawn: bytes, actor: str, now: datetime
) -> None:
    check_move(row.number, State(row.state), State.BUYER_SIGNED)
    SigningCode.objects.filter(pk=code, used_at=None).update(used_at=now)
    Signature.objects.create(
        contract=row,
        side=Signature.Side.BUYER,
        name=signing.name.strip(),
        capacity=signing.capacity.strip(),
        consent_version=consent.VERSION,
        consent_sha256=consent.fingerprint(),
        code_id=code,
        drawn=drawn or None,
        ip=signing.ip[:45],
        agent_sha256=hashlib.sha256(signing.agent.encode()).hexdigest() if signing.agent else "",
        pdf_sha256=row.pdf_sha256,
        actor=actor,
        at=now,
    )
    row.state, row.buyer_signed_at = State.BUYER_SIGNED, now
    row.save(update_fields=["state", "buyer_signed_at"])
    contract_buyer_signed(order=row.order, contract=row.number, at=now, now=now)
    publish(
        ContractBuyerSigned(contract=row.number, order=row.order, pdf_sha256=row.pdf_sha256, at=now)
    )
    facts = {
        "pdf_sha256": row.pdf_sha256,
        "consent": consent.VERSION,
        "drawn": bool(drawn),
        "code": code,
    }
    record(row, "buyer_signed", actor=actor, facts=facts, now=now)


def _check_file(row: Contract, pdf_sha256: str) -> None:
    # Compared before anything else: who names other bytes has not agreed to these, whatever the state.
    if pdf_sha256.strip().lower() != row.pdf_sha256:
        raise PdfMismatch(
            "pdf_sha256: this is not the fingerprint of the contract as archived; "
            "load the contract again, read it, and give the fingerprint shown there",
            facts={"number": row.number, "given": pdf_sha256[:64]},
        )


def _check_name(row: Contract, signing: Signing) -> None:
    if signing.consent_version != consent.VERSION:
        raise ConsentOutdated(
            f"consent_version: {signing.consent_version[:20]!r} is not the text in force, {consent.VERSION}; read it again",
            facts={"given": signing.consent_version[:20], "version": consent.VERSION},
        )
    buyer, name = facts_of(row).buyer, "".join(signing.name.split()).casefold()
    if buyer.kind != "company" and name != "".join(buyer.name.split()).casefold():
        raise UnusableSignature(
            "name: sign with the name that stands in the contract",
            facts={"field": "name", "reason": "other-name"},
        )
    if buyer.kind == "company" and not (name and signing.capacity.strip()):
        raise UnusableSignature(
            "name, capacity: say who signs for the company, and as what",
            facts={"field": "capacity" if name else "name", "reason": "missing"},
        )
