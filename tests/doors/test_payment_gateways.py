"""One suite for every payment door: what the port promises holds behind each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.domain.payments import State
from checkout.errors import GatewayRefused, WebhookRejected
from kernel.money import Money
from tests.factories.gateways import (
    DECLINED,
    SECRETS,
    Driver,
    StripeDriver,
    request_for,
    sandbox,
    signed,
    this_moment,
)


@pytest.fixture(params=["sandbox", "stripe"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    if request.param == "sandbox":
        yield sandbox(tmp_path / "sandbox")
    else:
        yield StripeDriver(request.getfixturevalue("stripe_world").account())


def test_a_new_payment_waits_for_the_buyer(door: Driver) -> None:
    request = request_for()
    made = door.gateway.create_payment(request, key="create-1")
    assert made.state is State.REQUIRES_ACTION
    assert (made.amount, made.reference) == (Money(500_000, "CNY"), request.reference)
    assert made.client_secret or made.redirect_url
    assert made.move is None


def test_the_same_key_gives_the_same_payment(door: Driver) -> None:
    request = request_for()
    first = door.gateway.create_payment(request, key="create-1")
    assert door.gateway.create_payment(request, key="create-1").provider_id == first.provider_id
    assert door.gateway.create_payment(request, key="create-2").provider_id != first.provider_id


def test_the_same_key_with_another_amount_is_refused(door: Driver) -> None:
    request = request_for(reference="SAME")
    door.gateway.create_payment(request, key="create-1")
    with pytest.raises(GatewayRefused) as caught:
        door.gateway.create_payment(request_for(500_001, reference="SAME"), key="create-1")
    assert caught.value.facts["reason"] == "idempotency_mismatch"


def test_a_paid_payment_shows_its_amount_and_the_fee_the_vendor_took(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.pay(made.provider_id)
    seen = door.gateway.fetch_payment(made.provider_id)
    assert (seen.state, seen.amount) == (State.SUCCEEDED, Money(500_000, "CNY"))
    assert seen.move is not None
    assert (seen.move.gross, seen.move.fee) == (Money(500_000, "CNY"), Money(14_530, "CNY"))
    assert seen.move.net == Money(485_470, "CNY")
    assert seen.failure_code == ""


@pytest.mark.parametrize(("currency", "fee"), [("JPY", 14_530), ("KWD", 14_530), ("EUR", 14_530)])
def test_currencies_of_any_exponent_keep_their_minor_units(
    door: Driver, currency: str, fee: int
) -> None:
    made = door.gateway.create_payment(request_for(500_000, currency), key="create-1")
    door.pay(made.provider_id)
    seen = door.gateway.fetch_payment(made.provider_id)
    assert seen.amount == Money(500_000, currency)
    assert seen.move is not None
    assert seen.move.fee == Money(fee, currency)


def test_a_decline_carries_its_reason_and_the_buyer_may_try_again(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.decline(made.provider_id)
    seen = door.gateway.fetch_payment(made.provider_id)
    assert (seen.state, seen.failure_code, seen.move) == (State.FAILED, DECLINED, None)
    door.pay(made.provider_id)
    assert door.gateway.fetch_payment(made.provider_id).state is State.SUCCEEDED


def test_a_canceled_payment_takes_no_money(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    assert door.gateway.cancel_payment(made.provider_id, key="cancel-1").state is State.CANCELED
    with pytest.raises((GatewayRefused, AssertionError)):
        door.pay(made.provider_id)
    assert door.gateway.fetch_payment(made.provider_id).state is State.CANCELED


def test_a_paid_payment_cannot_be_canceled(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.pay(made.provider_id)
    with pytest.raises(GatewayRefused):
        door.gateway.cancel_payment(made.provider_id, key="cancel-1")


def test_a_refund_leaves_our_balance_once_however_often_it_is_asked(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.pay(made.provider_id)
    part = Money(200_000, "CNY")
    refund = door.gateway.refund_payment(made.provider_id, amount=part, key="refund-1")
    again = door.gateway.refund_payment(made.provider_id, amount=part, key="refund-1")
    assert refund.refund_id == again.refund_id
    assert (refund.state, refund.amount, refund.reference) == ("succeeded", part, "refund-1")
    assert refund.move is not None
    assert refund.move.gross == -part
    assert door.gateway.fetch_payment(made.provider_id).refunded == part
    assert [found.refund_id for found in door.gateway.refunds_of(made.provider_id)] == [
        refund.refund_id
    ]


def test_more_than_was_paid_is_never_refunded(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.pay(made.provider_id)
    door.gateway.refund_payment(made.provider_id, amount=Money(200_000, "CNY"), key="refund-1")
    with pytest.raises(GatewayRefused):
        door.gateway.refund_payment(made.provider_id, amount=Money(300_001, "CNY"), key="refund-2")
    with pytest.raises(GatewayRefused):
        door.gateway.refund_payment(made.provider_id, amount=Money(200_001, "CNY"), key="refund-1")
    assert door.gateway.fetch_payment(made.provider_id).refunded == Money(200_000, "CNY")


def test_an_unpaid_payment_is_not_refunded(door: Driver) -> None:
    made = door.gateway.create_payment(request_for(), key="create-1")
    with pytest.raises(GatewayRefused):
        door.gateway.refund_payment(made.provider_id, amount=Money(1, "CNY"), key="refund-1")


def test_a_payment_is_found_by_our_reference_when_its_answer_was_lost(door: Driver) -> None:
    since = this_moment() - timedelta(hours=1)
    made = door.gateway.create_payment(request_for(reference="LOST"), key="create-1")
    door.gateway.create_payment(request_for(reference="OTHER"), key="create-2")
    found = door.gateway.find_payment("LOST", since=since)
    assert found is not None
    assert found.provider_id == made.provider_id
    assert door.gateway.find_payment("NEVER", since=since) is None


def test_an_unknown_payment_is_refused(door: Driver) -> None:
    with pytest.raises(GatewayRefused):
        door.gateway.fetch_payment("pi_unknown")


@pytest.fixture
def message(door: Driver) -> tuple[str, bytes]:
    made = door.gateway.create_payment(request_for(), key="create-1")
    door.pay(made.provider_id)
    return made.provider_id, door.message(made.provider_id)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_signed_message_is_read_under_the_new_and_the_old_secret(
    door: Driver, message: tuple[str, bytes], secret: str
) -> None:
    now = this_moment()
    provider_id, body = message
    event = door.gateway.read_webhook(body, signed(door, body, secret=secret, at=now), now=now)
    assert event.object_id == provider_id
    assert event.event_id
    assert event.type


def test_header_names_are_read_in_any_case(door: Driver, message: tuple[str, bytes]) -> None:
    now, (_, body) = this_moment(), message
    headers = {name.upper(): value for name, value in signed(door, body, at=now).items()}
    assert door.gateway.read_webhook(body, headers, now=now).event_id


@pytest.mark.parametrize("lateness", [301, -301])
def test_a_message_of_another_moment_is_rejected(
    door: Driver, message: tuple[str, bytes], lateness: int
) -> None:
    now, (_, body) = this_moment(), message
    headers = signed(door, body, at=now - timedelta(seconds=lateness))
    with pytest.raises(WebhookRejected) as caught:
        door.gateway.read_webhook(body, headers, now=now)
    assert caught.value.facts["reason"] == "stale"


def test_a_tampered_a_forged_and_an_unsigned_message_are_rejected(
    door: Driver, message: tuple[str, bytes]
) -> None:
    now, (_, body) = this_moment(), message
    good = signed(door, body, at=now)
    with pytest.raises(WebhookRejected):
        door.gateway.read_webhook(body.replace(b"succeeded", b"Succeeded") + b" ", good, now=now)
    with pytest.raises(WebhookRejected):
        door.gateway.read_webhook(body, signed(door, body, secret="whsec_guess", at=now), now=now)
    with pytest.raises(WebhookRejected) as caught:
        door.gateway.read_webhook(body, {}, now=now)
    assert caught.value.facts["reason"] == "unsigned"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "v1=ab",
        "t=1,t=2,v1=ab",
        "t=x,v1=ab",
        "t=" + "9" * 5000 + ",v1=ab",
        "t=1,v0=ab",
        "t=²,v1=é",
        ",",
    ],
)
def test_a_signature_that_cannot_be_read_is_rejected(door: Driver, header: str) -> None:
    with pytest.raises(WebhookRejected):
        door.gateway.read_webhook(b"{}", {door.header: header}, now=this_moment())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"id":"e","type":"t","data":{}}',
        b"\xff",
        b'{"id":"e","type":"t","data":[]}',
    ],
)
def test_a_signed_body_that_is_no_event_is_rejected(door: Driver, body: bytes) -> None:
    now = this_moment()
    header = signed(sandbox(Path("unused")), body, at=now)
    headers = {door.header: next(iter(header.values()))}
    with pytest.raises(WebhookRejected):
        door.gateway.read_webhook(body, headers, now=now)
