"""Two payment doors open at once: each way to pay goes through the door its row names, and nobody is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from checkout import tasks
from checkout.errors import UnknownMethod
from checkout.gateways import open_doors
from checkout.gateways.doors import Doors
from checkout.gateways.sandbox import SandboxGateway, SandboxWorld
from checkout.models import Order, Payment, WebhookMessage
from checkout.services import payments
from kernel.money import Money
from tests.factories.payable import NOON, payable_order
from tests.factories.shelf import put_on_sale
from tests.factories.till import BACK, balances

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def doors(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """The main sandbox, and a merchant's own contract with Alipay beside it, whose row names it."""

    def own_contract(document: dict[str, Any]) -> None:
        for row in document["payment_methods"]:
            if row["code"] == "cn-alipay":
                row["provider"] = "alipay_cn"

    put_on_sale(own_contract)
    settings.SANDBOX_DIR = tmp_path
    settings.PAYMENT_DOORS = {"alipay_cn": {"door": "sandbox", "methods": ["alipay"]}}
    monkeypatch.setattr(tasks, "now", lambda: NOON)
    return open_doors(settings)


def world(doors: Doors, provider: str) -> SandboxWorld:
    door = doors.of(provider)
    assert isinstance(door, SandboxGateway)
    return door.world


def begin(doors: Doors, order: Order, method: str) -> Payment:
    step = payments.start_payment(
        order=order.code,
        purpose="deposit",
        method=method,
        return_url=BACK,
        gateway=doors,
        now=NOON,
    )
    return Payment.objects.get(code=step.payment)


def test_each_way_goes_through_the_door_its_row_names(doors: Doors) -> None:
    first, second = payable_order()[0], payable_order()[0]
    assert begin(doors, first, "card").provider == "sandbox"
    assert begin(doors, second, "alipay").provider == "alipay_cn"
    assert [len(world(doors, name).payments()) for name in doors.providers] == [1, 1]


def test_another_way_chosen_the_attempt_is_closed_at_the_door_where_it_was_begun(
    doors: Doors,
) -> None:
    order, _ = payable_order()
    there = begin(doors, order, "alipay").provider_id or ""
    assert begin(doors, order, "card").provider == "sandbox"
    assert world(doors, "alipay_cn").payment(there)["state"] == "canceled"


def test_without_its_door_a_way_is_not_offered(doors: Doors) -> None:
    order, _ = payable_order()
    with pytest.raises(UnknownMethod) as refused:
        begin(Doors(doors.main), order, "alipay")
    assert refused.value.facts["methods"] == ["wechat_pay", "card", "bank_transfer"]


def test_the_poller_finds_money_at_every_door(doors: Doors) -> None:
    for method in ("card", "alipay"):
        order, _ = payable_order()
        paid = begin(doors, order, method)
        world(doors, paid.provider).succeed(paid.provider_id or "")
    Payment.objects.update(snapshot_at=None)
    assert tasks.poll_payments.func() == 2
    assert set(Payment.objects.values_list("provider", "state")) == {
        ("sandbox", "succeeded"),
        ("alipay_cn", "succeeded"),
    }


def test_a_refund_goes_back_through_the_door_the_money_came_through(doors: Doors) -> None:
    order, _ = payable_order()
    paid = begin(doors, order, "alipay")
    world(doors, "alipay_cn").succeed(paid.provider_id or "")
    Payment.objects.update(snapshot_at=None)
    tasks.poll_payments.func()
    payments.refund_payment(
        payment=paid.code, amount=Money(500_000, "CNY"), reason="test", actor="staff:1", now=NOON
    )
    tasks.sweep_operations.func()
    for key in paid.operations.filter(kind="refund").values_list("key", flat=True):
        for door in doors:
            payments.perform(key=key, gateway=door, now=NOON)
    assert [r["amount"] for r in world(doors, "alipay_cn").payments()[0]["refunds"]] == [500_000]
    assert "2000" not in balances()


def test_each_vendors_message_reaches_its_own_door_only(doors: Doors, client: Client) -> None:
    order, _ = payable_order()
    paid = begin(doors, order, "alipay")
    message = world(doors, "alipay_cn").succeed(paid.provider_id or "")
    headers = dict(message.headers)

    def post(provider: str) -> int:
        return client.post(
            f"/api/v1/webhooks/{provider}",
            message.body,
            content_type="application/json",
            headers=headers,
        ).status_code

    assert (post("sandbox"), post("nobody"), post("alipay_cn")) == (400, 404, 200)
    assert list(WebhookMessage.objects.values_list("provider", flat=True)) == ["alipay_cn"]
    tasks.process_inbox.func()
    paid.refresh_from_db()
    assert paid.state == "succeeded"


def test_an_unpaid_order_ends_only_when_every_door_has_closed(doors: Doors) -> None:
    order, _ = payable_order()
    there = begin(doors, order, "alipay").provider_id or ""
    assert payments.close_open_payments(order=order.code, gateway=doors, now=NOON)
    assert world(doors, "alipay_cn").payment(there)["state"] == "canceled"


@pytest.mark.parametrize(
    ("doors_said", "why"),
    [
        ({"sandbox": {"door": "sandbox"}}, "taken"),
        ({"bank": {"door": "sandbox"}}, "taken"),
        ({"Alipay-CN": {"door": "sandbox"}}, "small letters"),
        ({"alipay_cn": {"door": "http"}}, "dotted name"),
    ],
)
def test_a_door_that_cannot_be_opened_is_named(
    settings: Any, tmp_path: Any, doors_said: dict[str, Any], why: str
) -> None:
    settings.SANDBOX_DIR, settings.PAYMENT_DOORS = tmp_path, doors_said
    with pytest.raises(ImproperlyConfigured, match=why):
        open_doors(settings)


class OwnDoor:
    """A door of a merchant's own, found by its dotted name."""

    def __init__(self, *, name: str, merchant: str) -> None:
        self.provider, self.merchant = name, merchant


def test_a_door_of_the_merchants_own_is_opened_by_its_name_once(
    settings: Any, tmp_path: Any
) -> None:
    dotted = f"{__name__}.OwnDoor"
    settings.SANDBOX_DIR = tmp_path
    settings.PAYMENT_DOORS = {"wechat_cn": {"door": dotted, "merchant": "1900000109"}}
    found = open_doors(settings).of("wechat_cn")
    assert isinstance(found, OwnDoor)
    assert found.merchant == "1900000109"
    assert open_doors(settings).of("wechat_cn") is found
