"""The door to an insurer over HTTP, by the JSON contract of docs/guide/insurer.md.

Every call has a time limit and is sent again at most twice, with the same Idempotency-Key; whatever may have happened there
is InsurerUnavailable, and found out later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from checkout.domain.cover import Status, Vehicle
from checkout.errors import InsurerRefused, InsurerUnavailable, WebhookRejected
from checkout.gateways.calling import HttpDoor, Json, name, whole
from checkout.gateways.insurers import (
    Holder,
    InsurerEvent,
    InsurerPolicy,
    PolicyRequest,
    lines_body,
    vehicle_body,
)
from checkout.gateways.signatures import check_signature, header_of
from kernel.money import Money, UnknownCurrency

SIGNATURE_HEADER = "Insurer-Signature"


class HttpInsurer(HttpDoor):
    """One insurer at `base`; calls carry `token`, its messages are signed with one of `secrets`, newest first."""

    real = True
    who = "insurer"
    unavailable = InsurerUnavailable
    refused = InsurerRefused
    unreadable = (KeyError, TypeError, ValueError, UnknownCurrency)

    def __init__(
        self,
        *,
        insurer: str,
        base: str,
        token: str,
        secrets: Sequence[str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(code=insurer, base=base, token=token, secrets=secrets, pause=pause)
        self.insurer = insurer

    def quote(self, request: PolicyRequest, *, key: str) -> InsurerPolicy:
        """See the port."""
        return self._seen(self._call("POST", "policies", body=request.body(), key=key))

    def bind(self, insurer_reference: str, holder: Holder, *, key: str) -> InsurerPolicy:
        """See the port."""
        path = _path(insurer_reference, "binding")
        return self._seen(self._call("POST", path, body={"holder": holder.body()}, key=key))

    def update_vehicle(
        self, insurer_reference: str, vehicle: Vehicle, *, key: str
    ) -> InsurerPolicy:
        """See the port."""
        path, body = _path(insurer_reference, "vehicle"), {"vehicle": vehicle_body(vehicle)}
        return self._seen(self._call("POST", path, body=body, key=key))

    def fetch(self, insurer_reference: str) -> InsurerPolicy:
        """See the port."""
        return self._seen(self._call("GET", _path(insurer_reference)))

    def find(self, reference: str) -> InsurerPolicy | None:
        """See the port."""
        return self._first(f"policies?reference={quote(reference, safe='')}", self._seen)

    def cancel(
        self, insurer_reference: str, *, day: date, withdrawal: bool, key: str
    ) -> InsurerPolicy:
        """See the port."""
        body = {"on": day.isoformat(), "withdrawal": withdrawal}
        path = _path(insurer_reference, "cancellation")
        return self._seen(self._call("POST", path, body=body, key=key))

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> InsurerEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        return read_message(body, header, secrets=self._secrets, now=now)

    def _seen(self, found: Any) -> InsurerPolicy:
        return self._read(read_policy, found, as_="a policy")


def read_policy(found: Any) -> InsurerPolicy:
    """A policy of the contract's JSON; raises KeyError, TypeError, ValueError, UnknownCurrency."""
    code, reference = name(found["id"]), name(found["reference"])
    cancelled, refunds = found.get("cancelled_on"), found.get("refunds")
    return InsurerPolicy(
        insurer_reference=code,
        reference=reference,
        number=whole(found["number"]),
        status=Status(found["status"]),
        premiums=_lines(found["premiums"]),
        vin=str(found.get("vin") or "")[:17],
        proof=str(found.get("proof") or "")[:40],
        cancelled_on=None if cancelled is None else date.fromisoformat(cancelled),
        refunds=None if refunds is None else _lines(refunds),
        reason=str(found.get("reason") or "")[:64],
    )


def policy_body(seen: InsurerPolicy) -> Json:
    """The other way round, for whoever plays an insurer."""
    return {
        "id": seen.insurer_reference,
        "reference": seen.reference,
        "number": seen.number,
        "status": str(seen.status),
        "vin": seen.vin or None,
        "premiums": lines_body(seen.premiums),
        "proof": seen.proof or None,
        "cancelled_on": seen.cancelled_on and seen.cancelled_on.isoformat(),
        "refunds": None if seen.refunds is None else lines_body(seen.refunds),
        "reason": seen.reason,
    }


def read_message(
    body: bytes, header: str, *, secrets: Sequence[str], now: datetime
) -> InsurerEvent:
    """A signed message of the contract; raises WebhookRejected."""
    check_signature(body, header, secrets=secrets, now=now)
    try:
        payload = json.loads(body)
        return InsurerEvent(
            event_id=name(payload["id"]),
            type=name(payload["type"])[:64],
            insurer_reference=name(payload["policy"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WebhookRejected(
            "body: not a message of an insurer", facts={"reason": "body"}
        ) from error


def _lines(found: Any) -> dict[str, Money]:
    if not isinstance(found, list):
        raise TypeError("a list of covers")
    return {
        name(line["cover"]): Money(whole(line["amount"]["amount"]), str(line["amount"]["currency"]))
        for line in found
    }


def _path(insurer_reference: str, what: str = "") -> str:
    return f"policies/{quote(insurer_reference, safe='')}" + (f"/{what}" if what else "")
