"""From the buyer's act to a complete contract: signed, sealed, strictly verified, archived; every step kept once.

A crash between two steps repeats the step: what it had put into the archive without a row stays there unused, and the
row that counts exists once (`contracts_one_file_a_step`), so there are never two seals on one contract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from checkout.services.orders import contract_signed
from contracts.archive.ports import Archive
from contracts.domain.proofs import Expected, Report, Stage
from contracts.domain.states import State, check_move
from contracts.errors import ArchiveDamaged, SealNotValid
from contracts.events import ContractSigned
from contracts.models import Contract, Signature, SignedFile
from contracts.queries import ContractSummary, contract_row, facts_of, summary_of
from contracts.services.recording import locked_contract, record
from contracts.services.stamping import stamp_for
from contracts.signing.ports import Signatory, SignedPdf, Signer, Stamp, Verifier
from kernel.eventbus import publish
from kernel.text import pick

WORKER = "worker"
_STEP = SignedFile.Step


@dataclass(frozen=True, slots=True)
class Doors:
    """What sealing needs: who signs, who checks, where it is kept; `demo` says that the keys are the demo's."""

    signer: Signer
    verifier: Verifier
    archive: Archive
    demo: bool = False


def seal(
    *, number: str, doors: Doors, clock: Callable[[], datetime], actor: str = WORKER
) -> ContractSummary:
    """Bring a contract that its buyer signed to `countersigned`; one in any other state is given as it is.

    Safe to repeat after a crash at any point. `actor` countersigns: the worker, or a person at the signing desk.
    Raises UnknownContract, NotInArchive, ArchiveDamaged, what the signer raises, SealNotValid (nothing is complete
    then), and what the order refuses.
    """
    row = contract_row(number)
    if row.state != State.BUYER_SIGNED:
        return summary_of(row)
    buyer = row.signatures.get(side=Signature.Side.BUYER)
    now = clock()
    signed = _step(row, _STEP.BUYER, doors, now, lambda: _certified(row, buyer, doors))
    under = doors.archive.get(signed.sha256)
    sealed = _step(row, _STEP.SELLER, doors, now, lambda: _sealed(row, under, doors, now))
    report = _verified(row, sealed, doors, clock())
    return _complete(row.number, sealed, report, actor, clock())


def _step(
    row: Contract, step: str, doors: Doors, at: datetime, make: Callable[[], SignedPdf]
) -> SignedFile:
    """The file of a step: the one that was kept, else made and kept now; of two workers the first counts."""
    kept = row.files.filter(step=step).first()
    if kept is not None:
        return kept
    made = make()
    expected = hashlib.sha256(made.content).hexdigest()
    put = doors.archive.put(made.content)
    if not put == expected == made.sha256:
        raise ArchiveDamaged(
            f"contract {row.number}: the archive keeps other bytes than were signed",
            facts={"sha256": expected, "found": put},
        )
    file, _ = SignedFile.objects.get_or_create(
        contract=row,
        step=step,
        defaults={
            "sha256": expected,
            "size": len(made.content),
            "level": made.level,
            "at": at,
        },
    )
    return file


def _certified(row: Contract, buyer: Signature, doors: Doors) -> SignedPdf:
    name = " ".join(part for part in (buyer.name, buyer.capacity) if part)
    return doors.signer.certify_for_buyer(
        doors.archive.get(row.pdf_sha256),
        signatory=Signatory(name=buyer.name, contract=row.number),
        stamp=_stamp(row, doors, "buyer", name, buyer.at, bytes(buyer.drawn or b"")),
        at=buyer.at,
    )


def _sealed(row: Contract, pdf: bytes, doors: Doors, now: datetime) -> SignedPdf:
    name = pick(facts_of(row).seller.name, row.language)
    return doors.signer.seal_for_seller(
        pdf,
        signatory=Signatory(name=name, contract=row.number),
        stamp=_stamp(row, doors, "seller", name, now),
        at=now,
    )


def _stamp(
    row: Contract, doors: Doors, side: str, name: str, at: datetime, picture: bytes = b""
) -> Stamp:
    return stamp_for(
        side=side,
        name=name,
        at=at,
        timezone=facts_of(row).timezone,
        language=row.language,
        demo=doors.demo,
        picture_png=picture,
    )


def _verified(row: Contract, sealed: SignedFile, doors: Doors, now: datetime) -> Report:
    """The report of the sealed file as the archive gives it back; raises SealNotValid unless every check passed."""
    expected = Expected(
        stage=Stage.COMPLETE, sha256=sealed.sha256, facts_sha256=row.facts_fingerprint
    )
    report = doors.verifier.verify(doors.archive.get(sealed.sha256), expected=expected, at=now)
    if not report.complete:
        failed = [f"{outcome.check}: {outcome.reason}" for outcome in report.failed]
        raise SealNotValid(
            f"contract {row.number}: the sealed file did not pass {', '.join(failed) or 'as signed'}",
            facts={"number": row.number, "failed": failed},
        )
    return report


def _complete(
    number: str, sealed: SignedFile, report: Report, actor: str, now: datetime
) -> ContractSummary:
    with transaction.atomic():
        row = locked_contract(number)
        # Another worker was faster, or the order ended meanwhile: what was sealed stays as evidence only.
        if row is None or row.state != State.BUYER_SIGNED:
            return summary_of(contract_row(number))
        check_move(number, State(row.state), State.COUNTERSIGNED)
        Signature.objects.create(
            contract=row,
            side=Signature.Side.SELLER,
            name=pick(facts_of(row).seller.name, row.language)[:120],
            pdf_sha256=sealed.sha256,
            actor=actor,
            at=now,
        )
        row.state, row.countersigned_at = State.COUNTERSIGNED, now
        row.save(update_fields=["state", "countersigned_at"])
        contract_signed(order=row.order, contract=number, at=now, now=now)
        publish(ContractSigned(contract=number, order=row.order, pdf_sha256=sealed.sha256, at=now))
        record(row, "countersigned", actor=actor, facts=_told(sealed, report), now=now)
    return summary_of(contract_row(number))


def _told(sealed: SignedFile, report: Report) -> dict[str, Any]:
    """What the trail keeps of a complete contract: the file, its level, the checks, and who signed when by trusted time."""
    return {
        "pdf_sha256": sealed.sha256,
        "level": sealed.level,
        "checks": [str(outcome.check) for outcome in report.outcomes],
        "signatures": [
            {
                "field": found.field,
                "signer": found.signer,
                "at": found.at.isoformat() if found.at else None,
            }
            for found in report.signatures
        ],
    }
