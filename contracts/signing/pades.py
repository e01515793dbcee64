"""PAdES signatures by pyHanko: buyer B-LT, seller B-LTA, and further timestamps; every revision one signature.

Validation data (certificates, revocation lists) is written in the revision of the signature it belongs to, before it is
made, so that the last signature or timestamp covers every byte of the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import cms, crl, tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError as PadesError
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, extract_ts_certs
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from contracts.domain.proofs import SIGNATORIES
from contracts.errors import NotSignable, SigningUnavailable
from contracts.signing.ports import (
    KeySource,
    Signatory,
    SignedPdf,
    SigningKey,
    Stamp,
    TimestampAuthority,
    Trust,
)
from contracts.signing.stamps import ContractStampStyle
from contracts.signing.timestamps import unavailable

BUYER, SELLER = SIGNATORIES
TIMESTAMP = "timestamp-{}"
"""Names of the document timestamps, counted from 1."""
DIGEST = "sha256"
SIGNATURE_BYTES = 512
"""Room for one raw signature: RSA of 4,096 bits is the longest."""
ROOM = 2_000
"""Room in a signature container beyond its certificates, raw signature and timestamp token."""
DSS = DSSContentSettings(
    include_vri=False,
    placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE,
    next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
)

Answer = TypeVar("Answer")

# It warns on every signature that nothing may be fetched, which is what is wanted.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)


class PlainWriter(IncrementalPdfFileWriter):  # type: ignore[misc]
    """Writes a revision that signs and does nothing else.

    pyHanko would also set the file's date of change in two places. A signature is dated by its own timestamp, and a
    verifier that allows no other change to the metadata refuses every forgery of a title.
    """

    def _update_meta(self) -> None:
        return


class _PadesOfPdf17(PdfSigner):  # type: ignore[misc]
    """Declares the extension of PDF 1.7 for PAdES only: PDF/A-3 is PDF 1.7, and other extensions would make it 2.0."""

    def register_extensions(self, pdf_out: IncrementalPdfFileWriter, *, md_algorithm: str) -> None:
        pdf_out.register_extension(ESIC_EXTENSION_1)


class _KeySigner(CmsSigner):  # type: ignore[misc]
    """A SigningKey as pyHanko's signer."""

    def __init__(self, key: SigningKey) -> None:
        own, *above = [x509.Certificate.load(one) for one in key.certificates]
        super().__init__(
            signing_cert=own,
            cert_registry=SimpleCertificateStore.from_certs(above),
            embed_roots=False,
        )
        self._key = key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """The signature of `data`; a rehearsal gives as many bytes as the longest may have."""
        if dry_run:
            return bytes(SIGNATURE_BYTES)
        return self._key.sign_digest(hashlib.new(digest_algorithm, data).digest())


class _Timestamper(TimeStamper):  # type: ignore[misc]
    """A TimestampAuthority as pyHanko's; remembers the authority's certificates as they come."""

    def __init__(self, authority: TimestampAuthority) -> None:
        super().__init__()
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = self._authority.answer(req.dump())
        try:
            return tsp.TimeStampResp.load(answer, strict=True)
        except (ValueError, TypeError) as error:
            raise TimestampRequestError("the answer is no timestamp response") from error

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over exactly this digest; raises TimestampUnavailable for anything else."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            info = token["content"]["encap_content_info"]["content"].parsed
            stamped = info["message_imprint"]["hashed_message"].native
        except (TimestampRequestError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise unavailable("answer", str(error)) from error
        if stamped != message_digest:
            raise unavailable("answer", "the token stamps other bytes")
        for certificate in extract_ts_certs(token, self.cert_registry):
            self._certs[certificate.issuer_serial] = certificate
        return token


@dataclass(frozen=True, slots=True)
class _Sources:
    """Keys by side."""

    buyer: KeySource
    seller: KeySource


class PadesSigner:
    """A Signer; keep one a process, so that keys and certificates are read once. Not meant for two threads at once."""

    def __init__(
        self,
        *,
        buyer: KeySource,
        seller: KeySource,
        timestamps: TimestampAuthority,
        trust: Trust,
        font: Path,
    ) -> None:
        """`font`: a TrueType font with every letter that a name may have."""
        self._sources = _Sources(buyer, seller)
        self._timestamper = _Timestamper(timestamps)
        self._trust, self._font = trust, font
        self._roots = [x509.Certificate.load(one) for one in trust.roots]
        self._others = [x509.Certificate.load(one) for one in trust.others]
        self._crls = [crl.CertificateList.load(one) for one in trust.crls]
        self._signers: dict[tuple[bytes, ...], _KeySigner] = {}

    def certify_for_buyer(
        self, pdf: bytes, *, signatory: Signatory, stamp: Stamp, at: datetime
    ) -> SignedPdf:
        """See the port."""
        style = ContractStampStyle(border_width=0, stamp=stamp, font=self._font)
        signer = self._signer(self._sources.buyer.key_for(signatory))
        content = _run(self._sign(pdf, BUYER, signer, style, at))
        return _signed(content, "B-LT")

    def seal_for_seller(
        self, pdf: bytes, *, signatory: Signatory, stamp: Stamp, at: datetime
    ) -> SignedPdf:
        """See the port."""
        style = ContractStampStyle(border_width=0, stamp=stamp, font=self._font, sealed=True)
        signer = self._signer(self._sources.seller.key_for(signatory))
        content = _run(self._sign(pdf, SELLER, signer, style, at))
        return _signed(content, "B-LTA")

    def renew(self, pdf: bytes, *, at: datetime) -> SignedPdf:
        """See the port."""
        return _signed(_run(self._renewed(pdf, at)), "B-LTA")

    def _signer(self, key: SigningKey) -> _KeySigner:
        known = self._signers.get(key.certificates)
        if known is None or known._key is not key:
            known = self._signers[key.certificates] = _KeySigner(key)
        return known

    def _context(self, at: datetime) -> ValidationContext:
        """Whom to believe while signing: every certificate must be known not to be revoked."""
        moment: dict[str, Any] = {"allow_fetching": True} if self._trust.fetch else {"moment": at}
        return ValidationContext(
            trust_roots=self._roots,
            other_certs=self._others,
            crls=self._crls,
            revocation_mode="require",
            **moment,
        )

    async def _sign(
        self,
        pdf: bytes,
        field: str,
        signer: _KeySigner,
        style: ContractStampStyle,
        at: datetime,
    ) -> bytes:
        writer = _writer(pdf, field)
        context = self._context(at)
        try:
            output = await self._signed(writer, self._meta(field, context), signer, style, at)
            if field == BUYER:
                return bytes(output.getvalue())
            return await self._timestamped(output, context, TIMESTAMP.format(1))
        finally:
            await context.aclose()

    def _meta(self, field: str, context: ValidationContext) -> PdfSignatureMetadata:
        buyer = field == BUYER
        return PdfSignatureMetadata(
            field_name=field,
            md_algorithm=DIGEST,
            certify=buyer,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=not buyer,
            timestamp_field_name=TIMESTAMP.format(1),
            validation_context=context,
            dss_settings=DSS,
        )

    async def _signed(
        self,
        writer: PlainWriter,
        meta: PdfSignatureMetadata,
        signer: _KeySigner,
        style: ContractStampStyle,
        at: datetime,
    ) -> BytesIO:
        """One signature with its own timestamp; the document timestamp is a revision of its own."""
        pades = _PadesOfPdf17(meta, signer, timestamper=self._timestamper, stamp_style=style)
        session = pades.init_signing_session(writer, existing_fields_only=True)
        session.system_time = at
        checked = await session.perform_presign_validation(writer)
        document = session.prepare_tbs_document(checked, await self._room(signer))
        prepared, output = document.digest_tbs_document()
        await document.perform_signature(
            prepared.document_digest, PdfCMSSignedAttributes(signing_time=at)
        )
        signed: BytesIO = output
        return signed

    async def _room(self, signer: _KeySigner) -> int:
        """Hexadecimal digits to keep free: pyHanko would find out by signing twice."""
        token = await self._timestamper.async_dummy_response(DIGEST)
        certificates = sum(len(one) for one in signer._key.certificates)
        return 2 * (certificates + SIGNATURE_BYTES + ROOM + len(token.dump()))

    async def _timestamped(self, content: BytesIO, context: ValidationContext, field: str) -> bytes:
        """The content with a document timestamp in a revision of its own."""
        output = await PdfTimeStamper(self._timestamper, field_name=field).async_timestamp_pdf(
            PlainWriter(content),
            DIGEST,
            context,
            dss_settings=DSS.get_settings_for_ts(),
            embed_roots=False,
        )
        return bytes(output.getvalue())

    async def _renewed(self, pdf: bytes, at: datetime) -> bytes:
        try:
            made = len(PdfFileReader(BytesIO(pdf)).embedded_timestamp_signatures)
        except PdfError as error:
            raise _refused(TIMESTAMP.format(1), str(error)) from error
        if not made:
            raise _refused(TIMESTAMP.format(1), "there is no timestamp to renew")
        context = self._context(at)
        try:
            return await self._timestamped(BytesIO(pdf), context, TIMESTAMP.format(made + 1))
        finally:
            await context.aclose()


def _writer(pdf: bytes, field: str) -> PlainWriter:
    """The file opened for one more revision; raises NotSignable where it is not that signature's turn."""
    try:
        writer = PlainWriter(BytesIO(pdf))
        made = [one.field_name for one in writer.prev.embedded_signatures]
    except (PdfError, ValueError, TypeError, KeyError) as error:
        raise _refused(field, str(error)) from error
    if made != ([] if field == BUYER else [BUYER]):
        raise _refused(field, f"signed so far: {', '.join(map(str, made)) or 'nobody'}")
    return writer


def _run(job: Awaitable[Answer]) -> Answer:
    """pyHanko's errors as ours."""

    async def awaited() -> Answer:
        return await job

    try:
        return asyncio.run(awaited())
    except PathError as error:
        raise SigningUnavailable(
            f"a certificate could not be checked: {error}",
            facts={"door": "trust", "reason": str(error)[:200]},
        ) from error
    except PadesError as error:
        raise _translated(error) from error


def _translated(error: PadesError) -> Exception:
    if isinstance(error.__cause__, PathError):
        return SigningUnavailable(
            f"a certificate could not be checked: {error.__cause__}",
            facts={"door": "trust", "reason": str(error.__cause__)[:200]},
        )
    return _refused("", str(error))


def _refused(field: str, reason: str) -> NotSignable:
    return NotSignable(
        f"the contract cannot be signed: {reason}", facts={"field": field, "reason": reason[:200]}
    )


def _signed(content: bytes, level: str) -> SignedPdf:
    return SignedPdf(content, hashlib.sha256(content).hexdigest(), level)
