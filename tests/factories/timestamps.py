"""A time-stamping authority that is not our code: OpenSSL behind a small real HTTP server."""

from __future__ import annotations

import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.factories.signing import World

CONFIGURATION = """[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.2
digests = sha256
ess_cert_id_alg = sha256
"""


class StampServer:
    """Answers RFC 3161 requests on the loopback address; `broken`: `down`, `refuses` or `endless`."""

    token = "stamp-token"

    def __init__(self, world: World, folder: Path, broken: str = "") -> None:
        self.folder, self.broken = folder, broken
        bundle = pkcs12.load_pkcs12(world.folder.pkcs12("timestamps").read_bytes(), None)
        assert bundle.key is not None
        assert bundle.cert is not None
        key = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(key)
        (folder / "tsa.pem").write_bytes(bundle.cert.certificate.public_bytes(Encoding.PEM))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/tsa"

    def __enter__(self) -> StampServer:
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

    def answer(self, request: bytes) -> bytes:
        """What OpenSSL answers."""
        asked, made = self.folder / "request.tsq", self.folder / "answer.tsr"
        asked.write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "tsa", "-queryfile", asked, "-out", made]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        return made.read_bytes()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if server.broken == "down":
                    self.close_connection = True
                    return
                refused = (
                    server.broken == "refuses"
                    or self.headers["Authorization"] != f"Bearer {server.token}"
                )
                if server.broken == "endless":
                    content, refused = b"0" * 200_000, False
                else:
                    content = b"" if refused else server.answer(body)
                self.send_response(403 if refused else 200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        return Handler
