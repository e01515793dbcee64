"""The door to Stripe: PaymentIntents with automatic capture, through the official library.

Written against a stand-in that was recorded from Stripe's test mode; the real service was never reached from
where this was built (`docs/rules/payments.md` says what to try before the first real payment).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import stripe

from checkout.domain.payments import METHODS, State
from checkout.errors import GatewayDeclined, GatewayRefused, GatewayUnavailable, WebhookRejected
from checkout.gateways.ports import (
    BalanceMove,
    GatewayEvent,
    GatewayPayment,
    GatewayRefund,
    PaymentRequest,
)
from checkout.gateways.signatures import check_signature, header_of
from kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = "stripe"
SIGNATURE_HEADER = "Stripe-Signature"
API_VERSION = "2026-08-26.dahlia"
"""The version the door was tested with. From 2026-09-30 on `payment_method_types` is refused; its successor is
`allowed_payment_method_types`."""
TIMEOUT = 20
"""Seconds for one answer; a buyer waits behind it."""
STATES = {
    "requires_payment_method": State.REQUIRES_ACTION,
    "requires_confirmation": State.REQUIRES_ACTION,
    "requires_action": State.REQUIRES_ACTION,
    "processing": State.PROCESSING,
    "requires_capture": State.PROCESSING,
    "succeeded": State.SUCCEEDED,
    "canceled": State.CANCELED,
}
_EXPAND = ["latest_charge.balance_transaction"]

Document = dict[str, Any]


class StripeGateway:
    """One Stripe account; `livemode` says which of its two worlds messages must come from."""

    provider = PROVIDER
    methods = METHODS

    def __init__(
        self,
        *,
        secret_key: str,
        publishable_key: str,
        webhook_secrets: Sequence[str],
        livemode: bool,
        api_base: str = "",
    ) -> None:
        """`webhook_secrets`: newest first, all accepted; `api_base`: only for a stand-in, else empty."""
        self.publishable_key = publishable_key
        self._secrets = tuple(webhook_secrets)
        self.livemode = livemode
        # Without the number the library retries nothing: a lost answer would lose the key of a made charge.
        client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            base_addresses={"api": api_base} if api_base else None,
        )
        self.api = client.v1

    def create_payment(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """See the port; the browser confirms it with the client secret and names the return address there."""
        # Any: the library describes a later version of the API than the one that is spoken here.
        params: Any = {
            "amount": request.amount.minor,
            "currency": request.amount.currency.lower(),
            "capture_method": "automatic",
            "payment_method_types": [request.method],
            "description": request.description,
            "metadata": {
                "payment": request.reference,
                "order": request.order,
                "purpose": request.purpose,
            },
        }
        with translated():
            intent = self.api.payment_intents.create(params, {"idempotency_key": key})
        return _payment(intent.to_dict())

    def fetch_payment(self, provider_id: str) -> GatewayPayment:
        """See the port."""
        with translated():
            intent = self.api.payment_intents.retrieve(provider_id, {"expand": _EXPAND})
        return _payment(intent.to_dict())

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """See the port; a list, because Stripe's search lags behind by minutes."""
        with translated():
            page = self.api.payment_intents.list(
                {"limit": 100, "created": {"gte": int(since.timestamp())}}
            )
            for intent in page.auto_paging_iter():
                if (intent.to_dict().get("metadata") or {}).get("payment") == reference:
                    return self.fetch_payment(intent.id)
        return None

    def cancel_payment(self, provider_id: str, *, key: str) -> GatewayPayment:
        """See the port."""
        with translated():
            intent = self.api.payment_intents.cancel(
                provider_id, {"cancellation_reason": "abandoned"}, {"idempotency_key": key}
            )
        return _payment(intent.to_dict())

    def refund_payment(self, provider_id: str, *, amount: Money, key: str) -> GatewayRefund:
        """See the port."""
        with translated():
            refund = self.api.refunds.create(
                {
                    "payment_intent": provider_id,
                    "amount": amount.minor,
                    "metadata": {"operation": key},
                    "expand": ["balance_transaction"],
                },
                {"idempotency_key": key},
            )
        return _refund(refund.to_dict())

    def refunds_of(self, provider_id: str) -> tuple[GatewayRefund, ...]:
        """See the port."""
        with translated():
            page = self.api.refunds.list(
                {
                    "payment_intent": provider_id,
                    "limit": 100,
                    "expand": ["data.balance_transaction"],
                }
            )
            found = [_refund(refund.to_dict()) for refund in page.auto_paging_iter()]
        return tuple(reversed(found))

    def read_webhook(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayEvent:
        """See the port; the scheme is Stripe's, checked here because the library asks the wall clock."""
        check_signature(body, header_of(headers, SIGNATURE_HEADER), secrets=self._secrets, now=now)
        try:
            payload = json.loads(body)
            event = GatewayEvent(
                event_id=str(payload["id"]),
                type=str(payload["type"]),
                object_id=_payment_of(payload["data"]["object"]),
                payload=payload,
            )
            livemode = bool(payload["livemode"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookRejected(
                "body: not an event of Stripe", facts={"reason": "body"}
            ) from error
        if livemode is not self.livemode:
            raise WebhookRejected(
                "livemode: this event is of the other mode", facts={"reason": "livemode"}
            )
        return event


def _payment_of(subject: Document) -> str:
    if subject.get("object") == "payment_intent":
        return str(subject["id"])
    intent = subject.get("payment_intent")
    return str(intent["id"] if isinstance(intent, dict) else intent or "")


def _payment(intent: Document) -> GatewayPayment:
    currency = intent["currency"].upper()
    state, error = STATES[intent["status"]], intent.get("last_payment_error") or {}
    if intent["status"] == "requires_payment_method" and error:
        state = State.FAILED
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    succeeded = state is State.SUCCEEDED
    return GatewayPayment(
        provider_id=intent["id"],
        reference=(intent.get("metadata") or {}).get("payment", ""),
        state=state,
        amount=Money(intent["amount_received"] if succeeded else intent["amount"], currency),
        refunded=Money(charge.get("amount_refunded", 0), currency),
        failure_code=(error.get("decline_code") or error.get("code") or "")
        if not succeeded
        else "",
        client_secret=intent.get("client_secret"),
        move=_move(charge.get("balance_transaction")) if succeeded else None,
        means=_means(charge.get("payment_method_details")) if succeeded else {},
    )


def _means(details: object) -> dict[str, str]:
    """What a receipt may say of the card; never more than its brand and last digits."""
    card = details.get("card") if isinstance(details, dict) else None
    if not isinstance(card, dict):
        return {}
    wallet = (card.get("wallet") or {}).get("type")
    said = {"brand": card.get("brand"), "last4": card.get("last4"), "wallet": wallet}
    return {name: str(value) for name, value in said.items() if value}


def _refund(refund: Document) -> GatewayRefund:
    state = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}.get(
        refund["status"], "pending"
    )
    return GatewayRefund(
        refund_id=refund["id"],
        provider_id=refund["payment_intent"] or "",
        reference=(refund.get("metadata") or {}).get("operation", ""),
        state=state,
        amount=Money(refund["amount"], refund["currency"].upper()),
        move=_move(refund.get("balance_transaction")),
    )


def _move(found: object) -> BalanceMove | None:
    # A plain id instead of the object: it was not expanded, and the next fetch brings it.
    if not isinstance(found, dict):
        return None
    currency = found["currency"].upper()
    return BalanceMove(found["id"], Money(found["amount"], currency), Money(found["fee"], currency))


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors as ours; whatever may have happened at Stripe is GatewayUnavailable."""
    try:
        yield
    except stripe.CardError as error:
        code = _decline_of(error)
        raise GatewayDeclined(
            "the means of payment was declined", facts={"provider": PROVIDER, "failure_code": code}
        ) from error
    except stripe.IdempotencyError as error:
        raise _refused(error, "idempotency_mismatch") from error
    except stripe.InvalidRequestError as error:
        raise _refused(error, error.code or "invalid_request") from error
    except stripe.StripeError as error:
        # Network, rate limit, 5xx, and a wrong key of ours: mend it and the operation goes through.
        raise GatewayUnavailable(
            "Stripe did not answer; the payment's state is found out later",
            facts={"provider": PROVIDER, "reason": type(error).__name__},
        ) from error


def _decline_of(error: stripe.CardError) -> str:
    body = error.json_body or {}
    found = body.get("error", {}) if isinstance(body, dict) else {}
    return str(found.get("decline_code") or error.code or "declined")


def _refused(error: stripe.StripeError, reason: str) -> GatewayRefused:
    return GatewayRefused(
        f"Stripe refused: {error.user_message or reason}",
        facts={"provider": PROVIDER, "reason": reason},
    )
