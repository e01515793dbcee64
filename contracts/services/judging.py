"""What a stranger's file is: a contract of ours as archived, an altered one, an earlier state, or nothing we know."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from contracts.domain.facts import masked_name
from contracts.domain.proofs import Check, Expected, Report, Stage
from contracts.domain.states import State
from contracts.models import Contract, SignedFile
from contracts.queries import Verification, facts_of, verification
from contracts.services.uploads import LARGEST, verify_upload
from contracts.signing.ports import Trust

OTHER_BYTES = "archived: other-bytes"
_DEAD = {
    State.VOID: "void",
    State.WITHDRAWN: "void",
    State.DECLINED: "void",
    State.EXPIRED: "void",
    State.SUPERSEDED: "superseded",
}


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """A signature found in the file; the buyer's name masked."""

    field: str
    signer: str
    at: datetime | None
    sound: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """`verdict`: `valid`, `unsigned`, `unsealed`, `superseded`, `void`, `altered`, `unknown` or `unreadable`.

    `unsigned` and `unsealed` are files of ours from before both signatures. `reasons` are codes: of the checks that
    failed as `check: reason`, or why a file cannot be read. `about` is what anybody may know of the contract.
    """

    verdict: str
    reasons: tuple[str, ...]
    sha256: str
    signatures: tuple[SeenSignature, ...]
    about: Verification | None


def judge(*, upload: BinaryIO, trust: Trust, now: datetime) -> Judgement:
    """Compare an uploaded file with the archive and look at its signatures; keeps nothing. Raises VerifierBusy."""
    content = upload.read(LARGEST + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    kept, stage = _kept(sha256) if len(content) <= LARGEST else (None, None)
    expected = (
        Expected(stage=stage, sha256=sha256, facts_sha256=kept.facts_fingerprint)
        if kept
        else Expected()
    )
    report = verify_upload(upload=BytesIO(content), trust=trust, now=now, expected=expected)
    if kept is None:
        return _strange(report)
    return Judgement(
        verdict=_verdict(kept, report),
        reasons=_reasons(report) if report.stage is not Stage.UNSIGNED else (),
        sha256=sha256,
        signatures=_signatures(report, kept),
        about=verification(kept.number),
    )


def _kept(sha256: str) -> tuple[Contract | None, Stage | None]:
    """The contract whose archived file this is, and how far that file is signed."""
    file = SignedFile.objects.select_related("contract").filter(sha256=sha256).first()
    if file is not None and file.step != SignedFile.Step.EVIDENCE:
        sealed = file.step == SignedFile.Step.SELLER
        return file.contract, Stage.COMPLETE if sealed else Stage.BUYER_SIGNED
    issued = Contract.objects.filter(pdf_sha256=sha256).first()
    return issued, Stage.UNSIGNED if issued else None


def _verdict(kept: Contract, report: Report) -> str:
    dead = _DEAD.get(State(kept.state))
    if report.stage is Stage.UNSIGNED:
        return dead or "unsigned"
    if (
        not report.valid
    ):  # our own bytes, and yet: a certificate that ran out, an authority no longer believed
        return "altered"
    return dead or ("valid" if report.stage is Stage.COMPLETE else "unsealed")


def _strange(report: Report) -> Judgement:
    """A file that the archive does not hold: altered where its attached facts are those of a contract, else unknown."""
    about = _with_facts(report.facts_sha256)
    reasons = _reasons(report)
    unreadable = bool(report.failed) and report.failed[0].check is Check.READABLE
    if about is not None:
        return Judgement("altered", reasons or (OTHER_BYTES,), report.sha256, (), about)
    verdict = "unreadable" if unreadable else "unknown"
    return Judgement(verdict, reasons if unreadable else (), report.sha256, (), None)


def _with_facts(sha256: str) -> Verification | None:
    """The newest contract with these facts."""
    rows = Contract.objects.exclude(pdf_sha256="").filter(facts_fingerprint=sha256)
    row = rows.order_by("-pk").first() if sha256 else None
    return verification(row.number) if row else None


def _reasons(report: Report) -> tuple[str, ...]:
    return tuple(
        f"{outcome.check}: {outcome.reason}" if outcome.reason else str(outcome.check)
        for outcome in report.failed
    )


def _signatures(report: Report, kept: Contract) -> tuple[SeenSignature, ...]:
    buyer = facts_of(kept).buyer.name
    return tuple(
        SeenSignature(
            found.field,
            masked_name(buyer) if found.field == "buyer" else found.signer,
            found.at,
            found.sound,
        )
        for found in report.signatures
    )
