"""The sandbox: a made-up payment vendor for demos and tests. NOT REAL: no money ever moves.

`SandboxWorld` plays the vendor and keeps the vendor's own memory: one JSON file per payment in a folder,
replaced atomically under a lock, so that web, worker and tests see the same. `SandboxGateway` is the door to
it. Buyers decide on a local page, which calls `succeed`, `decline` or `delay` and posts the signed message
that each returns to our webhook address, as a vendor would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from checkout.domain.payments import METHODS, State
from checkout.errors import WebhookRejected
from checkout.gateways.memory import Document, SignedMessage
from checkout.gateways.ports import (
    BalanceMove,
    GatewayEvent,
    GatewayPayment,
    GatewayRefund,
    PaymentRequest,
)
from checkout.gateways.sandbox_payouts import PROVIDER, PayingOut, refused
from checkout.gateways.signatures import check_signature, header_of, sign
from kernel.money import Money

SIGNATURE_HEADER = "Sandbox-Signature"
FEE_SHARE = Decimal("0.029")
FEE_FIXED = 30
"""Minor units on top of the share, as card vendors take them."""
_CARD = {"brand": "visa", "last4": "4242"}
DECLINES = ("insufficient_funds", "expired_card", "generic_decline")


class SandboxWorld(PayingOut):
    """The made-up vendor; every payment lives in `directory` until the folder is deleted."""

    def create(self, request: PaymentRequest, *, key: str) -> Document:
        """The payment of `key`, made at the first call; raises GatewayRefused for another request."""
        wanted = request.stored()
        with self._locked():
            pid = self._identifier("sbx", key)
            path = self._path(pid)
            if path.exists():
                found = self._read(pid)
                _same(found["request"], wanted, key)
                return found
            payment: Document = {
                "id": pid,
                "request": wanted,
                "state": str(State.REQUIRES_ACTION),
                "failure_code": "",
                "created_at": self.clock().isoformat(),
                "ready_at": None,
                "balance": None,
                "refunds": [],
                "keys": {},
                "events": 0,
            }
            return self._write(payment)

    def payment(self, pid: str) -> Document:
        """The payment's document as it stands now; raises GatewayRefused if there is none."""
        with self._locked():
            return self._ripened(self._read(pid))

    def payments(self) -> list[Document]:
        """Every payment, oldest first."""
        with self._locked():
            found = [self._ripened(self._read(p.stem)) for p in self.directory.glob("sbx_*.json")]
        return sorted(found, key=lambda document: (document["created_at"], document["id"]))

    def succeed(self, pid: str) -> SignedMessage:
        """The buyer pays; raises GatewayRefused if the payment takes no money any more."""
        with self._locked():
            payment = self._payable(pid)
            self._book(payment)
            return self._message(payment, "payment.succeeded")

    def decline(self, pid: str, *, failure_code: str = DECLINES[0]) -> SignedMessage:
        """The buyer's bank says no; the buyer may try again on the same payment."""
        with self._locked():
            payment = self._payable(pid)
            payment |= {"state": str(State.FAILED), "failure_code": failure_code}
            return self._message(payment, "payment.failed")

    def delay(self, pid: str, *, seconds: int) -> SignedMessage:
        """The buyer pays by a slow method: processing now, succeeded after `seconds`, without a message."""
        with self._locked():
            payment = self._payable(pid)
            ready = self.clock() + timedelta(seconds=seconds)
            payment |= {
                "state": str(State.PROCESSING),
                "failure_code": "",
                "ready_at": ready.isoformat(),
            }
            return self._message(payment, "payment.processing")

    def cancel(self, pid: str) -> Document:
        """No money will be taken any more; raises GatewayRefused if some has come or is coming."""
        with self._locked():
            payment = self._ripened(self._read(pid))
            if payment["state"] in {State.SUCCEEDED, State.PROCESSING}:
                raise refused("payment_unexpected_state", f"the payment is {payment['state']}")
            payment |= {"state": str(State.CANCELED)}
            return self._write(payment)

    def refund(self, pid: str, *, amount: Money, key: str) -> Document:
        """The refund of `key`, made at the first call; raises GatewayRefused for more than is left."""
        wanted = {"amount": amount.minor, "currency": amount.currency}
        with self._locked():
            payment = self._ripened(self._read(pid))
            for refund in payment["refunds"]:
                if refund["key"] == key:
                    _same({name: refund[name] for name in wanted}, wanted, key)
                    return dict(refund)
            self._check_refundable(payment, amount)
            refund = {
                "id": self._identifier("rfd", key),
                "key": key,
                "booked_at": self.clock().isoformat(),
                **wanted,
                "balance": {"id": self._identifier("btx", key), "gross": -amount.minor, "fee": 0},
            }
            payment["refunds"].append(refund)
            self._write(payment)
            return refund

    def contest(self, pid: str) -> str:
        """The payer contests a paid payment; gives the dispute's code, the same one again."""
        with self._locked():
            payment = self._ripened(self._read(pid))
            if payment["state"] != State.SUCCEEDED:
                raise refused("charge_not_disputable", f"the payment is {payment['state']}")
            if not payment.get("dispute"):
                payment["dispute"] = {
                    "id": self._identifier("dsp", pid),
                    "move": self._identifier("btx", f"dispute:{pid}"),
                    "state": "open",
                    "at": self.clock().isoformat(),
                }
                self._write(payment)
            return str(payment["dispute"]["id"])

    def decide(self, pid: str, *, won: bool) -> SignedMessage:
        """The dispute of a payment is over."""
        with self._locked():
            payment = self._read(pid)
            payment["dispute"]["state"] = "won" if won else "lost"
            return self._message(payment, "dispute.closed")

    def amend(self, pid: str, change: Callable[[Document], None]) -> None:
        """Change what the vendor remembers of a payment; raises GatewayRefused if there is none."""
        with self._locked():
            payment = self._read(pid)
            change(payment)
            self._write(payment)

    def message(self, pid: str, kind: str = "payment.updated") -> SignedMessage:
        """A further signed message about the payment, as vendors send again and out of order."""
        with self._locked():
            return self._message(self._ripened(self._read(pid)), kind)

    def _path(self, pid: str) -> Path:
        if not (pid.startswith("sbx_") and pid[4:].isalnum() and pid.isascii()):
            raise refused("resource_missing", "no such payment")
        return self.directory / f"{pid}.json"

    def _read(self, pid: str) -> Document:
        try:
            document: Document = json.loads(self._path(pid).read_text())
        except FileNotFoundError:
            raise refused("resource_missing", "no such payment") from None
        return document

    def _write(self, payment: Document) -> Document:
        self._replace(self._path(payment["id"]), json.dumps(payment, indent=1))
        return payment

    def _ripened(self, payment: Document) -> Document:
        ready = payment["ready_at"]
        if payment["state"] == State.PROCESSING and self.clock() >= datetime.fromisoformat(ready):
            self._book(payment)
        return payment

    def _payable(self, pid: str) -> Document:
        payment = self._ripened(self._read(pid))
        if payment["state"] not in {State.REQUIRES_ACTION, State.FAILED}:
            raise refused("payment_unexpected_state", f"the payment is {payment['state']}")
        return payment

    def _book(self, payment: Document) -> None:
        amount = Money(payment["request"]["amount"], payment["request"]["currency"])
        payment |= {
            "state": str(State.SUCCEEDED),
            "failure_code": "",
            "booked_at": self.clock().isoformat(),
            "balance": {
                "id": self._identifier("btx", payment["id"]),
                "gross": amount.minor,
                "fee": amount.times(FEE_SHARE).minor + FEE_FIXED,
            },
        }
        self._write(payment)

    def _check_refundable(self, payment: Document, amount: Money) -> None:
        if payment["state"] != State.SUCCEEDED or payment["request"]["currency"] != amount.currency:
            raise refused("charge_not_refundable", f"the payment is {payment['state']}")
        if (payment.get("dispute") or {}).get("state", "won") != "won":
            raise refused("charge_disputed", "the payment is contested; it cannot be refunded")
        left = payment["request"]["amount"] - _refunded(payment)
        if not 0 < amount.minor <= left:
            raise refused("amount_too_large", f"refund {amount.minor} of {left} that is left")

    def _message(self, payment: Document, kind: str) -> SignedMessage:
        payment["events"] += 1
        self._write(payment)
        now = self.clock()
        body = json.dumps(
            {
                "id": self._identifier("evt", f"{payment['id']}:{payment['events']}"),
                "type": kind,
                "livemode": False,
                "created": int(now.timestamp()),
                "data": {"payment": payment["id"]},
            }
        ).encode()
        header = sign(body, secret=self._kept("secret"), at=now)
        return SignedMessage(body, {"Content-Type": "application/json", SIGNATURE_HEADER: header})


class SandboxGateway:
    """The door to a `SandboxWorld`; `webhook_secrets` defaults to the world's own."""

    publishable_key = ""

    def __init__(
        self,
        world: SandboxWorld,
        *,
        webhook_secrets: Sequence[str] = (),
        pay_url: str = "/sandbox/pay/",
        provider: str = PROVIDER,
        methods: Sequence[str] = METHODS,
    ) -> None:
        """`pay_url`: where the store shows the made-up vendor's page; the payment's id is appended.

        `provider` and `methods`: for a second made-up vendor beside the first.
        """
        self.provider = provider
        self.methods = tuple(methods)
        self.world = world
        self._secrets = tuple(webhook_secrets)
        self._pay_url = pay_url

    def create_payment(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """See the port."""
        return self._seen(self.world.create(request, key=key))

    def fetch_payment(self, provider_id: str) -> GatewayPayment:
        """See the port."""
        return self._seen(self.world.payment(provider_id))

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """See the port."""
        for document in self.world.payments():
            made = datetime.fromisoformat(document["created_at"])
            if document["request"]["reference"] == reference and made >= since:
                return self._seen(document)
        return None

    def cancel_payment(self, provider_id: str, *, key: str) -> GatewayPayment:
        """See the port; a cancel is the same twice, so `key` is not needed here."""
        return self._seen(self.world.cancel(provider_id))

    def refund_payment(self, provider_id: str, *, amount: Money, key: str) -> GatewayRefund:
        """See the port."""
        return _refund(provider_id, self.world.refund(provider_id, amount=amount, key=key))

    def refunds_of(self, provider_id: str) -> tuple[GatewayRefund, ...]:
        """See the port."""
        found = self.world.payment(provider_id)["refunds"]
        return tuple(_refund(provider_id, refund) for refund in found)

    def read_webhook(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayEvent:
        """See the port."""
        header = header_of(headers, SIGNATURE_HEADER)
        check_signature(body, header, secrets=self._secrets or (self.world.secret,), now=now)
        try:
            payload = json.loads(body)
            return GatewayEvent(
                event_id=str(payload["id"]),
                type=str(payload["type"]),
                object_id=str(payload["data"]["payment"]),
                payload=payload,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise WebhookRejected(
                "body: not a message of the sandbox", facts={"reason": "body"}
            ) from error

    def _seen(self, document: Document) -> GatewayPayment:
        request = PaymentRequest.restored(document["request"])
        currency = request.amount.currency
        back = f"?return={quote(request.return_url, safe='')}" if request.return_url else ""
        return GatewayPayment(
            provider_id=document["id"],
            reference=request.reference,
            state=State(document["state"]),
            amount=request.amount,
            refunded=Money(_refunded(document), currency),
            failure_code=document["failure_code"],
            redirect_url=f"{self._pay_url}{document['id']}{back}",
            move=_move(document["balance"], currency),
            means=_CARD if request.method == "card" and document["balance"] else {},
        )


def _move(balance: Document | None, currency: str) -> BalanceMove | None:
    if balance is None:
        return None
    return BalanceMove(
        balance["id"], Money(balance["gross"], currency), Money(balance["fee"], currency)
    )


def _refund(pid: str, document: Document) -> GatewayRefund:
    pending = document.get("state") == "pending"
    return GatewayRefund(
        refund_id=document["id"],
        provider_id=pid,
        reference=document["key"],
        state=document.get("state", "succeeded"),
        amount=Money(document["amount"], document["currency"]),
        move=None if pending else _move(document["balance"], document["currency"]),
    )


def _refunded(document: Document) -> int:
    """What was given back and did not come back."""
    standing = [each for each in document["refunds"] if each.get("state") != "failed"]
    return sum(refund["amount"] for refund in standing)


def _same(found: Document, wanted: Document, key: str) -> None:
    if found != wanted:
        raise refused("idempotency_mismatch", f"key {key} was used for another request")
