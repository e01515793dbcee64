"""The strict verifier: what it asks is the list `contracts.domain.proofs.Check`, why is in docs/rules/contracts.md.

It believes the file nothing: who signs is compared with certificates known here, revocation data is checked at the
moment that a trusted timestamp proves, and no address is asked. Whatever the bytes are, the answer is a Report.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, read_certification_data
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from contracts.domain.documents import FACTS_FILE
from contracts.domain.proofs import (
    SIGNATORIES,
    Check,
    Expected,
    Outcome,
    Report,
    Signature,
    Stage,
    unreadable,
)
from contracts.signing.containers import container_fault
from contracts.signing.ports import Trust
from contracts.signing.reading import ContractReader
from contracts.signing.revisions import changes_fault

BUYER, SELLER = SIGNATORIES
TIMESTAMP = "timestamp-{}"
COVERED = (SignatureCoverageLevel.ENTIRE_REVISION, SignatureCoverageLevel.ENTIRE_FILE)

log = logging.getLogger("contracts.signing")
# What is wrong with a file is in its report; a stranger's upload must not fill the log as well.
for library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(library).setLevel(logging.CRITICAL)


class StrictVerifier:
    """A Verifier; keep one a process."""

    def __init__(self, trust: Trust) -> None:
        self._roots = [x509.Certificate.load(one) for one in trust.roots]
        self._others = [x509.Certificate.load(one) for one in trust.others]
        self._crls = [crl.CertificateList.load(one) for one in trust.crls]
        self._sellers = trust.sellers

    def verify(self, pdf: bytes, *, expected: Expected, at: datetime) -> Report:
        """See the port. Two files with the same report have the same SHA-256 in it or are two files."""
        sha256 = hashlib.sha256(pdf).hexdigest()
        try:
            reader = ContractReader(pdf)
            if reader.encrypted:
                return unreadable(sha256=sha256, size=len(pdf), reason="encrypted")
            examination = _Examination(self, pdf, sha256, reader, at)
            return asyncio.run(examination.report(expected))
        except Exception as error:  # noqa: BLE001 - hostile bytes may break any reader in any way
            log.debug("sha256=%s not readable: %s", sha256, error)
            return unreadable(sha256=sha256, size=len(pdf), reason="not-readable")

    def context(
        self, dss: DocumentSecurityStore | None, moment: datetime, *, mode: str = "require"
    ) -> ValidationContext:
        """Whom to believe at one moment: our roots, the file's certificates and revocation lists, no network."""
        settings: dict[str, Any] = {
            "trust_roots": self._roots,
            "other_certs": self._others,
            "crls": self._crls,
            "moment": moment,
            "revocation_mode": mode,
            "allow_fetching": False,
        }
        return dss.as_validation_context(settings) if dss else ValidationContext(**settings)

    def knows_seller(self, certificate: x509.Certificate) -> bool:
        """Whether this certificate may stand in the seller's field."""
        found = hashlib.sha256(certificate.dump()).hexdigest()
        return not self._sellers or found in self._sellers


class _Examination:
    """One file looked at once."""

    def __init__(
        self,
        verifier: StrictVerifier,
        pdf: bytes,
        sha256: str,
        reader: ContractReader,
        at: datetime,
    ) -> None:
        self.verifier, self.pdf, self.sha256, self.reader, self.at = (
            verifier,
            pdf,
            sha256,
            reader,
            at,
        )
        self.found: list[EmbeddedPdfSignature] = reader.embedded_signatures
        self.names = [str(one.field_name) for one in self.found]
        self.dss = DocumentSecurityStore.read_dss(reader) if "/DSS" in reader.root else None
        self.outcomes: list[Outcome] = [Outcome(Check.READABLE, True)]
        self.signatures: list[Signature] = []

    def add(self, check: Check, reason: str) -> None:
        """Note one outcome; an empty reason is a pass."""
        self.outcomes.append(Outcome(check, not reason, reason))

    async def report(self, expected: Expected) -> Report:
        """Every check, in order; each is asked even where one before it failed."""
        stage = self.stage()
        if expected.sha256:
            self.add(Check.ARCHIVED, "" if expected.sha256 == self.sha256 else "other-bytes")
        self.add(Check.CONTENTS, self.container_fault())
        self.add(Check.FIELDS, self.fields_fault(stage, expected.stage))
        self.add(Check.CHANGES, changes_fault(self.reader, self.names))
        if BUYER in self.names:
            self.add(Check.BUYER, await self.signature_fault(BUYER))
            self.add(Check.CERTIFIED, self.certified_fault())
        if SELLER in self.names:
            self.add(Check.SELLER, await self.signature_fault(SELLER))
            known = self.verifier.knows_seller(self.named(SELLER).signer_cert)
            self.add(Check.SELLER_KNOWN, "" if known else "unknown-certificate")
        if self.timestamps():
            self.add(Check.TIMESTAMPS, await self.timestamps_fault())
        self.add(Check.COVERED, self.covered_fault())
        facts = self.facts()
        self.add(Check.FACTS, self.facts_fault(facts, expected.facts_sha256))
        return Report(
            self.sha256,
            len(self.pdf),
            stage,
            tuple(self.outcomes),
            tuple(self.signatures),
            hashlib.sha256(facts).hexdigest() if facts else "",
        )

    def named(self, field: str) -> EmbeddedPdfSignature:
        """The signature in a field that `names` holds."""
        return self.found[self.names.index(field)]

    def timestamps(self) -> list[EmbeddedPdfSignature]:
        """The document timestamps, oldest first."""
        return [one for one in self.found if one.sig_object_type == "/DocTimeStamp"]

    # ---- What the file claims ----

    def stage(self) -> Stage:
        """How far the file claims to be signed."""
        if BUYER not in self.names:
            return Stage.UNSIGNED
        both = SELLER in self.names or self.timestamps()
        return Stage.COMPLETE if both else Stage.BUYER_SIGNED

    def fields_fault(self, stage: Stage, expected: Stage | None) -> str:
        """The fields in the order they were signed are those of the stage, each of its kind, and no other exists."""
        if expected is not None and stage is not expected:
            return "stage"
        marks = max(len(self.names) - 2, 1)
        wanted = {
            Stage.UNSIGNED: [],
            Stage.BUYER_SIGNED: [BUYER],
            Stage.COMPLETE: [BUYER, SELLER, *(TIMESTAMP.format(n + 1) for n in range(marks))],
        }[stage]
        if self.names != wanted:
            return "names"
        kinds = [one.sig_object_type == "/DocTimeStamp" for one in self.found]
        if kinds != [name not in SIGNATORIES for name in self.names]:
            return "kinds"
        form = self.reader.root["/AcroForm"]
        fields = {str(field.get_object().get("/T")) for field in form["/Fields"]}
        return "" if fields == {*SIGNATORIES, *wanted} else "other-fields"

    def container_fault(self) -> str:
        """Every container has one form only, and stands where its signature says."""
        for one in self.found:
            fault = container_fault(self.pdf, one.byte_range)
            if fault:
                return fault
            digits = one.sig_object.raw_get("/Contents")
            _, before, after, _ = (int(number) for number in one.byte_range)
            held = bytes.fromhex(self.pdf[before + 1 : after - 1].decode("ascii"))
            if not isinstance(digits, generic.ByteStringObject) or digits != held:
                return "elsewhere"
        return ""

    # ---- What cryptography says ----

    def proven_by(self, one: EmbeddedPdfSignature) -> tuple[datetime, str]:
        """The moment at which what `one` rests on is checked: the next document timestamp's, else now.

        Revocation data of the past is needed for the past; today a list that ran out is no reason to refuse.
        """
        later = [
            stamp for stamp in self.timestamps() if stamp.signed_revision > one.signed_revision
        ]
        return (_stamped(later[0].signed_data), "require") if later else (self.at, "soft-fail")

    async def signature_fault(self, field: str) -> str:
        """Intact, by a certificate that was valid and not revoked when a trusted timestamp says it was made."""
        one = self.named(field)
        tokens = list(extract_tst_data_iter(one.signer_info, signed=False))
        made = _stamped(tokens[0]) if tokens else None
        fault = "" if made else "no-timestamp"
        if made:
            moment, mode = self.proven_by(one)
            status = await async_validate_pdf_signature(
                one,
                self.verifier.context(self.dss, made),
                self.verifier.context(self.dss, moment, mode=mode),
                skip_diff=True,
            )
            fault = _fault(status) or ("" if status.bottom_line else "timestamp")
        self.signatures.append(
            Signature(field, _subject(one), made if not fault else None, not fault)
        )
        return fault

    async def timestamps_fault(self) -> str:
        """Each timestamp is sound and trusted when it was made and when the one after it was; the last one still is."""
        faults = [await self.timestamp_fault(one) for one in self.timestamps()]
        return next((fault for fault in faults if fault), "")

    async def timestamp_fault(self, one: EmbeddedPdfSignature) -> str:
        """One document timestamp."""
        made = _stamped(one.signed_data)
        status = await async_validate_pdf_timestamp(
            one, self.verifier.context(self.dss, made), skip_diff=True
        )
        fault = _fault(status) or await self.expired(one)
        self.signatures.append(
            Signature(str(one.field_name), _subject(one), made if not fault else None, not fault)
        )
        return fault

    async def expired(self, one: EmbeddedPdfSignature) -> str:
        """Whether the authority's certificate had run out or been revoked before the timestamp was renewed."""
        moment, mode = self.proven_by(one)
        validator = CertificateValidator(
            one.signer_cert,
            intermediate_certs=one.other_embedded_certs,
            validation_context=self.verifier.context(self.dss, moment, mode=mode),
        )
        try:
            await validator.async_validate_usage(set(), {"time_stamping"})
        except (PathError, ValidationError):
            return "expired"
        return ""

    def certified_fault(self) -> str:
        """The buyer's signature is the one that the file names as certifying, and allows only further signatures."""
        found = read_certification_data(self.reader)
        if found is None or found.author_sig is not self.named(BUYER).sig_object:
            return "not-certified"
        return "" if found.permission is MDPPerm.FILL_FORMS else "permission"

    def covered_fault(self) -> str:
        """Nothing follows the last signature or timestamp."""
        if not self.found:
            return "unsigned"
        last = self.found[-1].evaluate_signature_coverage()
        return "" if last is SignatureCoverageLevel.ENTIRE_FILE else "not-covered"

    # ---- What was agreed ----

    def facts(self) -> bytes:
        """The attached facts; empty where there are none, or more than one."""
        try:
            names = self.reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
            held = [names[n + 1] for n in range(0, len(names), 2) if names[n] == FACTS_FILE]
            return bytes(held[0]["/EF"]["/F"].data) if len(held) == len(names) // 2 == 1 else b""
        except (KeyError, IndexError, TypeError, AttributeError):
            return b""

    def facts_fault(self, facts: bytes, expected: str) -> str:
        """They have the fingerprint known from the archive, else the one that the file is identified by."""
        if not facts:
            return "missing"
        found = hashlib.sha256(facts).hexdigest()
        if expected:
            return "" if found == expected else "other-facts"
        return "" if self.reader.document_id[0] == found[:32].encode() else "other-facts"


def _fault(status: Any) -> str:
    """Why a signature or timestamp does not hold."""
    if not (status.intact and status.valid):
        return "broken"
    if not status.trusted:
        return "not-trusted"
    return "" if status.coverage in COVERED else "not-covered"


def _stamped(token: Any) -> datetime:
    """The moment a timestamp token names."""
    moment = token["encap_content_info"]["content"].parsed["gen_time"].native
    if not isinstance(moment, datetime):
        raise TypeError("a token without a moment")
    return moment


def _subject(one: EmbeddedPdfSignature) -> str:
    """Whom the certificate names."""
    names = one.signer_cert.subject.native
    return str(names.get("common_name") or names.get("organization_name") or "")[:200]
