"""What the worker does for contracts; nothing else renders."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from contracts.archive import open_archive
from contracts.events import ContractDrafted, ContractStuck
from contracts.pdf import open_renderer
from contracts.queries import contract, waiting_drafts
from contracts.services.issuing import issue_contract
from kernel.eventbus import first_time, publish
from kernel.jobs import task
from kernel.models import Job

log = logging.getLogger("contracts.tasks")

LOST_AFTER = timedelta(minutes=15)
STUCK_AFTER = timedelta(hours=1)


@task(max_attempts=12)
def render_contract(number: str) -> str:
    """Render, archive and issue one draft; gives the SHA-256 of the PDF. Repeating it changes nothing."""
    issued = issue_contract(
        number=number, renderer=open_renderer(), archive=open_archive(), now=timezone.now()
    )
    return issued.pdf_sha256


def on_contract_drafted(event: ContractDrafted, *, event_id: str) -> None:
    """A draft waits for its PDF: render it with the retries of the event's own job."""
    log.info("event=%s contract=%s order=%s", event_id, event.contract, event.order)
    render_contract.call(event.contract)


@task
def render_waiting() -> int:
    """Enqueue drafts whose rendering got lost or gave up, so that no paid order waits unseen; gives how many.

    A draft whose last job still has attempts left is not given another one. One that waits for an hour is told
    once, to whoever reads ContractStuck.
    """
    now = timezone.now()
    tell_stuck(now=now)
    jobs = Job.objects.filter(
        task=render_contract.module_path, state__in=[Job.State.READY, Job.State.RUNNING]
    )
    under_way = {number for args in jobs.values_list("args", flat=True) for number in args}
    lost = [number for number in waiting_drafts(before=now - LOST_AFTER) if number not in under_way]
    for number in lost:
        render_contract.enqueue(number)
    return len(lost)


def tell_stuck(*, now: datetime) -> int:
    """Publish ContractStuck for every draft that waits since STUCK_AFTER, once each; gives how many were new."""
    return sum(_told(number, now) for number in waiting_drafts(before=now - STUCK_AFTER))


@transaction.atomic
def _told(number: str, now: datetime) -> bool:
    new = first_time(event_id=f"stuck:{number}", handler="contracts.tasks.tell_stuck")
    if new:
        found = contract(number)
        publish(ContractStuck(contract=number, order=found.order, at=found.drafted_at))
    return new
