"""Jobs in one process: stored with their transaction, retried, dead at last, reclaimed, scheduled once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django_tasks import task_backends
from django_tasks.base import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist
from wagtail.images.tasks import set_image_focal_point_task

from kernel import jobs
from kernel.models import Job, Receipt, Schedule
from tests.integration.kernel import stage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def test_a_stored_job_runs_and_its_result_can_be_read(file: Path) -> None:
    result = stage.append.enqueue(path=str(file), text="车")
    assert result.status == TaskResultStatus.READY
    assert jobs.run_until_idle() == 1
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (
        TaskResultStatus.SUCCESSFUL,
        "车",
        1,
    )
    assert stage.lines(file) == ["车"]
    assert jobs.run_until_idle() == 0


@pytest.mark.django_db(transaction=True)
def test_an_enqueue_rolls_back_with_its_transaction(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        stage.append.enqueue(path=str(file), text="never")
        raise ZeroDivisionError
    assert not Job.objects.exists()
    assert jobs.run_until_idle() == 0
    assert stage.lines(file) == []


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_inside_no_transaction(file: Path) -> None:
    stage.in_transaction.enqueue(path=str(file))
    jobs.run_until_idle()
    assert stage.lines(file) == ["False"]


def test_a_job_for_later_waits_for_its_moment(file: Path) -> None:
    stage.append.enqueue_at(NOON, path=str(file), text="noon")
    assert jobs.run_until_idle(now=NOON - timedelta(seconds=1)) == 0
    assert jobs.run_until_idle(now=NOON) == 1


def test_a_moment_without_time_zone_is_refused(file: Path) -> None:
    with pytest.raises(InvalidTaskError):
        stage.append.enqueue_at(NOON.replace(tzinfo=None), path=str(file), text="noon")


def test_arguments_json_cannot_hold_are_refused_at_once() -> None:
    with pytest.raises(TypeError):
        stage.append.enqueue(path="x", text=object())


def test_urgent_jobs_run_first_and_equals_in_order_of_age(file: Path) -> None:
    for text, priority in [("third", 0), ("fourth", 0), ("first", 5), ("fifth", -1), ("second", 1)]:
        stage.append.using(priority=priority).enqueue(path=str(file), text=text)
    jobs.run_until_idle()
    assert stage.lines(file) == ["first", "second", "third", "fourth", "fifth"]


def test_a_failing_job_is_tried_again_after_growing_pauses_then_is_dead(file: Path) -> None:
    stage.fail.enqueue(path=str(file))
    assert jobs.run_until_idle(now=NOON) == 1
    assert jobs.run_until_idle(now=NOON + timedelta(seconds=4)) == 0
    assert jobs.run_until_idle(now=NOON + timedelta(seconds=5)) == 1
    assert jobs.run_until_idle(now=NOON + timedelta(seconds=19)) == 0
    assert not jobs.dead_letters().exists()
    assert jobs.run_until_idle(now=NOON + timedelta(seconds=20)) == 1
    assert jobs.run_until_idle(now=NOON + timedelta(days=9)) == 0
    [dead] = jobs.dead_letters()
    assert (dead.attempts, len(dead.worker_ids)) == (3, 3)
    assert [error["error"] for error in dead.errors] == ["builtins.ValueError"] * 3
    assert "it never works" in dead.errors[-1]["traceback"]
    assert task_backends["default"].get_result(str(dead.pk)).status == TaskResultStatus.FAILED


def test_a_dead_job_can_be_given_all_its_attempts_again(file: Path) -> None:
    stage.fail.enqueue(path=str(file))
    for day in range(3):
        jobs.run_until_idle(now=NOON + timedelta(days=day))
    [dead] = jobs.dead_letters()
    later = NOON + timedelta(days=5)
    assert jobs.requeue(job=dead.pk, now=later)
    assert not jobs.requeue(job=dead.pk, now=later)
    assert not jobs.dead_letters().exists()
    assert jobs.run_until_idle(now=later) == 1
    assert len(stage.lines(file)) == 4
    assert not jobs.dead_letters().exists()


def test_a_job_that_works_the_second_time_is_done(file: Path) -> None:
    stage.works_the_second_time.enqueue(path=str(file))
    jobs.run_until_idle(now=NOON)
    jobs.run_until_idle(now=NOON + timedelta(minutes=1))
    job = Job.objects.get()
    assert (job.state, job.attempts, job.return_value, len(job.errors)) == ("done", 2, "worked", 1)


def test_a_job_that_breaks_a_constraint_leaves_the_callers_transaction_whole() -> None:
    stage.fail_in_the_database.enqueue()
    assert jobs.run_until_idle(now=NOON) == 1
    assert not Receipt.objects.exists()
    assert Job.objects.get().state == "ready"


def test_what_a_job_raised_can_be_raised_in_a_test(file: Path) -> None:
    stage.fail.enqueue(path=str(file))
    with pytest.raises(ValueError, match="it never works"):
        jobs.run_until_idle(raise_errors=True)


def test_a_result_json_cannot_hold_is_a_failure() -> None:
    stage.gives.enqueue(value="x")
    jobs.run_until_idle(now=NOON)
    assert Job.objects.get().errors[0]["error"] == "builtins.TypeError"


def test_a_task_that_is_gone_goes_to_the_dead_letters() -> None:
    Job.objects.create(task="kernel.gone.away", enqueued_at=NOON, max_attempts=1)
    jobs.run_until_idle(now=NOON)
    assert "kernel.gone" in jobs.dead_letters().get().errors[0]["traceback"]


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_can_be_a_task(file: Path) -> None:
    stage.asynchronous.enqueue(path=str(file))
    jobs.run_until_idle(raise_errors=True)
    assert stage.lines(file) == ["awaited"]


def test_a_result_that_never_was_does_not_exist() -> None:
    for name in ("0", "never"):
        with pytest.raises(TaskResultDoesNotExist):
            task_backends["default"].get_result(name)


def test_a_job_whose_lease_passed_is_reclaimed_and_the_late_worker_cannot_finish_it(
    file: Path,
) -> None:
    stage.append.enqueue(path=str(file), text="x")
    lost = jobs.claim(worker="dead", lease=LEASE, now=NOON)
    assert lost is not None
    assert jobs.reclaim(now=NOON + LEASE) == 0
    assert jobs.reclaim(now=NOON + LEASE * 2) == 1
    again = jobs.claim(worker="alive", lease=LEASE, now=NOON + LEASE * 2)
    assert again is not None
    assert again.attempts == 2
    jobs.run(lost, now=lambda: NOON + LEASE * 2)
    assert Job.objects.get().state == "running"
    jobs.run(again, now=lambda: NOON + LEASE * 2)
    job = Job.objects.get()
    assert (job.state, job.worker) == ("done", "alive")
    assert job.errors[0]["error"] == "kernel.jobs.WorkerDied"


def test_a_job_that_lost_its_last_attempt_with_its_worker_is_dead(file: Path) -> None:
    stage.fail.enqueue(path=str(file))
    for attempt in range(3):
        now = NOON + timedelta(hours=attempt)
        assert jobs.claim(worker="dead", lease=LEASE, now=now)
        assert jobs.reclaim(now=now + LEASE * 2) == 1
    assert jobs.dead_letters().get().errors[-1]["error"] == "kernel.jobs.WorkerDied"


def test_finished_jobs_are_forgotten_after_a_week_and_dead_ones_are_not(file: Path) -> None:
    stage.append.enqueue(path=str(file), text="x")
    Job.objects.create(task="kernel.gone.away", enqueued_at=NOON, max_attempts=1)
    jobs.run_until_idle(now=NOON)
    jobs.housekeeping(now=NOON + timedelta(days=7))
    assert Job.objects.count() == 2
    jobs.housekeeping(now=NOON + timedelta(days=7, seconds=1))
    assert Job.objects.get().state == "dead"


@pytest.mark.django_db(transaction=True)
def test_many_threads_never_claim_one_job_twice(file: Path) -> None:
    for number in range(40):
        stage.append.enqueue(path=str(file), text=str(number))
    claimed: list[int] = []
    barrier = threading.Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        while job := jobs.claim(worker=name, lease=LEASE, now=NOON):
            claimed.append(job.pk)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(Job.objects.values_list("pk", flat=True))


@pytest.fixture
def every_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_schedule", {})
    jobs.schedule("tests.minute", stage.fired, every=timedelta(minutes=1))


def test_a_scheduled_task_fires_once_a_moment(every_minute: None) -> None:
    assert jobs.fire_due(now=NOON) == 0
    assert Schedule.objects.get().next_at == NOON + timedelta(minutes=1)
    assert jobs.fire_due(now=NOON + timedelta(seconds=59)) == 0
    assert jobs.fire_due(now=NOON + timedelta(seconds=60)) == 1
    assert jobs.fire_due(now=NOON + timedelta(seconds=61)) == 0
    assert Job.objects.get().task == "tests.integration.kernel.stage.fired"


def test_moments_missed_while_no_worker_ran_fire_once(every_minute: None) -> None:
    jobs.fire_due(now=NOON)
    assert jobs.fire_due(now=NOON + timedelta(hours=5, seconds=30)) == 1
    assert Schedule.objects.get().next_at == NOON + timedelta(hours=5, minutes=1)


def test_a_shortened_period_holds_at_once(every_minute: None) -> None:
    jobs.fire_due(now=NOON)
    jobs.schedule("tests.minute", stage.fired, every=timedelta(seconds=10))
    jobs.fire_due(now=NOON + timedelta(seconds=1))
    assert Schedule.objects.get().next_at == NOON + timedelta(seconds=10)


@pytest.mark.django_db(transaction=True)
def test_workers_that_see_the_same_due_moment_fire_it_once(every_minute: None) -> None:
    jobs.fire_due(now=NOON)
    barrier = threading.Barrier(4)
    fired: list[int] = []

    def work() -> None:
        barrier.wait()
        for second in range(0, 180, 20):
            fired.append(jobs.fire_due(now=NOON + timedelta(seconds=second)))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fired) == Job.objects.count() == 2


def test_wagtails_own_jobs_run_in_the_same_queue() -> None:
    result = set_image_focal_point_task.enqueue("wagtailimages", "Image", "0")
    assert jobs.run_until_idle(now=NOON) == 1
    assert result.task.max_attempts == jobs.MAX_ATTEMPTS
    assert "DoesNotExist" in Job.objects.get().errors[0]["traceback"]


def test_an_idle_look_at_the_queue_costs_one_query(
    django_assert_num_queries: Any, file: Path
) -> None:
    stage.append.enqueue_at(NOON + timedelta(days=1), path=str(file), text="later")
    with django_assert_num_queries(1):
        assert jobs.claim(worker="idle", lease=LEASE, now=NOON) is None
