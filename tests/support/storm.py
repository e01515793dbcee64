"""A storm: many buyers pay at the vendor, people refund, messages travel badly, and processes are killed in the middle.

Web and worker are real processes on PostgreSQL, the vendor is the stand-in over HTTP. Afterwards everything that the
vendor has is compared with everything that the shop has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from threading import Event, Thread
from typing import Any

import httpx
from django.db import connection
from django.utils import timezone

from checkout.errors import CheckoutError
from checkout.models import Order, Payment, PaymentOperation, WebhookMessage
from checkout.services.payments import refund_payment
from kernel.crypto import token_digest
from kernel.models import Job
from kernel.money import Money
from tests.factories.gateways import StripeDriver
from tests.factories.payable import payable_order
from tests.support.processes import Process, Processes, wait_until
from tests.support.racing import at_once
from tests.support.relay import Relay, Told, Weather

CURRENCIES = ("CNY", "EUR", "USD", "JPY", "KWD")
SECRET = "whsec_test_new"
LEASE = "5"
"""Seconds until a dead worker's job is somebody else's."""
PATIENCE = 240
"""Seconds that a buyer goes on clicking; a web process that was killed comes back in the meantime."""
AT_REST = 600
"""Seconds after which a shop that is not at rest counts as stuck."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many orders, by how many buyers at a time, and how many processes are killed on the way."""

    orders: int
    buyers: int = 3
    kills: int = 3
    workers: int = 2


@dataclass
class Outcome:
    """What a storm left behind, before anybody compares."""

    told: Told
    killed: list[str]
    drain_s: float
    codes: list[str] = field(default_factory=list)


class Storm:
    """One storm over one shop: `house` holds its processes, `driver` the vendor's account."""

    def __init__(
        self, house: Processes, driver: StripeDriver, *, size: Size, weather: Weather, seed: int
    ) -> None:
        """`seed` decides who does what; the machine decides when."""
        self.house, self.driver, self.size = house, driver, size
        self.luck = Random(seed)
        self.relay = Relay(
            driver, address=house.address, secret=SECRET, weather=weather, luck=Random(seed + 1)
        )
        self.running: dict[str, list[Process]] = {"web": [], "worker": []}
        self.killed: list[str] = []
        self._bought, self._over = Event(), Event()
        self._failed: list[BaseException] = []

    def run(self, *, lease_over: bool = False) -> Outcome:
        """Let it rage and come to rest; raises what went wrong in any of its threads.

        `lease_over`: messages that died with a worker are free at once, instead of after the two minutes of their lease.
        """
        orders = list(self._orders())
        self.running["web"].append(self.house.web())
        self.running["worker"] += [
            self.house.worker("--lease", LEASE) for _ in range(self.size.workers)
        ]
        self.relay.start()
        buyers = [
            self._thread(self._buy_all, orders[n :: self.size.buyers], Random(self.luck.random()))
            for n in range(self.size.buyers)
        ]
        others = [self._thread(self._refund_all), self._thread(self._kill_some)]
        for buyer in buyers:
            buyer.join()
        began = time.monotonic()
        self._bought.set()
        for other in others:
            other.join()
        self._raise()
        if lease_over:
            wait_until(lambda: self.relay.idle() and not _waiting_jobs(), seconds=AT_REST)
            WebhookMessage.objects.filter(processed_at=None).update(next_try_at=None)
        wait_until(lambda: self.relay.idle() and at_rest(), seconds=AT_REST)
        told = self.relay.last_call()
        wait_until(at_rest, seconds=AT_REST)
        self._raise()
        return Outcome(
            told, self.killed, time.monotonic() - began, [order.code for order, _ in orders]
        )

    def _orders(self) -> Iterator[tuple[Order, str]]:
        for number in range(self.size.orders):
            currency = CURRENCIES[number % len(CURRENCIES)]
            order, _ = payable_order(
                currency=currency, deposit=500_000 + 10 * number, now=timezone.now()
            )
            token = f"storm-{number}"
            order.token_digest = token_digest(token)
            order.expires_at = timezone.now() + timedelta(hours=3)
            order.save()
            yield order, token

    # ---- Threads ----

    def _thread(self, act: Any, *arguments: Any) -> Thread:
        def run() -> None:
            try:
                act(*arguments)
            except BaseException as error:  # noqa: BLE001 - told by `_raise` in the thread that waits
                self._failed.append(error)
            finally:
                connection.close()

        thread = Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _raise(self) -> None:
        if self._failed:
            raise self._failed[0]

    # ---- Buyers ----

    def _buy_all(self, orders: Sequence[tuple[Order, str]], luck: Random) -> None:
        with httpx.Client(base_url=f"{self.house.address}/api/v1", timeout=60) as browser:
            for order, token in orders:
                self._buy(browser, order, token, luck)

    def _buy(self, browser: httpx.Client, order: Order, token: str, luck: Random) -> None:
        """Most pay; some click twice, are declined first, come too late, or never pay."""
        mood = luck.random()
        if mood < 0.1:
            started = at_once(*(lambda: self._start(browser, order, token) for _ in range(2)))
            assert len({found for found in started if found}) == 1, started
            payment = started[0] or started[1]
        else:
            payment = self._start(browser, order, token)
        if payment and 0.1 <= mood < 0.2:
            self.driver.decline(payment)
            payment = self._start(browser, order, token)
        if 0.2 <= mood < 0.24:
            Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
            time.sleep(luck.random())
        if payment and mood < 0.93:
            self.driver.try_to_pay(payment)

    def _start(self, browser: httpx.Client, order: Order, token: str) -> str:
        """The vendor's name of the payment begun; a buyer who hears nothing clicks again."""
        body = {
            "purpose": "deposit",
            "method": "card",
            "return_url": f"{self.house.address}/zh/",
        }
        heard, until = "", time.monotonic() + PATIENCE
        while time.monotonic() < until:
            headers = {
                "X-Order-Token": token,
                "Idempotency-Key": f"{order.code}-{time.monotonic_ns()}",
            }
            try:
                answer = browser.post(f"/orders/{order.code}/payments", json=body, headers=headers)
            except httpx.HTTPError as error:
                heard = repr(error)
                time.sleep(0.5)
                continue
            if answer.status_code == 201:
                return str(answer.json()["client_secret"]).split("_secret")[0]
            if answer.status_code == 409 and "expired" in answer.text:
                return ""
            heard = f"{answer.status_code} {answer.text[:400]}"
            assert answer.status_code in {409, 500, 503}, heard
            time.sleep(0.5)
        raise TimeoutError(f"{order.code}: clicked and clicked, and no payment: {heard}")

    # ---- People who refund ----

    def _refund_all(self) -> None:
        """Decide about every payment once it is paid: a third is given back, in parts, whole, or by two at once."""
        luck, seen = Random(self.luck.random()), set[int]()
        quiet = 0
        while quiet < 2:
            over = self._bought.is_set() and self.relay.idle()
            paid = Payment.objects.filter(state="succeeded").exclude(pk__in=seen)
            found = list(paid.order_by("pk"))
            for payment in found:
                seen.add(payment.pk)
                if luck.random() < 0.35:
                    _refund(payment, luck)
            quiet = quiet + 1 if over and not found else 0
            time.sleep(0.3)

    # ---- Kills ----

    def _kill_some(self) -> None:
        """Web and worker in turn, each at a moment of chance while buyers are busy, and up again at once."""
        marks = sorted(self.luck.uniform(0.1, 0.8) for _ in range(self.size.kills))
        total = self.size.orders
        for number, mark in enumerate(marks):
            while not self._bought.is_set() and self._begun() < mark * total:
                time.sleep(0.05)
            kind = ("worker", "web")[number % 2]
            self.house.kill(self.running[kind].pop(0))
            self.killed.append(kind)
            again = self.house.web() if kind == "web" else self.house.worker("--lease", LEASE)
            self.running[kind].append(again)

    def _begun(self) -> int:
        return PaymentOperation.objects.filter(kind="create").count()


def _refund(payment: Payment, luck: Random) -> None:
    half = payment.amount // 20 * 10

    def give(minor: int) -> Any:
        return lambda: refund_payment(
            payment=payment.code,
            amount=Money(minor, payment.currency),
            reason="test",
            actor="staff:1",
            now=timezone.now(),
        )

    whole = give(payment.amount)
    acts = luck.choice(([give(half)], [whole], [whole, whole], [give(half)] * 3))
    answers = at_once(*acts) if len(acts) > 1 else [acts[0]()]
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(error, CheckoutError) for error in refused), refused
    most = 2 if len(acts) == 3 else 1
    assert len(answers) - len(refused) <= most, answers


def _waiting_jobs() -> bool:
    return Job.objects.exclude(state__in=["done", "dead"]).exists()


def at_rest() -> bool:
    """Whether no message, no call and no job waits for anything."""
    return not (
        WebhookMessage.objects.filter(processed_at=None).exists()
        or PaymentOperation.objects.filter(resolved_at=None).exists()
        or _waiting_jobs()
    )
