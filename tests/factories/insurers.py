"""An insurer for tests: the sandbox in process, and the same world behind a real HTTP server that speaks the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from checkout.domain.cover import Driver, Period, Vehicle, year_from
from checkout.errors import InsurerRefused, InsurerUnavailable
from checkout.gateways.insurer_http import HttpInsurer, policy_body
from checkout.gateways.insurer_sandbox import InsurerWorld, SandboxInsurer
from checkout.gateways.insurers import Holder, Insurer, InsurerPolicy, PolicyRequest
from kernel.money import Money
from tests.factories.gateways import Clock
from tests.factories.vendor_server import Answer, Call, Line, serving

TOKEN = "insurer-token"
USUAL, SILENT, DEARER, DECLINED = 35, 91, 92, 93
"""Ages of the personas."""
HOLDER = Holder("person", "李明", "li@example.com", "13800138000")
START = date(2026, 12, 20)


@dataclass
class InsurerDriver(Line):
    """A door, the world behind it, and the line between them."""

    door: Insurer = field(kw_only=True)
    world: InsurerWorld = field(kw_only=True)
    clock: Clock = field(kw_only=True)


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
    return InsurerDriver(door=SandboxInsurer(insurer, world), world=world, clock=clock)


@contextmanager
def http_insurer(folder: Path, clock: Clock, insurer: str = "qinghe") -> Iterator[InsurerDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    driver = sandbox_insurer(folder, clock, insurer)
    world = driver.world
    serve = partial(_served, world)
    with serving(
        driver, serve, token=TOKEN, refused=InsurerRefused, silent=InsurerUnavailable
    ) as base:
        driver.door = HttpInsurer(
            insurer=insurer,
            base=base,
            token=TOKEN,
            secrets=(world.secret, "older"),
            pause=lambda seconds: None,
        )
        yield driver


def _served(world: InsurerWorld, call: Call) -> Answer:
    """What docs/guide/insurer.md says, of an insurer that the world plays."""
    what, *steps = call.steps
    assert what == "policies", call.steps
    if call.method == "GET" and not steps:
        seen = world.found(call.query["reference"][0])
        return 200, {"items": [policy_body(seen)] if seen else []}
    if call.method == "GET":
        return 200, policy_body(world.policy(steps[0]))
    if not steps:
        return 201, policy_body(world.quote(_request(call.body), key=call.key))
    changes: dict[str, Callable[[], InsurerPolicy]] = {
        "binding": lambda: _bound(world, steps[0], call),
        "vehicle": lambda: world.update_vehicle(
            steps[0], _vehicle(call.body["vehicle"]), key=call.key
        ),
        "cancellation": lambda: world.cancel(
            steps[0],
            day=date.fromisoformat(call.body["on"]),
            withdrawal=call.body["withdrawal"],
            key=call.key,
        ),
    }
    return 200, policy_body(changes[steps[1]]())


def _bound(world: InsurerWorld, name: str, call: Call) -> InsurerPolicy:
    assert set(call.body["holder"]) == {"kind", "name", "email", "phone"}
    return world.bind(name, key=call.key)


def _vehicle(body: dict[str, Any]) -> Vehicle:
    return Vehicle(body["model"], tuple(body["options"]), body["vin"] or "")


def _request(body: dict[str, Any]) -> PolicyRequest:
    driver = body["driver"]
    return PolicyRequest(
        reference=body["reference"],
        market=body["market"],
        vehicle=_vehicle(body["vehicle"]),
        driver=Driver(driver["age"], driver["no_claims_class"] or ""),
        period=Period(date.fromisoformat(body["from"]), date.fromisoformat(body["until"])),
        premiums={
            line["cover"]: Money(line["amount"]["amount"], line["amount"]["currency"])
            for line in body["covers"]
        },
        consented_at=body["consented_at"],
    )
