"""Keys in files: PKCS#12 as a key source, and what every key of this process's own memory does."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from contracts.errors import SigningMisconfigured
from contracts.signing.ports import Signatory

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SHA256 = hashes.SHA256()


class MemoryKey:
    """A SigningKey held in memory, loaded once: checking an RSA key on every use costs more than signing."""

    def __init__(self, key: PrivateKey, certificates: tuple[bytes, ...]) -> None:
        self._key = key
        self._certificates = certificates

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Own certificate first; see the port."""
        return self._certificates

    def sign_digest(self, sha256: bytes) -> bytes:
        """The signature; see the port."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(sha256, padding.PKCS1v15(), Prehashed(SHA256))
        return self._key.sign(sha256, ec.ECDSA(Prehashed(SHA256)))


class FileKeys:
    """One PKCS#12 file signs for everybody; it is read when it is first needed."""

    def __init__(self, path: Path, passphrase: str = "") -> None:
        self.path = path
        self._passphrase = passphrase
        self._key: MemoryKey | None = None

    def key_for(self, signatory: Signatory) -> MemoryKey:
        """The key of the file, whoever signs; see the port."""
        if self._key is None:
            self._key = self._load()
        return self._key

    def _load(self) -> MemoryKey:
        try:
            found = pkcs12.load_pkcs12(
                self.path.read_bytes(), self._passphrase.encode() if self._passphrase else None
            )
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise self._unusable(str(error)) from error
        if found.cert is None or not isinstance(found.key, PrivateKey):
            raise self._unusable("no EC or RSA key with its certificate inside")
        above = [c.certificate for c in found.additional_certs if not self_issued(c.certificate)]
        return MemoryKey(
            found.key,
            tuple(c.public_bytes(Encoding.DER) for c in (found.cert.certificate, *above)),
        )

    def _unusable(self, reason: str) -> SigningMisconfigured:
        return SigningMisconfigured(
            f"the PKCS#12 file {self.path.name} cannot be used: {reason}",
            facts={"setting": "CONTRACT_SIGNING", "reason": reason[:200]},
        )


def self_issued(certificate: x509.Certificate) -> bool:
    """Whether a certificate names itself as its issuer, as a root does."""
    return certificate.subject == certificate.issuer
