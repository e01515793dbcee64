"""What the worker does for contracts; nothing else renders."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contracts.archive import open_archive
from contracts.events import ContractBuyerSigned, ContractDrafted, ContractStuck
from contracts.pdf import open_renderer
from contracts.queries import contract, waiting_drafts, waiting_seals
from contracts.services.declining import expire_waiting, remind_waiting
from contracts.services.issuing import issue_contract
from contracts.services.sealing import Doors, seal
from contracts.signing import demo_keys, open_signer, open_verifier
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


@task(max_attempts=24)
def seal_contract(number: str, actor: str = "worker") -> str:
    """Sign, seal, verify and archive a contract that its buyer signed; gives its state. Repeating it changes nothing."""
    doors = Doors(open_signer(), open_verifier(), open_archive(), demo=demo_keys())
    return str(seal(number=number, doors=doors, clock=timezone.now, actor=actor).state)


def on_contract_buyer_signed(event: ContractBuyerSigned, *, event_id: str) -> None:
    """The buyer signed: seal it with the retries of a job of its own, unless a person at the desk is to do it."""
    log.info("event=%s contract=%s order=%s", event_id, event.contract, event.order)
    if settings.CONTRACT_COUNTERSIGN == "auto":
        seal_contract.enqueue(event.contract)


@task
def seal_waiting() -> int:
    """Enqueue contracts whose seal got lost or gave up, and tell the desk of those that wait long; gives how many."""
    now = timezone.now()
    if settings.CONTRACT_COUNTERSIGN != "auto":
        return 0
    tell_unsealed(now=now)
    lost = _without_job(seal_contract.module_path, waiting_seals(before=now - LOST_AFTER))
    for number in lost:
        seal_contract.enqueue(number)
    return len(lost)


@task
def watch_unsigned() -> int:
    """Remind buyers of contracts that wait for them, and end those that waited too long; gives how many were touched."""
    now = timezone.now()
    return len(expire_waiting(now=now)) + remind_waiting(now=now)


def tell_unsealed(*, now: datetime) -> int:
    """Publish ContractStuck for every contract that waits for its seal since STUCK_AFTER, once each."""
    waiting = waiting_seals(before=now - STUCK_AFTER)
    return sum(_told(number, now, since="buyer_signed_at") for number in waiting)


def _without_job(task_path: str, numbers: list[str]) -> list[str]:
    jobs = Job.objects.filter(task=task_path, state__in=[Job.State.READY, Job.State.RUNNING])
    under_way = {number for args in jobs.values_list("args", flat=True) for number in args}
    return [number for number in numbers if number not in under_way]


@task
def render_waiting() -> int:
    """Enqueue drafts whose rendering got lost or gave up, so that no paid order waits unseen; gives how many.

    A draft whose last job still has attempts left is not given another one. One that waits for an hour is told
    once, to whoever reads ContractStuck.
    """
    now = timezone.now()
    tell_stuck(now=now)
    lost = _without_job(render_contract.module_path, waiting_drafts(before=now - LOST_AFTER))
    for number in lost:
        render_contract.enqueue(number)
    return len(lost)


def tell_stuck(*, now: datetime) -> int:
    """Publish ContractStuck for every draft that waits since STUCK_AFTER, once each; gives how many were new."""
    return sum(_told(number, now) for number in waiting_drafts(before=now - STUCK_AFTER))


@transaction.atomic
def _told(number: str, now: datetime, since: str = "drafted_at") -> bool:
    told = "stuck" if since == "drafted_at" else "unsealed"
    new = first_time(event_id=f"{told}:{number}", handler="contracts.tasks.tell_stuck")
    if new:
        found = contract(number)
        publish(ContractStuck(contract=number, order=found.order, at=getattr(found, since)))
    return new
