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
class ContractBuyerSigned:
    """The buyer signed the PDF with that fingerprint by a one-time code; the seal is to follow."""

    contract: str
    order: str
    pdf_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractSigned:
    """Both sides signed, the file was strictly verified and is archived under `pdf_sha256`."""

    contract: str
    order: str
    pdf_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractDeclined:
    """The buyer said no to the contract; `reason` in the buyer's words, or empty."""

    contract: str
    order: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractExpired:
    """Nobody signed the contract in time."""

    contract: str
    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractReminded:
    """The buyer is to be reminded of a contract that waits for a signature; `number` counts from 1."""

    contract: str
    order: str
    number: int
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
    """A contract waits for an hour since `at`: a draft for its PDF, or a signed one for the seal; each told once."""

    contract: str
    order: str
    at: datetime
