"""Jobs: Django's Tasks interface over one table, with retry, leases, a dead-letter list and a schedule.

At least once: a job is stored in its caller's transaction, runs in `manage.py worker` outside any
transaction, is repeated with growing pauses when it raises, and is reclaimed when its worker dies.
Why a queue of our own: docs/decisions/0001-jobs.md.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar, overload

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django_tasks.base import task as _library_task
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import get_exception_traceback, get_module_path, normalize_json

from kernel.models import Job, Schedule

log = logging.getLogger("kernel.jobs")
P = ParamSpec("P")
T = TypeVar("T")

MAX_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=7)
"""How long a finished job can be looked at; dead ones stay until somebody decides."""


def clock() -> datetime:
    """The moment by which jobs are stored and due: the queue is at the edge, where the clock is read."""
    return timezone.now()  # noqa: TID251 - Wagtail enqueues too and hands no `now`


# ---- What callers use ----


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTask(Task[P, T]):  # type: ignore[misc]
    """A function that runs later: `.enqueue(...)` stores a call, `.enqueue_at(when, ...)` one for later."""

    max_attempts: int = MAX_ATTEMPTS

    def enqueue_at(self, when: datetime, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Store a call that starts at `when` (aware) or soon after; raises InvalidTaskError when naive."""
        return self.using(run_after=when).enqueue(*args, **kwargs)


@overload
def task(function: Callable[P, T], /) -> QueuedTask[P, T]: ...


@overload
def task(
    *, queue: str = "default", max_attempts: int = MAX_ATTEMPTS
) -> Callable[[Callable[P, T]], QueuedTask[P, T]]: ...


def task(
    function: Callable[P, T] | None = None,
    /,
    *,
    queue: str = "default",
    max_attempts: int = MAX_ATTEMPTS,
) -> QueuedTask[P, T] | Callable[[Callable[P, T]], QueuedTask[P, T]]:
    """Make a module-level function a task; its arguments and result are what JSON can hold.

    The function may run more than once: make it idempotent. `max_attempts` counts the first run.
    """

    def made(wrapped: Callable[P, T]) -> QueuedTask[P, T]:
        result: QueuedTask[P, T] = _library_task(queue_name=queue, max_attempts=max_attempts)(
            wrapped
        )
        return result

    return made if function is None else made(function)


class DatabaseBackend(BaseTaskBackend):  # type: ignore[misc]
    """The backend of settings.TASKS: tasks of ours and of Wagtail become rows of one table."""

    task_class = QueuedTask
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, {"QUEUES": [], **params})

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Store one call in the caller's transaction; raises TypeError for arguments JSON cannot hold."""
        return self.enqueue_each(task, [(args, kwargs)])[0]

    def enqueue_each(self, task: Any, calls: Iterable[tuple[Any, Any]]) -> list[Any]:
        """As `enqueue` for each of these arguments, in their order; one statement stores them all."""
        self.validate_task(task)
        jobs = Job.objects.bulk_create(
            Job(
                task=task.module_path,
                queue=task.queue_name,
                priority=task.priority,
                args=normalize_json(args),
                kwargs=normalize_json(kwargs),
                run_at=task.run_after,
                max_attempts=task.max_attempts,
                enqueued_at=clock(),
            )
            for args, kwargs in calls
        )
        results = [_result(job, task, self.alias) for job in jobs]
        for result in results:
            task_enqueued.send(type(self), task_result=result)
        return results

    def get_result(self, result_id: str) -> Any:
        """The present state of a job as the Tasks interface shows it; raises TaskResultDoesNotExist."""
        job = Job.objects.filter(pk=int(result_id)).first() if result_id.isdecimal() else None
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return _result(job, import_string(job.task), self.alias)


_STATUS = {
    Job.State.READY: TaskResultStatus.READY,
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.DONE: TaskResultStatus.SUCCESSFUL,
    Job.State.DEAD: TaskResultStatus.FAILED,
}


def _result(job: Job, called: Any, alias: str) -> Any:
    result = TaskResult(
        task=called,
        id=str(job.pk),
        status=_STATUS[Job.State(job.state)],
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.last_attempted_at,
        args=job.args,
        kwargs=job.kwargs,
        backend=alias,
        errors=[
            TaskError(exception_class_path=e["error"], traceback=e["traceback"]) for e in job.errors
        ],
        worker_ids=list(job.worker_ids),
    )
    object.__setattr__(result, "_return_value", job.return_value)
    return result


def backoff(attempt: int) -> timedelta:
    """The pause after failed attempt number `attempt` (from 1): 5 s, 15 s, 45 s, ... at most an hour."""
    first = float(getattr(settings, "JOB_BACKOFF_SECONDS", 5))
    return min(timedelta(seconds=first * 3 ** min(attempt - 1, 12)), LONGEST_PAUSE)


# ---- The schedule ----


@dataclass(frozen=True, slots=True)
class Repeating:
    """One entry of the schedule: fire `task` at `offset` after every whole `every` since 1970 UTC."""

    name: str
    task: Any
    every: timedelta
    offset: timedelta

    @property
    def period(self) -> str:
        """The rhythm as it is stored."""
        return f"{self.every.total_seconds():g}+{self.offset.total_seconds():g}"

    def due_after(self, moment: datetime) -> datetime:
        """The first due moment later than `moment`."""
        start = datetime(1970, 1, 1, tzinfo=UTC) + self.offset
        return start + ((moment - start) // self.every + 1) * self.every


_schedule: dict[str, Repeating] = {}


def schedule(name: str, task: Any, *, every: timedelta, offset: timedelta = timedelta(0)) -> None:
    """Have `task` (without arguments) enqueued at every due moment, exactly once across workers.

    Call it in `apps.py` `ready()`. A nightly check at 03:00 UTC: `every=timedelta(days=1),
    offset=timedelta(hours=3)`. Moments missed while no worker ran fire once, not many times.
    """
    if every <= timedelta(0):
        raise ValueError(f"schedule {name}: `every` must be longer than nothing")
    _schedule[name] = Repeating(name, task, every, offset)


def fire_due(*, now: datetime) -> int:
    """Enqueue every scheduled task whose moment has come; gives how many. New names start at their next moment."""
    rows = {row.name: row for row in Schedule.objects.filter(name__in=_schedule)}
    fired = 0
    for name, entry in _schedule.items():
        row, upcoming = rows.get(name), entry.due_after(now)
        if row is None:
            row = Schedule(name=name, next_at=upcoming, period=entry.period)
            Schedule.objects.bulk_create([row], ignore_conflicts=True)
        elif row.period != entry.period:  # a new version of the store asks for another rhythm
            Schedule.objects.filter(name=name, period=row.period).update(
                next_at=upcoming, period=entry.period
            )
        elif row.next_at <= now:
            fired += _fire(entry, row.next_at, upcoming)
    return fired


def _fire(entry: Repeating, due: datetime, upcoming: datetime) -> int:
    with transaction.atomic():
        ours = Schedule.objects.filter(name=entry.name, next_at=due).update(
            next_at=upcoming, last_at=due
        )
        if ours:
            entry.task.enqueue()
    return ours


# ---- The dead-letter list; claiming, running, reclaiming ----


def dead_letters() -> QuerySet[Job]:
    """Jobs that failed their last attempt, newest first; `errors` says why."""
    return Job.objects.filter(state=Job.State.DEAD).order_by("-finished_at", "-pk")


def requeue(*, job: int, now: datetime) -> bool:
    """Give a dead job all its attempts again, at once; whether it was dead."""
    return bool(
        Job.objects.filter(pk=job, state=Job.State.DEAD).update(
            state=Job.State.READY, attempts=0, run_at=now, finished_at=None
        )
    )


def _due(now: datetime) -> Q:
    return Q(state=Job.State.READY) & (Q(run_at=None) | Q(run_at__lte=now))


def claim(*, worker: str, lease: timedelta, now: datetime) -> Job | None:
    """The next due job, by priority, then age, now running under our lease; None when nothing is due."""
    candidates = (
        Job.objects.filter(_due(now)).order_by("-priority", "pk").values_list("pk", flat=True)
    )
    peek = list(candidates[:8])  # without a lock, so an idle worker costs one read
    if not peek:
        return None
    if not connection.features.has_select_for_update_skip_locked:
        return next((job for pk in peek if (job := _take(pk, worker, lease, now))), None)
    with transaction.atomic():
        locked = list(candidates.select_for_update(skip_locked=True)[:1])
        return _take(locked[0], worker, lease, now) if locked else None


def _take(pk: int, worker: str, lease: timedelta, now: datetime) -> Job | None:
    taken = Job.objects.filter(_due(now), pk=pk).update(
        state=Job.State.RUNNING,
        worker=worker,
        lease_until=now + lease,
        attempts=F("attempts") + 1,
        last_attempted_at=now,
    )
    return Job.objects.get(pk=pk) if taken else None


def _ours(job: Job) -> QuerySet[Job]:
    """The row while this very attempt is still ours: a job reclaimed from us is not ours to finish."""
    return Job.objects.filter(
        pk=job.pk, state=Job.State.RUNNING, worker=job.worker, attempts=job.attempts
    )


def reclaim(*, now: datetime) -> int:
    """Take running jobs back whose worker let the lease pass; gives how many. The lost run counts as an attempt."""
    count = 0
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now):
        ending = _failed(job, _told(WorkerDied(f"{job.worker} let its lease pass")), now, now)
        if _ours(job).filter(lease_until=job.lease_until).update(**ending):
            count += 1
            log.warning("job=%s task=%s state=reclaimed worker=%s", job.pk, job.task, job.worker)
    return count


class WorkerDied(Exception):
    """The worker of a running job disappeared; found in `Job.errors`."""


def _failed(job: Job, error: dict[str, str], again_at: datetime, now: datetime) -> dict[str, Any]:
    last = job.attempts >= job.max_attempts
    return {
        "state": Job.State.DEAD if last else Job.State.READY,
        "run_at": again_at,
        "finished_at": now if last else None,
        "lease_until": None,
        "started_at": job.started_at or job.last_attempted_at,
        "worker_ids": [*job.worker_ids, job.worker],
        "errors": [*job.errors, {**error, "at": now.isoformat()}],
    }


def run(job: Job, *, now: Callable[[], datetime] = clock) -> Exception | None:
    """Run one claimed job and write down how it ended; gives the error it raised, if any."""
    began = time.perf_counter()
    caught: Exception | None = None
    try:
        called = import_string(job.task)
        result = _result(job, called, "default")
        first = (TaskContext(task_result=result),) if called.takes_context else ()
        # Inside somebody's transaction (tests) a failed job must not break it.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            value = normalize_json(called.call(*first, *job.args, **job.kwargs))
    except Exception as error:  # noqa: BLE001 - whatever it was, it is written down and tried again
        done, caught = _write_failure(job, error, now()), error
    else:
        done = _write_success(job, value, now())
    log.log(
        logging.WARNING if caught else logging.INFO,
        "job=%s task=%s attempt=%s/%s state=%s ms=%d%s",
        *(job.pk, job.task, job.attempts, job.max_attempts, done),
        (time.perf_counter() - began) * 1000,
        f" error={caught!r}" if caught else "",
    )
    return caught


def _told(error: Exception) -> dict[str, str]:
    return {
        "error": get_module_path(type(error)),
        "traceback": get_exception_traceback(error)[-8000:],
    }


def _write_failure(job: Job, error: Exception, now: datetime) -> str:
    ending = _failed(job, _told(error), now + backoff(job.attempts), now)
    return str(ending["state"]) if _ours(job).update(**ending) else "lost"


def _write_success(job: Job, value: Any, now: datetime) -> str:
    written = _ours(job).update(
        state=Job.State.DONE,
        finished_at=now,
        lease_until=None,
        started_at=job.started_at or job.last_attempted_at,
        worker_ids=[*job.worker_ids, job.worker],
        return_value=value,
    )
    return str(Job.State.DONE) if written else "lost"


def run_until_idle(*, now: datetime | None = None, raise_errors: bool = False) -> int:
    """Run due jobs in this process until none is due; gives how many ran. For tests and the demo.

    With `now`, jobs due by then run and failures are retried after it; without, the clock decides.
    `raise_errors` raises what a job raised, after writing it down. Does not fire the schedule.
    """
    count = 0
    moment = clock if now is None else lambda: now
    while job := claim(worker=worker_name(), lease=timedelta(hours=1), now=moment()):
        count += 1
        if (error := run(job, now=moment)) is not None and raise_errors:
            raise error
    return count


def worker_name() -> str:
    """Who claims: host, process and a few random digits."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(3)}"


def renew(job: Job, *, lease: timedelta, now: datetime) -> bool:
    """The heartbeat of a running job: its lease lasts until `now + lease`; false when it is ours no more."""
    return bool(_ours(job).update(lease_until=now + lease))


def housekeeping(*, now: datetime) -> None:
    """What every worker does now and then: reclaim jobs of dead workers, forget old finished ones."""
    reclaim(now=now)
    Job.objects.filter(state=Job.State.DONE, finished_at__lt=now - KEPT).delete()
