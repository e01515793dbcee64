"""A carrier for tests: the sandbox in process, and the same world behind a real HTTP server that speaks the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checkout.errors import CarrierRefused, CarrierUnavailable
from checkout.gateways.carrier_http import HttpCarrier, transport_body
from checkout.gateways.carrier_sandbox import CarrierWorld, SandboxCarrier
from checkout.gateways.carriers import Carrier, TransportRequest
from tests.factories.gateways import Clock

TOKEN = "carrier-token"
VIN = "LEGHX4EA9TE00"
USUAL, SILENT, LATE, REFUSED, LOST = (VIN + end for end in ("0042", "0911", "0912", "0913", "0914"))
"""VINs of the personas."""


@dataclass
class CarrierDriver:
    """A door and the world behind it; `broken` answers are given before the world is asked."""

    door: Carrier
    world: CarrierWorld
    clock: Clock
    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int | bytes | None] = field(default_factory=list)


def transport_request(
    vin: str = USUAL, *, reference: str = "TABCD2345", place: str = "xm-home"
) -> TransportRequest:
    """A car that goes to Xiamen, for a persona."""
    return TransportRequest(
        reference=reference,
        market="CN",
        model="haven",
        vin=vin,
        place=place,
        city={"zh-hans": "厦门", "en": "Xiamen"},
        address={"zh-hans": "厦门市翔安区鹭行路 1 号", "en": "1 Luxing Road, Xiamen"},
    )


def sandbox_carrier(folder: Path, clock: Clock, carrier: str = "luxing") -> CarrierDriver:
    """The sandbox door."""
    world = CarrierWorld(folder, clock=lambda: clock.now)
    return CarrierDriver(SandboxCarrier(carrier, world), world, clock)


@contextmanager
def http_carrier(folder: Path, clock: Clock, carrier: str = "luxing") -> Iterator[CarrierDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    driver = sandbox_carrier(folder, clock, carrier)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(driver))
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    driver.door = HttpCarrier(
        carrier=carrier,
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


def _handler(driver: CarrierDriver) -> type[BaseHTTPRequestHandler]:
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
    driver: CarrierDriver, method: str, path: str, body: dict[str, Any], key: str, authorized: bool
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
    except CarrierUnavailable:
        return None
    except CarrierRefused as error:
        reason = str(error.facts["reason"])
        status, found = (404 if reason == "not_found" else 409), {"code": reason}
    return status, json.dumps(found).encode()


def _served(
    world: CarrierWorld, method: str, target: str, body: dict[str, Any], key: str
) -> tuple[int, dict[str, Any]]:
    """What docs/guide/carrier.md says, of a carrier that the world plays."""
    path = urlsplit(target)
    steps = [unquote(step) for step in path.path.strip("/").split("/")]
    assert steps[:2] == ["v1", "transports"], target
    if method == "GET" and len(steps) == 2:
        seen = world.found(parse_qs(path.query)["reference"][0])
        return 200, {"items": [transport_body(seen)] if seen else []}
    if method == "GET":
        return 200, transport_body(world.transport(steps[2]))
    assert key, "every change carries a key"
    if len(steps) == 2:
        return 201, transport_body(world.order(_request(body), key=key))
    assert steps[3] == "cancellation"
    return 200, transport_body(world.cancel(steps[2], key=key))


def _request(body: dict[str, Any]) -> TransportRequest:
    return TransportRequest(
        reference=body["reference"],
        market=body["market"],
        model=body["car"]["model"],
        vin=body["car"]["vin"] or "",
        place=body["to"]["place"],
        city=body["to"]["city"],
        address=body["to"]["address"],
    )
