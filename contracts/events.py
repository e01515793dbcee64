"""What happened to a contract: frozen facts that other packages may subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContractDrafted:
    """The facts of the order are frozen under that number; the PDF is to be rendered."""

    contract: str
    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractIssued:
    """The PDF is archived and was read back; the buyer may read it. `pdf_sha256`: 64 hex digits."""

    contract: str
    order: str
    pdf_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractViewed:
    """The buyer was shown the PDF for the first time."""

    contract: str
    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractAccepted:
    """The buyer accepted the PDF with that fingerprint."""

    contract: str
    order: str
    pdf_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractSuperseded:
    """A newer contract of the same order, `by`, took the place of this one."""

    contract: str
    order: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractStuck:
    """A draft of a paid order is still without its PDF an hour after `at`, the moment it was drawn up; told once."""

    contract: str
    order: str
    at: datetime
