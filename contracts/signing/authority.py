"""The demo's own certificate authority, made by code: NOT REAL, worth nothing outside this machine.

One root, which is thrown away as soon as it has signed: certificates for the buyer's acceptance, the seller's seal and
the time-stamping authority, and one list of revoked certificates (empty) that lasts as long as they do, so that files
can be checked without any network.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=3650)
BEFORE = timedelta(days=1)
"""Valid since yesterday, so that no clock that runs late refuses them."""
ORGANISATION = "NOT REAL - Forecourt demo"
NAMES = {
    "root": "NOT REAL demo root",
    "buyer": "NOT REAL demo: acceptance by the buyer",
    "seller": "NOT REAL demo: seal of the seller",
    "timestamps": "NOT REAL demo: time-stamping",
}
NOTICE = """These keys and certificates were made by Forecourt for its demo and its tests. They are NOT REAL: nobody checked
who is behind them, and a signature made with them proves nothing to anybody. Delete the folder to make new ones;
contracts signed with the old ones can then no longer be verified.
"""


@dataclass(frozen=True, slots=True)
class AuthorityFolder:
    """Where everything lies: `root.pem`, `root.crl`, `buyer.p12`, `seller.p12`, `timestamps.p12`, `NOT-REAL.txt`."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether the folder was made; it appears all at once."""
        return (self.path / "NOT-REAL.txt").is_file()

    def pkcs12(self, name: str) -> Path:
        """The key and certificate of `buyer`, `seller` or `timestamps`; no passphrase, readable by the owner."""
        return self.path / f"{name}.p12"

    @property
    def root(self) -> bytes:
        """The root's certificate in DER."""
        pem = (self.path / "root.pem").read_bytes()
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)

    @property
    def crl(self) -> bytes:
        """The list of revoked certificates in DER."""
        return (self.path / "root.crl").read_bytes()


def make_authority(path: Path, *, now: datetime) -> AuthorityFolder:
    """The folder at `path`, made where it is missing; of two processes at once one wins. `now`: an aware moment."""
    folder = AuthorityFolder(path)
    if folder.exists:
        return folder
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    part.mkdir(mode=0o700)
    _fill(part, now)
    try:
        part.rename(path)
    except OSError:
        if not folder.exists:
            raise
        for file in part.iterdir():
            file.unlink()
        part.rmdir()
    return folder


def _fill(part: Path, now: datetime) -> None:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("root", root_key, None, root_key, now)
    _write(part / "root.pem", root.public_bytes(Encoding.PEM))
    _write(part / "root.crl", _revoked(root, root_key, now).public_bytes(Encoding.DER))
    for name in ("buyer", "seller", "timestamps"):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name, key, root, root_key, now)
        bundle = pkcs12.serialize_key_and_certificates(
            NAMES[name].encode(), key, certificate, None, NoEncryption()
        )
        _write(part / f"{name}.p12", bundle)
    _write(part / "NOT-REAL.txt", NOTICE.encode())


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _name(of: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, NAMES[of]),
        ]
    )


def _certificate(
    of: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    above = issuer.subject if issuer else _name(of)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(of))
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    root = issuer is None
    builder = builder.add_extension(
        x509.BasicConstraints(ca=root, path_length=0 if root else None), critical=True
    )
    builder = builder.add_extension(_usage(of), critical=True)
    if of == "timestamps":
        only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(only, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(of: str) -> x509.KeyUsage:
    root, stamps = of == "root", of == "timestamps"
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=not root and not stamps,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )


def _revoked(
    root: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateRevocationList:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now - BEFORE)
        .next_update(now + LASTS)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
