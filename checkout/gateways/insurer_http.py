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
from checkout.gateways.calling import Json, JsonCalls, Refused, Silent, name, whole
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


class HttpInsurer:
    """One insurer at `base`; calls carry `token`, its messages are signed with one of `secrets`, newest first."""

    real = True

    def __init__(
        self,
        *,
        insurer: str,
        base: str,
        token: str,
        secrets: Sequence[str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.insurer = insurer
        self._secrets = tuple(secrets)
        self._calls = JsonCalls(base=base, token=token, pause=pause)

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
        found = self._call("GET", f"policies?reference={quote(reference, safe='')}")
        items = found.get("items")
        if not isinstance(items, list):
            raise self._silence("the list has no items")
        return self._seen(items[0]) if items else None

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

    def _call(self, method: str, path: str, *, body: Json | None = None, key: str = "") -> Json:
        try:
            return self._calls.call(method, path, body=body, key=key)
        except Silent as silence:
            raise self._silence(silence.reason) from silence
        except Refused as refusal:
            raise InsurerRefused(
                f"the insurer refused: {refusal.reason}",
                facts={"insurer": self.insurer, "reason": refusal.reason},
            ) from refusal

    def _seen(self, found: Any) -> InsurerPolicy:
        try:
            return read_policy(found)
        except (KeyError, TypeError, ValueError, UnknownCurrency) as error:
            # It may well have happened: an answer that cannot be read is no answer.
            raise self._silence("not a policy") from error

    def _silence(self, reason: str) -> InsurerUnavailable:
        return InsurerUnavailable(
            "the insurer gave no usable answer; what became of it is found out later",
            facts={"insurer": self.insurer, "reason": reason},
        )


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
