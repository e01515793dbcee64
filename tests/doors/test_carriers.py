"""One suite for every carrier's door: what the port promises holds behind each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from checkout.errors import CarrierRefused, CarrierUnavailable, WebhookRejected
from checkout.gateways import open_carrier
from checkout.gateways.carrier_http import SIGNATURE_HEADER
from checkout.gateways.carrier_sandbox import HALFWAY
from checkout.gateways.carriers import CarrierTransport, Status
from checkout.gateways.signatures import sign
from tests.factories.carriers import (
    LATE,
    LOST,
    REFUSED,
    SILENT,
    USUAL,
    CarrierDriver,
    http_carrier,
    sandbox_carrier,
    transport_request,
)
from tests.factories.gateways import Clock, this_moment
from tests.factories.rules import rule_table


@pytest.fixture(params=["sandbox", "http"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CarrierDriver]:
    clock = Clock(this_moment())
    if request.param == "sandbox":
        yield sandbox_carrier(tmp_path / "luxing", clock)
    else:
        with http_carrier(tmp_path / "luxing", clock) as found:
            yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CarrierDriver]:
    with http_carrier(tmp_path / "luxing", Clock(this_moment())) as found:
        yield found


def ordered(driver: CarrierDriver, vin: str = USUAL) -> CarrierTransport:
    return driver.door.order(transport_request(vin), key="order-1")


def on_day(driver: CarrierDriver, made: CarrierTransport, day: int) -> CarrierTransport:
    """What the carrier says so many days after its first answer."""
    ordered_at = driver.clock.now
    driver.clock.forward(seconds=day * 86_400)
    try:
        return driver.door.fetch(made.carrier_reference)
    finally:
        driver.clock.now = ordered_at


def test_a_transport_is_ordered_with_its_first_answer(driver: CarrierDriver) -> None:
    found = ordered(driver)
    assert (found.reference, found.number, found.status) == ("TABCD2345", 1, Status.ORDERED)
    assert (found.departed_at, found.arrived_at, found.passed) == (None, None, ())
    assert found.arrives_on == (driver.clock.now + timedelta(days=4)).date()
    assert driver.door.fetch(found.carrier_reference) == found


def test_the_same_key_orders_once(driver: CarrierDriver) -> None:
    first = ordered(driver)
    assert ordered(driver) == first
    other = driver.door.order(transport_request(reference="TOTHER"), key="order-2")
    assert other.carrier_reference != first.carrier_reference
    assert len(driver.world.transports()) == 2


def test_the_same_key_with_another_request_is_refused(driver: CarrierDriver) -> None:
    ordered(driver)
    with pytest.raises(CarrierRefused) as caught:
        driver.door.order(transport_request(place="sh-jiading"), key="order-1")
    assert caught.value.facts["reason"] == "idempotency_mismatch"


def test_a_car_moves_by_its_script_of_days(driver: CarrierDriver) -> None:
    made = ordered(driver)
    start = driver.clock.now
    told = [(day, on_day(driver, made, day)) for day in range(6)]
    assert [(day, str(seen.status), seen.number) for day, seen in told] == [
        (0, "ordered", 1),
        (1, "departed", 2),
        (2, "departed", 3),
        (3, "departed", 3),
        (4, "arrived", 4),
        (5, "arrived", 4),
    ]
    last = told[-1][1]
    assert last.departed_at == start + timedelta(days=1)
    assert last.arrived_at == start + timedelta(days=4)
    [passed] = last.passed
    assert (dict(passed.place), passed.at) == (dict(HALFWAY), start + timedelta(days=2))


def test_the_personas_are_those_of_the_rules(driver: CarrierDriver) -> None:
    told = {
        row["persona"]: row["VIN ends with"]
        for row in rule_table("delivery", "Personas of the sandbox carrier")
    }
    assert told == {
        "usual": "anything else",
        "silent": SILENT[-4:],
        "late": LATE[-4:],
        "refused": REFUSED[-4:],
        "lost": LOST[-4:],
    }
    with pytest.raises(CarrierRefused):
        driver.door.order(transport_request(REFUSED), key="refused")
    late = driver.door.order(transport_request(LATE, reference="TLATE"), key="late")
    assert late.arrives_on == (driver.clock.now + timedelta(days=20)).date()
    assert on_day(driver, late, 19).status is Status.DEPARTED
    assert on_day(driver, late, 20).status is Status.ARRIVED
    lost = driver.door.order(transport_request(LOST, reference="TLOST"), key="lost")
    assert on_day(driver, lost, 2).status is Status.DEPARTED
    failed = on_day(driver, lost, 30)
    assert (failed.status, failed.reason, failed.arrived_at) == (Status.FAILED, "lost", None)


def test_a_lost_answer_is_found_with_the_same_key_or_by_our_code(driver: CarrierDriver) -> None:
    assert driver.door.find("TABCD2345") is None
    if driver.door.real:  # the door sends the same key again by itself
        found = ordered(driver, SILENT)
    else:
        with pytest.raises(CarrierUnavailable):
            ordered(driver, SILENT)
        found = ordered(driver, SILENT)
    assert driver.door.find("TABCD2345") == found
    assert len(driver.world.transports()) == 1


def test_a_transport_is_cancelled_once_and_not_after_it_is_over(driver: CarrierDriver) -> None:
    made = ordered(driver)
    driver.clock.forward(seconds=86_400)
    ended = driver.door.cancel(made.carrier_reference, key="cancel-1")
    assert (ended.status, ended.number) == (Status.CANCELLED, 3)
    assert driver.door.cancel(made.carrier_reference, key="cancel-1") == ended
    assert on_day(driver, made, 30) == ended
    with pytest.raises(CarrierRefused):
        driver.door.cancel(made.carrier_reference, key="cancel-2")


@pytest.mark.parametrize("name", ["ca_unknown", "../secret", "a/b", "%2e%2e"])
def test_an_unknown_transport_is_refused(driver: CarrierDriver, name: str) -> None:
    assert driver.world.secret
    with pytest.raises(CarrierRefused):
        driver.door.fetch(name)


def test_a_signed_message_names_the_transport_and_nothing_else(driver: CarrierDriver) -> None:
    made = ordered(driver)
    message = driver.world.message(made.carrier_reference)
    event = driver.door.read_callback(message.body, message.headers, now=driver.clock.now)
    assert (event.carrier_reference, event.type) == (made.carrier_reference, "transport.ordered")
    driver.clock.forward(seconds=86_400)
    again = driver.world.message(made.carrier_reference)
    later = driver.door.read_callback(again.body, again.headers, now=driver.clock.now)
    assert (later.type, later.event_id != event.event_id) == ("transport.departed", True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("late", "stale"),
        ("early", "stale"),
        ("tampered", "signature"),
        ("forged", "signature"),
        ("unsigned", "unsigned"),
    ],
)
def test_a_message_that_is_not_the_carriers_is_rejected(
    driver: CarrierDriver, change: str, reason: str
) -> None:
    made = ordered(driver)
    message, now = driver.world.message(made.carrier_reference), driver.clock.now
    body, headers = message.body, dict(message.headers)
    if change in {"late", "early"}:
        now += timedelta(seconds=302 if change == "late" else -302)
    elif change == "tampered":
        body += b" "
    elif change == "forged":
        headers[SIGNATURE_HEADER] = sign(body, secret="guess", at=now)
    else:
        headers = {}
    with pytest.raises(WebhookRejected) as caught:
        driver.door.read_callback(body, headers, now=now)
    assert caught.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 1, "type": "a", "transport": "b"}',
        b'{"id": "a", "type": "a", "transport": "b\\u0000"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_signed_body_that_is_no_message_is_rejected(driver: CarrierDriver, body: bytes) -> None:
    header = sign(body, secret=driver.world.secret, at=driver.clock.now)
    with pytest.raises(WebhookRejected):
        driver.door.read_callback(body, {SIGNATURE_HEADER: header}, now=driver.clock.now)


@pytest.mark.parametrize("broken", [[None], [503], [429, 500], [None, 502]])
def test_a_call_is_sent_again_with_its_key_until_it_is_answered(
    server: CarrierDriver, broken: list[int | None]
) -> None:
    server.broken = list(broken)
    assert ordered(server).status is Status.ORDERED
    assert [asked["key"] for asked in server.asked] == ["order-1"] * (len(broken) + 1)


@pytest.mark.parametrize(
    "broken",
    [
        [None, None, None],
        [500, 502, 503],
        [401],
        [403],
        [302],
        [b""],
        [b"{}"],
        [b"[]"],
        [b"x"],
        [b'{"id": "a", "reference": "b", "number": true, "status": "ordered"}'],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "beamed"}'],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "ordered", "passed": {}}'.replace(b"{}", b'{"a":1}')],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "ordered", "passed": [1]}'],
        [
            b'{"id": "a", "reference": "b", "number": 1, "status": "departed",'
            b' "departed_at": "2026-11-23T02:00:00"}'
        ],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "ordered", "arrives_on": 4}'],
        [
            b'{"id": "a", "reference": "b", "number": 1, "status": "departed",'
            b' "passed": [{"place": {"en": "Ulm"}, "at": "2026-11-23T02:00:00Z"}]}'
        ],
        [b'"' + b"x" * 200_001 + b'"'],
    ],
)  # fmt: skip
def test_an_answer_nobody_can_use_is_silence_and_no_refusal(
    server: CarrierDriver, broken: list[int | bytes | None]
) -> None:
    server.broken = list(broken)
    with pytest.raises(CarrierUnavailable) as caught:
        ordered(server)
    assert caught.value.facts["carrier"] == "luxing"


@pytest.mark.parametrize("body", [b'{"items": 1}', b'{"items": ["x"]}', b'{"items": [[]]}'])
def test_a_list_that_is_none_is_silence(server: CarrierDriver, body: bytes) -> None:
    server.broken = [body]
    with pytest.raises(CarrierUnavailable):
        server.door.find("TABCD2345")


def test_a_place_with_one_name_is_called_so_in_both_languages(server: CarrierDriver) -> None:
    server.broken = [
        b'{"id": "a", "reference": "b", "number": 2, "status": "departed",'
        b' "passed": [{"place": "Ulm", "at": "2026-11-23T02:00:00Z"}]}'
    ]
    assert ordered(server).passed[0].place == {"zh-hans": "Ulm", "en": "Ulm"}


HTTP = {"door": "http", "base": "https://carrier.example", "token": "t", "secrets": ["s"]}


@pytest.mark.parametrize(
    ("doors", "real"),
    [({"luxing": {"door": "sandbox"}}, False), ({"luxing": HTTP}, True), ({"other": HTTP}, None), ({}, None)],
)  # fmt: skip
def test_settings_name_the_door_of_each_carrier(
    tmp_path: Path, doors: dict[str, Any], real: bool | None
) -> None:
    found = open_carrier(SimpleNamespace(CARRIER_DOORS=doors, SANDBOX_DIR=tmp_path), "luxing")
    assert (found.real if found else None) is real


def test_the_days_of_a_sandbox_may_be_short(tmp_path: Path) -> None:
    doors = {"demo": {"door": "sandbox", "day_seconds": 20}}
    found: Any = open_carrier(SimpleNamespace(CARRIER_DOORS=doors, SANDBOX_DIR=tmp_path), "demo")
    assert found.world.day == timedelta(seconds=20)


@pytest.mark.parametrize(
    "doors", [{"luxing": {"door": "post"}}, {"luxing": {"door": "http", "base": "https://x"}}]
)
def test_a_door_that_cannot_be_opened_names_the_setting(
    tmp_path: Path, doors: dict[str, Any]
) -> None:
    with pytest.raises(ImproperlyConfigured, match="CARRIER_DOORS"):
        open_carrier(SimpleNamespace(CARRIER_DOORS=doors, SANDBOX_DIR=tmp_path), "luxing")
