"""Keys that never leave a token: PKCS#11, tried with SoftHSM 2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11.util.ec import encode_ecdsa_signature

from contracts.errors import SigningMisconfigured, SigningUnavailable
from contracts.signing.keys import self_issued
from contracts.signing.ports import Signatory

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 in a PKCS#1 v1.5 signature (RFC 8017, 9.2)."""


@dataclass(frozen=True, slots=True)
class TokenSlot:
    """`library`: the PKCS#11 module. `token`, `key`: labels. `certificates`: PEM file, the key's own first."""

    library: str
    token: str
    key: str
    pin: str
    certificates: Path


class TokenKeys:
    """One key on one token signs for everybody; the session is opened once and again after the token was away."""

    def __init__(self, slot: TokenSlot) -> None:
        self._slot = slot
        self._key: TokenKey | None = None

    def key_for(self, signatory: Signatory) -> TokenKey:
        """The key on the token, whoever signs; see the port."""
        if self._key is None:
            self._key = TokenKey(self._slot, _certificates(self._slot.certificates))
        return self._key


class TokenKey:
    """A SigningKey on a token."""

    def __init__(self, slot: TokenSlot, certificates: tuple[x509.Certificate, ...]) -> None:
        self._slot = slot
        self._elliptic = isinstance(certificates[0].public_key(), ec.EllipticCurvePublicKey)
        self._certificates = tuple(one.public_bytes(Encoding.DER) for one in certificates)
        self._lock = Lock()
        self._handle: Any = None

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Own certificate first; see the port."""
        return self._certificates

    def sign_digest(self, sha256: bytes) -> bytes:
        """The signature; a token that went away is opened once more. See the port."""
        with self._lock:
            try:
                return self._sign(sha256)
            except pkcs11.PKCS11Error:
                self._handle = None
            try:
                return self._sign(sha256)
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                raise self._away(type(error).__name__) from error

    def _sign(self, sha256: bytes) -> bytes:
        if self._handle is None:
            self._handle = self._open()
        if self._elliptic:
            raw = self._handle.sign(sha256, mechanism=pkcs11.Mechanism.ECDSA)
            return bytes(encode_ecdsa_signature(raw))
        return bytes(self._handle.sign(DIGEST_INFO + sha256, mechanism=pkcs11.Mechanism.RSA_PKCS))

    def _open(self) -> Any:
        try:
            token = pkcs11.lib(self._slot.library).get_token(token_label=self._slot.token)
            session = token.open(user_pin=self._slot.pin)
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise self._away(type(error).__name__) from error
        return session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._slot.key)

    def _away(self, reason: str) -> SigningUnavailable:
        return SigningUnavailable(
            f"the token {self._slot.token} does not sign: {reason}",
            facts={"door": "token", "reason": reason},
        )


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SigningMisconfigured(
            f"the certificates {path.name} cannot be used: {error}",
            facts={"setting": "CONTRACT_SIGNING", "reason": str(error)[:200]},
        ) from error
    return (found[0], *(one for one in found[1:] if not self_issued(one)))
