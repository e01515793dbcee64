"""The order desk: every move by a role that may make it and by one that may not, refusals in plain words, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from checkout.domain.inspecting import CHECKLIST
from checkout.domain.order import State
from checkout.models import Compensation, Order
from checkout.services.compensating import propose
from cms.desks.orders.moves import DECIDE, MOVE, MOVES
from kernel.money import Money
from tests.factories.delivering import PNG
from tests.factories.ending import reserved
from tests.factories.living import VIN, Life, living
from tests.factories.policies import demo_policy_row
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, till
from tests.integration.cms.people import admin, staff

__all__ = ["till"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk_world(
    till: Till, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The desk reads the till's clock, and its vendor and carrier are the sandbox's."""
    settings.SANDBOX_DIR = str(tmp_path / "sandbox")
    settings.CARRIER_DOORS = {"luxing": {"door": "sandbox"}}
    monkeypatch.setattr("django.utils.timezone.now", lambda: till.clock.now)
    put_on_sale()
    yield
    forget()


def at_desk(till: Till, state: State, **asked: Any) -> Life:
    """An order in that state, under the demo's own order policy."""
    return living(till, state, policy=demo_policy_row("CN"), **asked)


def address(life: Life | Order, move: str) -> str:
    return f"/cms/desk/orders/{life.code}/{move}/"


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a form, as the browser would send them."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1].replace("&quot;", '"') if value else ""
    return found


def sent(client: Client, life: Life | Order, move: str, **said: Any) -> Any:
    """Open a move's page, fill it in, tick it and send it."""
    page = client.get(address(life, move))
    assert page.status_code == 200, page.content.decode()[-3000:]
    return client.post(address(life, move), {**hidden(page.content.decode()), "sure": "on", **said})


def confirmed(client: Client, life: Life | Order, move: str, **said: Any) -> Any:
    """As `sent`, and the preview that comes back is confirmed as it is."""
    shown = sent(client, life, move, **said)
    assert shown.status_code == 200
    return client.post(
        address(life, move), {**hidden(shown.content.decode()), "sure": "on", **said}
    )


CHECKED = {f"result_{code}": "fine" for code in CHECKLIST}
WALK: list[tuple[str, State, dict[str, Any], dict[str, Any], State]] = [
    ("start-production", State.LOCKED, {"stock": False}, {}, State.IN_PRODUCTION),
    ("allocate", State.LOCKED, {"stock": False}, {"vin": VIN.lower()}, State.ALLOCATED),
    ("allocate", State.LOCKED, {}, {}, State.ALLOCATED),
    ("dispatch", State.ALLOCATED, {}, {}, State.IN_TRANSIT),
    ("transport", State.ALLOCATED, {}, {"carrier": "luxing"}, State.ALLOCATED),
    ("stage", State.IN_TRANSIT, {}, {"stage": "arrived"}, State.IN_TRANSIT),
    ("inspect", State.IN_TRANSIT, {}, {"kilometres": "12", **CHECKED}, State.IN_TRANSIT),
    ("make-ready", State.IN_TRANSIT, {}, {}, State.INSPECTION_READY),
    ("dispute", State.LOCKED, {}, {"reason": "chargeback"}, State.DISPUTED),
]


@pytest.mark.parametrize(("move", "before", "asked", "said", "after"), WALK)
def test_the_sales_desk_moves_an_order(
    till: Till, move: str, before: State, asked: dict[str, Any], said: dict[str, Any], after: State
) -> None:
    life = at_desk(till, before, **asked)
    answer = sent(staff("Sales desk"), life, move, **said)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert life.state == after
    me = get_user_model().objects.get(email="sales@example.com")
    assert f"staff:{me.pk}" in life.order.events.values_list("actor", flat=True)


@pytest.mark.parametrize("role", ["Finance clerks", "Marketers", "Legal"])
def test_nobody_but_the_sales_desk_moves_an_order(till: Till, role: str) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff(role)
    for move in (code for code, each in MOVES.items() if each.permission == MOVE):
        assert client.get(address(life, move)).status_code in {302, 403}, move
        sent_blindly = client.post(address(life, move), {"sure": "on"})
        assert sent_blindly.status_code in {302, 403}, move
    assert life.state == State.LOCKED


def test_the_sales_desk_brings_an_order_from_the_lock_to_the_key(till: Till) -> None:
    life = at_desk(till, State.LOCKED, stock=False)
    client = staff("Sales desk")
    assert sent(client, life, "start-production").status_code == 302
    assert sent(client, life, "name-car", vin=VIN).status_code == 302
    assert sent(client, life, "stage", stage="built").status_code == 302
    assert sent(client, life, "dispatch").status_code == 302
    place = {"place_zh": "武汉", "place_en": "Wuhan"}
    assert sent(client, life, "stage", stage="at_place", **place).status_code == 302
    photo = SimpleUploadedFile("paint.png", PNG, "image/png")
    said = {**CHECKED, "kilometres": "9", "result_paint": "mended", "remark_paint": "polished"}
    assert sent(client, life, "inspect", **said, photo_paint=photo).status_code == 302
    assert sent(client, life, "make-ready").status_code == 302
    life.pay("balance")
    life.prove_cover()
    page = client.get(address(life, "book")).content.decode()
    slot = re.findall(r'value="(slot\|[^"]+)"', page)[0]
    assert sent(client, life, "book", slot=slot, wishes=["tour"]).status_code == 302
    report = {"kilometres": "15", "keys": "2", "part_1": "sill", "agreed_1": "polished on Monday"}
    assert sent(client, life, "hand-over", **report).status_code == 302
    assert life.state == State.HANDED_OVER
    shown = client.get(f"/cms/desk/order/inspect/{life.order.pk}/").content.decode()
    for words in ("Wuhan", "polished on Monday", "A thorough tour of the car", VIN, "9 km"):
        assert words in shown, words
    picture = client.get(f"/cms/desk/orders/{life.code}/photo/1/1/")
    assert (picture["Content-Type"], picture.content) == ("image/png", PNG)
    assert client.get(f"/cms/desk/orders/{life.code}/photo/1/2/").status_code == 404
    assert staff("Marketers").get(f"/cms/desk/orders/{life.code}/photo/1/1/").status_code == 302


def test_a_dispute_ends_where_it_began(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    client = staff("Sales desk")
    sent(client, life, "dispute", reason="the buyer does not know the card")
    assert sent(client, life, "resume", reason="withdrawn by the bank").status_code == 302
    assert life.state == State.ALLOCATED


def test_a_promise_is_changed_with_a_reason_in_both_languages(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff("Sales desk", "zh-hans")
    days = {"from_on": "2027-03-01", "until_on": "2027-03-05", "reason": "supplier"}
    half = sent(client, life, "promise", **days, words_zh="座椅晚到")
    assert half.status_code == 400
    assert "两种语言" in half.content.decode()
    both = {"words_zh": "座椅晚到", "words_en": "The seats are late"}
    assert sent(client, life, "promise", **days, **both).status_code == 302
    last = life.order.promises.order_by("number").last()
    assert last is not None
    assert last.reason == {"zh-hans": "座椅晚到", "en": "The seats are late"}
    page = client.get(f"/cms/desk/order/inspect/{life.order.pk}/").content.decode()
    assert "座椅晚到" in page
    assert "2027-03-05" in page


def test_a_promise_that_cannot_be_kept_is_refused_in_words(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    days = {"from_on": "2020-03-01", "until_on": "2020-03-05", "reason": "supplier"}
    answer = sent(staff("Sales desk"), life, "promise", **days)
    assert answer.status_code == 409
    assert "This range cannot be promised" in answer.content.decode()
    assert life.order.promises.count() == 1


def test_a_move_out_of_turn_says_what_is_true_now(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    answer = staff("Sales desk").get(address(life, "hand-over"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This move is not possible from where the order stands." in page
    assert "The order is now: locked." in page
    assert address(life, "allocate") in page
    chinese = staff("Sales desk", "zh-hans").get(address(life, "hand-over")).content.decode()
    assert "订单现在的状态" in chinese


def test_a_page_that_is_old_changes_nothing_and_says_so(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    client = staff("Sales desk")
    page = hidden(client.get(address(life, "dispatch")).content.decode())
    life.dispatch()
    answer = client.post(address(life, "make-ready"), {**page, "sure": "on"})
    assert answer.status_code == 409
    assert "The order has moved on since you opened this page." in answer.content.decode()
    assert life.state == State.IN_TRANSIT


def test_a_form_sent_twice_is_done_once(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    client = staff("Sales desk")
    form = {**hidden(client.get(address(life, "dispatch")).content.decode()), "sure": "on"}
    assert client.post(address(life, "dispatch"), form).status_code == 302
    again = client.post(address(life, "dispatch"), form, follow=True)
    assert "This was done already; nothing was done twice." in again.content.decode()
    assert life.told().count("car-dispatched") == 1


def test_a_move_without_the_tick_is_not_made(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    client = staff("Sales desk")
    form = hidden(client.get(address(life, "dispatch")).content.decode())
    answer = client.post(address(life, "dispatch"), form)
    assert answer.status_code == 400
    assert "Tick that you have read what will happen." in answer.content.decode()
    assert life.state == State.ALLOCATED


def test_a_move_from_another_site_is_refused(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff("Sales desk").cookies
    form = hidden(strict.get(address(life, "dispatch")).content.decode())
    assert strict.post(address(life, "dispatch"), {**form, "sure": "on"}).status_code == 403
    assert life.state == State.ALLOCATED


@pytest.mark.parametrize("vin", ["", "L0SH11CA0VX11272", "L0SH11CA1VX112729"])
def test_a_vin_that_is_none_is_refused(till: Till, vin: str) -> None:
    life = at_desk(till, State.LOCKED, stock=False)
    answer = sent(staff("Sales desk"), life, "allocate", vin=vin)
    assert answer.status_code in {400, 409}
    assert life.state == State.LOCKED


def test_no_key_without_the_compulsory_cover(till: Till) -> None:
    life = at_desk(till, State.BALANCE_PAID)
    answer = sent(staff("Sales desk"), life, "hand-over", kilometres="5", keys="2")
    assert answer.status_code == 409
    assert life.state == State.BALANCE_PAID


def test_an_incomplete_inspection_is_not_filed(till: Till) -> None:
    life = at_desk(till, State.IN_TRANSIT)
    said = {**CHECKED, "kilometres": "9", "result_paint": "defect"}
    answer = sent(staff("Sales desk"), life, "inspect", **said)
    assert answer.status_code == 400
    assert "Say what was found." in answer.content.decode()
    assert life.order.inspections.count() == 0


def test_a_picture_that_is_none_is_refused(till: Till) -> None:
    life = at_desk(till, State.IN_TRANSIT)
    script = SimpleUploadedFile("x.png", b"<script>", "image/png")
    answer = sent(
        staff("Sales desk"), life, "inspect", **CHECKED, kilometres="9", photo_glass=script
    )
    assert answer.status_code == 409
    assert life.order.inspections.count() == 0


def test_the_seller_cancels_after_a_preview_and_a_second_person_approves(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff("Sales desk")
    asked = client.get(address(life, "cancel")).content.decode()
    assert "Show what it means" in asked
    assert 'name="sure"' not in asked
    shown = sent(client, life, "cancel", reason="cannot-deliver")
    assert shown.status_code == 200
    assert "because of us" in shown.content.decode()
    assert '<input type="checkbox" name="sure" required>' in shown.content.decode()
    assert life.state == State.LOCKED
    assert confirmed(client, life, "cancel", reason="cannot-deliver").status_code == 302
    assert life.state == State.CANCELLED
    one = Compensation.objects.get(order=life.order)
    assert client.get(address(life, "approve")).status_code in {302, 403}
    clerk = staff("Finance clerks")
    assert sent(clerk, life, "approve", number=one.number).status_code == 302
    one.refresh_from_db()
    assert one.state == "approved"


def test_who_proposed_a_compensation_does_not_approve_it(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = admin()
    me = get_user_model().objects.get(email="root@example.com")
    propose(
        order=Order.objects.get(code=life.code),
        kind="delay",
        amount=Money(10_000, "CNY"),
        reason="late",
        actor=f"staff:{me.pk}",
        now=life.now,
    )
    assert client.get(address(life, "approve")).status_code == 409
    clerk = staff("Finance clerks")
    assert sent(clerk, life, "refuse", number=1, note="paid before").status_code == 302
    assert Compensation.objects.get().state == "refused"


def test_a_preview_that_is_not_true_any_more_is_shown_again(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff("Sales desk")
    shown = sent(client, life, "cancel-for-buyer", reason="changed-mind").content.decode()
    form = {**hidden(shown), "fingerprint": "0" * 64, "sure": "on"}
    answer = client.post(address(life, "cancel-for-buyer"), form)
    assert answer.status_code == 409
    assert "What was shown is not true any more." in answer.content.decode()
    assert life.state == State.LOCKED


def test_the_desk_reminds_to_lock_when_it_is_due_and_not_before(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    life.accept()
    client = staff("Sales desk")
    early = client.post(
        address(life, "remind"),
        {**hidden(client.get(address(life, "remind")).content.decode()), "sure": "on"},
        follow=True,
    )
    assert "nothing was to be done" in early.content.decode()
    till.clock.forward(days=30)
    assert sent(staff("Sales desk"), life, "remind").status_code == 302
    assert "lock-reminded" in life.told()


def test_finance_decides_and_moves_nothing_else() -> None:
    may = {code for code, each in MOVES.items() if each.permission == DECIDE}
    assert may == {"approve", "refuse"}
    clerk = staff("Finance clerks")
    user = get_user_model().objects.get(email="finance@example.com")
    assert user.has_perm(DECIDE)
    assert not user.has_perm(MOVE)
    assert clerk.get("/cms/desk/due/").status_code == 200


def test_a_marketer_sees_no_buyer_and_nothing_due(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff("Marketers")
    for page in (
        f"/cms/desk/order/inspect/{life.order.pk}/",
        "/cms/desk/order/",
        "/cms/desk/due/",
    ):
        assert client.get(page).status_code in {302, 403}
    assert "李明" not in client.get("/cms/").content.decode()


def test_money_stands_on_the_page_for_those_who_may_see_it(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    page = f"/cms/desk/order/inspect/{life.order.pk}/"
    clerk, sales, legal = (
        staff(role).get(page).content.decode() for role in ("Finance clerks", "Sales desk", "Legal")
    )
    payment = life.order.payments.get().code
    assert payment in clerk
    assert payment in sales
    assert payment not in legal
    assert "Ledger" in clerk
    assert "desk/ledgerentry" not in sales


def test_an_order_that_is_none_and_a_move_that_is_none_are_not_found(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    client = staff("Sales desk")
    assert client.get("/cms/desk/orders/NOBODY/dispatch/").status_code == 404
    assert client.get(address(life, "paint-it-red")).status_code == 404


@pytest.mark.parametrize("said", ["li@example.com", "13800138000", "李明", "code", "vin"])
def test_an_order_is_found_by_whatever_a_buyer_says(till: Till, said: str) -> None:
    life = at_desk(till, State.ALLOCATED)
    life.order.refresh_from_db()
    said = {"code": life.code, "vin": life.order.vin}.get(said, said)
    client = staff("Sales desk")
    assert life.code in client.get("/cms/desk/order/", {"q": said}).content.decode()
    assert life.code not in client.get("/cms/desk/order/", {"q": "nobody-like"}).content.decode()


def test_a_withdrawal_without_a_right_to_it_is_refused_in_words(till: Till) -> None:
    life = at_desk(till, State.LOCKED, stock=False)
    shown = sent(staff("Sales desk"), life, "withdraw", name="李明", contact="li@example.com")
    assert shown.status_code == 409
    assert "The order is now: locked." in shown.content.decode()
    assert life.state == State.LOCKED


def test_the_desk_takes_down_a_withdrawal_in_two_steps(till: Till) -> None:
    order = reserved("DE")
    client = staff("Sales desk")
    said = {"name": "李明", "contact": "li@example.com"}
    shown = sent(client, order, "withdraw", **said)
    assert shown.status_code == 200, shown.content.decode()[-2500:]
    assert "declares the withdrawal" in shown.content.decode()
    order.refresh_from_db()
    assert order.state == State.RESERVED
    assert confirmed(client, order, "withdraw", **said).status_code == 302
    order.refresh_from_db()
    assert order.state == State.WITHDRAWN
    page = client.get(f"/cms/desk/order/inspect/{order.pk}/").content.decode()
    assert order.withdrawal.number in page
