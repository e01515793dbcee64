"""Brings a vendor's messages to the shop's real address, as badly as the internet may.

Reads the stand-in's events while they happen, signs them as Stripe does, and posts them: some twice or three times, late
and in any order, some never, and between them messages that Stripe did not write. What is not answered, or answered
with 5xx, is sent again, as Stripe does.
"""

from __future__ import annotations

import heapq
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from random import Random
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

import stripe

from tests.factories.gateways import StripeDriver

SENDERS = 6
PAUSE = 0.3
"""Seconds between two looks at the vendor's events."""
AGAIN = 1.0
"""Seconds until an unanswered message is sent again."""
HEADER = "Stripe-Signature"


@dataclass(frozen=True, slots=True)
class Weather:
    """How messages travel: `duplicate` further copies of each, `hostile` foreign ones for each, a share of events that `drop`.

    `delay`: seconds, at most, that a copy is under way; it shuffles them.
    """

    duplicate: float = 0.0
    hostile: float = 0.0
    drop: float = 0.0
    delay: float = 0.0


@dataclass
class Told:
    """What came of it: honest deliveries by event, how long each answer took, and what was answered to the hostile ones."""

    accepted: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    hostile: Counter[str] = field(default_factory=Counter)
    hostile_accepted: list[str] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    sent_again: int = 0

    @property
    def deliveries(self) -> int:
        """Everything that was delivered and answered."""
        return self.accepted.total() + self.hostile.total()

    @property
    def duplicates(self) -> int:
        """Honest deliveries of an event that was delivered before."""
        return self.accepted.total() - len(self.accepted)

    @property
    def p95_ms(self) -> float:
        """What 95 of 100 answers did not take longer than."""
        ordered = sorted(self.milliseconds)
        return ordered[max(0, -(-95 * len(ordered) // 100) - 1)] if ordered else 0.0


@dataclass(order=True, slots=True)
class _Letter:
    due: float
    number: int
    event: str = field(compare=False)
    body: bytes = field(compare=False)
    hostile: str = field(compare=False, default="")


class Relay:
    """Delivers from `start` until `last_call` has found nothing more to deliver."""

    def __init__(
        self, driver: StripeDriver, *, address: str, secret: str, weather: Weather, luck: Random
    ) -> None:
        """`address`: where the shop listens; `secret`: what it knows the vendor by."""
        self.told = Told()
        self._driver, self._secret = driver, secret
        self._address = urlsplit(address)
        self._weather, self._luck = weather, luck
        self._letters: list[_Letter] = []
        self._numbers = count()
        self._seen: set[str] = set()
        self._newest = ""
        self._under_way = 0
        self._last_call = self._read_all = False
        self._changed = Condition()
        self._threads = [Thread(target=self._read, daemon=True)]
        self._threads += [Thread(target=self._deliver, daemon=True) for _ in range(SENDERS)]

    def start(self) -> Relay:
        """Begin to read and to deliver."""
        for thread in self._threads:
            thread.start()
        return self

    def last_call(self) -> Told:
        """Deliver what is left and end; nothing happens at the vendor any more but what deliveries bring about."""
        with self._changed:
            self._last_call = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        return self.told

    def idle(self) -> bool:
        """Whether nothing is under way now."""
        with self._changed:
            return not self._letters and not self._under_way

    # ---- Reading ----

    def _read(self) -> None:
        while True:
            with self._changed:
                last = self._last_call
            for event in self._fresh():
                self._post(event)
            if last:
                break
            time.sleep(PAUSE)
        with self._changed:
            self._read_all = True
            self._changed.notify_all()

    def _fresh(self) -> list[dict[str, Any]]:
        """Events that were not read before, oldest first."""
        found = [e for e in self._driver.events_after(self._newest) if e["id"] not in self._seen]
        self._seen.update(event["id"] for event in found)
        if found:
            self._newest = found[-1]["id"]
        return found

    def _post(self, event: dict[str, Any]) -> None:
        body, code, weather = json.dumps(event).encode(), str(event["id"]), self._weather
        if self._luck.random() < weather.drop:
            self.told.dropped.add(code)
            return
        copies = 1 + int(weather.duplicate) + (self._luck.random() < weather.duplicate % 1)
        for _ in range(copies):
            self._put(code, body)
            if self._luck.random() < weather.hostile:
                self._put(code, body, self._luck.choice(sorted(HOSTILE)))

    def _put(self, event: str, body: bytes, hostile: str = "") -> None:
        due = time.monotonic() + self._luck.random() * self._weather.delay
        with self._changed:
            heapq.heappush(self._letters, _Letter(due, next(self._numbers), event, body, hostile))
            self._changed.notify()

    # ---- Delivering ----

    def _deliver(self) -> None:
        wire = self._connect()
        while (letter := self._next()) is not None:
            try:
                status, took = self._send(wire, letter)
            except (OSError, HTTPException):
                status, took = 0, 0.0
                wire.close()
                wire = self._connect()
            self._heard(letter, status, took)
        wire.close()

    def _next(self) -> _Letter | None:
        with self._changed:
            while True:
                now = time.monotonic()
                if self._letters and self._letters[0].due <= now:
                    self._under_way += 1
                    return heapq.heappop(self._letters)
                if self._read_all and not self._letters and not self._under_way:
                    self._changed.notify_all()
                    return None
                wait = self._letters[0].due - now if self._letters else PAUSE
                self._changed.wait(min(wait, PAUSE))

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(self._address.hostname or "", self._address.port, timeout=30)

    def _send(self, wire: HTTPConnection, letter: _Letter) -> tuple[int, float]:
        body, headers = self._signed(letter)
        began = time.perf_counter()
        wire.request("POST", "/api/v1/webhooks/stripe", body, headers)
        answer = wire.getresponse()
        answer.read()
        return answer.status, (time.perf_counter() - began) * 1000

    def _signed(self, letter: _Letter) -> tuple[bytes, Mapping[str, str]]:
        plain = {"Content-Type": "application/json"}
        if letter.hostile:
            body, header = HOSTILE[letter.hostile](letter.body, self._secret, letter.number)
            return body, plain | ({HEADER: header} if header else {})
        return letter.body, plain | {HEADER: sign(letter.body, self._secret)}

    def _heard(self, letter: _Letter, status: int, took: float) -> None:
        with self._changed:
            self._under_way -= 1
            if status == 0 or status >= 500:
                self.told.sent_again += 1
                letter.due = time.monotonic() + AGAIN
                heapq.heappush(self._letters, letter)
            elif letter.hostile:
                self.told.hostile[letter.hostile] += 1
                if status < 300:
                    self.told.hostile_accepted.append(letter.hostile)
            elif status < 300:
                self.told.accepted[letter.event] += 1
                self.told.milliseconds.append(took)
            else:
                self.told.refused.append((letter.event, status))
            self._changed.notify_all()


def sign(body: bytes, secret: str, *, shift: int = 0) -> str:
    """The header for `body`, made by Stripe's own code, `shift` seconds from now."""
    moment = int(time.time()) + shift
    return str(
        stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=moment)
    )


def _foreign(body: bytes, number: int) -> bytes:
    """The same message under a name that shows, should it ever be found in the shop."""
    told = json.loads(body)
    told["id"] = f"evt_hostile_{number}"
    return json.dumps(told).encode()


def _forged(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    foreign = _foreign(body, number)
    return foreign, sign(foreign, "whsec_guessed")


def _tampered(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    return _foreign(body, number), sign(body, secret)


def _stale(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    foreign = _foreign(body, number)
    return foreign, sign(foreign, secret, shift=-900)


def _early(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    foreign = _foreign(body, number)
    return foreign, sign(foreign, secret, shift=900)


def _other_mode(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    live = json.dumps(json.loads(_foreign(body, number)) | {"livemode": True}).encode()
    return live, sign(live, secret)


def _unsigned(body: bytes, secret: str, number: int) -> tuple[bytes, str]:
    return _foreign(body, number), ""


HOSTILE: Mapping[str, Callable[[bytes, str, int], tuple[bytes, str]]] = {
    "forged": _forged,
    "tampered": _tampered,
    "stale": _stale,
    "early": _early,
    "other-mode": _other_mode,
    "unsigned": _unsigned,
}
"""Ways to make a message that the shop must not take: its body and its signature, empty for none."""
