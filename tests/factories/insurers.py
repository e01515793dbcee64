"""An insurer for tests: the sandbox in process, and the same world behind a real HTTP server that speaks the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checkout.domain.cover import Driver, Period, Vehicle, year_from
from checkout.errors import InsurerRefused, InsurerUnavailable
from checkout.gateways.insurer_http import HttpInsurer, policy_body
from checkout.gateways.insurer_sandbox import InsurerWorld, SandboxInsurer
from checkout.gateways.insurers import Holder, Insurer, PolicyRequest
from kernel.money import Money
from tests.factories.gateways import Clock

TOKEN = "insurer-token"
USUAL, SILENT, DEARER, DECLINED = 35, 91, 92, 93
"""Ages of the personas."""
HOLDER = Holder("person", "李明", "li@example.com", "13800138000")
START = date(2026, 12, 20)


@dataclass
class InsurerDriver:
    """A door and the world behind it; `broken` answers are given before the world is asked."""

    door: Insurer
    world: InsurerWorld
    clock: Clock
    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int | bytes | None] = field(default_factory=list)


def policy_request(
    age: int = USUAL,
    *,
    reference: str = "PABCD2345",
    currency: str = "CNY",
    premiums: tuple[int, ...] = (95_000, 623_313),
) -> PolicyRequest:
    """The compulsory and the own-damage cover of the worked car, for a persona."""
    return PolicyRequest(
        reference=reference,
        market="CN",
        vehicle=Vehicle("haven", ("trim:voyage", "wheel-20")),
        driver=Driver(age, ""),
        period=year_from(START),
        premiums={
            f"cover-{number}": Money(minor, currency) for number, minor in enumerate(premiums)
        },
        consented_at="2026-11-22T12:00:00+00:00",
    )


def sandbox_insurer(folder: Path, clock: Clock, insurer: str = "qinghe") -> InsurerDriver:
    """The sandbox door."""
    world = InsurerWorld(folder, clock=lambda: clock.now)
    return InsurerDriver(SandboxInsurer(insurer, world), world, clock)


@contextmanager
def http_insurer(folder: Path, clock: Clock, insurer: str = "qinghe") -> Iterator[InsurerDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    driver = sandbox_insurer(folder, clock, insurer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(driver))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    driver.door = HttpInsurer(
        insurer=insurer,
        base=f"http://127.0.0.1:{server.server_port}/v1",
        token=TOKEN,
        secrets=(driver.world.secret, "older"),
        pause=lambda seconds: None,
    )
    try:
        yield driver
    finally:
        server.shutdown()
        server.server_close()


def _handler(driver: InsurerDriver) -> type[BaseHTTPRequestHandler]:
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
    driver: InsurerDriver, method: str, path: str, body: dict[str, Any], key: str, authorized: bool
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
    except InsurerUnavailable:
        return None
    except InsurerRefused as error:
        reason = str(error.facts["reason"])
        status, found = (404 if reason == "not_found" else 409), {"code": reason}
    return status, json.dumps(found).encode()


def _served(
    world: InsurerWorld, method: str, target: str, body: dict[str, Any], key: str
) -> tuple[int, dict[str, Any]]:
    """What docs/guide/insurer.md says, of an insurer that the world plays."""
    path = urlsplit(target)
    steps = [unquote(step) for step in path.path.strip("/").split("/")]
    assert steps[:2] == ["v1", "policies"], target
    if method == "GET" and len(steps) == 2:
        seen = world.found(parse_qs(path.query)["reference"][0])
        return 200, {"items": [policy_body(seen)] if seen else []}
    if method == "GET":
        return 200, policy_body(world.policy(steps[2]))
    assert key, "every change carries a key"
    if len(steps) == 2:
        return 201, policy_body(world.quote(_request(body), key=key))
    if steps[3] == "binding":
        assert set(body["holder"]) == {"kind", "name", "email", "phone"}
        return 200, policy_body(world.bind(steps[2], key=key))
    day = date.fromisoformat(body["on"])
    seen = world.cancel(steps[2], day=day, withdrawal=body["withdrawal"], key=key)
    return 200, policy_body(seen)


def _request(body: dict[str, Any]) -> PolicyRequest:
    vehicle, driver = body["vehicle"], body["driver"]
    return PolicyRequest(
        reference=body["reference"],
        market=body["market"],
        vehicle=Vehicle(vehicle["model"], tuple(vehicle["options"]), vehicle["vin"] or ""),
        driver=Driver(driver["age"], driver["no_claims_class"] or ""),
        period=Period(date.fromisoformat(body["from"]), date.fromisoformat(body["until"])),
        premiums={
            line["cover"]: Money(line["amount"]["amount"], line["amount"]["currency"])
            for line in body["covers"]
        },
        consented_at=body["consented_at"],
    )
