"""The sandbox insurer: a made-up insurer for demos and tests. NOT REAL: it pays for nothing.

`InsurerWorld` plays the insurer and keeps its memory: one JSON file per policy in a folder, replaced under a lock, so that
web, worker and tests see the same. It keeps nothing that names a person: what it does follows from the driver's age
(`docs/rules/insurance.md`, "Personas"), and of the request it keeps a keyed fingerprint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from checkout.domain.cover import Period, Status, Vehicle, refund_of
from checkout.errors import InsurerRefused, InsurerUnavailable
from checkout.gateways.insurer_http import SIGNATURE_HEADER, policy_body, read_message, read_policy
from checkout.gateways.insurers import Holder, InsurerEvent, InsurerPolicy, PolicyRequest
from checkout.gateways.memory import Document, SignedMessage, VendorMemory
from checkout.gateways.signatures import header_of, sign
from kernel.money import Money

PERSONAS: Mapping[int, str] = {91: "silent", 92: "dearer", 93: "declined"}
"""The driver's age -> persona; anything else is bound as asked for."""
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits of a proof that nobody confuses."""


class InsurerWorld(VendorMemory):
    """The made-up insurer; every policy lives in `directory` until the folder is deleted."""

    def quote(self, request: PolicyRequest, *, key: str) -> InsurerPolicy:
        """The quote of `key`; raises InsurerRefused for another request with it."""
        with self._locked():
            name = f"in_{self._digest(key)[:24]}"
            fingerprint = self._digest(json.dumps(request.body(), sort_keys=True))
            if not self._file(name).exists():
                self._store(name, self._quoted(name, request, fingerprint))
            found = self._read(name)
            if found["fingerprint"] != fingerprint:
                raise _refused("idempotency_mismatch", f"key {key} was used for another request")
            return read_policy(found["seen"])

    def bind(self, name: str, *, key: str) -> InsurerPolicy:
        """Bind or decline, as the persona demands; a second call with its key changes nothing."""

        def bound(found: Document, seen: InsurerPolicy) -> InsurerPolicy:
            if seen.status is not Status.QUOTED:
                raise _refused("not_quoted", f"the policy is {seen.status}")
            if found["persona"] == "declined":
                return replace(seen, status=Status.DECLINED, reason="risk")
            digest = bytes.fromhex(self._digest(name))
            proof = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:7])
            return replace(seen, status=Status.BOUND, proof=proof)

        with self._locked():
            first = key not in self._read(name)["keys"]
        seen = self._changed(name, key, bound)
        with self._locked():
            if first and self._read(name)["persona"] == "silent":
                raise InsurerUnavailable(
                    "the sandbox insurer lost its answer", facts={"reason": "persona"}
                )
        return seen

    def update_vehicle(self, name: str, vehicle: Vehicle, *, key: str) -> InsurerPolicy:
        """Know the VIN of the same car from now on; a second call with its key changes nothing."""

        def known(found: Document, seen: InsurerPolicy) -> InsurerPolicy:
            if seen.status not in {Status.BOUND, Status.ACTIVE}:
                raise _refused("not_bound", f"the policy is {seen.status}")
            if [vehicle.model, sorted(vehicle.options)] != found["car"]:
                raise _refused("other_car", "another car is another policy")
            return replace(seen, vin=vehicle.vin)

        return self._changed(name, key, known)

    def cancel(self, name: str, *, day: date, withdrawal: bool, key: str) -> InsurerPolicy:
        """End it, and give back by days, or everything on a withdrawal; a second call with its key changes nothing."""

        def ended(found: Document, seen: InsurerPolicy) -> InsurerPolicy:
            if seen.status not in {Status.QUOTED, Status.BOUND, Status.ACTIVE}:
                raise _refused("ended", f"the policy is {seen.status}")
            period = Period(date.fromisoformat(found["from"]), date.fromisoformat(found["until"]))
            refunds = {
                code: premium
                if withdrawal
                else refund_of(
                    premium=premium, period=period, day=day, bound_on=None, withdrawal_days=0
                )
                for code, premium in seen.premiums.items()
            }
            return replace(seen, status=Status.CANCELLED, cancelled_on=day, refunds=refunds)

        return self._changed(name, key, ended)

    def policy(self, name: str) -> InsurerPolicy:
        """The policy as it stands now; raises InsurerRefused if there is none."""
        with self._locked():
            return read_policy(self._read(name)["seen"])

    def found(self, reference: str) -> InsurerPolicy | None:
        """The policy of our code; None if there is none."""
        with self._locked():
            for path in sorted(self.directory.glob("in_*.json")):
                seen = read_policy(self._read(path.stem)["seen"])
                if seen.reference == reference:
                    return seen
        return None

    def policies(self) -> list[InsurerPolicy]:
        """Every policy, for tests that count."""
        with self._locked():
            paths = sorted(self.directory.glob("in_*.json"))
            return [read_policy(self._read(path.stem)["seen"]) for path in paths]

    def say(self, name: str, seen: InsurerPolicy) -> SignedMessage:
        """Whatever a test wants the insurer to say next; its number is counted here."""
        with self._locked():
            found = self._read(name)
            number = read_policy(found["seen"]).number + 1
            self._store(name, found | {"seen": policy_body(replace(seen, number=number))})
        return self.message(name)

    def message(self, name: str) -> SignedMessage:
        """The insurer's signed message that the policy changed."""
        with self._locked():
            seen = read_policy(self._read(name)["seen"])
            body = json.dumps(
                {
                    "id": f"ev_{name[3:]}_{seen.number}",
                    "type": f"policy.{seen.status}",
                    "policy": name,
                }
            ).encode()
            header = sign(body, secret=self._kept("secret"), at=self.clock())
        return SignedMessage(body, {SIGNATURE_HEADER: header, "Content-Type": "application/json"})

    @staticmethod
    def _quoted(name: str, request: PolicyRequest, fingerprint: str) -> Document:
        persona = PERSONAS.get(request.driver.age, "bound")
        premiums = dict(request.premiums)
        if persona == "dearer":
            code = next(iter(premiums))
            premiums[code] = premiums[code] + Money(1, premiums[code].currency)
        car = request.vehicle
        seen = InsurerPolicy(name, request.reference, 1, Status.QUOTED, premiums, car.vin)
        return {
            "fingerprint": fingerprint,
            "persona": persona,
            "from": request.period.start_on.isoformat(),
            "until": request.period.end_on.isoformat(),
            "car": [car.model, sorted(car.options)],
            "seen": policy_body(seen),
            "keys": [],
        }

    def _changed(
        self, name: str, key: str, change: Callable[[Document, InsurerPolicy], InsurerPolicy]
    ) -> InsurerPolicy:
        with self._locked():
            found = self._read(name)
            seen = read_policy(found["seen"])
            if key not in found["keys"]:
                seen = replace(change(found, seen), number=seen.number + 1)
                self._store(
                    name, found | {"seen": policy_body(seen), "keys": [*found["keys"], key]}
                )
            return seen

    def _read(self, name: str) -> Document:
        try:
            found: Document = json.loads(self._file(name).read_text())
        except (OSError, ValueError) as error:
            raise _refused("not_found", f"there is no policy {name!r}") from error
        return found


class SandboxInsurer:
    """The door to a made-up insurer."""

    real = False

    def __init__(self, insurer: str, world: InsurerWorld, *, secrets: Sequence[str] = ()) -> None:
        """`secrets` are accepted instead of the world's own, for tests of rotation."""
        self.insurer = insurer
        self.world = world
        self._secrets = tuple(secrets)

    def quote(self, request: PolicyRequest, *, key: str) -> InsurerPolicy:
        """See the port."""
        return self.world.quote(request, key=key)

    def bind(self, insurer_reference: str, holder: Holder, *, key: str) -> InsurerPolicy:
        """See the port; the holder is not kept."""
        return self.world.bind(insurer_reference, key=key)

    def update_vehicle(
        self, insurer_reference: str, vehicle: Vehicle, *, key: str
    ) -> InsurerPolicy:
        """See the port."""
        return self.world.update_vehicle(insurer_reference, vehicle, key=key)

    def fetch(self, insurer_reference: str) -> InsurerPolicy:
        """See the port."""
        return self.world.policy(insurer_reference)

    def find(self, reference: str) -> InsurerPolicy | None:
        """See the port."""
        return self.world.found(reference)

    def cancel(
        self, insurer_reference: str, *, day: date, withdrawal: bool, key: str
    ) -> InsurerPolicy:
        """See the port."""
        return self.world.cancel(insurer_reference, day=day, withdrawal=withdrawal, key=key)

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> InsurerEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        return read_message(body, header, secrets=self._secrets or (self.world.secret,), now=now)


def _refused(reason: str, message: str) -> InsurerRefused:
    return InsurerRefused(message, facts={"insurer": "sandbox", "reason": reason})
