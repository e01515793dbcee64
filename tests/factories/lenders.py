"""A lender for tests: the sandbox in process, and the same world behind a real HTTP server that speaks the contract."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from checkout.domain.application import Terms
from checkout.errors import LenderRefused, LenderUnavailable
from checkout.gateways.lender_http import HttpLender, application_body
from checkout.gateways.lender_sandbox import LenderWorld, SandboxLender
from checkout.gateways.lenders import Lender, LenderApplication, LoanRequest, SentDocument
from kernel.money import Money
from tests.factories.gateways import Clock
from tests.factories.vendor_server import Answer, Call, Line, serving

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
class LenderDriver(Line):
    """A door, the world behind it, and the line between them."""

    door: Lender = field(kw_only=True)
    world: LenderWorld = field(kw_only=True)
    clock: Clock = field(kw_only=True)


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
    return LenderDriver(door=SandboxLender(lender, world), world=world, clock=clock)


@contextmanager
def http_lender(folder: Path, clock: Clock, lender: str = "luyin") -> Iterator[LenderDriver]:
    """The HTTP door, with a server of the contract in a thread of its own."""
    driver = sandbox_lender(folder, clock, lender)
    world = driver.world
    serve = partial(_served, world)
    with serving(
        driver, serve, token=TOKEN, refused=LenderRefused, silent=LenderUnavailable
    ) as base:
        driver.door = HttpLender(
            lender=lender,
            base=base,
            token=TOKEN,
            secrets=(world.secret, "older"),
            pause=lambda seconds: None,
        )
        yield driver


def _served(world: LenderWorld, call: Call) -> Answer:
    """What docs/guide/lender.md says, of a lender that the world plays."""
    what, *steps = call.steps
    assert what == "applications", call.steps
    if call.method == "GET" and not steps:
        seen = world.found(call.query["reference"][0])
        return 200, {"items": [application_body(seen)] if seen else []}
    if call.method == "GET":
        return 200, application_body(world.application(steps[0]))
    if not steps:
        return 201, application_body(world.submit(_request(call.body), key=call.key))
    return 200, _changed(world, steps[0], steps[1], call.body, call.key)


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
        "cancellation": lambda: world.cancel(name, withdrawn=body.get("withdrawn", False), key=key),
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
