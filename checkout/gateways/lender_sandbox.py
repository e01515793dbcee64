"""The sandbox lender: a made-up lender for demos and tests. NOT REAL: it lends nothing.

`LenderWorld` plays the lender and keeps its memory: one JSON file per application in a folder, replaced under a lock, so that
web, worker and tests see the same. It keeps no personal facts: what it decides follows from the end of the document number
(`docs/rules/finance-applications.md`, "Personas"), and of the request it keeps a keyed fingerprint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from checkout.domain.application import Decision, Outcome, Terms
from checkout.errors import LenderRefused, LenderUnavailable
from checkout.gateways.lender_http import (
    SIGNATURE_HEADER,
    application_body,
    read_application,
    read_message,
)
from checkout.gateways.lenders import LenderApplication, LenderEvent, LoanRequest, SentDocument
from checkout.gateways.memory import Document, SignedMessage, VendorMemory
from checkout.gateways.signatures import header_of, sign
from kernel.money import Money, exponent

REFERRED_FOR = timedelta(seconds=20)
"""How long the persona `referred` is looked at."""
VALID_DAYS = 30
TOLERATED = Decimal("1.05")
"""What may be drawn of an approval: a little more than its amount."""
PERSONAS: Mapping[str, str] = {
    "0002": "referred",
    "0003": "counter-offer",
    "0004": "declined",
    "0005": "silent",
}
"""End of the document number -> persona; anything else is approved as asked for."""


def persona_of(document_number: str) -> str:
    """The persona of an applicant."""
    return PERSONAS.get(document_number[-4:], "approved")


class LenderWorld(VendorMemory):
    """The made-up lender; every application lives in `directory` until the folder is deleted."""

    def submit(self, request: LoanRequest, *, key: str) -> LenderApplication:
        """The application of `key`; raises LenderRefused for another request, LenderUnavailable as the persona demands."""
        persona = persona_of(request.applicant.get("document_number", ""))
        with self._locked():
            name = f"ln_{self._digest(key)[:24]}"
            fingerprint = self._digest(json.dumps(request.body(), sort_keys=True))
            if not self._file(name).exists():
                self._store(name, self._decided(name, request, persona, fingerprint))
                if persona == "silent":
                    raise LenderUnavailable(
                        "the sandbox lender lost its answer", facts={"reason": "persona"}
                    )
            found = self._read(name)
            if found["fingerprint"] != fingerprint:
                raise _refused("idempotency_mismatch", f"key {key} was used for another request")
            return read_application(found["seen"])

    def application(self, name: str) -> LenderApplication:
        """The application as it stands now; raises LenderRefused if there is none."""
        with self._locked():
            return read_application(self._read(name)["seen"])

    def found(self, reference: str) -> LenderApplication | None:
        """The application of our code; None if there is none."""
        with self._locked():
            for path in sorted(self.directory.glob("ln_*.json")):
                seen = read_application(self._read(path.stem)["seen"])
                if seen.reference == reference:
                    return seen
        return None

    def documents(self, name: str) -> list[str]:
        """The fingerprints of the documents the lender has, in the order of their coming."""
        with self._locked():
            return list(self._read(name)["documents"].values())

    def attach(self, name: str, document: SentDocument, *, key: str) -> None:
        """Keep the document's fingerprint, once per key."""
        with self._locked():
            found = self._read(name)
            if read_application(found["seen"]).decision.outcome in _ENDED:
                raise _refused("ended", "the application has ended")
            if hashlib.sha256(document.content).hexdigest() != document.sha256:
                raise _refused("sha256", "the bytes are not those of the fingerprint")
            found["documents"].setdefault(key, document.sha256)
            self._store(name, found)

    def accept(self, name: str, *, decision: int, key: str) -> LenderApplication:
        """Approve the counter-offer of that number; a second call with its key changes nothing."""

        def approve(seen: LenderApplication) -> Decision:
            if (seen.decision.outcome, seen.decision.number) != (Outcome.COUNTER_OFFER, decision):
                raise _refused("no_such_offer", "that counter-offer stands no more")
            return replace(seen.decision, outcome=Outcome.APPROVED, reason="")

        return self._changed(name, key, approve)

    def cancel(self, name: str, *, key: str, withdrawn: bool = False) -> LenderApplication:
        """End it, unless it is drawn; with `withdrawn` even then."""

        def end(seen: LenderApplication) -> Decision:
            if seen.decision.outcome is Outcome.DRAWN and not withdrawn:
                raise _refused("drawn", "the loan is paid out")
            return Decision(0, Outcome.CANCELLED)

        return self._changed(name, key, end)

    def draw(self, name: str, *, amount: Money, key: str) -> LenderApplication:
        """Pay out what is approved."""

        def pay(seen: LenderApplication) -> Decision:
            terms = seen.decision.terms
            if seen.decision.outcome is not Outcome.APPROVED or terms is None:
                raise _refused("not_approved", "there is no approval to draw")
            if terms.amount.times(TOLERATED) < amount:
                raise _refused("amount", "more than was approved")
            return Decision(0, Outcome.DRAWN)

        return self._changed(name, key, pay)

    def decide(self, name: str, decision: Decision) -> SignedMessage:
        """Whatever a test wants the lender to say next; its number is counted here."""
        with self._locked():
            found = self._read(name)
            self._say(found, decision)
            self._store(name, found)
        return self.message(name)

    def message(self, name: str) -> SignedMessage:
        """The lender's signed message that the application changed."""
        with self._locked():
            seen = read_application(self._read(name)["seen"])
            body = json.dumps(
                {
                    "id": f"ev_{name[3:]}_{seen.decision.number}",
                    "type": f"application.{seen.decision.outcome}",
                    "application": name,
                }
            ).encode()
            header = sign(body, secret=self._kept("secret"), at=self.clock())
        return SignedMessage(body, {SIGNATURE_HEADER: header, "Content-Type": "application/json"})

    def _decided(self, name: str, request: LoanRequest, persona: str, fingerprint: str) -> Document:
        asked, until = request.terms, (self.clock() + timedelta(days=VALID_DAYS)).date()
        first = {
            "referred": Decision(1, Outcome.REFERRED, reason="manual_review"),
            "declined": Decision(1, Outcome.DECLINED, reason="credit_history"),
            "counter-offer": Decision(
                1, Outcome.COUNTER_OFFER, less(asked), until, "affordability"
            ),
        }.get(persona, Decision(1, Outcome.APPROVED, asked, until))
        then = Decision(2, Outcome.APPROVED, asked, until) if persona == "referred" else None
        seen = LenderApplication(name, request.reference, first)
        ready = self.clock() + REFERRED_FOR
        return {
            "fingerprint": fingerprint,
            "seen": application_body(seen),
            "then": then and application_body(replace(seen, decision=then)),
            "ready_at": ready.isoformat() if then else None,
            "documents": {},
            "keys": [],
        }

    def _changed(
        self, name: str, key: str, change: Callable[[LenderApplication], Decision]
    ) -> LenderApplication:
        with self._locked():
            found = self._read(name)
            if key not in found["keys"]:
                self._say(found, change(read_application(found["seen"])))
                found["keys"].append(key)
                self._store(name, found)
            return read_application(found["seen"])

    @staticmethod
    def _say(found: Document, decision: Decision) -> None:
        seen = read_application(found["seen"])
        number = seen.decision.number + 1
        found["seen"] = application_body(replace(seen, decision=replace(decision, number=number)))
        found["then"] = None

    def _read(self, name: str) -> Document:
        try:
            found: Document = json.loads(self._file(name).read_text())
        except (OSError, ValueError) as error:
            raise _refused("not_found", f"there is no application {name!r}") from error
        if found["then"] and self.clock() >= datetime.fromisoformat(found["ready_at"]):
            found |= {"seen": found["then"], "then": None}
            self._store(name, found)
        return found


_ENDED = frozenset({Outcome.DECLINED, Outcome.EXPIRED, Outcome.CANCELLED, Outcome.DRAWN})


def less(asked: Terms) -> Terms:
    """What the persona `counter-offer` is offered: 80 % in whole units of the currency, one percentage point dearer."""
    unit = 10 ** exponent(asked.amount.currency)
    minor = max(unit, asked.amount.minor * 4 // 5 // unit * unit)
    return Terms(
        Money(minor, asked.amount.currency), asked.months, asked.annual_rate + Decimal("0.01")
    )


class SandboxLender:
    """The door to a made-up lender."""

    real = False

    def __init__(self, lender: str, world: LenderWorld, *, secrets: Sequence[str] = ()) -> None:
        """`secrets` are accepted instead of the world's own, for tests of rotation."""
        self.lender = lender
        self.world = world
        self._secrets = tuple(secrets)

    def submit(self, request: LoanRequest, *, key: str) -> LenderApplication:
        """See the port."""
        return self.world.submit(request, key=key)

    def fetch(self, lender_reference: str) -> LenderApplication:
        """See the port."""
        return self.world.application(lender_reference)

    def find(self, reference: str) -> LenderApplication | None:
        """See the port."""
        return self.world.found(reference)

    def attach(self, lender_reference: str, document: SentDocument, *, key: str) -> None:
        """See the port."""
        self.world.attach(lender_reference, document, key=key)

    def accept(self, lender_reference: str, *, decision: int, key: str) -> LenderApplication:
        """See the port."""
        return self.world.accept(lender_reference, decision=decision, key=key)

    def cancel(
        self, lender_reference: str, *, key: str, withdrawn: bool = False
    ) -> LenderApplication:
        """See the port."""
        return self.world.cancel(lender_reference, withdrawn=withdrawn, key=key)

    def draw(self, lender_reference: str, *, amount: Money, key: str) -> LenderApplication:
        """See the port."""
        return self.world.draw(lender_reference, amount=amount, key=key)

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> LenderEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        return read_message(body, header, secrets=self._secrets or (self.world.secret,), now=now)


def _refused(reason: str, message: str) -> LenderRefused:
    return LenderRefused(message, facts={"lender": "sandbox", "reason": reason})
