"""What a signer must promise. No implementation exists yet; see the package's docstring.

A platform key that signs "for" the buyer does not meet article 13 of the Electronic Signature Law of
the PRC by itself: the buyer's side is evidence bound to the PDF's SHA-256, the seller's is a seal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.domain.boxes import SignatureBox

__all__ = ["BuyerEvidence", "SignatureBox", "SignedPdf", "Signer", "SigningUnavailable"]


@dataclass(frozen=True, slots=True)
class BuyerEvidence:
    """What shows that the buyer signed these bytes: `pdf_sha256` is what the one-time code was bound to."""

    pdf_sha256: str
    consent_version: str
    consented_at: datetime
    code_verified_at: datetime
    drawn_name_png: bytes | None
    ip: str


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """The bytes after one more signature, as an incremental update of the bytes before."""

    content: bytes
    sha256: str
    level: str
    """PAdES level reached, e.g. `B-LTA`; a failed timestamp is an error, never a lower level in silence."""


class SigningUnavailable(Exception):
    """Key, certificate authority or time-stamping authority cannot be reached; the job tries again later."""


class Signer(Protocol):
    """Signs PDFs; every implementation passes one door suite and gives the same bytes to no two calls."""

    def certify_for_buyer(
        self, pdf: bytes, *, box: SignatureBox, evidence: BuyerEvidence
    ) -> SignedPdf:
        """A certifying signature that only further signatures may follow; raises SigningUnavailable."""
        ...

    def seal_for_seller(self, pdf: bytes, *, box: SignatureBox, at: datetime) -> SignedPdf:
        """The seller's seal with a trusted timestamp; raises SigningUnavailable."""
        ...
