"""What signing promises. A PDF and who signs go in; bytes one revision longer come out, or an error says why not.

How a contract gets its signatures:

1. the renderer has left two empty fields, `buyer` and `seller`, where the layout drew them;
2. `Signer.certify_for_buyer`: a certifying signature (DocMDP, P=2: from here on only signatures), PAdES B-LT;
3. `Signer.seal_for_seller`: the seller's seal over all of it, then a document timestamp, PAdES B-LTA;
4. `contracts.signing.verifying.StrictVerifier` says that it holds, and only then is the contract complete;
5. before the timestamp's certificate runs out, `Signer.renew` adds another timestamp.

The same call twice gives two different signatures, so the caller decides, under a lock, which one counts.
Every implementation of a key or of a timestamp passes one suite: `tests/doors/test_signing_keys.py` and
`tests/doors/test_timestamps.py`. A platform key that signs "for" the buyer does not meet article 13 of the Electronic
Signature Law of the PRC by itself: docs/decisions/0010-signatures.md says who signs what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.domain.proofs import Expected, Report


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is printed in a signature field, in words of the contract's language; one line each.

    `name`: the signatory. `note`: what kind of signature this is. `day`, `time`: when, with the time zone.
    `picture_png`: the name as drawn by hand; empty where nothing was drawn.
    """

    name: str
    note: str
    day: str
    time: str
    picture_png: bytes = b""


@dataclass(frozen=True, slots=True)
class Signatory:
    """For whom a key is asked: a certificate authority issues one for this person and this contract.

    `identity`: what the authority needs beyond the name, e.g. its own reference of a checked identity.
    """

    name: str
    contract: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """The bytes after one more signature, as an incremental update of the bytes before.

    `level`: PAdES level reached, `B-LT` or `B-LTA`; a failed timestamp is an error, never a lower level in silence.
    """

    content: bytes
    sha256: str
    level: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a verifier believes, all certificates in DER.

    `roots`: the authorities. `others`: certificates between root and signatory that files may lack. `crls`: lists of
    revoked certificates known here. `sellers`: SHA-256 (hex) of the certificates that may stand in the seller's field,
    former ones included; empty: any certificate under a root may. `fetch`: ask the authorities' own addresses for
    revocation data while signing; verifying never asks anybody.
    """

    roots: tuple[bytes, ...]
    others: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    sellers: frozenset[str] = frozenset()
    fetch: bool = False


class SigningKey(Protocol):
    """A private key that is used, never seen."""

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """In DER: its own certificate, then those above it, without the root."""
        ...

    def sign_digest(self, sha256: bytes) -> bytes:
        """The signature of a SHA-256 (32 bytes): ECDSA in DER, or RSA with PKCS#1 v1.5 padding.

        Raises SigningUnavailable.
        """
        ...


class KeySource(Protocol):
    """Where keys come from: a file, a token, or a certificate authority over HTTP."""

    def key_for(self, signatory: Signatory) -> SigningKey:
        """The key that signs for this person; raises SigningUnavailable, SigningMisconfigured."""
        ...


class TimestampAuthority(Protocol):
    """An RFC 3161 authority."""

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp (DER) to a TimeStampReq (DER); raises TimestampUnavailable."""
        ...


class Signer(Protocol):
    """Signs contracts; only the worker does. `at` is the moment the signature claims; a timestamp proves its own."""

    def certify_for_buyer(
        self, pdf: bytes, *, signatory: Signatory, stamp: Stamp, at: datetime
    ) -> SignedPdf:
        """The buyer's certifying signature, after which only signatures may follow (B-LT).

        Raises NotSignable, UnusablePicture, SigningUnavailable, TimestampUnavailable.
        """
        ...

    def seal_for_seller(
        self, pdf: bytes, *, signatory: Signatory, stamp: Stamp, at: datetime
    ) -> SignedPdf:
        """The seller's seal and a document timestamp over everything (B-LTA); raises as above."""
        ...

    def renew(self, pdf: bytes, *, at: datetime) -> SignedPdf:
        """One more document timestamp, before the last one can no longer be checked; raises as above."""
        ...


class Verifier(Protocol):
    """Says what a PDF proves; asks nobody and keeps nothing."""

    def verify(self, pdf: bytes, *, expected: Expected, at: datetime) -> Report:
        """Every check with its outcome at the moment `at`; never raises for what the bytes are."""
        ...
