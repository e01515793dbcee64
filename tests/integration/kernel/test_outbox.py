"""The outbox: stored with its transaction, claimed by one consumer at a time, never lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from kernel import outbox
from kernel.models import OutboxRow

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def put(*keys: str, topic: str = "search") -> None:
    for key in keys:
        outbox.put(topic=topic, key=key, payload={"vin": key}, now=NOON)


def test_messages_are_claimed_oldest_first_and_once() -> None:
    put("a", "b", "c")
    put("other", topic="webhooks")
    messages = outbox.claim(topic="search", now=NOON, limit=2)
    assert [(message.key, message.payload, message.attempts) for message in messages] == [
        ("a", {"vin": "a"}, 1),
        ("b", {"vin": "b"}, 1),
    ]
    assert [message.key for message in outbox.claim(topic="search", now=NOON)] == ["c"]
    assert outbox.claim(topic="search", now=NOON) == []
    assert outbox.mark_sent(messages, now=NOON) == 2
    assert outbox.mark_sent(messages, now=NOON) == 0


def test_a_message_rolls_back_with_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        put("a")
        raise ZeroDivisionError
    assert outbox.claim(topic="search", now=NOON) == []


def test_a_consumer_that_died_loses_its_claim() -> None:
    put("a")
    late = outbox.claim(topic="search", now=NOON, lease=MINUTE)
    again = outbox.claim(topic="search", now=NOON + MINUTE)
    assert [message.attempts for message in again] == [2]
    assert outbox.mark_sent(late, now=NOON + MINUTE) == 0
    assert outbox.mark_sent(again, now=NOON + MINUTE) == 1
    assert outbox.claim(topic="search", now=NOON + timedelta(days=1)) == []


def test_a_failed_message_comes_back_after_its_pause() -> None:
    put("a")
    messages = outbox.claim(topic="search", now=NOON)
    assert outbox.mark_failed(messages, error="503", now=NOON, again_in=MINUTE) == 1
    assert outbox.claim(topic="search", now=NOON + MINUTE / 2) == []
    assert outbox.claim(topic="search", now=NOON + MINUTE)[0].attempts == 2
    assert OutboxRow.objects.get().error == "503"


@pytest.mark.django_db(transaction=True)
def test_many_consumers_never_hold_one_message_together() -> None:
    put(*(str(number) for number in range(60)))
    barrier = threading.Barrier(4)
    held: list[int] = []

    def work() -> None:
        barrier.wait()
        while messages := outbox.claim(topic="search", now=NOON, limit=7):
            held.extend(message.id for message in messages)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == sorted(OutboxRow.objects.values_list("pk", flat=True))
