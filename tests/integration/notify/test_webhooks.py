"""Outgoing webhooks over real HTTP: signed, at least once, tried for three days, replayed; nothing personal in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.events import ReleasePublished, ReleaseRolledBack, StockChanged
from checkout.errors import WebhookRejected
from checkout.events import DepositPaid, OrderAmended, OrderExpired, OrderPlaced, OrderWithdrawn
from checkout.gateways.signatures import check_signature
from contracts.events import ContractAccepted
from kernel import eventbus, jobs
from kernel.models import AuditEntry, Job
from kernel.money import Money
from storefront.notify.models import WebhookDelivery, WebhookEndpoint
from storefront.notify.webhooks import calling, sending
from storefront.notify.webhooks.calling import Answer, UrlRefused
from storefront.notify.webhooks.sending import (
    SIGNATURE_HEADER,
    UnknownKind,
    change_endpoint,
    deliver,
    open_endpoint,
    pause_after,
    renew_secret,
    replay,
    replay_since,
)
from storefront.notify.webhooks.table import KINDS, body_of
from tests.factories.receivers import Receiver, receiving
from tests.factories.rulebook import table

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
PLACED = OrderPlaced("C26-TEST", NOW)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_LOOPBACK = True
    settings.WAGTAILADMIN_BASE_URL = "https://shop.example"
    with receiving() as found:
        yield found


def opened(receiver: Receiver, name: str = "erp", kinds: Any = KINDS) -> tuple[int, str]:
    row, secret = open_endpoint(
        name=name, url=receiver.url, kinds=kinds, actor="staff:anna", now=NOW
    )
    return row.pk, secret


def publish(event: Any) -> str:
    """Only the webhooks of the event are of interest here."""
    with transaction.atomic():
        event_id = eventbus.publish(event)
    told = Job.objects.filter(task=eventbus.deliver.module_path, state="ready")
    told.exclude(kwargs__handler="storefront.notify.webhooks.handlers.on_event").delete()
    return event_id


def work(now: datetime | None = None) -> None:
    jobs.run_until_idle(now=now, raise_errors=True)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def test_an_event_arrives_signed_and_the_guide_s_way_of_checking_finds_it_true(
    receiver: Receiver,
) -> None:
    _, secret = opened(receiver)
    event_id = publish(PLACED)
    work()
    [call] = receiver.got
    check_signature(
        call["raw"],
        call["headers"][SIGNATURE_HEADER],
        secrets=[secret],
        now=datetime.now(UTC),
    )
    with pytest.raises(WebhookRejected):
        check_signature(
            call["raw"], call["headers"][SIGNATURE_HEADER], secrets=["x"], now=datetime.now(UTC)
        )
    assert receiver.bodies() == [
        {
            "id": event_id,
            "kind": "order.placed",
            "at": "2026-11-16T02:00:00Z",
            "order": "C26-TEST",
            "link": "https://shop.example/api/v1/orders/C26-TEST",
        }
    ]
    assert (only().state, only().last_status, only().attempts) == ("delivered", 200, 1)


def test_an_event_that_is_delivered_again_goes_out_once_an_endpoint(receiver: Receiver) -> None:
    opened(receiver, "erp")
    opened(receiver, "crm", ["order.placed"])
    opened(receiver, "stock", ["stock.changed"])
    publish(PLACED)
    work()
    Job.objects.filter(task=eventbus.deliver.module_path).update(state="ready", run_at=None)
    work()
    assert len(receiver.got) == 2
    assert WebhookDelivery.objects.count() == 2


def test_an_event_of_a_transaction_that_is_undone_is_never_told(receiver: Receiver) -> None:
    opened(receiver)
    with transaction.atomic():
        eventbus.publish(PLACED)
        transaction.set_rollback(True)
    work()
    assert receiver.got == []


def test_a_server_that_fails_hears_it_again_later_with_the_same_body(receiver: Receiver) -> None:
    opened(receiver)
    receiver.answers = [500, 307, 404]
    publish(PLACED)
    now = datetime.now(UTC)
    for attempts in (1, 2, 3):
        jobs.run_until_idle(now=now)
        row = only()
        assert (row.state, row.attempts) == ("waiting", attempts)
        assert row.next_at is not None
        now = row.next_at + timedelta(seconds=1)
        row.next_at = datetime.now(UTC) - timedelta(seconds=1)  # the worker's clock is the real one
        row.save(update_fields=["next_at"])
    jobs.run_until_idle(now=now)
    assert (only().state, only().attempts) == ("delivered", 4)
    assert len({call["raw"] for call in receiver.got}) == 1
    assert len(receiver.got) == 4


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    opened(receiver)
    with receiving() as inside:
        receiver.answers = [inside.url]
        publish(PLACED)
        jobs.run_until_idle(now=datetime.now(UTC))
        assert inside.got == []
    assert (only().last_status, only().state) == (307, "waiting")


def test_a_server_that_is_too_slow_is_left_at_the_deadline(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "DEADLINE", 0.3)
    opened(receiver)
    receiver.answers = [1.5]
    publish(PLACED)
    jobs.run_until_idle(now=datetime.now(UTC))
    assert only().last_status is None
    assert only().error


def test_a_server_that_is_gone_is_tried_for_three_days_and_then_given_up(
    receiver: Receiver,
) -> None:
    opened(receiver)
    publish(PLACED)
    Job.objects.filter(task__contains="deliver_webhook").delete()
    jobs.run_until_idle(raise_errors=True)
    row, now, tries = only(), NOW, 0
    WebhookDelivery.objects.update(
        state="waiting", attempts=0, since=NOW, next_at=NOW, delivered_at=None
    )
    while row.state != "dead":
        state = deliver(delivery=row.pk, now=now, send=lambda u, b, h: Answer(None, "ConnectError"))
        row.refresh_from_db()
        assert state == row.state
        tries += 1
        now = row.next_at or now
    assert timedelta(days=2, hours=12) < now - NOW <= timedelta(days=3)
    assert tries == row.attempts
    assert row.error == "ConnectError"
    assert deliver(delivery=row.pk, now=now + timedelta(days=9)) == "dead"


def test_the_pauses_are_those_of_the_guide() -> None:
    told = {row["after try"]: row["pause"] for row in table("../guide/webhooks.md", "pauses")}
    for number, pause in told.items():
        assert pause_after(int(number)) == timedelta(seconds=int(pause)), number


def test_a_delivery_is_replayed_and_so_is_everything_since_a_moment(receiver: Receiver) -> None:
    endpoint, _ = opened(receiver)
    for code in ("C26-A", "C26-B"):
        publish(OrderPlaced(code, NOW))
        work()
    first = WebhookDelivery.objects.order_by("pk").first()
    assert first is not None
    replay(delivery=first.pk, actor="staff:anna", now=datetime.now(UTC))
    work()
    assert [body["order"] for body in receiver.bodies()] == ["C26-A", "C26-B", "C26-A"]
    count = replay_since(
        endpoint=endpoint,
        since=datetime.now(UTC) - timedelta(minutes=5),
        actor="staff:anna",
        now=datetime.now(UTC),
    )
    work()
    assert count == 2
    assert [body["order"] for body in receiver.bodies()][3:] == ["C26-A", "C26-B"]
    actions = AuditEntry.objects.filter(subject="webhook:erp").values_list("action", flat=True)
    assert list(actions) == [
        "webhook-endpoint-opened",
        "webhook-replayed",
        "webhooks-replayed",
    ]


def test_a_replay_while_a_try_is_under_way_is_not_lost(receiver: Receiver) -> None:
    opened(receiver)
    publish(PLACED)
    jobs.run_until_idle(raise_errors=True)
    row = only()
    later = datetime.now(UTC)

    def replayed_meanwhile(url: str, body: bytes, headers: dict[str, str]) -> Answer:
        replay(delivery=row.pk, actor="staff:anna", now=later + timedelta(seconds=1))
        return Answer(200)

    replay(delivery=row.pk, actor="staff:anna", now=later)
    assert deliver(delivery=row.pk, now=later, send=replayed_meanwhile) == "waiting"
    assert only().next_at == later + timedelta(seconds=1)


def test_an_endpoint_that_is_switched_off_hears_nothing_more(receiver: Receiver) -> None:
    endpoint, _ = opened(receiver)
    receiver.answers = [500]
    publish(PLACED)
    jobs.run_until_idle(now=datetime.now(UTC))
    change_endpoint(
        endpoint=endpoint,
        url=receiver.url,
        kinds=["order.placed"],
        active=False,
        actor="a",
        now=NOW,
    )
    publish(PLACED)
    WebhookDelivery.objects.update(next_at=NOW)
    jobs.run_until_idle(now=datetime.now(UTC) + timedelta(minutes=1))
    assert len(receiver.got) == 1
    assert (only().state, only().error) == ("dead", "the endpoint is off")


def test_a_renewed_secret_signs_what_is_sent_from_then_on(receiver: Receiver) -> None:
    endpoint, old = opened(receiver)
    new = renew_secret(endpoint=endpoint, actor="staff:anna", now=NOW)
    assert new != old
    publish(PLACED)
    work()
    [call] = receiver.got
    header = call["headers"][SIGNATURE_HEADER]
    check_signature(call["raw"], header, secrets=[new], now=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM notify_webhookendpoint")
        assert new not in str(cursor.fetchall())
    assert WebhookEndpoint.objects.get().secret == new


@pytest.mark.parametrize("kinds", [["order.eaten"], [], ["order.placed", "x"]])
def test_an_endpoint_asks_for_kinds_that_there_are(receiver: Receiver, kinds: list[str]) -> None:
    with pytest.raises(UnknownKind):
        opened(receiver, kinds=kinds)


def test_an_endpoint_on_a_private_address_is_refused_when_it_is_opened(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    for url in ("http://127.0.0.1/", "https://10.0.0.7/x", "http://shop.example/", "ftp://a.b/"):
        with pytest.raises(UrlRefused):
            open_endpoint(name="x", url=url, kinds=KINDS, actor="a", now=NOW)


EVENTS: list[tuple[Any, dict[str, str]]] = [
    (DepositPaid("C26-A", "P1", Money(1, "CNY"), NOW), {"kind": "order.deposit_paid"}),
    (OrderAmended("C26-A", 1, ("build",), NOW), {"kind": "order.amended"}),
    (OrderWithdrawn("C26-A", "W1", NOW), {"kind": "order.cancelled", "how": "withdrawn"}),
    (OrderExpired("C26-A", NOW), {"kind": "order.cancelled", "how": "expired"}),
    (
        ContractAccepted("FC-1", "C26-A", "ab" * 32, NOW),
        {"kind": "contract.signed", "how": "accepted", "contract": "FC-1", "order": "C26-A"},
    ),
    (
        ReleasePublished("R000002", 2, "ab" * 32, "R000001", NOW),
        {"kind": "release.published", "release": "R000002", "how": "published"},
    ),
    (
        ReleaseRolledBack("R000001", 1, "ab" * 32, "R000002", NOW),
        {"kind": "release.published", "how": "rolled_back"},
    ),
    (
        StockChanged("LEG1", "held", NOW),
        {"kind": "stock.changed", "vin": "LEG1", "link": "https://s/api/v1/stock/LEG1"},
    ),
    (StockChanged("", "imported", NOW), {"vin": "", "link": "https://s/api/v1/stock"}),
]


@pytest.mark.parametrize(("event", "told"), EVENTS)
def test_what_is_told_is_small(event: Any, told: dict[str, str]) -> None:
    body = body_of(event, event_id="e1", api="https://s/api/v1")
    assert told.items() <= body.items()
    assert set(body) <= {"id", "kind", "at", "order", "release", "vin", "contract", "how", "link"}


def test_every_kind_of_the_promise_is_told() -> None:
    promised = (
        "order.placed order.deposit_paid order.locked order.amended order.cancelled contract.issued "
        "contract.signed delivery.promise_changed order.handed_over release.published stock.changed"
    )
    assert set(KINDS) == set(promised.split())
    assert sending.checked_kinds(list(reversed(KINDS))) == list(KINDS)
