"""The sandbox carrier: a made-up carrier for demos and tests. NOT REAL: it moves no car.

`CarrierWorld` plays the carrier and keeps its memory: one JSON file per transport in a folder, replaced under a lock, so that
web, worker and tests see the same. Its cars move by a script of days, counted from the order of the transport; which script,
follows from the VIN (`docs/rules/delivery.md`, "Personas of the sandbox carrier").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from checkout.errors import CarrierRefused, CarrierUnavailable
from checkout.gateways.carrier_http import SIGNATURE_HEADER, read_message
from checkout.gateways.carriers import (
    OVER,
    CarrierEvent,
    CarrierTransport,
    Passed,
    Status,
    TransportRequest,
)
from checkout.gateways.memory import Document, SignedMessage, VendorMemory, wall_clock
from checkout.gateways.signatures import header_of, sign
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class Script:
    """On which day after the order what happens; None: never. `announced` is the day of arrival that is told."""

    departs: int = 1
    passes: int = 2
    arrives: int | None = 4
    announced: int = 4
    fails: int | None = None


PERSONAS: Mapping[str, str] = MappingProxyType(
    {"0911": "silent", "0912": "late", "0913": "refused", "0914": "lost"}
)
"""The VIN's last four digits -> persona; anything else goes as usual."""
SCRIPTS: Mapping[str, Script] = MappingProxyType(
    {
        "late": Script(arrives=20, announced=20),
        "lost": Script(passes=2, arrives=None, fails=3),
    }
)
HALFWAY: Text = MappingProxyType({"zh-hans": "中转场（演示）", "en": "Halfway yard (demo)"})


class CarrierWorld(VendorMemory):
    """The made-up carrier; every transport lives in `directory` until the folder is deleted."""

    def __init__(
        self,
        directory: Path,
        *,
        clock: Callable[[], datetime] = wall_clock,
        day: timedelta = timedelta(days=1),
    ) -> None:
        """`day` is how long a day of the scripts takes: a demo has no patience."""
        super().__init__(directory, clock=clock)
        self.day = day

    def order(self, request: TransportRequest, *, key: str) -> CarrierTransport:
        """The transport of `key`; raises CarrierRefused for another request with it, or a car that it does not take."""
        persona = PERSONAS.get(request.vin[-4:], "usual")
        if persona == "refused":
            raise _refused("not_carried", "the sandbox carrier takes no such car")
        with self._locked():
            name = f"ca_{self._digest(key)[:24]}"
            fingerprint = self._digest(json.dumps(request.body(), sort_keys=True))
            first = not self._file(name).exists()
            if first:
                self._store(name, self._ordered(request, persona, fingerprint))
            found = self._read(name)
        if found["fingerprint"] != fingerprint:
            raise _refused("idempotency_mismatch", f"key {key} was used for another request")
        if first and persona == "silent":
            raise CarrierUnavailable(
                "the sandbox carrier lost its answer", facts={"reason": "persona"}
            )
        return self._seen(name, found)

    def cancel(self, name: str, *, key: str) -> CarrierTransport:
        """Turn the car round; a second call with its key changes nothing."""
        with self._locked():
            found = self._read(name)
            if key not in found["keys"]:
                if self._seen(name, found).status in OVER:
                    raise _refused("ended", "the transport is over")
                found |= {
                    "cancelled_at": self.clock().isoformat(),
                    "keys": [*found["keys"], key],
                }
                self._store(name, found)
        return self._seen(name, found)

    def transport(self, name: str) -> CarrierTransport:
        """The transport as it stands now; raises CarrierRefused if there is none."""
        with self._locked():
            return self._seen(name, self._read(name))

    def found(self, reference: str) -> CarrierTransport | None:
        """The transport of our code; None if there is none."""
        return next((seen for seen in self.transports() if seen.reference == reference), None)

    def transports(self) -> list[CarrierTransport]:
        """Every transport, for tests that count."""
        with self._locked():
            paths = sorted(self.directory.glob("ca_*.json"))
            return [self._seen(path.stem, self._read(path.stem)) for path in paths]

    def message(self, name: str) -> SignedMessage:
        """The carrier's signed message that the transport changed."""
        seen = self.transport(name)
        body = json.dumps(
            {
                "id": f"ev_{name[3:]}_{seen.number}",
                "type": f"transport.{seen.status}",
                "transport": name,
            }
        ).encode()
        header = sign(body, secret=self.secret, at=self.clock())
        return SignedMessage(body, {SIGNATURE_HEADER: header, "Content-Type": "application/json"})

    def _ordered(self, request: TransportRequest, persona: str, fingerprint: str) -> Document:
        return {
            "fingerprint": fingerprint,
            "persona": persona,
            "reference": request.reference,
            "ordered_at": self.clock().isoformat(),
            "cancelled_at": None,
            "keys": [],
        }

    def _seen(self, name: str, found: Document) -> CarrierTransport:
        """What the script says by now, or by the moment it was cancelled; each thing that happened is one answer more."""
        ordered = datetime.fromisoformat(found["ordered_at"])
        ended = found["cancelled_at"] and datetime.fromisoformat(found["cancelled_at"])
        script = SCRIPTS.get(found["persona"], Script())

        def happened(day: int | None) -> datetime | None:
            moment = None if day is None else ordered + self.day * day
            return moment if moment and moment <= (ended or self.clock()) else None

        departed, passes = happened(script.departs), happened(script.passes)
        arrived, failed = happened(script.arrives), happened(script.fails)
        status = Status.DEPARTED if departed else Status.ORDERED
        status = Status.ARRIVED if arrived else Status.FAILED if failed else status
        status = Status.CANCELLED if ended else status
        news = (departed, passes, arrived, failed, ended)
        return CarrierTransport(
            carrier_reference=name,
            reference=found["reference"],
            number=1 + sum(each is not None for each in news),
            status=status,
            departed_at=departed,
            arrived_at=arrived,
            arrives_on=(ordered + self.day * script.announced).date(),
            passed=(Passed(HALFWAY, passes),) if passes else (),
            reason="lost" if failed and not ended else "",
        )

    def _read(self, name: str) -> Document:
        try:
            found: Document = json.loads(self._file(name).read_text())
        except (OSError, ValueError) as error:
            raise _refused("not_found", f"there is no transport {name!r}") from error
        return found


class SandboxCarrier:
    """The door to a made-up carrier."""

    real = False

    def __init__(self, carrier: str, world: CarrierWorld, *, secrets: Sequence[str] = ()) -> None:
        """`secrets` are accepted instead of the world's own, for tests of rotation."""
        self.carrier = carrier
        self.world = world
        self._secrets = tuple(secrets)

    def order(self, request: TransportRequest, *, key: str) -> CarrierTransport:
        """See the port."""
        return self.world.order(request, key=key)

    def fetch(self, carrier_reference: str) -> CarrierTransport:
        """See the port."""
        return self.world.transport(carrier_reference)

    def find(self, reference: str) -> CarrierTransport | None:
        """See the port."""
        return self.world.found(reference)

    def cancel(self, carrier_reference: str, *, key: str) -> CarrierTransport:
        """See the port."""
        return self.world.cancel(carrier_reference, key=key)

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> CarrierEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        return read_message(body, header, secrets=self._secrets or (self.world.secret,), now=now)


def _refused(reason: str, message: str) -> CarrierRefused:
    return CarrierRefused(message, facts={"carrier": "sandbox", "reason": reason})
