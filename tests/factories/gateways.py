"""Drivers for tests: the buyer at the vendor's page, and the vendor's messages, behind each payment door."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import requests
import stripe

from checkout.gateways import sandbox_books
from checkout.gateways.memory import wall_clock
from checkout.gateways.ports import PaymentGateway, PaymentRequest
from checkout.gateways.sandbox import SIGNATURE_HEADER, SandboxGateway, SandboxWorld
from checkout.gateways.signatures import sign
from checkout.gateways.stripe import StripeGateway
from kernel.money import Money

SECRETS = ("whsec_new", "whsec_old")
DECLINED = "insufficient_funds"


def request_for(minor: int = 500_000, currency: str = "CNY", reference: str = "") -> PaymentRequest:
    """A request to pay a deposit."""
    return PaymentRequest(
        reference=reference or uuid4().hex[:8].upper(),
        order="ORDER001",
        purpose="deposit",
        amount=Money(minor, currency),
        method="card",
        description="Order ORDER001 deposit",
        return_url="https://store.example/pay/ORDER001?step=done",
    )


class Driver(Protocol):
    """What a test may do on the other side of a door."""

    gateway: PaymentGateway
    header: str

    def pay(self, provider_id: str) -> None:
        """The buyer pays."""

    def decline(self, provider_id: str) -> None:
        """The buyer's bank refuses for lack of funds."""

    def message(self, provider_id: str) -> bytes:
        """The body of a message about the payment, not yet signed."""


@dataclass
class SandboxDriver:
    """Behind the sandbox stands its made-up vendor."""

    world: SandboxWorld
    header: str = SIGNATURE_HEADER

    def __post_init__(self) -> None:
        self.gateway: PaymentGateway = SandboxGateway(self.world, webhook_secrets=SECRETS)

    def pay(self, provider_id: str) -> None:
        """The buyer pays."""
        self.world.succeed(provider_id)

    def decline(self, provider_id: str) -> None:
        """The buyer's bank refuses."""
        self.world.decline(provider_id, failure_code=DECLINED)

    def pay_out(self, currency: str) -> str:
        """Everything of a currency goes to the bank; gives the payout's code."""
        return sandbox_books.pay_out(self.world, currency)

    def contest(self, provider_id: str) -> str:
        """The buyer pays and contests it at once; gives the dispute's code."""
        self.pay(provider_id)
        return self.world.contest(provider_id)

    def decide(self, dispute: str, *, won: bool) -> None:
        """The buyer's bank decides a dispute."""
        for document in self.world.payments():
            if (document.get("dispute") or {}).get("id") == dispute:
                self.world.decide(document["id"], won=won)

    def end_payout(self, payout: str, *, failed: bool) -> None:
        """The payout reaches the bank, or comes back."""
        if failed:
            sandbox_books.fail_payout(self.world, payout)

    def message(self, provider_id: str) -> bytes:
        """The body of a further message."""
        return self.world.message(provider_id).body


class StripeDriver:
    """Behind the Stripe door stands the stand-in, over HTTP."""

    header = "Stripe-Signature"

    def __init__(self, account: str) -> None:
        self.account = account
        self.gateway: PaymentGateway = StripeGateway(
            secret_key="sk_test_forecourt",
            publishable_key="pk_test_forecourt",
            webhook_secrets=SECRETS,
            livemode=False,
            api_base=account,
        )

    def pay(self, provider_id: str) -> None:
        """The browser confirms with a card that works."""
        assert self._confirm(provider_id, "tok_visa").status_code == 200

    def decline(self, provider_id: str) -> None:
        """The browser confirms with a card without funds."""
        assert (
            self._confirm(provider_id, "tok_visa_chargeDeclinedInsufficientFunds").status_code
            == 402
        )

    def message(self, provider_id: str) -> bytes:
        """The newest event about the payment, as Stripe would post it."""
        for event in self.events():
            if event["data"]["object"]["id"] == provider_id:
                return json.dumps(event).encode()
        raise LookupError(provider_id)

    def body(self, event: Mapping[str, Any]) -> bytes:
        """An event as Stripe would post it."""
        return json.dumps(event).encode()

    def events(self) -> list[dict[str, Any]]:
        """Every event of the account, newest first."""
        return self.listed("events")

    def events_after(self, newest: str) -> list[dict[str, Any]]:
        """Events younger than that one, oldest first; all of them where none is named."""
        if not newest:
            return self.events()[::-1]
        found: list[dict[str, Any]] = []
        more = True
        while more:
            after = found[-1]["id"] if found else newest
            page = self._get("events", {"limit": 100, "ending_before": after})
            found += page["data"][::-1]
            more = page["has_more"]
        return found

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind (`payment_intents`, `charges`, `refunds`, `balance_transactions`), newest first."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = self._get(kind, {"limit": 100} | after)
            found += page["data"]
            more = page["has_more"]
        return found

    def balance(self, currency: str) -> int:
        """What the vendor owes us, pending and available, in minor units."""
        found = self._get("balance", {})
        return sum(
            part["amount"]
            for kind in ("available", "pending")
            for part in found[kind]
            if part["currency"] == currency.lower()
        )

    def pay_out(self, currency: str) -> str:
        """Everything available of a currency goes to the bank; gives the payout's code."""
        amount = next(
            part["amount"]
            for part in self._get("balance", {})["available"]
            if part["currency"] == currency.lower()
        )
        made = self._post("payouts", {"amount": str(amount), "currency": currency.lower()})
        made.raise_for_status()
        return str(made.json()["id"])

    def contest(self, provider_id: str) -> str:
        """The buyer pays and contests it at once; gives the dispute's code."""
        assert self._confirm(provider_id, "tok_createDispute").status_code == 200
        return str(self._get("disputes", {"payment_intent": provider_id})["data"][0]["id"])

    def decide(self, dispute: str, *, won: bool) -> None:
        """The buyer's bank decides a dispute."""
        evidence = "winning_evidence" if won else "losing_evidence"
        told = {"evidence[uncategorized_text]": evidence, "submit": "true"}
        self._post(f"disputes/{dispute}", told).raise_for_status()

    def end_payout(self, payout: str, *, failed: bool) -> None:
        """The payout reaches the bank, or comes back."""
        act = "fail_payout" if failed else "settle_payout"
        requests.post(f"{self.account}/_ctl/{act}/{payout}", timeout=20).raise_for_status()

    def try_to_pay(self, provider_id: str, token: str = "tok_visa") -> bool:  # noqa: S107
        """The browser confirms; whether the money came."""
        return self._confirm(provider_id, token).status_code == 200

    def _confirm(self, provider_id: str, token: str) -> requests.Response:
        made = self._post("payment_methods", {"type": "card", "card[token]": token})
        return self._post(
            f"payment_intents/{provider_id}/confirm", {"payment_method": made.json()["id"]}
        )

    def _post(self, path: str, data: Mapping[str, str]) -> requests.Response:
        return requests.post(f"{self.account}/v1/{path}", data=data, headers=self._auth, timeout=20)

    def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        answer = requests.get(
            f"{self.account}/v1/{path}", params=params, headers=self._auth, timeout=20
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    @property
    def _auth(self) -> dict[str, str]:
        return {"Authorization": "Bearer sk_test_forecourt"}


def signed(
    driver: Driver, body: bytes, *, secret: str = SECRETS[0], at: datetime
) -> dict[str, str]:
    """Headers that carry the vendor's signature of `body`."""
    if isinstance(driver, StripeDriver):  # by Stripe's own code, so that ours is compared with it
        header = stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret, timestamp=int(at.timestamp())
        )
        return {driver.header: header}
    return {driver.header: sign(body, secret=secret, at=at)}


@dataclass
class Clock:
    """A clock that stands until it is moved; call it for the moment."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment."""
        return self.now

    def forward(self, **by: float) -> datetime:
        """Move on by a timedelta's arguments; gives the new moment."""
        self.now += timedelta(**by)
        return self.now


class Killed(BaseException):
    """The process dies here: nothing after this line runs, no handler sees it."""


class Faulty:
    """A door that breaks at chosen calls: `before` and `after` map an operation to what is raised then."""

    def __init__(
        self,
        gateway: PaymentGateway,
        *,
        before: Mapping[str, BaseException] | None = None,
        after: Mapping[str, BaseException] | None = None,
    ) -> None:
        self._gateway = gateway
        self._before = dict(before or {})
        self._after = dict(after or {})
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        return self._wrapped(name, found) if callable(found) else found

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def through(*args: Any, **named: Any) -> Any:
            self.calls.append(name)
            if name in self._before:
                raise self._before[name]
            answer = call(*args, **named)
            if name in self._after:
                raise self._after[name]
            return answer

        return through


def sandbox(directory: Path, clock: Callable[[], datetime] = wall_clock) -> SandboxDriver:
    """A fresh sandbox."""
    return SandboxDriver(SandboxWorld(directory, clock=clock))


def this_moment() -> datetime:
    """Now, for messages that a real clock stamped."""
    return datetime.fromtimestamp(time.time(), UTC)
