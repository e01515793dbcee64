"""A real HTTP server for tests that speaks a vendor's contract, with a made-up vendor behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """One request as the vendor gets it: `steps` of the path after `/v1`, query by name."""

    method: str
    steps: tuple[str, ...]
    query: dict[str, list[str]]
    body: dict[str, Any]
    key: str


@dataclass
class Line:
    """The line to a vendor: what was `asked`, and `broken` answers that are given before the vendor is asked."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int | bytes | None] = field(default_factory=list)


@contextmanager
def serving(
    line: Line,
    serve: Callable[[Call], Answer],
    *,
    token: str,
    refused: type[Exception],
    silent: type[Exception],
) -> Iterator[str]:
    """The base address of a server in a thread of its own, whose answers `serve` gives.

    `refused` becomes 404 or 409 with its own reason, `silent` a line that is cut before an answer.
    """
    vendor = _Vendor(line, serve, token, refused, silent)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vendor))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class _Vendor:
    line: Line
    serve: Callable[[Call], Answer]
    token: str
    refused: type[Exception]
    silent: type[Exception]

    def answer(self, call: Call, authorization: str | None) -> tuple[int, bytes] | None:
        """Status and body; None where the line is cut."""
        if self.line.broken:
            broken = self.line.broken.pop(0)
            if isinstance(broken, bytes):
                return 200, broken
            return None if broken is None else (broken, b'{"code": "broken"}')
        if authorization != f"Bearer {self.token}":
            return 401, b"{}"
        try:
            status, found = self.serve(call)
        except self.silent:
            return None
        except self.refused as error:
            reason = str(getattr(error, "facts", {})["reason"])
            status, found = (404 if reason == "not_found" else 409), {"code": reason}
        return status, json.dumps(found).encode()


def _handler(vendor: _Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw else {}
            key = self.headers.get("Idempotency-Key", "")
            asked = {"method": self.command, "path": self.path, "key": key, "body": body}
            vendor.line.asked.append(asked)
            call = _call(self.command, self.path, body, key)
            found = vendor.answer(call, self.headers.get("Authorization"))
            if found is None:
                self.close_connection = True
                return
            self.send_response(found[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(found[1])))
            self.end_headers()
            self.wfile.write(found[1])

        do_GET = do_POST = answer  # noqa: N815 - the library calls them so

        def log_message(self, *_: object) -> None:
            return

    return Handler


def _call(method: str, target: str, body: dict[str, Any], key: str) -> Call:
    path = urlsplit(target)
    version, *steps = [unquote(step) for step in path.path.strip("/").split("/")]
    assert version == "v1", target
    assert key or method == "GET", "every change carries a key"
    return Call(method, tuple(steps), parse_qs(path.query), body, key)
