"""One suite for every insurer's door: what the port promises holds behind each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from checkout.domain.cover import Status, refund_of
from checkout.errors import InsurerRefused, InsurerUnavailable, WebhookRejected
from checkout.gateways import open_insurer
from checkout.gateways.insurer_http import SIGNATURE_HEADER
from checkout.gateways.insurers import InsurerPolicy
from checkout.gateways.signatures import sign
from kernel.money import Money
from tests.factories.gateways import Clock, this_moment
from tests.factories.insurers import (
    DEARER,
    DECLINED,
    HOLDER,
    SILENT,
    START,
    InsurerDriver,
    http_insurer,
    policy_request,
    sandbox_insurer,
)
from tests.factories.rules import rule_table


@pytest.fixture(params=["sandbox", "http"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InsurerDriver]:
    clock = Clock(this_moment())
    if request.param == "sandbox":
        yield sandbox_insurer(tmp_path / "qinghe", clock)
    else:
        with http_insurer(tmp_path / "qinghe", clock) as found:
            yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InsurerDriver]:
    with http_insurer(tmp_path / "qinghe", Clock(this_moment())) as found:
        yield found


def bound(driver: InsurerDriver, **changes: Any) -> InsurerPolicy:
    quoted = driver.door.quote(policy_request(**changes), key="quote-1")
    return driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-1")


def test_a_quote_carries_the_insurers_own_premium_for_every_cover(driver: InsurerDriver) -> None:
    request = policy_request()
    found = driver.door.quote(request, key="quote-1")
    assert (found.reference, found.number, found.status) == (request.reference, 1, Status.QUOTED)
    assert dict(found.premiums) == dict(request.premiums)
    assert (found.proof, found.refunds, found.cancelled_on) == ("", None, None)
    assert driver.door.fetch(found.insurer_reference) == found


@pytest.mark.parametrize(
    ("currency", "minor"), [("JPY", 12345), ("KRW", 777_777), ("KWD", 123_456), ("EUR", 49_680)]
)
def test_currencies_of_any_exponent_keep_their_minor_units(
    driver: InsurerDriver, currency: str, minor: int
) -> None:
    found = bound(driver, currency=currency, premiums=(minor,))
    assert dict(found.premiums) == {"cover-0": Money(minor, currency)}


def test_the_same_key_gives_the_same_quote(driver: InsurerDriver) -> None:
    first = driver.door.quote(policy_request(), key="quote-1")
    assert driver.door.quote(policy_request(), key="quote-1") == first
    other = driver.door.quote(policy_request(reference="POTHER"), key="quote-2")
    assert other.insurer_reference != first.insurer_reference


def test_the_same_key_with_another_request_is_refused(driver: InsurerDriver) -> None:
    driver.door.quote(policy_request(), key="quote-1")
    with pytest.raises(InsurerRefused) as caught:
        driver.door.quote(policy_request(premiums=(1,)), key="quote-1")
    assert caught.value.facts["reason"] == "idempotency_mismatch"


def test_binding_gives_a_proof_that_a_german_office_takes_and_binds_once(
    driver: InsurerDriver,
) -> None:
    found = bound(driver)
    assert (found.status, found.number) == (Status.BOUND, 2)
    assert re.fullmatch(r"[A-Z0-9]{7}", found.proof)
    assert driver.door.bind(found.insurer_reference, HOLDER, key="bind-1") == found
    with pytest.raises(InsurerRefused):
        driver.door.bind(found.insurer_reference, HOLDER, key="bind-2")


def test_the_personas_are_those_of_the_rules(driver: InsurerDriver) -> None:
    told = {
        row["persona"]: row["age"]
        for row in rule_table("insurance", "Personas of the sandbox insurer")
    }
    assert told == {
        "silent": str(SILENT),
        "dearer": str(DEARER),
        "declined": str(DECLINED),
        "bound": "anything else",
    }
    request = policy_request(DEARER)
    dearer = driver.door.quote(request, key="quote-d")
    assert sum(m.minor for m in dearer.premiums.values()) == 1 + sum(
        m.minor for m in request.premiums.values()
    )
    quoted = driver.door.quote(policy_request(DECLINED, reference="PNO"), key="quote-n")
    declined = driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-n")
    assert (declined.status, declined.reason, declined.proof) == (Status.DECLINED, "risk", "")


def test_a_lost_answer_is_found_with_the_same_key_or_by_our_code(driver: InsurerDriver) -> None:
    assert driver.door.find("PABCD2345") is None
    quoted = driver.door.quote(policy_request(SILENT), key="quote-1")
    if driver.door.real:  # the door sends the same key again by itself
        found = driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-1")
    else:
        with pytest.raises(InsurerUnavailable):
            driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-1")
        found = driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-1")
    assert found.status is Status.BOUND
    assert driver.door.find("PABCD2345") == found
    assert len(driver.world.policies()) == 1


def test_a_bound_policy_learns_the_cars_vin_and_once(driver: InsurerDriver) -> None:
    made = bound(driver)
    car = replace(policy_request().vehicle, vin="LEGEXAMPLE0000001")
    known = driver.door.update_vehicle(made.insurer_reference, car, key="vehicle-1")
    assert (known.vin, known.number, known.status) == (car.vin, made.number + 1, Status.BOUND)
    assert (dict(known.premiums), known.proof) == (dict(made.premiums), made.proof)
    assert driver.door.update_vehicle(made.insurer_reference, car, key="vehicle-1") == known
    assert driver.door.fetch(made.insurer_reference) == known


def test_a_policy_quoted_with_a_vin_has_it(driver: InsurerDriver) -> None:
    request = policy_request()
    named = replace(request, vehicle=replace(request.vehicle, vin="LEGEXAMPLE0000001"))
    assert driver.door.quote(named, key="quote-1").vin == "LEGEXAMPLE0000001"


def test_another_car_or_a_policy_not_in_force_learns_no_vin(driver: InsurerDriver) -> None:
    quoted = driver.door.quote(policy_request(), key="quote-1")
    car = replace(policy_request().vehicle, vin="LEGEXAMPLE0000001")
    with pytest.raises(InsurerRefused) as early:
        driver.door.update_vehicle(quoted.insurer_reference, car, key="vehicle-1")
    assert early.value.facts["reason"] == "not_bound"
    driver.door.bind(quoted.insurer_reference, HOLDER, key="bind-1")
    for other in (replace(car, model="rill"), replace(car, options=())):
        with pytest.raises(InsurerRefused) as refused:
            driver.door.update_vehicle(quoted.insurer_reference, other, key="vehicle-2")
        assert refused.value.facts["reason"] == "other_car"


def test_cancelling_gives_back_by_days_and_once(driver: InsurerDriver) -> None:
    made = bound(driver)
    day = START + timedelta(days=100)
    ended = driver.door.cancel(made.insurer_reference, day=day, withdrawal=False, key="cancel-1")
    assert (ended.status, ended.cancelled_on) == (Status.CANCELLED, day)
    assert ended.refunds is not None
    assert dict(ended.refunds) == {
        code: refund_of(
            premium=premium,
            period=policy_request().period,
            day=day,
            bound_on=None,
            withdrawal_days=0,
        )
        for code, premium in made.premiums.items()
    }
    again = driver.door.cancel(made.insurer_reference, day=day, withdrawal=False, key="cancel-1")
    assert again == ended
    with pytest.raises(InsurerRefused):
        driver.door.cancel(made.insurer_reference, day=day, withdrawal=False, key="cancel-2")


def test_a_withdrawal_gives_everything_back(driver: InsurerDriver) -> None:
    made = bound(driver)
    ended = driver.door.cancel(
        made.insurer_reference, day=START + timedelta(days=5), withdrawal=True, key="cancel-1"
    )
    assert ended.refunds is not None
    assert dict(ended.refunds) == dict(made.premiums)


@pytest.mark.parametrize("name", ["in_unknown", "../secret", "a/b", "%2e%2e"])
def test_an_unknown_policy_is_refused(driver: InsurerDriver, name: str) -> None:
    assert driver.world.secret
    with pytest.raises(InsurerRefused):
        driver.door.fetch(name)


def test_a_signed_message_names_the_policy_and_nothing_else(driver: InsurerDriver) -> None:
    made = bound(driver)
    message = driver.world.message(made.insurer_reference)
    event = driver.door.read_callback(message.body, message.headers, now=driver.clock.now)
    assert (event.insurer_reference, event.type) == (made.insurer_reference, "policy.bound")
    again = driver.world.say(made.insurer_reference, replace(made, status=Status.ACTIVE))
    later = driver.door.read_callback(again.body, again.headers, now=driver.clock.now)
    assert later.event_id != event.event_id


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
def test_a_message_that_is_not_the_insurers_is_rejected(
    driver: InsurerDriver, change: str, reason: str
) -> None:
    made = bound(driver)
    message, now = driver.world.message(made.insurer_reference), driver.clock.now
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
        b'{"id": 1, "type": "a", "policy": "b"}',
        b'{"id": "a", "type": "a", "policy": "b\\u0000"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_signed_body_that_is_no_message_is_rejected(driver: InsurerDriver, body: bytes) -> None:
    header = sign(body, secret=driver.world.secret, at=driver.clock.now)
    with pytest.raises(WebhookRejected):
        driver.door.read_callback(body, {SIGNATURE_HEADER: header}, now=driver.clock.now)


def test_the_sandbox_keeps_nothing_that_names_a_person(tmp_path: Path) -> None:
    driver = sandbox_insurer(tmp_path / "qinghe", Clock(this_moment()))
    bound(driver)
    assert not driver.door.real
    assert "李明" not in repr(HOLDER)
    kept = "".join(path.read_text() for path in (tmp_path / "qinghe").iterdir())
    for value in ("李明", "13800138000", "li@example.com"):
        assert value not in kept


@pytest.mark.parametrize(
    "broken",
    [
        [None],
        [503],
        [429, 500],
        [None, 502],
    ],
)
def test_a_call_is_sent_again_with_its_key_until_it_is_answered(
    server: InsurerDriver, broken: list[int | None]
) -> None:
    server.broken = list(broken)
    found = server.door.quote(policy_request(), key="quote-1")
    assert found.status is Status.QUOTED
    assert [asked["key"] for asked in server.asked] == ["quote-1"] * (len(broken) + 1)


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
        [b'{"id": "a", "reference": "b", "number": true, "status": "bound", "premiums": []}'],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "lost", "premiums": []}'],
        [b'{"id": "a", "reference": "b", "number": 1, "status": "bound", "premiums": {}}'],
        [
            b'{"id": "a", "reference": "b", "number": 1, "status": "bound", "premiums":'
            b' [{"cover": "c", "amount": {"amount": 1, "currency": "XXX"}}]}'
        ],
        [b'"' + b"x" * 200_001 + b'"'],
    ],
)
def test_an_answer_nobody_can_use_is_silence_and_no_refusal(
    server: InsurerDriver, broken: list[int | bytes | None]
) -> None:
    server.broken = list(broken)
    with pytest.raises(InsurerUnavailable) as caught:
        server.door.quote(policy_request(), key="quote-1")
    assert caught.value.facts["insurer"] == "qinghe"


@pytest.mark.parametrize("body", [b'{"items": 1}', b'{"items": ["x"]}', b'{"items": [[]]}'])
def test_a_list_that_is_none_is_silence(server: InsurerDriver, body: bytes) -> None:
    server.broken = [body]
    with pytest.raises(InsurerUnavailable):
        server.door.find("PABCD2345")


def test_the_driver_goes_out_with_the_quote_and_the_name_only_with_the_binding(
    server: InsurerDriver,
) -> None:
    bound(server)
    quote, binding = (asked["body"] for asked in server.asked)
    assert quote["driver"] == {"age": 35, "no_claims_class": None}
    assert "李明" not in str(quote)
    assert binding == {"holder": HOLDER.body()}


HTTP = {"door": "http", "base": "https://insurer.example", "token": "t", "secrets": ["s"]}


@pytest.mark.parametrize(
    ("doors", "real"),
    [
        ({"*": {"door": "sandbox"}}, False),
        ({"qinghe": HTTP}, True),
        ({"*": {"door": "sandbox"}, "qinghe": HTTP}, True),
        ({"yunquan": HTTP}, None),
        ({}, None),
    ],
)
def test_settings_name_the_door_of_each_insurer(
    tmp_path: Path, doors: dict[str, Any], real: bool | None
) -> None:
    settings = SimpleNamespace(INSURER_DOORS=doors, SANDBOX_DIR=tmp_path)
    found = open_insurer(settings, "qinghe")
    assert (found.real if found else None) is real


@pytest.mark.parametrize(
    "doors",
    [
        {"*": HTTP},
        {"qinghe": {"door": "post"}},
        {"qinghe": {"door": "http", "base": "https://insurer.example"}},
    ],
)
def test_a_door_that_cannot_be_opened_names_the_setting(
    tmp_path: Path, doors: dict[str, Any]
) -> None:
    settings = SimpleNamespace(INSURER_DOORS=doors, SANDBOX_DIR=tmp_path)
    with pytest.raises(ImproperlyConfigured, match="INSURER_DOORS"):
        open_insurer(settings, "qinghe")
