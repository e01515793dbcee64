"""The delivery of an order through the API: promise, stages, photographs, slots, handover, priority, carriers' messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.domain.inspecting import Photo
from checkout.domain.order import State
from checkout.gateways import open_carrier
from checkout.gateways.carrier_http import SIGNATURE_HEADER
from checkout.models import CarrierMessage, Order, Transport
from checkout.services.inspecting import file_inspection
from checkout.services.promising import change_promise
from checkout.services.transporting import order_transport
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from storefront.api.models import IdempotencyRecord
from tests.api.caller import API, Caller
from tests.factories.carriers import USUAL
from tests.factories.delivering import FINE, PNG, STAFF, history, order_in
from tests.factories.shelf import forget, put_on_sale

pytestmark = pytest.mark.django_db(transaction=True)
HOME = {"city": "Xiamen", "street": "7 Harbour View", "contact": "Li", "phone": "13800138000"}


@pytest.fixture(autouse=True)
def _shop(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    settings.SANDBOX_DIR = tmp_path
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def caller() -> Caller:
    return Caller("en", token="the-token")


def ours(state: State, **more: Any) -> Order:
    order = order_in(state, now=timezone.now(), **more)
    order.token_digest = token_digest("the-token")
    order.save()
    return order


def path_of(order: Order, what: str) -> str:
    return f"/orders/{order.code}/{what}"


def test_the_page_tells_promise_history_stages_and_inspection(caller: Caller) -> None:
    order = ours(State.IN_TRANSIT)
    Order.objects.filter(pk=order.pk).update(locked_at=timezone.now())
    [(_, first, last, _)] = history(order)
    change_promise(
        order=order.code,
        from_on=last,
        until_on=last + timedelta(days=13),
        reason="weather",
        actor=STAFF,
        now=timezone.now(),
    )
    file_inspection(
        order=order.code,
        items=FINE,
        photos=[Photo("paint", "image/png", PNG)],
        kilometres=12,
        actor=STAFF,
        now=timezone.now(),
    )
    found = caller.get(path_of(order, "delivery"))
    assert (found["from"], found["until"]) == (
        last.isoformat(),
        (last + timedelta(days=13)).isoformat(),
    )
    assert [(each["code"], each["reason"]) for each in found["history"]] == [
        ("ordered", None),
        ("weather", "The weather holds the transport up"),
    ]
    assert [(each["stage"], each["text"]) for each in found["stages"]] == [
        ("inspected", "The car passed its inspection")
    ]
    assert found["place"]["code"] == "xm-home"
    assert found["delay"]["promised"] == last.isoformat()
    assert found["delay"]["amount"] == {"amount": 0, "currency": "CNY"}
    [report] = found["inspections"]
    [photo] = report["photos"]
    picture = caller.http.get(photo["url"], headers={"X-Order-Token": "the-token"})
    assert (picture.content, picture["Content-Type"]) == (PNG, "image/png")
    assert picture["Cache-Control"] == "private, no-store"
    assert Client().get(photo["url"]).status_code == 401
    caller.get(path_of(order, "delivery/photos/1/2"), status=404)
    caller.get(path_of(order, f"delivery/photos/{2**70}/1"), status=404)
    chinese = Caller("zh-hans", token="the-token").get(path_of(order, "delivery"))
    assert chinese["history"][1]["reason"] == "恶劣天气影响运输"
    page = caller.get(f"/orders/{order.code}")
    assert page["delivery"]["history"] == found["history"]
    assert page["delivery"]["stages"] == found["stages"]


def test_a_slot_is_booked_moved_and_given_up(caller: Caller) -> None:
    order = ours(State.INSPECTION_READY)
    offer = caller.get(path_of(order, "handover-slots"))
    assert (offer["bookable"], offer["why"], offer["timezone"]) == (True, None, "Asia/Shanghai")
    assert {wish["code"] for wish in offer["wishes"]} >= {"charged", "tour"}
    asked = {
        "starts_at": offer["slots"][20]["starts_at"],
        "wishes": ["tour"],
        "note": "by the door",
    }
    booked = caller.post(path_of(order, "handover"), asked, status=201, key="k1")
    assert booked["appointment"]["starts_at"] == asked["starts_at"]
    assert (booked["appointment"]["note"], booked["appointment"]["address"]) == ("", None)
    assert caller.get(path_of(order, "delivery"))["appointment"]["note"] == "by the door"
    assert caller.post(path_of(order, "handover"), asked, status=201, key="k1") == booked
    assert order.appointments.count() == 1
    home = {"starts_at": offer["home"]["runs"][9]["starts_at"], "home": HOME}
    moved = caller.post(path_of(order, "handover"), home, status=201)
    assert moved["appointment"]["kind"] == "home"
    assert moved["charges"] == offer["home"]["fee"] == {"amount": 60_000, "currency": "CNY"}
    assert caller.get(path_of(order, "delivery"))["appointment"]["address"]["street"] == (
        "7 Harbour View"
    )
    page = caller.get(f"/orders/{order.code}")
    assert page["delivery"]["appointment"]["address"] is None
    assert page["money"]["charges"] == offer["home"]["fee"]
    assert page["money"]["due"]["amount"] == order.price + 60_000
    kept = str(list(IdempotencyRecord.objects.values_list("body", flat=True)))
    assert "7 Harbour View" not in kept
    assert "by the door" not in kept
    gone = caller.post(path_of(order, "handover/cancel"), {})
    assert (gone["appointment"], gone["charges"]["amount"]) == (None, 0)


def test_a_slot_just_taken_is_answered_with_the_next_free_ones(caller: Caller) -> None:
    order = ours(State.INSPECTION_READY)
    slot = caller.get(path_of(order, "handover-slots"))["slots"][3]
    for _ in range(slot["left"]):
        other = Caller("en", token="other")
        theirs = order_in(State.INSPECTION_READY, now=timezone.now())
        Order.objects.filter(pk=theirs.pk).update(token_digest=token_digest(f"other-{theirs.code}"))
        other.token = f"other-{theirs.code}"
        other.post(path_of(theirs, "handover"), {"starts_at": slot["starts_at"]}, status=201)
    refused = caller.post(path_of(order, "handover"), {"starts_at": slot["starts_at"]}, status=409)
    assert refused["type"].endswith("/slot-taken")
    assert len(refused["free"]) == 6
    again = caller.post(
        path_of(order, "handover"), {"starts_at": refused["free"][0]["starts_at"]}, status=201
    )
    assert again["appointment"] is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"starts_at": "tomorrow"}, 422),
        ({"starts_at": "2026-12-12T01:30:00"}, 422),
        ({"starts_at": "0001-01-01T00:00:00+23:59"}, 422),
        ({"starts_at": "9999-12-31T23:59:59Z"}, 422),
        ({"starts_at": "2026-12-12T01:31:00Z"}, 409),
        ({"starts_at": "2026-12-12T01:30:00Z", "wishes": ["fireworks"]}, 422),
        ({"starts_at": "2026-12-12T01:30:00Z", "home": {}}, 422),
        ({"starts_at": "2026-12-12T01:30:00Z", "home": HOME | {"city": " "}}, 422),
        ({"starts_at": "2026-12-12T01:30:00Z", "bay": 1}, 422),
    ],
)
def test_what_cannot_be_booked_is_refused_and_books_nothing(
    caller: Caller, body: dict[str, Any], status: int
) -> None:
    order = ours(State.INSPECTION_READY)
    caller.post(path_of(order, "handover"), body, status=status)
    assert not order.appointments.exists()


def test_before_the_car_is_ready_the_answer_says_why_nothing_can_be_booked(caller: Caller) -> None:
    order = ours(State.IN_TRANSIT)
    found = caller.get(path_of(order, "handover-slots"))
    assert (found["bookable"], found["slots"]) == (False, [])
    assert "ready for inspection" in found["why"]
    asked = {"starts_at": "2026-12-12T01:30:00Z"}
    refused = caller.post(path_of(order, "handover"), asked, status=409)
    assert (refused["reason"], refused["state"]) == ("state", "in_transit")
    assert refused["text"] == found["why"]


def test_priority_is_chosen_and_given_up_until_the_lock(caller: Caller) -> None:
    order = ours(State.RESERVED)
    before = caller.get(path_of(order, "delivery"))
    assert (before["priority"]["possible"], before["priority"]["left"]) == (True, 5)
    chosen = caller.post(path_of(order, "delivery/priority"), {"wanted": True})
    assert chosen["priority"]["chosen"]
    assert chosen["until"] == before["priority"]["until"]
    assert chosen["charges"] == before["priority"]["fee"]
    assert chosen["history"][-1]["code"] == "priority"
    back = caller.post(path_of(order, "delivery/priority"), {"wanted": False})
    assert (back["from"], back["until"]) == (before["from"], before["until"])
    Order.objects.filter(pk=order.pk).update(state=State.LOCKED)
    refused = caller.post(path_of(order, "delivery/priority"), {"wanted": True}, status=409)
    assert refused["reason"] == "state"


@pytest.mark.parametrize("what", ["delivery", "handover-slots", "delivery/photos/1/1"])
def test_another_buyers_order_does_not_exist(what: str) -> None:
    order = ours(State.INSPECTION_READY)
    stranger = Caller("en", token="not-the-token")
    assert stranger.get(path_of(order, what), status=404)["type"].endswith("/unknown-order")
    Caller("en").get(path_of(order, what), status=401)


@pytest.mark.parametrize("what", ["handover", "handover/cancel", "delivery/priority"])
def test_a_stranger_changes_nothing_and_every_change_needs_its_key(
    caller: Caller, what: str
) -> None:
    order = ours(State.INSPECTION_READY)
    body = {
        "handover": {"starts_at": "2026-12-12T01:30:00Z"},
        "delivery/priority": {"wanted": True},
    }
    stranger = Caller("en", token="not-the-token")
    stranger.post(path_of(order, what), body.get(what, {}), status=404)
    refused = caller.post(path_of(order, what), body.get(what, {}), status=422, key="")
    assert refused["type"].endswith("/idempotency-key-missing")


def test_a_carriers_message_is_stored_once_and_moves_the_car(settings: Any, caller: Caller) -> None:
    order = ours(State.IN_PRODUCTION, vin=USUAL)
    order_transport(
        order=order.code,
        carrier="luxing",
        doors=lambda carrier: open_carrier(settings, carrier),
        actor=STAFF,
        now=timezone.now(),
    )
    assert caller.get(path_of(order, "delivery"))["transport"]["demo"] is True
    settings.CARRIER_DOORS = {"luxing": {"door": "sandbox", "day_seconds": 0}}  # days fly by
    door: Any = open_carrier(settings, "luxing")
    message = door.world.message(Transport.objects.get().carrier_reference)
    headers = {SIGNATURE_HEADER: message.headers[SIGNATURE_HEADER]}
    post = Client().post
    url = f"{API}/webhooks/carriers/luxing"
    for _ in range(2):
        heard = post(url, message.body, content_type="application/json", headers=headers)
        assert heard.json() == {"received": True}
    assert CarrierMessage.objects.get().deliveries == 2
    run_until_idle()
    assert CarrierMessage.objects.get().processed_at is not None
    found = caller.get(path_of(order, "delivery"))
    assert [each["stage"] for each in found["stages"]] == ["departed", "at_place", "arrived"]
    assert found["transport"]["status"] == "arrived"
    bad = post(url, message.body + b" ", content_type="application/json", headers=headers)
    assert bad.status_code == 400
    other = post(url.replace("luxing", "nobody"), b"{}", content_type="application/json")
    assert other.status_code == 404
