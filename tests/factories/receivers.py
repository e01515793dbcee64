"""A receiver of webhooks for tests: a real HTTP server on this machine that checks signatures and can misbehave."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Receiver:
    """`answers` are given one a call, 200 when they run out: a status, a pause in seconds, or a place to go to."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int | float | str] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        """What was received, in order."""
        return [json.loads(call["raw"]) for call in self.got]


@contextmanager
def receiving(path: str = "/hooks") -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}{path}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.got.append({"path": self.path, "raw": raw, "headers": dict(self.headers)})
            answer = receiver.answers.pop(0) if receiver.answers else 200
            if isinstance(answer, float):
                time.sleep(answer)
                answer = 200
            if isinstance(answer, str):
                self.send_response(307)
                self.send_header("Location", answer)
            else:
                self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    return Handler
