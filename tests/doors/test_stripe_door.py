"""What only the Stripe door has: its errors, its two modes, its retries; and which door settings open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from checkout.errors import GatewayDeclined, GatewayRefused, GatewayUnavailable, WebhookRejected
from checkout.gateways import open_gateway
from checkout.gateways.sandbox import SandboxGateway
from checkout.gateways.stripe import API_VERSION, StripeGateway
from kernel.money import Money
from tests.factories.gateways import SECRETS, StripeDriver, request_for, signed, this_moment

Answer = tuple[int, dict[str, Any]]


@dataclass
class Vendor:
    """A server that answers what the test says, in order, and remembers what it was asked."""

    answers: list[Answer | None]
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def door(self) -> StripeGateway:
        return StripeGateway(
            secret_key="sk_test_x",
            publishable_key="pk_test_x",
            webhook_secrets=SECRETS,
            livemode=False,
            api_base=self.url,
        )


@pytest.fixture
def vendor() -> Iterator[Callable[..., Vendor]]:
    servers: list[ThreadingHTTPServer] = []

    def serve(*answers: Answer | None) -> Vendor:
        state = Vendor(list(answers))

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                state.asked.append(dict(self.headers.items()))
                found = state.answers.pop(0)
                if found is None:  # the line is cut before an answer
                    self.close_connection = True
                    return
                body = json.dumps(found[1]).encode()
                self.send_response(found[0])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the library calls them so

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        return state

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *_, **__: 0)


INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "amount": 500_000,
    "currency": "cny",
    "client_secret": "pi_1_secret",
    "metadata": {"payment": "P1"},
}


def test_a_dropped_line_is_tried_again_with_our_key(vendor: Callable[..., Vendor]) -> None:
    state = vendor(None, None, (200, INTENT))
    assert state.door().create_payment(request_for(), key="create-P1-1").provider_id == "pi_1"
    assert [asked["Idempotency-Key"] for asked in state.asked] == ["create-P1-1"] * 3
    assert {asked["Stripe-Version"] for asked in state.asked} == {API_VERSION}


def test_silence_after_three_tries_means_nobody_knows(vendor: Callable[..., Vendor]) -> None:
    state = vendor(None, None, None)
    with pytest.raises(GatewayUnavailable) as caught:
        state.door().create_payment(request_for(), key="create-P1-1")
    assert caught.value.facts["reason"] == "APIConnectionError"
    assert len(state.asked) == 3


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_what_is_not_an_answer_to_the_question_is_no_answer(
    vendor: Callable[..., Vendor], status: int
) -> None:
    state = vendor(*[(status, {"error": {"message": "not now"}})] * 3)
    with pytest.raises(GatewayUnavailable):
        state.door().fetch_payment("pi_1")


def test_a_declined_card_carries_its_reason(vendor: Callable[..., Vendor]) -> None:
    error = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "lost_card",
        "message": "No.",
    }
    state = vendor((402, {"error": error}))
    with pytest.raises(GatewayDeclined) as caught:
        state.door().create_payment(request_for(), key="create-P1-1")
    assert caught.value.facts["failure_code"] == "lost_card"


def test_a_refusal_is_final_and_tried_once(vendor: Callable[..., Vendor]) -> None:
    state = vendor(
        (
            400,
            {
                "error": {
                    "type": "invalid_request_error",
                    "code": "amount_too_small",
                    "message": "No",
                }
            },
        )
    )
    with pytest.raises(GatewayRefused) as caught:
        state.door().create_payment(request_for(), key="create-P1-1")
    assert caught.value.facts["reason"] == "amount_too_small"
    assert len(state.asked) == 1


@pytest.mark.parametrize(
    ("status", "ours"), [("pending", "pending"), ("failed", "failed"), ("canceled", "failed")]
)
def test_a_refund_that_takes_its_time_is_pending(
    vendor: Callable[..., Vendor], status: str, ours: str
) -> None:
    refund = {
        "id": "re_1",
        "object": "refund",
        "status": status,
        "amount": 5,
        "currency": "cny",
        "payment_intent": "pi_1",
        "balance_transaction": "txn_1",
    }
    found = vendor((200, refund)).door().refund_payment("pi_1", amount=Money(5, "CNY"), key="k")
    assert (found.state, found.move, found.reference) == (ours, None, "")


def test_a_payment_settled_in_another_currency_shows_what_was_booked(
    vendor: Callable[..., Vendor],
) -> None:
    booked = {"id": "txn_1", "amount": 64_100, "fee": 1_889, "currency": "eur"}
    charge = {"id": "ch_1", "amount_refunded": 0, "balance_transaction": booked}
    intent = INTENT | {"status": "succeeded", "amount_received": 500_000, "latest_charge": charge}
    seen = vendor((200, intent)).door().fetch_payment("pi_1")
    assert seen.move is not None
    assert (seen.amount, seen.move.gross, seen.move.net) == (
        Money(500_000, "CNY"),
        Money(64_100, "EUR"),
        Money(62_211, "EUR"),
    )


def test_a_charge_that_is_not_booked_yet_shows_no_move(vendor: Callable[..., Vendor]) -> None:
    charge = {"id": "ch_1", "amount_refunded": 0, "balance_transaction": None}
    intent = INTENT | {"status": "succeeded", "amount_received": 500_000, "latest_charge": charge}
    assert vendor((200, intent)).door().fetch_payment("pi_1").move is None


def message(livemode: bool, subject: dict[str, Any]) -> bytes:
    return json.dumps(
        {"id": "evt_1", "type": "t", "livemode": livemode, "data": {"object": subject}}
    ).encode()


@pytest.mark.parametrize(
    ("subject", "payment"),
    [
        ({"object": "payment_intent", "id": "pi_1"}, "pi_1"),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, "pi_1"),
        ({"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_1"}}, "pi_1"),
        ({"object": "payout", "id": "po_1"}, ""),
    ],
)
def test_a_message_names_the_payment_it_is_about(subject: dict[str, Any], payment: str) -> None:
    driver, now = StripeDriver("http://127.0.0.1:1"), this_moment()
    body = message(False, subject)
    assert (
        driver.gateway.read_webhook(body, signed(driver, body, at=now), now=now).object_id
        == payment
    )


def test_a_message_of_the_other_mode_is_rejected() -> None:
    driver, now = StripeDriver("http://127.0.0.1:1"), this_moment()
    body = message(True, {"object": "payment_intent", "id": "pi_1"})
    with pytest.raises(WebhookRejected) as caught:
        driver.gateway.read_webhook(body, signed(driver, body, at=now), now=now)
    assert caught.value.facts["reason"] == "livemode"


# ---- Which door is open ----


def configured(tmp_path: Path, **changed: Any) -> Any:
    return SimpleNamespace(
        **{
            "PAYMENT_DOOR": "stripe",
            "SANDBOX_DIR": tmp_path,
            "STRIPE_SECRET_KEY": "sk_test_x",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_x",
            "STRIPE_WEBHOOK_SECRETS": ["whsec_a"],
            "STRIPE_API_BASE": "",
            "STRIPE_LIVEMODE": False,
        }
        | changed
    )


def test_settings_open_one_door_and_keep_it(tmp_path: Path) -> None:
    assert isinstance(open_gateway(configured(tmp_path, PAYMENT_DOOR="sandbox")), SandboxGateway)
    door = open_gateway(configured(tmp_path))
    assert isinstance(door, StripeGateway)
    assert open_gateway(configured(tmp_path)) is door
    assert (door.provider, door.publishable_key) == ("stripe", "pk_test_x")


def test_without_an_address_of_a_stand_in_stripe_itself_is_called(tmp_path: Path) -> None:
    made: list[dict[str, Any]] = []
    client = stripe.StripeClient

    class Watched(client):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **named: Any) -> None:
            made.append(named)
            super().__init__(*args, **named)

    patch = pytest.MonkeyPatch()
    patch.setattr(stripe, "StripeClient", Watched)
    open_gateway(configured(tmp_path, STRIPE_SECRET_KEY="sk_live_y", STRIPE_LIVEMODE=True))
    patch.undo()
    assert made[0]["base_addresses"] is None
    assert made[0]["max_network_retries"] == 2
    assert stripe.DEFAULT_API_BASE == "https://api.stripe.com"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"PAYMENT_DOOR": "paypal"}, "PAYMENT_DOOR"),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_PUBLISHABLE_KEY": ""}, "STRIPE_PUBLISHABLE_KEY"),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "STRIPE_WEBHOOK_SECRETS"),
        ({"STRIPE_LIVEMODE": True}, "STRIPE_LIVEMODE"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "STRIPE_LIVEMODE"),
        (
            {
                "STRIPE_SECRET_KEY": "rk_live_x",
                "STRIPE_LIVEMODE": True,
                "STRIPE_API_BASE": "http://127.0.0.1:1",
            },
            "STRIPE_API_BASE",
        ),
    ],
)
def test_settings_that_do_not_fit_are_named(
    tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        open_gateway(configured(tmp_path, **changed))
