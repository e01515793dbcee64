"""Insuring the car of an order: quote, bind, proof, cancel by days, the gate, and what goes wrong on the way."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from checkout.domain.cover import Status
from checkout.domain.order import State as OrderState
from checkout.domain.wording import event_text
from checkout.errors import (
    BadCoverProof,
    CompulsoryCoverMissing,
    ConsentMissing,
    CoverNotCancellable,
    CoverNotOffered,
    CoversOfTwoInsurers,
    InsurerMismatch,
    InsurerRefused,
    OrderStateConflict,
    PolicyNotPossible,
    PolicyStateConflict,
    UnknownCover,
    UnknownOrder,
    UnknownPolicy,
)
from checkout.models import (
    CoverProof,
    InsuranceOperation,
    InsurancePolicy,
    Order,
    OrderEvent,
    PolicyLine,
)
from checkout.queries.insurance import insurance_of
from checkout.services import insurance, insuring, policies
from checkout.services.handover import hand_over
from checkout.services.orders import cancel_unpaid_order, expire_order
from checkout.services.quotes import create_quote
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.insured import GUEST, Desk, all_paid, desk, insured_order
from tests.factories.insurers import DEARER, DECLINED, SILENT
from tests.factories.ordering import placed
from tests.factories.shelf import NOON, saved_build, stock_vehicle
from tests.support.racing import at_once

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 22)
FULL = 850_473
"""The worked example of docs/rules/insurance.md: 950.00 + 6,233.13 + 1,321.60."""


def told(order: Order) -> list[str]:
    rows = OrderEvent.objects.filter(order=order, kind__startswith="cover").order_by("number")
    return [row.kind for row in rows]


def axis(order: Order) -> str:
    return str(Order.objects.values_list("insurance_state", flat=True).get(pk=order.pk))


def calls(policy: InsurancePolicy) -> list[tuple[str, str, int]]:
    rows = InsuranceOperation.objects.filter(policy=policy)
    return [(row.kind, row.state, row.attempts) for row in rows]


def test_a_policy_is_quoted_and_bound_to_car_driver_and_days(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, start_on=TODAY + timedelta(days=28))
    assert (policy.state, policy.insurer, policy.premium) == ("bound", "qinghe", FULL)
    assert [(line.cover, line.premium) for line in policy.lines.all()] == [
        ("cn-compulsory", 95_000),
        ("cn-damage", 623_313),
        ("cn-third-party-2m", 132_160),
    ]
    assert (policy.start_on, policy.end_on) == (date(2026, 12, 20), date(2027, 12, 20))
    assert (policy.model, policy.vin) == ("haven", "")
    assert policy.options == order.document["car"]["choices"]
    assert json.loads(policy.driver or "") == {"age": 35, "no_claims_class": ""}
    assert len(policy.proof) == 7
    assert policy.bound_on == TODAY
    assert calls(policy) == [("quote", "done", 1), ("bind", "done", 1)]
    assert (axis(order), told(order)) == ("bound", ["cover-bound"])
    event = OrderEvent.objects.get(order=order, kind="cover-bound")
    assert policy.proof in event_text(event.kind, event.facts)["en"]
    assert verify_chain() == []


def test_a_stock_vehicle_is_bound_by_its_vin(desk: Desk) -> None:
    policy = desk.take_out(insured_order(vin=stock_vehicle()))
    assert len(policy.vin) == 17


def test_without_a_day_cover_begins_with_the_promised_delivery(desk: Desk) -> None:
    order = insured_order()
    promise = order.promises.get(number=1)
    assert desk.take_out(order).start_on == promise.from_on


def test_another_insurer_may_be_chosen_and_its_own_premium_counts(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(
        order, insurer="yunquan", products=["cn-yunquan-compulsory", "cn-yunquan-damage"]
    )
    assert (policy.insurer, policy.premium) == ("yunquan", 95_000 + 627_000)
    assert len(desk.drivers["yunquan"].world.policies()) == 1
    assert desk.driver.world.policies() == []


def test_an_insurer_named_alone_sells_what_the_law_requires(desk: Desk) -> None:
    policy = desk.take_out(insured_order(insurance=[]), insurer="yunquan")
    assert [line.cover for line in policy.lines.all()] == ["cn-yunquan-compulsory"]


def test_the_premium_of_the_quote_is_a_promise_for_its_driver_alone(desk: Desk) -> None:
    order = insured_order()
    order.document["insurance"]["lines"][1]["premium"]["amount"] = 600_000
    order.save()
    assert desk.take_out(order).premium == 95_000 + 600_000 + 132_160
    other = insured_order()
    other.document["insurance"]["lines"][1]["premium"]["amount"] = 600_000
    other.save()
    assert desk.take_out(other, 22).premium == 95_000 + 716_612 + 151_984


def test_the_facts_of_the_driver_are_encrypted_and_nowhere_else(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order, 77)
    with connection.cursor() as cursor:
        cursor.execute("SELECT driver FROM checkout_insurancepolicy")
        assert "77" not in cursor.fetchone()[0].split(":")[-1][:2]
    kept = json.dumps([row.facts for row in OrderEvent.objects.filter(order=order)])
    kept += json.dumps([row.facts for row in AuditEntry.objects.all()])
    assert '"age"' not in kept
    assert "李明" not in kept


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"consents": {}}, ConsentMissing),
        ({"consents": {"qinghe": False}}, ConsentMissing),
        ({"consents": {"qinghe": True, "yunquan": True}}, ConsentMissing),
        ({"insurer": "nobody"}, PolicyNotPossible),
        ({"insurer": "yunquan", "products": ["cn-damage"]}, PolicyNotPossible),
        ({"products": ["cn-damage", "cn-yunquan-damage"]}, CoversOfTwoInsurers),
        ({"products": ["cn-moon"]}, UnknownCover),
        ({"driver": {"age": 17}}, CoverNotOffered),
        ({"driver": {"age": True}}, CoverNotOffered),
        ({"start_on": TODAY - timedelta(days=1)}, PolicyNotPossible),
        ({"start_on": TODAY + timedelta(days=366)}, PolicyNotPossible),
    ],
)
def test_each_bad_request_has_its_error_and_stores_nothing(
    desk: Desk, changes: dict[str, Any], error: type[Exception]
) -> None:
    order = insured_order()
    with pytest.raises(error):
        desk.take_out(order, **changes)
    assert not InsurancePolicy.objects.exists()
    assert desk.driver.world.policies() == []
    assert axis(order) == "quoted"


@pytest.mark.parametrize(
    "state",
    [OrderState.AWAITING_DEPOSIT, OrderState.HANDED_OVER, OrderState.CANCELLED],
)
def test_an_order_insures_between_its_deposit_and_its_handover(
    desk: Desk, state: OrderState
) -> None:
    with pytest.raises(PolicyNotPossible) as caught:
        desk.take_out(insured_order(state=state))
    assert caught.value.facts["reason"] == "state"


def test_an_insurer_without_an_open_door_takes_nothing(desk: Desk) -> None:
    del desk.drivers["qinghe"]
    with pytest.raises(PolicyNotPossible) as caught:
        desk.take_out(insured_order())
    assert caught.value.facts["reason"] == "insurer"


def test_an_unknown_order_and_an_order_without_a_policy_have_their_errors(desk: Desk) -> None:
    order = insured_order()
    with pytest.raises(UnknownPolicy):
        desk.give_up(order)
    order.code = "C26-NOBODY22"
    for call in (
        lambda: desk.give_up(order),
        lambda: desk.take_out(order),
        lambda: insurance_of(order=order.code, now=NOON),
        lambda: hand_over(order=order.code, actor="staff:1", now=NOON),
    ):
        with pytest.raises(UnknownOrder):
            call()


def test_the_same_policy_asked_for_twice_is_one_and_another_is_refused(desk: Desk) -> None:
    order = insured_order()
    first = desk.take_out(order)
    assert desk.take_out(order) == first
    with pytest.raises(PolicyStateConflict) as caught:
        desk.take_out(order, 40)
    assert caught.value.facts["policy"] == first.code
    assert len(desk.driver.world.policies()) == 1


def test_a_declined_risk_leaves_room_for_another_insurer(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, DECLINED)
    assert (policy.state, policy.reason, policy.ended_at) == ("lapsed", "risk", NOON)
    assert (axis(order), told(order)) == ("lapsed", ["cover-lapsed"])
    assert desk.take_out(order, insurer="yunquan").state == "bound"
    assert axis(order) == "bound"


def test_a_premium_that_was_not_shown_is_not_bound(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, DEARER)
    assert (policy.state, policy.reason) == ("lapsed", "premium")
    assert [seen.status for seen in desk.driver.world.policies()] == [Status.QUOTED]
    assert AuditEntry.objects.filter(action="insurance-mismatch").exists()


def test_a_proof_that_no_office_takes_is_cancelled_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = insured_order()
    monkeypatch.setattr("checkout.services.policies.proof_fits", lambda market, number: False)
    policy = desk.take_out(order)
    assert (policy.state, policy.reason) == ("lapsed", "proof")
    desk.later(seconds=61)
    [seen] = desk.driver.world.policies()
    assert seen.status is Status.CANCELLED
    assert dict(seen.refunds or {}) == dict(seen.premiums)


def test_a_lost_answer_is_found_with_the_same_key(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, SILENT)
    assert (policy.state, axis(order)) == ("quoted", "quoted")
    assert calls(policy) == [("quote", "done", 1), ("bind", "unknown", 1)]
    assert insurance_of(order=order.code, now=NOON).policies[0].waiting == "bind"
    desk.later(seconds=61)
    policy.refresh_from_db()
    assert (policy.state, calls(policy)[1]) == ("bound", ("bind", "done", 2))
    assert len(desk.driver.world.policies()) == 1


def test_a_silent_insurer_is_asked_again_until_it_answers(desk: Desk) -> None:
    order = insured_order()
    desk.silent = True
    policy = desk.take_out(order)
    desk.later(seconds=61)
    desk.later(seconds=61)
    assert calls(policy) == [("quote", "unknown", 3)]
    desk.silent = False
    desk.later(seconds=61)
    desk.later(seconds=61)
    policy.refresh_from_db()
    assert policy.state == "bound"
    assert len(desk.driver.world.policies()) == 1


def test_after_the_keys_are_forgotten_a_call_is_looked_up_and_not_repeated(desk: Desk) -> None:
    order = insured_order()
    found = desk.take_out(order, SILENT)
    desk.later(hours=24)
    found.refresh_from_db()
    assert found.state == "bound"
    desk.silent = True
    lost = desk.take_out(insured_order())
    desk.silent = False
    desk.later(hours=24)
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("lapsed", "never_arrived")
    assert len(desk.driver.world.policies()) == 1


def test_two_clicks_at_once_bind_one_policy(desk: Desk) -> None:
    order = insured_order()
    answers = at_once(*[lambda: desk.take_out(order).code] * 4)
    assert len({answer for answer in answers if isinstance(answer, str)}) == 1
    assert [a for a in answers if not isinstance(a, str)] == []
    assert InsurancePolicy.objects.count() == 1
    assert len(desk.driver.world.policies()) == 1


def test_cancelling_gives_back_by_days_and_twice_is_once(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, start_on=TODAY)
    desk.on(date(2027, 5, 24))
    facts = insurance_of(order=order.code, now=desk.clock.now).policies[0]
    assert desk.give_up(order) == "cancelled"
    assert desk.give_up(order) == "cancelled"
    policy.refresh_from_db()
    lines = {line.cover: line.refund for line in policy.lines.all()}
    assert lines == {"cn-compulsory": 47_370, "cn-damage": 310_803, "cn-third-party-2m": 65_899}
    assert policy.refund == sum(back or 0 for back in lines.values())
    assert facts.refund_today == Money(policy.refund, "CNY")
    assert policy.cancelled_on == date(2027, 5, 24)
    assert [kind for kind, _, _ in calls(policy)] == ["quote", "bind", "cancel"]
    assert (axis(order), told(order)[-1]) == ("cancelled", "cover-cancelled")
    assert len(desk.driver.world.policies()) == 1


def test_cancelling_before_the_first_day_gives_everything_back(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    desk.give_up(order)
    policy.refresh_from_db()
    assert policy.refund == FULL


def test_a_silent_insurer_keeps_the_policy_in_force_until_it_has_heard(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order)
    desk.silent = True
    assert desk.give_up(order) == "bound"
    assert desk.give_up(order) == "bound"
    desk.silent = False
    desk.later(seconds=61)
    assert axis(order) == "cancelled"
    assert InsuranceOperation.objects.filter(kind="cancel").count() == 1


def test_two_cancellations_at_once_are_one(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order)
    answers = at_once(*[lambda: desk.give_up(order)] * 4)
    assert set(answers) == {"cancelled"}
    assert InsuranceOperation.objects.filter(kind="cancel").count() == 1


def test_who_gives_up_while_the_insurer_is_silent_ends_what_it_bound_unheard(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, SILENT)
    assert desk.give_up(order) == "cancelled"
    desk.later(seconds=61)
    desk.later(seconds=61)
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    [seen] = desk.driver.world.policies()
    assert (seen.status, dict(seen.refunds or {})) == (Status.CANCELLED, dict(seen.premiums))


def test_who_gives_up_before_the_insurer_heard_anything_is_never_bound(desk: Desk) -> None:
    order = insured_order()
    desk.silent = True
    desk.take_out(order)
    assert desk.give_up(order) == "cancelled"
    desk.silent = False
    desk.later(seconds=61)
    assert desk.driver.world.policies() == []
    assert not InsuranceOperation.objects.filter(resolved_at=None).exists()


def test_the_law_holds_the_compulsory_cover_after_the_handover(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order)
    order.refresh_from_db()
    order.state = "handed_over"
    order.save()
    with pytest.raises(CoverNotCancellable):
        desk.give_up(order)
    assert axis(order) == "bound"


def test_a_lapsed_policy_cannot_be_given_up(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order, DECLINED)
    with pytest.raises(PolicyStateConflict):
        desk.give_up(order)


@pytest.mark.parametrize("end", ["cancelled", "expired", "withdrawn"])
def test_an_order_that_ends_ends_its_policy(desk: Desk, end: str) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    Order.objects.filter(pk=order.pk).update(state=end)
    desk.work()
    desk.later(seconds=61)
    policy.refresh_from_db()
    assert (policy.state, policy.refund) == ("cancelled", FULL)
    assert insurance.end_with_orders(now=desk.clock.now) == 0


def test_the_ends_that_services_make_are_heard(desk: Desk) -> None:
    for number, end in enumerate((cancel_unpaid_order, expire_order)):
        order = insured_order()
        desk.take_out(order)
        Order.objects.filter(pk=order.pk).update(state="awaiting_deposit")
        if number:
            expire_order(order=order.code, now=NOON + timedelta(hours=1))
        else:
            cancel_unpaid_order(order=order.code, actor=GUEST, now=NOON)
        assert end.__name__
        desk.work()
        desk.later(seconds=61)
        assert axis(order) == "cancelled"


def test_a_cancelling_that_the_insurer_refuses_is_told_and_tried_again_later(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    policy.refresh_from_db()
    seen = desk.driver.door.fetch(policy.insurer_reference)
    desk.driver.world.say(policy.insurer_reference, replace(seen, status=Status.LAPSED))
    with pytest.raises(InsurerRefused):
        desk.give_up(order)
    assert AuditEntry.objects.filter(action="insurance-cancel-refused").exists()
    Order.objects.filter(pk=order.pk).update(state="cancelled")
    assert insurance.end_with_orders(now=desk.clock.now) == 0
    assert insurance.end_with_orders(now=desk.clock.now + timedelta(hours=2)) == 1


def test_the_calendar_starts_a_policy_and_ends_it_and_erases_its_driver(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, start_on=TODAY + timedelta(days=1))
    desk.on(TODAY + timedelta(days=1))
    assert axis(order) == "active"
    desk.on(date(2027, 11, 23))
    assert axis(order) == "lapsed"
    policy.refresh_from_db()
    assert policy.driver
    desk.later(days=30)
    policy.refresh_from_db()
    assert (policy.driver, policy.erased_at) == ("", desk.clock.now)
    assert insurance_of(order=order.code, now=desk.clock.now).policies[0].driver is None


def test_what_the_insurer_says_by_itself_is_fetched_once_and_in_any_order(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    policy.refresh_from_db()
    name, door = policy.insurer_reference, desk.driver.door
    seen = door.fetch(name)
    desk.driver.world.say(
        name,
        replace(
            seen,
            status=Status.CANCELLED,
            cancelled_on=TODAY,
            refunds={"cn-compulsory": Money(999_999, "CNY"), "cn-damage": Money(-1, "CNY")},
        ),
    )
    for _ in range(2):
        assert insuring.settle(insurer_reference=name, insurer=door, now=NOON) == "cancelled"
    lines = {line.cover: line.refund for line in PolicyLine.objects.filter(policy=policy)}
    assert lines == {"cn-compulsory": 95_000, "cn-damage": 0, "cn-third-party-2m": 0}
    assert AuditEntry.objects.filter(action="insurance-refund-odd").count() == 3


def test_an_old_answer_and_one_of_another_policy_change_nothing(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    policy.refresh_from_db()
    seen = desk.driver.door.fetch(policy.insurer_reference)
    old = replace(seen, number=1, status=Status.LAPSED)
    policies.apply_seen(policy=policy, seen=old, now=NOON)
    assert policy.state == "bound"
    with pytest.raises(InsurerMismatch):
        policies.apply_seen(policy=policy, seen=replace(seen, reference="PELSE"), now=NOON)
    desk.driver.world.say(policy.insurer_reference, replace(seen, reference="PELSE"))
    assert (
        insuring.settle(
            insurer_reference=policy.insurer_reference, insurer=desk.driver.door, now=NOON
        )
        is None
    )


def key(order: Order, desk: Desk) -> None:
    hand_over(order=order.code, actor="staff:1", now=desk.clock.now)


def test_no_key_without_the_compulsory_cover(desk: Desk) -> None:
    order = all_paid(insured_order())
    with pytest.raises(CompulsoryCoverMissing) as caught:
        key(order, desk)
    assert caught.value.facts == {"order": order.code, "reason": "missing"}
    desk.take_out(order, start_on=TODAY + timedelta(days=2))
    with pytest.raises(CompulsoryCoverMissing) as early:
        key(order, desk)
    assert early.value.facts["reason"] == "not_begun"
    desk.on(TODAY + timedelta(days=2))
    key(order, desk)
    key(order, desk)
    order.refresh_from_db()
    assert (order.state, order.delivery_state) == ("handed_over", "done")
    assert OrderEvent.objects.filter(order=order, kind="handed-over").count() == 1


def test_a_policy_for_another_car_does_not_open_the_gate(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, start_on=TODAY)
    policy.options = policy.options[1:]
    policy.save()
    with pytest.raises(CompulsoryCoverMissing) as caught:
        key(all_paid(order), desk)
    assert caught.value.facts["reason"] == "vehicle"


def test_a_policy_from_elsewhere_opens_the_gate_and_is_recorded_masked(desk: Desk) -> None:
    order = all_paid(insured_order(insurance=[]))
    assert axis(order) == "none"
    for _ in range(2):
        insurance.show_proof(
            order=order.code,
            insurer="平安产险",
            number="pdza 2026 0001",
            actor=GUEST,
            now=NOON,
        )
    [proof] = CoverProof.objects.all()
    assert (proof.number, proof.number_masked) == ("PDZA20260001", "********0001")
    assert (axis(order), told(order)) == ("proven", ["cover-proven"])
    assert "PDZA" not in json.dumps([e.facts for e in AuditEntry.objects.all()])
    key(order, desk)
    with pytest.raises(BadCoverProof):
        insurance.show_proof(
            order=all_paid(order).code, insurer="", number="1", actor=GUEST, now=NOON
        )
    with pytest.raises(PolicyNotPossible):
        insurance.show_proof(
            order=insured_order(state=OrderState.EXPIRED).code,
            insurer="X",
            number="1234",
            actor=GUEST,
            now=NOON,
        )


def test_an_order_that_is_not_paid_is_not_handed_over_whatever_its_cover(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order, start_on=TODAY)
    with pytest.raises(OrderStateConflict):
        key(order, desk)


def test_the_page_of_facts_compares_the_insurers(desk: Desk) -> None:
    order = insured_order()
    facts = insurance_of(order=order.code, now=NOON)
    assert [offer.insurer for offer in facts.offers] == ["qinghe", "yunquan"]
    first = {line.cover: line.premium.minor for line in facts.offers[0].lines}
    assert (first["cn-compulsory"], first["cn-damage"]) == (95_000, 623_313)
    assert facts.offers[0].total.minor == sum(first.values())
    assert [line.mandatory for line in facts.offers[1].lines][:2] == [True, False]
    assert (facts.gate.open, facts.gate.reason, facts.state) == (False, "missing", "quoted")


def german_order(age: int = 35) -> Order:
    """A Haven for Germany with motor liability and full cover, class SF5."""
    build = saved_build(["trim:voyage"], market="DE")
    quote = create_quote(
        market="DE",
        build=build,
        vin=None,
        finance=None,
        insurance=["de-haftpflicht", "de-vollkasko"],
        insurance_facts={"driver_age": age, "no_claims_class": "SF5", "seats": None},
        place=None,
        now=NOON,
    )
    order = Order.objects.get(code=placed(quote.code).order)
    order.state = "reserved"
    order.save()
    return order


def test_in_germany_the_proof_is_an_evb_number_and_14_days_give_everything_back(
    desk: Desk,
) -> None:
    order = german_order()
    policy = desk.take_out(order, insurer="deichwacht", start_on=TODAY)
    assert (policy.state, policy.currency, policy.premium) == ("bound", "EUR", 49_680 + 118_800)
    assert re.fullmatch(r"[A-Z0-9]{7}", policy.proof)
    desk.on(TODAY + timedelta(days=14))
    facts = insurance_of(order=order.code, now=desk.clock.now).policies[0]
    assert facts.refund_today == Money(49_680 + 118_800, "EUR")
    assert desk.give_up(order) == "cancelled"
    policy.refresh_from_db()
    assert policy.refund == policy.premium


def test_in_germany_the_liability_cover_may_end_after_the_handover_by_days(desk: Desk) -> None:
    order = german_order()
    policy = desk.take_out(order, insurer="deichwacht", start_on=TODAY)
    all_paid(order)
    desk.work()
    hand_over(order=order.code, actor="staff:1", now=NOON)
    desk.on(TODAY + timedelta(days=15))
    assert desk.give_up(order) == "cancelled"
    policy.refresh_from_db()
    assert policy.refund == 47_638 + 113_918
