"""The worker reads and compares the books of every open door by itself; each vendor's balance is its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from checkout import tasks
from checkout.gateways import open_doors
from checkout.gateways.ports import PaymentGateway
from checkout.gateways.sandbox import SandboxGateway
from checkout.models import MoneyException, Payment, ReconciliationRun
from checkout.services import payments
from kernel.models import AuditEntry
from tests.factories.gateways import this_moment
from tests.factories.payable import payable_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Two doors are open, and it is a moment after this one."""
    settings.SANDBOX_DIR = tmp_path
    settings.PAYMENT_DOORS = {"alipay_cn": {"door": "sandbox", "methods": ["alipay"]}}
    moment = this_moment() + timedelta(seconds=5)
    monkeypatch.setattr(tasks, "now", lambda: moment)
    return moment


def paid(door: PaymentGateway, now: datetime) -> Payment:
    """A deposit at that door, paid and settled."""
    assert isinstance(door, SandboxGateway)
    order, _ = payable_order(now=now - timedelta(minutes=1))
    step = payments.start_payment(
        order=order.code,
        purpose="deposit",
        method=door.methods[0],
        return_url="",
        gateway=door,
        now=now,
    )
    payment = Payment.objects.get(code=step.payment)
    name = payment.provider_id or ""
    door.world.succeed(name)
    payments.settle(provider=door.provider, provider_id=name, gateway=door, now=now)
    return payment


def test_every_vendors_balance_is_compared_with_its_own_part_of_the_ledger(now: datetime) -> None:
    here, there = list(open_doors(settings))
    paid(here, now)
    paid(there, now)
    paid(there, now)
    assert tasks.tie_out.func(by="staff:1") == 0
    runs = {run.provider: run for run in ReconciliationRun.objects.all()}
    assert set(runs) == {here.provider, there.provider}
    for run in runs.values():
        assert run.sums["moves"] == run.sums["vendor"] == run.sums["ledger"]
        assert (run.started_by, run.error) == ("staff:1", "")
    one, two = (runs[door.provider].sums["ledger"]["CNY"] for door in (here, there))
    assert two == 2 * one
    assert not MoneyException.objects.exists()
    assert AuditEntry.objects.filter(action="reconciled", actor="staff:1").count() == 2


def test_books_are_compared_after_a_reading_that_brought_something_and_not_otherwise(
    now: datetime,
) -> None:
    here, _ = list(open_doors(settings))
    paid(here, now)
    tasks.read_vendor_books.func()
    tasks.read_vendor_books.func()
    assert list(ReconciliationRun.objects.values_list("provider", "started_by")) == [
        (here.provider, "system")
    ]
    assert not AuditEntry.objects.filter(action="reconciled").exists()
