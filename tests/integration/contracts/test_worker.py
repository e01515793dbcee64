"""From the event of a paid deposit to an issued contract, as the worker does it; and what the web process is spared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error, Warning
from django.db import transaction
from django.utils import timezone

from checkout.events import DepositPaid, OrderCancelled
from checkout.models import Order
from contracts import checks, pdf
from contracts.archive import open_archive
from contracts.domain.states import State
from contracts.models import Contract
from contracts.queries import contract_of_order
from contracts.services.archiving import read_pdf
from contracts.tasks import render_contract, render_waiting
from kernel.eventbus import publish, subscribers
from kernel.jobs import run_until_idle
from kernel.models import Job
from kernel.money import Money
from tests.factories.contract import NOW
from tests.integration.contracts.conftest import ORDER

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _ink(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Renders quickly into a temporary archive."""
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.CONTRACT_RENDERER = "tests.factories.contract_order.InkRenderer"
    pdf.open_renderer.cache_clear()
    yield
    pdf.open_renderer.cache_clear()


def paid() -> None:
    with transaction.atomic():
        publish(DepositPaid(order=ORDER, payment="P1", amount=Money(500_000, "CNY"), at=NOW))


@pytest.mark.django_db(transaction=True)
def test_a_paid_deposit_becomes_an_issued_contract(order: str) -> None:
    paid()
    run_until_idle()
    issued = contract_of_order(order)
    assert issued is not None
    assert issued.state is State.ISSUED
    assert read_pdf(number=issued.number, archive=open_archive()).sha256 == issued.pdf_sha256


@pytest.mark.django_db(transaction=True)
def test_the_same_event_twice_gives_one_contract(order: str) -> None:
    paid()
    paid()
    run_until_idle()
    assert Contract.objects.count() == 1
    assert not Job.objects.filter(state=Job.State.DEAD).exists()


@pytest.mark.django_db(transaction=True)
def test_an_order_that_ended_before_the_worker_came_gets_no_contract(order: str) -> None:
    paid()
    Order.objects.update(state="cancelled")
    run_until_idle()
    assert not Contract.objects.exists()
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


@pytest.mark.django_db(transaction=True)
def test_the_contract_of_a_cancelled_order_becomes_void(order: str) -> None:
    paid()
    run_until_idle()
    with transaction.atomic():
        publish(OrderCancelled(order=order, at=NOW + timedelta(hours=1)))
    run_until_idle()
    ended = contract_of_order(order)
    assert ended is not None
    assert ended.state is State.VOID


@pytest.mark.django_db(transaction=True)
def test_a_draft_whose_rendering_got_lost_is_rendered_later(
    draft: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted = draft()
    Job.objects.all().delete()
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=10))
    assert render_waiting.call() == 0
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=16))
    assert render_waiting.call() == 1
    run_until_idle()
    issued = contract_of_order(ORDER)
    assert issued is not None
    assert issued.state is State.ISSUED
    assert render_contract.call(drafted.number) == issued.pdf_sha256
    assert render_waiting.call() == 0


@pytest.mark.django_db(transaction=True)
def test_a_draft_whose_job_still_has_attempts_left_is_not_enqueued_again(
    draft: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft()
    Job.objects.all().delete()
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=16))
    assert [render_waiting.call(), render_waiting.call()] == [1, 0]
    Job.objects.update(state=Job.State.RUNNING)
    assert render_waiting.call() == 0
    Job.objects.update(state=Job.State.DEAD)
    assert render_waiting.call() == 1


def test_the_steps_are_subscribed_by_name() -> None:
    assert "contracts.handlers.on_deposit_paid" in subscribers("checkout.events.DepositPaid")
    assert "contracts.tasks.on_contract_drafted" in subscribers("contracts.events.ContractDrafted")


def test_the_web_process_never_loads_the_renderer() -> None:
    script = (
        "import storefront.wsgi, sys, contracts.tasks, contracts.handlers, contracts.services.signing\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'weasyprint', 'pydyf', 'fontTools', 'pyhanko'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize(("demo", "kind"), [(True, Warning), (False, Error)])
def test_a_missing_library_is_a_warning_in_the_demo_and_an_error_in_production(
    settings: Any, monkeypatch: pytest.MonkeyPatch, demo: bool, kind: type
) -> None:
    settings.DEMO = demo
    monkeypatch.setattr(
        checks, "find_library", lambda name: None if name == "harfbuzz-subset" else "there"
    )
    [message] = checks.libraries_of_the_renderer(None)
    assert type(message) is kind
    assert message.id == "contracts.001"
    assert "libharfbuzz-subset0" in str(message.hint)


def test_a_machine_with_every_library_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_library", lambda name: "there")
    assert checks.libraries_of_the_renderer(None) == []
