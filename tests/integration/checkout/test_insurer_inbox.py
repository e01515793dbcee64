"""What insurers say by themselves: stored once, handled once, asked about where nothing came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.cover import Status
from checkout.errors import WebhookRejected
from checkout.models import InsurancePolicy, InsurerMessage
from checkout.services import hints, insurer_inbox, insuring
from kernel.money import Money
from tests.factories.insured import Desk, desk, insured_order
from tests.factories.shelf import NOON

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)


def bound(desk: Desk) -> InsurancePolicy:
    policy = desk.take_out(insured_order())
    policy.refresh_from_db()
    return policy


def ended_there(desk: Desk, policy: InsurancePolicy) -> None:
    seen = desk.driver.door.fetch(policy.insurer_reference)
    refunds = {line.cover: Money(line.premium, "CNY") for line in policy.lines.all()}
    desk.driver.world.say(
        policy.insurer_reference,
        replace(seen, status=Status.CANCELLED, cancelled_on=NOON.date(), refunds=refunds),
    )


def test_a_message_is_stored_once_and_handled_once(desk: Desk) -> None:
    policy = bound(desk)
    ended_there(desk, policy)
    assert desk.hear(policy)
    assert not desk.hear(policy)
    message = InsurerMessage.objects.get()
    assert (message.insurer, message.type, message.deliveries) == ("qinghe", "policy.cancelled", 2)
    assert (message.attempts, message.error, message.processed_at) == (1, "", NOON)
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    assert not insurer_inbox.process(message=message.pk, doors=desk.doors, now=NOON)


def test_a_message_waits_for_a_silent_insurer_with_growing_pauses(desk: Desk) -> None:
    policy = bound(desk)
    ended_there(desk, policy)
    desk.silent = True
    desk.hear(policy)
    message = InsurerMessage.objects.get()
    assert (message.processed_at, message.next_try_at) == (None, NOON + timedelta(seconds=5))
    desk.silent = False
    assert not insurer_inbox.process(message=message.pk, doors=desk.doors, now=NOON)
    desk.later(seconds=6)
    policy.refresh_from_db()
    assert (policy.state, InsurerMessage.objects.get().attempts) == ("cancelled", 2)


def test_after_so_many_silences_a_message_is_left_for_a_person(desk: Desk) -> None:
    policy = bound(desk)
    desk.silent = True
    desk.hear(policy)
    for _ in range(hints.MAX_ATTEMPTS):
        desk.clock.forward(hours=2)
        insurer_inbox.process_due(doors=desk.doors, clock=desk.clock)
    assert InsurerMessage.objects.get().attempts == hints.MAX_ATTEMPTS
    desk.clock.forward(hours=2)
    assert insurer_inbox.process_due(doors=desk.doors, clock=desk.clock) == 0


def test_a_message_about_a_policy_that_is_not_ours_is_done_and_says_so(desk: Desk) -> None:
    policy = bound(desk)
    seen = desk.driver.door.fetch(policy.insurer_reference)
    desk.driver.world.say(policy.insurer_reference, replace(seen, reference="PELSE"))
    assert desk.hear(policy)
    assert InsurerMessage.objects.get().error == "unknown-policy"


def test_a_message_of_a_closed_door_waits(desk: Desk) -> None:
    policy = bound(desk)
    desk.silent = True
    desk.hear(policy)
    desk.clock.forward(hours=1)
    pk = InsurerMessage.objects.get().pk
    assert not insurer_inbox.process(message=pk, doors=lambda _: None, now=desk.clock.now)
    assert InsurerMessage.objects.get().processed_at is None


def test_an_unsigned_message_is_not_stored(desk: Desk) -> None:
    policy = bound(desk)
    body = desk.driver.world.message(policy.insurer_reference).body
    with pytest.raises(WebhookRejected):
        insurer_inbox.receive(body=body, headers={}, insurer=desk.driver.door, now=NOON)
    assert not InsurerMessage.objects.exists()


def test_an_insurer_whose_message_did_not_come_is_asked_after_six_hours(desk: Desk) -> None:
    policy = bound(desk)
    ended_there(desk, policy)
    assert insuring.poll(doors=desk.doors, now=NOON + timedelta(hours=5)) == 0
    assert insuring.poll(doors=desk.doors, now=NOON + timedelta(hours=6)) == 1
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    assert insuring.poll(doors=desk.doors, now=NOON + timedelta(days=9)) == 0


def test_a_silent_insurer_is_asked_about_one_policy_only_and_later_again(desk: Desk) -> None:
    first = bound(desk)
    second = bound(desk)
    desk.silent = True
    later = NOON + timedelta(hours=6)
    assert insuring.poll(doors=desk.doors, now=later) == 0
    asked = InsurancePolicy.objects.filter(polled_at=later).values_list("pk", flat=True)
    assert list(asked) == [first.pk]
    desk.silent = False
    assert insuring.poll(doors=desk.doors, now=later) == 1
    second.refresh_from_db()
    assert second.polled_at == later
