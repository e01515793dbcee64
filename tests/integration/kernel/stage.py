"""Tasks, events and handlers for the tests; what they do is written into files, so that other processes see it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from kernel import eventbus, jobs
from kernel.models import Receipt
from kernel.money import Money

HANDLER = "tests.integration.kernel.stage.remember"
FIRED = "FORECOURT_TEST_FIRED"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A part of an event."""

    size: int


@dataclass(frozen=True, slots=True)
class CarBuilt:
    """An event with everything an event may hold."""

    code: str
    price: Money
    at: datetime
    wheels: tuple[Wheel, ...]
    note: str | None = None


@dataclass
class NotFrozen:
    """No event."""

    code: str


SEEN: list[tuple[CarBuilt, str]] = []


def remember(event: CarBuilt, *, event_id: str) -> None:
    """A handler that keeps what it saw; events noted `fail` fail."""
    if event.note == "fail":
        raise ValueError("the handler failed")
    with transaction.atomic():
        if eventbus.first_time(event_id=event_id, handler=HANDLER):
            SEEN.append((event, event_id))


def also_remember(event: CarBuilt, *, event_id: str) -> None:
    """A second handler of the same events."""
    SEEN.append((event, event_id))


def _write(path: str, text: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{text}\n")


@jobs.task
def append(path: str, text: str) -> str:
    """Write one line and give it back."""
    _write(path, text)
    return text


@jobs.task
def in_transaction(path: str) -> None:
    """Write whether the job runs inside a transaction."""
    _write(path, str(connection.in_atomic_block))


@jobs.task(max_attempts=3)
def fail(path: str) -> None:
    """Write one line and fail."""
    _write(path, "tried")
    raise ValueError("it never works")


@jobs.task(max_attempts=3)
def fail_in_the_database() -> None:
    """Store a row and then break a constraint."""
    Receipt.objects.create(event_id="half", handler="done")
    Receipt.objects.create(event_id="half", handler="done")


@jobs.task
def works_the_second_time(path: str) -> str:
    """Fail once, then work."""
    _write(path, "tried")
    if len(Path(path).read_text().splitlines()) < 2:
        raise ValueError("not yet")
    return "worked"


@jobs.task(max_attempts=3)
def hang_the_first_time(path: str, seconds: float) -> None:
    """Write the process id, then sleep in the first run only."""
    _write(path, f"started {os.getpid()}")
    if len(Path(path).read_text().splitlines()) == 1:
        time.sleep(seconds)
    _write(path, f"finished {os.getpid()}")


@jobs.task(max_attempts=2)
def kill_the_worker(path: str) -> None:
    """End the process as a crash would."""
    _write(path, "started")
    os._exit(9)


@jobs.task
def sleep(path: str, seconds: float) -> None:
    """Sleep, saying before and after so."""
    _write(path, "started")
    time.sleep(seconds)
    _write(path, "finished")


@jobs.task
def fired() -> None:
    """What the test schedule fires."""
    _write(os.environ[FIRED], "fired")


@jobs.task
async def asynchronous(path: str) -> None:
    """A coroutine."""
    _write(path, "awaited")


@jobs.task
def gives(value: str) -> object:
    """Something JSON cannot hold."""
    return object()


def lines(path: Path) -> list[str]:
    """What was written so far."""
    return path.read_text().splitlines() if path.exists() else []


def wait_until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for something another process does; fails loudly when it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
