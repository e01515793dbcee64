"""`manage.py worker` as a real process: it survives SIGKILL, ends cleanly on SIGTERM, shares the schedule."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError

from kernel import jobs
from kernel.management.commands import worker as worker_command
from kernel.models import Job, Schedule
from tests.integration.kernel import stage
from tests.integration.kernel.conftest import StartWorker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def test_a_job_of_a_killed_worker_is_reclaimed_by_another(
    start_worker: StartWorker, file: Path
) -> None:
    stage.hang_the_first_time.enqueue(path=str(file), seconds=600)
    first = start_worker("--lease", "2")
    stage.wait_until(lambda: len(stage.lines(file)) == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert Job.objects.get().state == "running"
    start_worker("--lease", "2")
    stage.wait_until(lambda: Job.objects.get().state == "done")
    job = Job.objects.get()
    assert (job.attempts, len(set(job.worker_ids))) == (2, 2)
    assert job.errors[0]["error"] == "kernel.jobs.WorkerDied"
    assert len([line for line in stage.lines(file) if line.startswith("finished")]) == 1


def test_a_long_job_of_a_living_worker_is_left_alone(start_worker: StartWorker, file: Path) -> None:
    stage.sleep.enqueue(path=str(file), seconds=4)
    workers = [start_worker("--lease", "1.5") for _ in range(2)]
    stage.wait_until(lambda: Job.objects.get().state == "done")
    assert stage.lines(file) == ["started", "finished"]
    assert Job.objects.get().attempts == 1
    assert all(worker.poll() is None for worker in workers)


def test_a_job_that_kills_every_worker_ends_in_the_dead_letters(
    start_worker: StartWorker, file: Path
) -> None:
    stage.kill_the_worker.enqueue(path=str(file))
    for _ in range(2):
        assert start_worker("--lease", "0.5").wait(30) == 9
        time.sleep(0.6)
    start_worker("--lease", "0.5", "--idle-exit").wait(30)
    assert jobs.dead_letters().get().attempts == 2
    assert stage.lines(file) == ["started"] * 2


def test_sigterm_lets_the_running_job_finish(start_worker: StartWorker, file: Path) -> None:
    stage.sleep.enqueue(path=str(file), seconds=1.5)
    stage.append.enqueue(path=str(file), text="not by this worker")
    worker = start_worker()
    stage.wait_until(lambda: stage.lines(file) == ["started"])
    worker.send_signal(signal.SIGTERM)
    _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert stage.lines(file) == ["started", "finished"]
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "ready"]
    assert "state=stopped" in log


def test_a_second_signal_breaks_the_running_job_off(start_worker: StartWorker, file: Path) -> None:
    stage.sleep.enqueue(path=str(file), seconds=600)
    worker = start_worker("--lease", "1")
    stage.wait_until(lambda: stage.lines(file) == ["started"])
    worker.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert worker.poll() is None
    worker.send_signal(signal.SIGINT)
    worker.wait(30)
    assert Job.objects.get().state == "running"


def test_a_failing_job_is_retried_with_pauses_by_the_worker(
    start_worker: StartWorker, file: Path
) -> None:
    stage.fail.enqueue(path=str(file))
    worker = start_worker()
    stage.wait_until(lambda: jobs.dead_letters().exists())
    worker.terminate()
    _, log = worker.communicate(timeout=30)
    assert stage.lines(file) == ["tried"] * 3
    told = [line for line in log.splitlines() if "stage.fail" in line]
    assert ["state=ready" in line for line in told] == [True, True, False]
    assert "attempt=3/3 state=dead" in told[-1]
    assert "error=ValueError('it never works')" in told[-1]


def test_idle_exit_works_everything_off_and_once_runs_one(
    start_worker: StartWorker, file: Path
) -> None:
    for number in range(3):
        stage.append.enqueue(path=str(file), text=str(number))
    assert start_worker("--once").wait(30) == 0
    assert stage.lines(file) == ["0"]
    assert start_worker("--idle-exit").wait(30) == 0
    assert stage.lines(file) == ["0", "1", "2"]


def test_two_workers_fire_every_due_moment_exactly_once(
    start_worker: StartWorker, file: Path
) -> None:
    workers = [start_worker(environment={stage.FIRED: str(file)}) for _ in range(2)]
    stage.wait_until(lambda: Schedule.objects.filter(name="tests.fired").exists())
    first = Schedule.objects.get(name="tests.fired").next_at
    stage.wait_until(lambda: len(stage.lines(file)) >= 4)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        assert worker.wait(30) == 0
    last = Schedule.objects.get(name="tests.fired").last_at
    assert last is not None
    due = (last - first) // timedelta(seconds=1) + 1
    assert Job.objects.count() <= due  # a moment is never fired twice
    assert Job.objects.count() >= 4
    assert first <= last <= datetime.now(UTC)


def test_a_worker_waits_for_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    command, looks = worker_command.Command(), 0

    def away_once(**anything: object) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OperationalError("the server closed the connection\nmore")
        command.stop.set()

    monkeypatch.setattr(worker_command, "AWAY", 0.01)
    monkeypatch.setattr(jobs, "claim", away_once)
    call_command(command)
    assert looks == 2
    assert "database: the server closed the connection" in caplog.text
    assert "more" not in caplog.text


def test_a_worker_that_should_end_when_idle_says_when_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(**anything: object) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr(jobs, "claim", away)
    with pytest.raises(OperationalError):
        call_command("worker", "--idle-exit")


def test_a_heartbeat_that_fails_once_is_made_up_by_the_next(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    stage.sleep.enqueue(path=str(file), seconds=0.3)
    beats: list[str] = []

    def renew(job: Job, **anything: object) -> bool:
        beats.append("beat")
        if len(beats) == 1:
            raise OperationalError("locked")
        return len(beats) < 3

    monkeypatch.setattr(jobs, "renew", renew)
    call_command("worker", "--once", "--lease", "0.15")
    assert len(beats) == 3
    assert Job.objects.get().state == "done"
