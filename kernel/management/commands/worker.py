"""`manage.py worker`: runs jobs until it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection
from django.utils.timezone import now as clock

from kernel import jobs
from kernel.eventbus import check_subscriptions
from kernel.models import Job

log = logging.getLogger("kernel.jobs")
IDLE = 0.2
"""Seconds between two looks at an empty queue: one indexed read each."""
AWAY = 2.0
"""Seconds until a database that is away is tried again."""
SCHEDULE_EVERY = timedelta(seconds=1)


class Command(BaseCommand):
    """Works, reclaims jobs of dead workers, retries, fires the schedule; SIGTERM or Ctrl-C ends it cleanly."""

    requires_system_checks = ()  # quick to start; what a worker needs is checked below
    help = "Run stored jobs: retries, leases, schedule. Start as many as you need; SIGTERM ends one cleanly."

    def __init__(self) -> None:
        super().__init__()
        self.stop = Event()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--once`, `--idle-exit`, `--lease`."""
        parser.add_argument("--once", action="store_true", help="run at most one job, then end")
        parser.add_argument("--idle-exit", action="store_true", help="end when no job is due")
        parser.add_argument(
            "--lease",
            type=float,
            default=30.0,
            help="seconds without a heartbeat until a job is reclaimed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop until told to stop; the running job is finished first, a second signal breaks it off."""
        check_subscriptions()
        _log_to_stderr()
        previous = {
            which: signal.signal(which, self._told) for which in (signal.SIGTERM, signal.SIGINT)
        }
        name, lease = jobs.worker_name(), timedelta(seconds=options["lease"])
        log.info("worker=%s state=started lease=%ss", name, options["lease"])
        try:
            self._work(name, lease, once=options["once"], idle_exit=options["idle_exit"])
        finally:
            for which, handler in previous.items():
                signal.signal(which, handler)
            log.info("worker=%s state=stopped", name)

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self.stop.is_set():
            raise KeyboardInterrupt
        self.stop.set()

    def _work(self, name: str, lease: timedelta, *, once: bool, idle_exit: bool) -> None:
        rounds = _Rounds(lease)
        while not self.stop.is_set():
            try:
                rounds.turn(clock())
                ran = _one_job(name, lease)
            except DatabaseError as error:
                if once or idle_exit:
                    raise
                self._wait_for_database(name, error)
                continue
            if once or (idle_exit and not ran):
                return
            if not ran:
                close_old_connections()
                self.stop.wait(IDLE)

    def _wait_for_database(self, name: str, error: DatabaseError) -> None:
        log.warning("worker=%s database: %s", name, str(error).partition("\n")[0])
        connection.close()
        self.stop.wait(AWAY)


class _Rounds:
    """What is done now and then between jobs: the schedule every second, housekeeping every third of a lease."""

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease
        self.schedule_at: datetime | None = None
        self.housekeeping_at: datetime | None = None

    def turn(self, now: datetime) -> None:
        if self.schedule_at is None or now >= self.schedule_at:
            jobs.fire_due(now=now)
            self.schedule_at = now + SCHEDULE_EVERY
        if self.housekeeping_at is None or now >= self.housekeeping_at:
            jobs.housekeeping(now=now)
            self.housekeeping_at = now + self.lease / 3


def _one_job(name: str, lease: timedelta) -> bool:
    job = jobs.claim(worker=name, lease=lease, now=clock())
    if job is None:
        return False
    with _heartbeat(job, lease):
        jobs.run(job)
    return True


@contextmanager
def _heartbeat(job: Job, lease: timedelta) -> Iterator[None]:
    """Renew the lease of a running job every third of it, from a thread with its own connection."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(lease.total_seconds() / 3):
            try:
                if not jobs.renew(job, lease=lease, now=clock()):
                    return
            except DatabaseError as error:  # a missed beat is made up by the next one
                log.warning("job=%s heartbeat failed: %r", job.pk, error)
            finally:
                connection.close()

    thread = Thread(target=beat, name=f"heartbeat-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _log_to_stderr() -> None:
    """One line per job on stderr, unless settings.LOGGING says otherwise."""
    if not log.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
