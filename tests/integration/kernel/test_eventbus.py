"""Events: stored with their transaction, one job per subscriber, handled once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from kernel import eventbus, jobs
from kernel.models import Job
from kernel.money import Money
from tests.integration.kernel import stage
from tests.integration.kernel.stage import CarBuilt, Wheel

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT = CarBuilt("K7Q2M4XW", Money(35980000, "CNY"), NOON, (Wheel(20), Wheel(21)))


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(eventbus, "_subscribers", {})
    stage.SEEN.clear()
    yield
    stage.SEEN.clear()


def test_every_subscriber_receives_the_event_as_it_was_published() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    eventbus.subscribe(
        "tests.integration.kernel.stage.CarBuilt", "tests.integration.kernel.stage.also_remember"
    )
    event_id = eventbus.publish(EVENT)
    assert Job.objects.count() == 2
    assert stage.SEEN == []
    jobs.run_until_idle(raise_errors=True)
    assert stage.SEEN[:] == [(EVENT, event_id)] * 2


def test_subscribing_twice_is_subscribing_once() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    assert eventbus.subscribers(CarBuilt) == (stage.HANDLER,)


def test_an_event_nobody_wants_stores_nothing() -> None:
    eventbus.publish(EVENT)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_rolls_back_with_what_it_tells() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        eventbus.publish(EVENT)
        raise ZeroDivisionError
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(eventbus.NotInTransaction, match="inside transaction.atomic"):
        eventbus.publish(EVENT)
    with pytest.raises(eventbus.NotInTransaction):
        eventbus.first_time(event_id="x", handler="y")


@pytest.mark.parametrize("thing", [stage.NotFrozen("x"), {"code": "x"}, CarBuilt])
def test_only_a_frozen_dataclass_is_an_event(thing: object) -> None:
    with pytest.raises(TypeError):
        eventbus.publish(thing)


def test_a_handler_that_is_called_again_handles_the_event_once() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    event_id = eventbus.publish(EVENT)
    jobs.run_until_idle(raise_errors=True)
    Job.objects.update(
        state="ready", run_at=None
    )  # as after a worker that died just before it said done
    jobs.run_until_idle(raise_errors=True)
    assert stage.SEEN[:] == [(EVENT, event_id)]


def test_one_failing_handler_is_retried_without_troubling_the_other() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    eventbus.subscribe(CarBuilt, "tests.integration.kernel.stage.also_remember")
    eventbus.publish(CarBuilt("K7Q2M4XW", Money(1, "CNY"), NOON, (), note="fail"))
    jobs.run_until_idle(now=NOON)
    assert len(stage.SEEN) == 1
    jobs.run_until_idle(now=NOON + timedelta(days=1))
    assert len(stage.SEEN) == 1
    assert sorted(Job.objects.values_list("state", "attempts")) == [("done", 1), ("ready", 2)]


def test_a_subscription_to_nothing_is_found_by_the_check() -> None:
    eventbus.subscribe(CarBuilt, stage.HANDLER)
    eventbus.check_subscriptions()
    eventbus.subscribe(CarBuilt, "tests.integration.kernel.stage.nobody")
    with pytest.raises(ImproperlyConfigured, match="nobody"):
        eventbus.check_subscriptions()
    assert "kernel.E001" in [found.id for found in run_checks()]
