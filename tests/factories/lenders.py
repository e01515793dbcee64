"""A lender for tests: the sandbox in process, and the same world behind a real HTTP server that speaks the contract."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checkout.domain.application import Terms
from checkout.errors import LenderRefused, LenderUnavailable
from checkout.gateways.lender_http import HttpLender, application_body
from checkout.gateways.lender_sandbox import LenderWorld, SandboxLender
from checkout.gateways.lenders import Lender, LenderApplication, LoanRequest, SentDocument
from kernel.money import Money
from tests.factories.gateways import Clock

TOKEN = "lender-token"
APPROVED, REFERRED, COUNTER, DECLINED, SILENT = (f"35021119900101{n:04}" for n in (1, 2, 3, 4, 5))
"""Document numbers of the personas."""
APPLICANT: dict[str, str] = {
    "name": "李明",
    "document_number": APPROVED,
    "birth_date": "1990-01-01",
    "income_band": "10000-20000",
    "employment": "employed",
    "phone": "13800138000",
    "email": "li@example.com",
}


@dataclass
class LenderDriver:
    """A door and the world behind it; `broken` answers are given before the world is asked."""

    door: Lender
    world: LenderWorld
    clock: Clock
    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int | bytes | None] = field(default_factory=list)


def this_second() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def loan_request(
    document_number: str = APPROVED, *, reference: str = "FABCD2345", amount: str = "276710.00"
) -> LoanRequest:
    """The worked loan of docs/rules/financing.md, applied for by a persona."""
    return LoanRequest(
        reference=reference,
        product="luyin-60",
        model="haven",
        price=Money.of("395300.00", "CNY"),
        down_payment=Money.of("395300.00", "CNY") - Money.of(amount, "CNY"),
        terms=Terms(Money.of(amount, "CNY"), 60, Decimal("0.0388")),
        applicant=APPLICANT | {"document_number": document_number},
        consented_at="2026-11-22T12:00:00Z",
    )


def payslip(content: bytes = b"%PDF-1.7 payslip") -> SentDocument:
    """A document for the lender."""
    return SentDocument("income", "application/pdf", hashlib.sha256(content).hexdigest(), content)


def sandbox_lender(folder: Path, clock: Clock, lender: str = "luyin") -> LenderDriver:
    """The sandbox door."""
    world = LenderWorld(folder, clock=lambda: clock.now)
    return LenderDriver(SandboxLender(lender, world), world, clock)


@contextmanager
def http_lender(folder: Path, clock: Clock, lender: str = "luyin") -> Iterator[LenderDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    world = LenderWorld(folder, clock=lambda: clock.now)
    driver = LenderDriver(SandboxLender(lender, world), world, clock)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(driver))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    driver.door = HttpLender(
        lender=lender,
        base=f"http://127.0.0.1:{server.server_port}/v1",
        token=TOKEN,
        secrets=(world.secret, "older"),
        pause=lambda seconds: None,
    )
    try:
        yield driver
    finally:
        server.shutdown()
        server.server_close()


def _handler(driver: LenderDriver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw else {}
            key = self.headers.get("Idempotency-Key", "")
            driver.asked.append(
                {"method": self.command, "path": self.path, "key": key, "body": body}
            )
            authorized = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            found = _answer(driver, self.command, self.path, body, key, authorized)
            if found is None:  # the line is cut before an answer
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


def _answer(
    driver: LenderDriver, method: str, path: str, body: dict[str, Any], key: str, authorized: bool
) -> tuple[int, bytes] | None:
    if driver.broken:
        broken = driver.broken.pop(0)
        if isinstance(broken, bytes):
            return 200, broken
        return None if broken is None else (broken, b'{"code": "broken"}')
    if not authorized:
        return 401, b"{}"
    try:
        status, found = _served(driver.world, method, path, body, key)
    except LenderUnavailable:
        return None
    except LenderRefused as error:
        reason = str(error.facts["reason"])
        status, found = (404 if reason == "not_found" else 409), {"code": reason}
    return status, json.dumps(found).encode()


def _served(
    world: LenderWorld, method: str, target: str, body: dict[str, Any], key: str
) -> tuple[int, dict[str, Any]]:
    """What docs/guide/lender.md says, of a lender that the world plays."""
    path = urlsplit(target)
    steps = [unquote(step) for step in path.path.strip("/").split("/")]
    assert steps[:2] == ["v1", "applications"], target
    if method == "GET" and len(steps) == 2:
        seen = world.found(parse_qs(path.query)["reference"][0])
        return 200, {"items": [application_body(seen)] if seen else []}
    if method == "GET":
        return 200, application_body(world.application(steps[2]))
    assert key, "every change carries a key"
    if len(steps) == 2:
        return 201, application_body(world.submit(_request(body), key=key))
    return 200, _changed(world, steps[2], steps[3], body, key)


def _changed(
    world: LenderWorld, name: str, what: str, body: dict[str, Any], key: str
) -> dict[str, Any]:
    if what == "documents":
        content = base64.b64decode(body["content"], validate=True)
        document = SentDocument(body["kind"], body["media_type"], body["sha256"], content)
        world.attach(name, document, key=key)
        return {}
    changes: dict[str, Callable[[], LenderApplication]] = {
        "acceptance": lambda: world.accept(name, decision=body["decision"], key=key),
        "cancellation": lambda: world.cancel(name, key=key),
        "drawing": lambda: world.draw(name, amount=_money(body["amount"]), key=key),
    }
    return application_body(changes[what]())


def _money(found: dict[str, Any]) -> Money:
    return Money(found["amount"], found["currency"])


def _request(body: dict[str, Any]) -> LoanRequest:
    return LoanRequest(
        reference=body["reference"],
        product=body["product"],
        model=body["model"],
        price=_money(body["price"]),
        down_payment=_money(body["down_payment"]),
        terms=Terms(_money(body["amount"]), body["months"], Decimal(body["annual_rate"])),
        applicant=body["applicant"],
        consented_at=body["consented_at"],
    )
