"""Keys held by a licensed certificate authority: a hash goes out over HTTP, a signature comes back.

The contract with such a server is docs/guide/signing-authority.md. The authority may issue a certificate for one person
and one contract, which is how a buyer signs with a key that is not the seller's.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from hashlib import sha256 as sha
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from contracts.errors import SigningUnavailable
from contracts.signing.keys import self_issued
from contracts.signing.ports import Signatory

SECONDS = 15.0
LARGEST_ANSWER = 100_000


class RemoteKeys:
    """Asks the authority for a credential per signatory; `side` tells it who of a contract signs."""

    def __init__(self, base: str, token: str, side: str) -> None:
        self._line = _Line(base.rstrip("/"), token)
        self._side = side

    def key_for(self, signatory: Signatory) -> RemoteKey:
        """A key for this person and this contract; asking again gives the same credential. See the port."""
        asked = {
            "side": self._side,
            "name": signatory.name,
            "contract": signatory.contract,
            "identity": signatory.identity,
        }
        key = sha(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        answer = self._line.post("/credentials", key, asked)
        chain = _chain(answer)
        return RemoteKey(self._line, str(answer.get("id", "")), chain)


class RemoteKey:
    """A SigningKey at the authority; what comes back is checked before it is used."""

    def __init__(self, line: _Line, credential: str, chain: tuple[x509.Certificate, ...]) -> None:
        if not credential.isascii() or not credential.replace("-", "").replace("_", "").isalnum():
            raise unusable("a credential without an id")
        self._line, self._credential, self._own = line, credential, chain[0]
        self._certificates = tuple(
            one.public_bytes(encoding=Encoding.DER) for one in chain if not self_issued(one)
        )

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Own certificate first; see the port."""
        return self._certificates

    def sign_digest(self, sha256: bytes) -> bytes:
        """The signature; see the port."""
        answer = self._line.post(
            f"/credentials/{self._credential}/signatures",
            sha256.hex(),
            {"algorithm": "sha256", "digest": base64.b64encode(sha256).decode()},
        )
        signature = _decoded(answer.get("signature"))
        if not _signs(self._own, signature, sha256):
            raise unusable("the signature does not fit the certificate")
        return signature


@dataclass(frozen=True, slots=True)
class _Line:
    """The way to the authority."""

    base: str
    token: str

    def post(self, path: str, key: str, body: dict[str, str]) -> dict[str, Any]:
        """One call; the same key gives the same answer there. Raises SigningUnavailable."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        try:
            answer = httpx.post(self.base + path, json=body, headers=headers, timeout=SECONDS)
        except httpx.HTTPError as error:
            raise unusable(type(error).__name__) from error
        if answer.status_code not in (200, 201) or len(answer.content) > LARGEST_ANSWER:
            raise unusable(f"status {answer.status_code}")
        try:
            found = answer.json()
        except ValueError as error:
            raise unusable("no JSON") from error
        if not isinstance(found, dict):
            raise unusable("no object")
        return found


def unusable(reason: str) -> SigningUnavailable:
    """The error of an authority that cannot be reached or answers nonsense."""
    return SigningUnavailable(
        f"the signing authority does not sign: {reason}",
        facts={"door": "http", "reason": reason[:200]},
    )


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise unusable("no base64") from error


def _chain(answer: dict[str, Any]) -> tuple[x509.Certificate, ...]:
    listed = answer.get("certificates")
    if not isinstance(listed, list) or not listed:
        raise unusable("a credential without certificates")
    try:
        return tuple(x509.load_der_x509_certificate(_decoded(one)) for one in listed[:8])
    except ValueError as error:
        raise unusable("no certificate") from error


def _signs(certificate: x509.Certificate, signature: bytes, digest: bytes) -> bool:
    key = certificate.public_key()
    fixed = Prehashed(hashes.SHA256())
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, ec.ECDSA(fixed))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), fixed)
        else:
            return False
    except InvalidSignature:
        return False
    return True
