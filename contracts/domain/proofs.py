"""What a signed PDF proves: the checks of the strict verifier by name, and the report of their outcome. Plain Python.

docs/rules/contracts.md, "Strict verification", says what each check asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

SIGNATORIES = ("buyer", "seller")
"""Who signs, in this order; also the names of the PDF's signature fields."""


class Check(StrEnum):
    """One thing the strict verifier asks, in the order it asks."""

    READABLE = "readable"
    ARCHIVED = "archived"
    CONTENTS = "contents"
    FIELDS = "fields"
    CHANGES = "changes"
    BUYER = "buyer"
    CERTIFIED = "certified"
    SELLER = "seller"
    SELLER_KNOWN = "seller-known"
    TIMESTAMPS = "timestamps"
    COVERED = "covered"
    FACTS = "facts"


class Stage(StrEnum):
    """How far a contract is signed: by nobody, by the buyer, or by both with a timestamp over it."""

    UNSIGNED = "unsigned"
    BUYER_SIGNED = "buyer_signed"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check: whether it passed, and where it did not, why in a stable code (never words for a reader)."""

    check: Check
    passed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature found: field, whom its certificate names, when its trusted timestamp was made, `sound` or not."""

    field: str
    signer: str
    at: datetime | None
    sound: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known about the file beforehand; an empty value is not compared.

    `stage`: how far it must be signed; None takes the stage that its fields claim. `sha256`: of the archived bytes.
    `facts_sha256`: of the attached facts; empty compares them with the identifier of the file.
    """

    stage: Stage | None = None
    sha256: str = ""
    facts_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the bytes prove. `sha256`, `size`: of the bytes given. `facts_sha256`: of the facts found inside."""

    sha256: str
    size: int
    stage: Stage
    outcomes: tuple[Outcome, ...]
    signatures: tuple[Signature, ...] = ()
    facts_sha256: str = ""

    @property
    def valid(self) -> bool:
        """Whether it is signed, everything that its stage needs was asked, and every check passed."""
        asked = {outcome.check for outcome in self.outcomes}
        return (
            self.stage is not Stage.UNSIGNED
            and CHECKED_AT[self.stage] <= asked
            and all(outcome.passed for outcome in self.outcomes)
        )

    @property
    def complete(self) -> bool:
        """Whether it is valid and both have signed, with a timestamp over it."""
        return self.valid and self.stage is Stage.COMPLETE

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The checks that did not pass."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


CHECKED_AT = {
    Stage.BUYER_SIGNED: frozenset(Check)
    - {Check.ARCHIVED, Check.SELLER, Check.SELLER_KNOWN, Check.TIMESTAMPS},
    Stage.COMPLETE: frozenset(Check) - {Check.ARCHIVED},
}
"""What a report of each stage must have asked; ARCHIVED only where the archive's fingerprint was given."""


def unreadable(*, sha256: str, size: int, reason: str) -> Report:
    """The report of bytes that could not be read as a contract at all."""
    return Report(sha256, size, Stage.UNSIGNED, (Outcome(Check.READABLE, False, reason),))


def report_document(report: Report) -> dict[str, Any]:
    """A report as JSON values, as one process tells it another or a contract's record keeps it."""
    return {
        "sha256": report.sha256,
        "size": report.size,
        "stage": report.stage,
        "outcomes": [[one.check, one.passed, one.reason] for one in report.outcomes],
        "signatures": [
            [one.field, one.signer, one.at.isoformat() if one.at else None, one.sound]
            for one in report.signatures
        ],
        "facts_sha256": report.facts_sha256,
    }


def read_report(document: Mapping[str, Any]) -> Report:
    """The report that `report_document` wrote; raises KeyError, TypeError, ValueError for anything else."""
    return Report(
        sha256=str(document["sha256"]),
        size=int(document["size"]),
        stage=Stage(document["stage"]),
        outcomes=tuple(Outcome(Check(c), bool(p), str(r)) for c, p, r in document["outcomes"]),
        signatures=tuple(
            Signature(str(f), str(s), datetime.fromisoformat(at) if at else None, bool(sound))
            for f, s, at, sound in document["signatures"]
        ),
        facts_sha256=str(document["facts_sha256"]),
    )
