"""The made-up vendor of the sandbox: its memory, its slow methods, its messages."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout.domain.payments import State
from checkout.errors import GatewayRefused
from checkout.gateways.sandbox import SandboxGateway, SandboxWorld
from kernel.money import Money
from tests.factories.gateways import Clock, request_for

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def world(tmp_path: Path, clock: Clock) -> SandboxWorld:
    return SandboxWorld(tmp_path / "vendor", clock=clock)


def made(world: SandboxWorld, key: str = "create-1") -> str:
    return str(world.create(request_for(), key=key)["id"])


def test_every_process_sees_the_same_memory(world: SandboxWorld, clock: Clock) -> None:
    pid = made(world)
    other = SandboxWorld(world.directory, clock=clock)
    other.succeed(pid)
    assert world.payment(pid)["state"] == "succeeded"
    assert other.secret == world.secret


def test_a_slow_payment_succeeds_when_its_time_has_come(world: SandboxWorld, clock: Clock) -> None:
    pid = made(world)
    sent = json.loads(world.delay(pid, seconds=10).body)
    assert sent["type"] == "payment.processing"
    door = SandboxGateway(world)
    assert door.fetch_payment(pid).state is State.PROCESSING
    with pytest.raises(GatewayRefused):
        door.cancel_payment(pid, key="cancel-1")
    clock.forward(seconds=9.9)
    assert door.fetch_payment(pid).state is State.PROCESSING
    clock.forward(seconds=0.1)
    seen = door.fetch_payment(pid)
    assert seen.state is State.SUCCEEDED
    assert seen.move is not None
    assert door.fetch_payment(pid) == seen


def test_its_messages_are_signed_for_us_and_differ_in_their_number(world: SandboxWorld) -> None:
    pid = made(world)
    door = SandboxGateway(world)
    sent = [world.decline(pid), world.succeed(pid), world.message(pid)]
    events = [door.read_webhook(message.body, message.headers, now=NOON) for message in sent]
    assert [event.type for event in events] == [
        "payment.failed",
        "payment.succeeded",
        "payment.updated",
    ]
    assert {event.object_id for event in events} == {pid}
    assert len({event.event_id for event in events}) == 3


def test_a_paid_payment_is_not_paid_again(world: SandboxWorld) -> None:
    pid = made(world)
    world.succeed(pid)
    for again in (world.succeed, world.decline, lambda found: world.delay(found, seconds=1)):
        with pytest.raises(GatewayRefused):
            again(pid)


def test_ten_payers_at_once_pay_once(world: SandboxWorld) -> None:
    pid = made(world)

    def pay(_: int) -> int:
        try:
            world.succeed(pid)
        except GatewayRefused:
            return 0
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(pay, range(10))) == 1


def test_ten_creations_at_once_under_one_key_are_one_payment(world: SandboxWorld) -> None:
    request = request_for()
    with ThreadPoolExecutor(10) as pool:
        found = {world.create(request, key="create-1")["id"] for _ in pool.map(str, range(10))}
        found |= set(pool.map(lambda _: world.create(request, key="create-1")["id"], range(10)))
    assert len(found) == 1
    assert len(world.payments()) == 1


@pytest.mark.parametrize(
    "pid", ["sbx_", "sbx_nothing", "../secret", "sbx_../lock", "sbx_é", "", "sbx_a/b"]
)
def test_names_that_are_no_payment_reach_no_file(world: SandboxWorld, pid: str) -> None:
    made(world)
    with pytest.raises(GatewayRefused):
        world.payment(pid)


def test_a_payment_cannot_be_guessed_from_its_key(world: SandboxWorld, tmp_path: Path) -> None:
    other = SandboxWorld(tmp_path / "other")
    assert made(world) != made(other)


def test_a_refund_in_another_currency_is_refused(world: SandboxWorld) -> None:
    pid = made(world)
    world.succeed(pid)
    with pytest.raises(GatewayRefused):
        world.refund(pid, amount=Money(1, "EUR"), key="refund-1")


def test_the_pay_page_knows_the_way_back(world: SandboxWorld) -> None:
    door = SandboxGateway(world, pay_url="https://shop.example/sandbox/pay/")
    step = door.create_payment(request_for(), key="create-1")
    assert step.redirect_url == (
        f"https://shop.example/sandbox/pay/{step.provider_id}"
        "?return=https%3A%2F%2Fstore.example%2Fpay%2FORDER001%3Fstep%3Ddone"
    )
