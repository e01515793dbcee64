"""Reading and accepting: the buyer accepts the bytes that were shown, named by their SHA-256, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.services.orders import contract_accepted
from contracts.domain.numbers import normalised
from contracts.domain.states import State, check_move
from contracts.errors import ContractNotIssued, PdfMismatch, UnknownContract
from contracts.events import ContractAccepted, ContractViewed
from contracts.models import Contract
from contracts.queries import ContractSummary, contract_row, summary_of
from contracts.services.recording import locked_contract, record
from kernel.eventbus import publish

AFTER_VIEWING = frozenset({State.VIEWED, State.ACCEPTED})


def mark_viewed(*, number: str, actor: str, now: datetime) -> ContractSummary:
    """The buyer was shown the PDF; the first time counts, later ones change nothing.

    `actor`: `user:7` or `guest`. Raises NotAContractNumber, UnknownContract, ContractNotIssued,
    ContractStateConflict for a void or superseded contract.
    """
    with transaction.atomic():
        row = _issued(number)
        if State(row.state) not in AFTER_VIEWING:
            check_move(row.number, State(row.state), State.VIEWED)
            row.state, row.viewed_at = State.VIEWED, now
            row.save(update_fields=["state", "viewed_at"])
            publish(ContractViewed(contract=row.number, order=row.order, at=now))
            record(row, "viewed", actor=actor, facts={"pdf_sha256": row.pdf_sha256}, now=now)
    return summary_of(contract_row(number))


def accept(*, number: str, pdf_sha256: str, actor: str, now: datetime) -> ContractSummary:
    """The buyer accepts the archived bytes with that fingerprint; the order learns of it in the same transaction.

    Accepting the same bytes again gives the first acceptance. Raises NotAContractNumber, UnknownContract,
    ContractNotIssued, PdfMismatch for any other fingerprint, ContractStateConflict when it was not viewed, is
    void or superseded, and what the order refuses.
    """
    with transaction.atomic():
        row = _issued(number)
        # Compared before anything else: who names other bytes has not agreed to these, whatever the state.
        if pdf_sha256.strip().lower() != row.pdf_sha256:
            raise PdfMismatch(
                "pdf_sha256: this is not the fingerprint of the contract as archived; "
                "load the contract again, read it, and accept the fingerprint shown there",
                facts={"number": row.number, "given": pdf_sha256[:64]},
            )
        if row.state != State.ACCEPTED:
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


def _issued(number: str) -> Contract:
    row = locked_contract(normalised(number))
    if row is None:
        raise UnknownContract(
            f"number: there is no contract {number[:40]}", facts={"number": number[:40]}
        )
    if not row.pdf_sha256:
        raise ContractNotIssued(
            f"contract {row.number} is being prepared; ask again in a moment",
            facts={"number": row.number, "state": row.state},
        )
    return row
