"""`manage.py dead_letters [--requeue JOB ... | --requeue-all]`: jobs that failed their last attempt, and another chance."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from kernel.jobs import dead_letters, requeue
from kernel.models import Job


class Command(BaseCommand):
    """Lists dead jobs, newest first, or gives some all their attempts again once their cause is mended."""

    help = (
        "List jobs that failed their last attempt; --requeue gives them all their attempts again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which jobs to run again; none: list them."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--requeue", type=int, nargs="+", metavar="JOB", default=[])
        which.add_argument("--requeue-all", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a job; raises CommandError for a number that is no dead job, and then requeues none of them."""
        dead = {job.pk: job for job in dead_letters()}
        asked = list(dead) if options["requeue_all"] else options["requeue"]
        unknown = [number for number in asked if number not in dead]
        if unknown:
            raise CommandError(f"no dead job has the number {', '.join(map(str, unknown))}")
        for number in asked or dead:
            self.stdout.write(_line(dead[number]))
        for number in asked:
            requeue(job=number, now=now())
        self.stdout.write(f"{len(asked)} requeued" if asked else f"{len(dead)} dead")


def _line(job: Job) -> str:
    """Number, moment, task, what it was called with, and its last error."""
    error = job.errors[-1]["traceback"].strip().splitlines()[-1] if job.errors else ""
    ended = f"{job.finished_at:%Y-%m-%d %H:%M:%S}" if job.finished_at else ""
    return f"{job.pk}  {ended}  {job.task}  {job.args or ''}{job.kwargs or ''}  {error}"
