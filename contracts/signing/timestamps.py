"""Trusted timestamps: an authority over HTTP, and the demo's own, which is NOT REAL and needs no network."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

import httpx
from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

from contracts.errors import TimestampUnavailable
from contracts.signing.ports import SigningKey

SECONDS = 10.0
LARGEST_ANSWER = 64_000
DEMO_POLICY = "1.3.6.1.4.1.99999.1"
"""Of an arc nobody owns: no real authority's tokens say this."""
DIGESTS = {"sha256", "sha384", "sha512"}


class HttpTimestamps:
    """An RFC 3161 authority over HTTP; `authorization` becomes that header where it is not empty."""

    def __init__(self, url: str, authorization: str = "") -> None:
        self.url = url
        headers = {"Content-Type": "application/timestamp-query"}
        if authorization:
            headers["Authorization"] = authorization
        self._client = httpx.Client(timeout=SECONDS, headers=headers)

    def answer(self, request: bytes) -> bytes:
        """What the authority answers; see the port."""
        try:
            with self._client.stream("POST", self.url, content=request) as response:
                if response.status_code != 200:
                    raise unavailable("http", f"status {response.status_code}")
                content = b""
                for part in response.iter_bytes():
                    content += part
                    if len(content) > LARGEST_ANSWER:
                        raise unavailable("http", "the answer is too long")
        except httpx.HTTPError as error:
            raise unavailable("http", type(error).__name__) from error
        return content


class DemoTimestamps:
    """An authority inside this process, for tests and the demo: NOT REAL, its clock is ours."""

    def __init__(self, key: SigningKey, clock: Callable[[], datetime]) -> None:
        self._key, self._clock = key, clock
        self._certificates = [x509.Certificate.load(one) for one in key.certificates]

    def answer(self, request: bytes) -> bytes:
        """A token for every well-formed request; see the port."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            if imprint["hash_algorithm"]["algorithm"].native not in DIGESTS:
                raise ValueError("unknown digest")
            info = self._info(asked)
        except (ValueError, TypeError) as error:
            raise unavailable("demo", "the request is not one") from error
        answer = {"status": {"status": "granted"}, "time_stamp_token": self._token(info)}
        return bytes(tsp.TimeStampResp(answer).dump())

    def _info(self, asked: tsp.TimeStampReq) -> bytes:
        fields = {
            "version": "v1",
            "policy": DEMO_POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(63) | 1 << 62,
            "gen_time": self._clock().replace(microsecond=0),
            "tsa": x509.GeneralName("directory_name", self._certificates[0].subject),
        }
        if asked["nonce"].native is not None:
            fields["nonce"] = asked["nonce"]
        return bytes(tsp.TSTInfo(fields).dump())

    def _token(self, info: bytes) -> cms.ContentInfo:
        """The signed token (RFC 3161, 2.4.2): SHA-256 throughout."""
        own = self._certificates[0]
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("message_digest", hashlib.sha256(info).digest()),
                simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(own)),
            ]
        )
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number",
                    cms.IssuerAndSerialNumber(
                        {"issuer": own.issuer, "serial_number": own.serial_number}
                    ),
                ),
                "digest_algorithm": digest,
                "signature_algorithm": {"algorithm": _mechanism(own)},
                "signed_attrs": attributes,
                "signature": self._key.sign_digest(hashlib.sha256(attributes.dump()).digest()),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [digest],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(info),
                },
                "certificates": [
                    cms.CertificateChoices("certificate", one) for one in self._certificates
                ],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})


def unavailable(door: str, reason: str) -> TimestampUnavailable:
    """The error of an authority that gave no usable token."""
    return TimestampUnavailable(
        f"the time-stamping authority gave no token: {reason}",
        facts={"door": door, "reason": reason[:200]},
    )


def _mechanism(certificate: x509.Certificate) -> str:
    return "sha256_ecdsa" if certificate.public_key.algorithm == "ec" else "sha256_rsa"
