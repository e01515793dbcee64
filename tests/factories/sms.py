"""A sender of text messages for tests: the console in process, and a real HTTP server that speaks the contract."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from storefront.notify.sms.console import LABEL, ConsoleSms
from storefront.notify.sms.http import HttpSms
from storefront.notify.sms.ports import SmsDoor

TOKEN = "sms-token"


@dataclass
class SmsDriver:
    """A door and what came out of it; `broken` answers are given before the server looks."""

    door: SmsDoor
    out: io.StringIO = field(default_factory=io.StringIO)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: list[int | bytes | None] = field(default_factory=list)

    def messages(self) -> list[tuple[str, str]]:
        """Number and text of every message that went out."""
        lines = self.out.getvalue().splitlines()
        printed = [line.removeprefix(f"{LABEL} ").split(" ", 1) for line in lines]
        return [(to, text) for to, text in printed] or [
            (body["to"], body["text"]) for body in self.sent.values()
        ]


def console_sms() -> SmsDriver:
    """The console door, printing into memory."""
    out = io.StringIO()
    return SmsDriver(ConsoleSms(out), out=out)


@contextmanager
def http_sms() -> Iterator[SmsDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    driver = SmsDriver(ConsoleSms(io.StringIO()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(driver))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    driver.door = HttpSms(
        base=f"http://127.0.0.1:{server.server_port}/v1",
        token=TOKEN,
        sender="Egretta",
        pause=lambda seconds: None,
    )
    try:
        yield driver
    finally:
        server.shutdown()
        server.server_close()


def _handler(driver: SmsDriver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = self.headers.get("Idempotency-Key", "")
            driver.asked.append(key)
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status, body = _answer(driver, self.path, key, json.loads(raw), known)
            if status == 0:  # the line is cut before an answer
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    return Handler


def _answer(
    driver: SmsDriver, path: str, key: str, body: dict[str, str], known: bool
) -> tuple[int, bytes]:
    if driver.broken:
        broken = driver.broken.pop(0)
        if isinstance(broken, bytes):
            return 200, broken
        return broken or 0, b"{}"
    if not known or path != "/v1/messages":
        return 401, b"{}"
    if driver.sent.setdefault(key, body) != body:
        return 409, b'{"code": "idempotency_mismatch"}'
    if body["to"].endswith("0000000"):
        return 422, b'{"code": "unknown_subscriber"}'
    return 201, json.dumps({"id": f"sm_{key}"}).encode()
