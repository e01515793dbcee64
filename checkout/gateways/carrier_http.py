"""The door to a carrier over HTTP, by the JSON contract of docs/guide/carrier.md.

Every call has a time limit and is sent again at most twice, with the same Idempotency-Key; whatever may have happened there
is CarrierUnavailable, and found out later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from checkout.errors import CarrierRefused, CarrierUnavailable, WebhookRejected
from checkout.gateways.calling import HttpDoor, Json, name, whole
from checkout.gateways.carriers import (
    CarrierEvent,
    CarrierTransport,
    Passed,
    Status,
    TransportRequest,
)
from checkout.gateways.signatures import check_signature, header_of
from kernel.text import LANGUAGES, Text

SIGNATURE_HEADER = "Carrier-Signature"
MOST_PLACES = 60


class HttpCarrier(HttpDoor):
    """One carrier at `base`; calls carry `token`, its messages are signed with one of `secrets`, newest first."""

    real = True
    who = "carrier"
    unavailable = CarrierUnavailable
    refused = CarrierRefused
    unreadable = (KeyError, TypeError, ValueError, AttributeError)

    def __init__(
        self,
        *,
        carrier: str,
        base: str,
        token: str,
        secrets: Sequence[str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(code=carrier, base=base, token=token, secrets=secrets, pause=pause)
        self.carrier = carrier

    def order(self, request: TransportRequest, *, key: str) -> CarrierTransport:
        """See the port."""
        return self._seen(self._call("POST", "transports", body=request.body(), key=key))

    def fetch(self, carrier_reference: str) -> CarrierTransport:
        """See the port."""
        return self._seen(self._call("GET", _path(carrier_reference)))

    def find(self, reference: str) -> CarrierTransport | None:
        """See the port."""
        return self._first(f"transports?reference={quote(reference, safe='')}", self._seen)

    def cancel(self, carrier_reference: str, *, key: str) -> CarrierTransport:
        """See the port."""
        path = _path(carrier_reference, "cancellation")
        return self._seen(self._call("POST", path, body={}, key=key))

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> CarrierEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        return read_message(body, header, secrets=self._secrets, now=now)

    def _seen(self, found: Any) -> CarrierTransport:
        return self._read(read_transport, found, as_="a transport")


def read_transport(found: Any) -> CarrierTransport:
    """A transport of the contract's JSON; raises KeyError, TypeError, ValueError, AttributeError."""
    arrives, passed = found.get("arrives_on"), found.get("passed") or []
    if not isinstance(passed, list) or len(passed) > MOST_PLACES:
        raise TypeError("a list of places")
    return CarrierTransport(
        carrier_reference=name(found["id"]),
        reference=name(found["reference"]),
        number=whole(found["number"]),
        status=Status(found["status"]),
        departed_at=_moment(found.get("departed_at")),
        arrived_at=_moment(found.get("arrived_at")),
        arrives_on=None if arrives is None else date.fromisoformat(arrives),
        passed=tuple(Passed(_text(each["place"]), _needed(each["at"])) for each in passed),
        reason=str(found.get("reason") or "")[:64],
    )


def transport_body(seen: CarrierTransport) -> Json:
    """The other way round, for whoever plays a carrier."""
    return {
        "id": seen.carrier_reference,
        "reference": seen.reference,
        "number": seen.number,
        "status": str(seen.status),
        "departed_at": seen.departed_at and seen.departed_at.isoformat(),
        "arrived_at": seen.arrived_at and seen.arrived_at.isoformat(),
        "arrives_on": seen.arrives_on and seen.arrives_on.isoformat(),
        "passed": [{"place": dict(p.place), "at": p.at.isoformat()} for p in seen.passed],
        "reason": seen.reason,
    }


def read_message(
    body: bytes, header: str, *, secrets: Sequence[str], now: datetime
) -> CarrierEvent:
    """A signed message of the contract; raises WebhookRejected."""
    check_signature(body, header, secrets=secrets, now=now)
    try:
        payload = json.loads(body)
        return CarrierEvent(
            event_id=name(payload["id"]),
            type=name(payload["type"])[:64],
            carrier_reference=name(payload["transport"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WebhookRejected(
            "body: not a message of a carrier", facts={"reason": "body"}
        ) from error


def _moment(value: Any) -> datetime | None:
    return None if value is None else _needed(value)


def _needed(value: Any) -> datetime:
    """An RFC 3339 moment with its offset; raises TypeError, ValueError."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a moment without an offset")
    return found


def _text(value: Any) -> Text:
    """A place's name: one for both languages, or one each."""
    if isinstance(value, str):
        return {language: name(value) for language in LANGUAGES}
    return {language: name(value[language]) for language in LANGUAGES}


def _path(carrier_reference: str, what: str = "") -> str:
    return f"transports/{quote(carrier_reference, safe='')}" + (f"/{what}" if what else "")
