"""What holds keys for tests: a SoftHSM token, and a small real HTTP server of a certificate authority."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from contracts.signing.authority import LASTS, _certificate, _revoked
from contracts.signing.ports import Trust
from contracts.signing.token import TokenKeys, TokenSlot
from tests.conftest import missing
from tests.factories.signing import MADE, World

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "246810"


def soft_token(world: World, folder: Path) -> TokenKeys:
    """The buyer's key of an authority, imported into a token in `folder`; skips where there is no SoftHSM."""
    return TokenKeys(soft_slot(world, folder))


def soft_slot(world: World, folder: Path) -> TokenSlot:
    """Where that key lies."""
    library = next((path for path in LIBRARIES if Path(path).exists()), None)
    if library is None or which("softhsm2-util") is None:
        missing("SoftHSM 2", "apt-get install softhsm2")
    # The library reads its configuration once a process: all tokens of a run lie in one folder.
    label = f"forecourt-{os.urandom(4).hex()}"
    configuration = _configuration()
    bundle = pkcs12.load_pkcs12(world.folder.pkcs12("buyer").read_bytes(), None)
    assert bundle.key is not None
    assert bundle.cert is not None
    key, chain = folder / "key.pem", folder / "chain.pem"
    key.write_bytes(bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    chain.write_bytes(bundle.cert.certificate.public_bytes(Encoding.PEM))
    environment = os.environ | {"SOFTHSM2_CONF": str(configuration)}
    tool = ["softhsm2-util", "--token", label, "--pin", PIN]
    for command in (
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            PIN,
            "--pin",
            PIN,
        ],
        [*tool, "--import", str(key), "--label", "buyer", "--id", "01"],
    ):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    return TokenSlot(library or "", label, "buyer", PIN, chain)


def _configuration() -> Path:
    folder = Path(os.environ["FORECOURT_TEST_ROOT"]) / f"softhsm-{os.getpid()}"
    path = folder / "softhsm2.conf"
    if not path.exists():
        (folder / "tokens").mkdir(parents=True)
        path.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(path)
    return path


class SigningServer:
    """A certificate authority that issues a certificate per person and signs hashes, on the loopback address.

    `broken`: what goes wrong from now on: `down`, `refuses`, `nonsense` or `other-key`.
    """

    token = "signing-token"

    def __init__(self) -> None:
        self.broken = ""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._root = _certificate("root", self._root_key, None, self._root_key, MADE)
        self._keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> SigningServer:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def trust(self) -> Trust:
        """Believes this authority."""
        return Trust((self._root.public_bytes(Encoding.DER),), crls=(self.crl,))

    @property
    def crl(self) -> bytes:
        """The list of revoked certificates, in DER; also at `/crl` of this server."""
        return _revoked(self._root, self._root_key, MADE).public_bytes(Encoding.DER)

    def _revocation_point(self) -> x509.CRLDistributionPoints:
        place = x509.UniformResourceIdentifier(self.base.replace("/v1", "/crl"))
        return x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one call."""
        assert key, "every call carries a key"
        self.asked.append((path, body))
        steps = path.strip("/").split("/")
        if steps == ["v1", "credentials"]:
            if key not in self._keys:
                self._keys[key] = self._issued(body["name"])
            certificate = base64.b64encode(self._keys[key][1]).decode()
            return 201, {"id": key, "certificates": [certificate]}
        private, _ = self._keys[steps[2]]
        if self.broken == "other-key":
            private = ec.generate_private_key(ec.SECP256R1())
        digest = base64.b64decode(body["digest"])
        signature = private.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return 200, {"signature": base64.b64encode(signature).decode()}

    def _issued(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NOT REAL"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(MADE - timedelta(days=1))
            .not_valid_after(MADE + LASTS)
            .add_extension(
                x509.KeyUsage(True, True, False, False, False, False, False, False, False),
                critical=True,
            )
            .add_extension(self._revocation_point(), critical=False)
            .sign(self._root_key, hashes.SHA256())
        )
        return key, certificate.public_bytes(Encoding.DER)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if server.broken == "down":
                    self.close_connection = True
                    return
                status, found = 503, {}
                if self.headers["Authorization"] != f"Bearer {server.token}":
                    status = 401
                elif server.broken != "refuses":
                    key = self.headers.get("Idempotency-Key", "")
                    status, found = server.answer(self.path, key, body)
                content = b"[" if server.broken == "nonsense" else json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                server.asked.append((self.path, {}))
                self.send_response(200)
                self.send_header("Content-Type", "application/pkix-crl")
                crl = (
                    server.crl
                )  # once: the length of an ECDSA signature differs from one to the next
                self.send_header("Content-Length", str(len(crl)))
                self.end_headers()
                self.wfile.write(crl)

            def log_message(self, *_: object) -> None:
                return

        return Handler
