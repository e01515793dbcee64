"""The door to a lender over HTTP, by the JSON contract of docs/guide/lender.md.

Every call has a time limit and is sent again at most twice, with the same Idempotency-Key; whatever may have happened there
is LenderUnavailable, and found out later.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from checkout.domain.application import Decision, Outcome, Terms
from checkout.errors import CheckoutError, LenderRefused, LenderUnavailable, WebhookRejected
from checkout.gateways.calling import HttpDoor, Json, Silent, Stranger, name, whole
from checkout.gateways.lenders import (
    LenderApplication,
    LenderEvent,
    LoanRequest,
    SentDocument,
    money_body,
)
from checkout.gateways.signatures import check_signature, header_of
from kernel.money import Money, UnknownCurrency

SIGNATURE_HEADER = "Lender-Signature"


class HttpLender(HttpDoor):
    """One lender at `base`; calls carry `token`, its messages are signed with one of `secrets`, newest first."""

    real = True
    who = "lender"
    unavailable = LenderUnavailable
    refused = LenderRefused
    unreadable = (KeyError, TypeError, ValueError, InvalidOperation, UnknownCurrency)

    def __init__(
        self,
        *,
        lender: str,
        base: str,
        token: str,
        secrets: Sequence[str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(code=lender, base=base, token=token, secrets=secrets, pause=pause)
        self.lender = lender

    def submit(self, request: LoanRequest, *, key: str) -> LenderApplication:
        """See the port."""
        return self._seen(self._call("POST", "applications", body=request.body(), key=key))

    def fetch(self, lender_reference: str) -> LenderApplication:
        """See the port."""
        return self._seen(self._call("GET", _path(lender_reference)))

    def find(self, reference: str) -> LenderApplication | None:
        """See the port."""
        return self._first(f"applications?reference={quote(reference, safe='')}", self._seen)

    def attach(self, lender_reference: str, document: SentDocument, *, key: str) -> None:
        """See the port."""
        body = {
            "kind": document.kind,
            "media_type": document.media_type,
            "sha256": document.sha256,
            "content": base64.b64encode(document.content).decode(),
        }
        self._call("POST", _path(lender_reference, "documents"), body=body, key=key)

    def accept(self, lender_reference: str, *, decision: int, key: str) -> LenderApplication:
        """See the port."""
        path = _path(lender_reference, "acceptance")
        return self._seen(self._call("POST", path, body={"decision": decision}, key=key))

    def cancel(
        self, lender_reference: str, *, key: str, withdrawn: bool = False
    ) -> LenderApplication:
        """See the port."""
        body = {"withdrawn": True} if withdrawn else {}
        path = _path(lender_reference, "cancellation")
        return self._seen(self._call("POST", path, body=body, key=key))

    def draw(self, lender_reference: str, *, amount: Money, key: str) -> LenderApplication:
        """See the port."""
        body = {"amount": money_body(amount)}
        return self._seen(
            self._call("POST", _path(lender_reference, "drawing"), body=body, key=key)
        )

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> LenderEvent:
        """See the port."""
        return read_message(
            body, header_of(headers, SIGNATURE_HEADER), secrets=self._secrets, now=now
        )

    def _unheard(self, silence: Silent) -> CheckoutError:
        if isinstance(silence, Stranger):
            return LenderUnavailable(
                "the lender does not know us; check the token of its door",
                facts=self._facts(silence.reason),
            )
        return super()._unheard(silence)

    def _seen(self, found: Any) -> LenderApplication:
        return self._read(read_application, found, as_="an application")


def read_application(found: Any) -> LenderApplication:
    """An application of the contract's JSON; raises KeyError, TypeError, ValueError, InvalidOperation, UnknownCurrency."""
    decision = found["decision"]
    terms, until = decision.get("terms"), decision.get("valid_until")
    return LenderApplication(
        lender_reference=name(found["id"]),
        reference=name(found["reference"]),
        decision=Decision(
            number=whole(decision["number"]),
            outcome=Outcome(decision["outcome"]),
            terms=None if terms is None else _terms(terms),
            valid_until=None if until is None else date.fromisoformat(until),
            reason=str(decision.get("reason") or "")[:64],
        ),
    )


def application_body(seen: LenderApplication) -> Json:
    """The other way round, for whoever plays a lender."""
    decision = seen.decision
    terms = decision.terms
    return {
        "id": seen.lender_reference,
        "reference": seen.reference,
        "decision": {
            "number": decision.number,
            "outcome": str(decision.outcome),
            "terms": terms
            and {
                "amount": money_body(terms.amount),
                "months": terms.months,
                "annual_rate": str(terms.annual_rate),
            },
            "valid_until": decision.valid_until and decision.valid_until.isoformat(),
            "reason": decision.reason,
        },
    }


def read_message(body: bytes, header: str, *, secrets: Sequence[str], now: datetime) -> LenderEvent:
    """A signed message of the contract; raises WebhookRejected."""
    check_signature(body, header, secrets=secrets, now=now)
    try:
        payload = json.loads(body)
        return LenderEvent(
            event_id=name(payload["id"]),
            type=name(payload["type"])[:64],
            lender_reference=name(payload["application"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WebhookRejected(
            "body: not a message of a lender", facts={"reason": "body"}
        ) from error


def _terms(found: Json) -> Terms:
    amount = found["amount"]
    rate = Decimal(found["annual_rate"])
    if not rate.is_finite():
        raise ValueError("annual_rate: a number")
    return Terms(
        Money(whole(amount["amount"]), str(amount["currency"])), whole(found["months"]), rate
    )


def _path(lender_reference: str, what: str = "") -> str:
    return f"applications/{quote(lender_reference, safe='')}" + (f"/{what}" if what else "")
