"""A storm of messages over real processes on PostgreSQL: whatever is lost, repeated, forged or killed, the books equal Stripe's.

A sample of some hundred deliveries every day; `make prove ONLY=money` lets more than ten thousand come.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from checkout.gateways.stripe import StripeGateway
from checkout.models import WebhookMessage
from checkout.services.payments import poll_payments
from kernel.audit import verify_chain
from kernel.jobs import dead_letters
from tests.factories.gateways import StripeDriver
from tests.factories.stripe_world import StripeWorld
from tests.support.processes import Processes
from tests.support.relay import HEADER, HOSTILE, Weather, sign
from tests.support.storm import CURRENCIES, SECRET, Size, Storm
from tests.support.tying import compare

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.prove,
]
FULL = os.environ.get("FORECOURT_PROVE") == "1"
STORM = Weather(duplicate=0.6, hostile=0.07 if FULL else 0.12, delay=6.0 if FULL else 2.0)
SIZE = Size(orders=1_500, kills=5) if FULL else Size(orders=36, kills=2)
House = Callable[..., Processes]


@pytest.fixture
def driver(stripe_world: StripeWorld) -> StripeDriver:
    return StripeDriver(stripe_world.account())


@pytest.fixture
def house(tmp_path: Path, driver: StripeDriver) -> Iterator[House]:
    opened: list[Processes] = []

    def open_house(**environment: str) -> Processes:
        names = {"STORM_STRIPE": driver.account, **environment}
        opened.append(Processes(tmp_path, "tests.faults.storm_settings", environment=names))
        return opened[-1]

    yield open_house
    for each in opened:
        each.stop()


def test_money_ties_out_after_a_storm_with_dying_processes(
    house: House, driver: StripeDriver
) -> None:
    storm = Storm(house(), driver, size=SIZE, weather=STORM, seed=20_261_122)
    told = storm.run(lease_over=not FULL)
    heard, killed = told.told, told.killed
    assert heard.deliveries >= (10_000 if FULL else 200)
    assert heard.duplicates >= 0.3 * heard.deliveries
    assert heard.hostile.total() >= 0.05 * heard.deliveries
    assert not FULL or set(heard.hostile) == set(HOSTILE)
    assert {"web", "worker"} == set(killed)
    assert len(killed) >= (3 if FULL else 2)
    assert (heard.hostile_accepted, heard.refused) == ([], [])

    found = compare(driver, CURRENCIES)
    assert found.none, found
    assert not dead_letters().exists()
    assert verify_chain() == []


def test_money_whose_messages_were_dropped_is_found_by_one_run_of_the_poller(
    house: House, driver: StripeDriver
) -> None:
    weather = Weather(drop=0.05 if FULL else 0.4, delay=1.0)
    size = Size(orders=600, kills=0) if FULL else Size(orders=20, kills=0, workers=1)
    without = "checkout: payments,checkout: books"
    storm = Storm(house(STORM_WITHOUT=without), driver, size=size, weather=weather, seed=7)
    told = storm.run()
    assert told.told.dropped
    storm.house.stop()
    gateway = StripeGateway(
        secret_key=settings.STRIPE_SECRET_KEY,
        publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
        webhook_secrets=settings.STRIPE_WEBHOOK_SECRETS,
        livemode=False,
        api_base=driver.account,
    )
    poll_payments(gateway=gateway, now=timezone.now() + timedelta(minutes=2))
    found = compare(driver, CURRENCIES)
    assert found.none, found


@contextmanager
def database_away() -> Iterator[None]:
    """Nobody has a connection to the database of this test, and nobody gets one."""
    name, server = str(connection.settings_dict["NAME"]), os.environ["TEST_POSTGRES_URL"]
    connection.close()
    with psycopg.connect(server, autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_money_messages_are_answered_5xx_while_the_database_is_away_and_stored_when_sent_again(
    house: House,
) -> None:
    shop = house()
    shop.web()

    def tell(number: int) -> int:
        event = {"id": f"evt_{number}", "type": "x", "livemode": False, "data": {"object": {}}}
        body = json.dumps(event).encode()
        headers = {HEADER: sign(body, SECRET)}
        address = f"{shop.address}/api/v1/webhooks/stripe"
        return httpx.post(address, content=body, headers=headers, timeout=30).status_code

    assert tell(1) == 200
    with database_away():
        assert tell(2) >= 500
    assert [tell(number) for number in (1, 2, 2)] == [200, 200, 200]
    stored = WebhookMessage.objects.values_list("event_id", "deliveries")
    assert dict(stored) == {"evt_1": 2, "evt_2": 2}
