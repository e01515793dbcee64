"""`manage.py dead_letters`: whoever mended a cause sees what died of it and lets it run again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kernel import jobs
from kernel.models import Job
from tests.integration.kernel import stage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def dead(tmp_path: Path) -> list[int]:
    """The numbers of two jobs that failed for good."""
    for _ in range(2):
        stage.fail.enqueue(path=str(tmp_path / "lines"))
    for day in range(3):
        jobs.run_until_idle(now=NOON + timedelta(days=day))
    return [job.pk for job in jobs.dead_letters()]


def said(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("dead_letters", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_dead_jobs_are_listed_with_their_last_error(dead: list[int]) -> None:
    first, second, total = said()
    assert [first.split()[0], second.split()[0]] == [str(number) for number in dead]
    assert "stage.fail" in first
    assert first.endswith("ValueError: it never works")
    assert total == "2 dead"


def test_a_named_job_is_given_its_attempts_again(dead: list[int]) -> None:
    assert said("--requeue", str(dead[0]))[-1] == "1 requeued"
    assert Job.objects.get(pk=dead[0]).state == Job.State.READY
    assert said()[-1] == "1 dead"


def test_all_are_requeued_at_once(dead: list[int]) -> None:
    assert said("--requeue-all")[-1] == "2 requeued"
    assert said() == ["0 dead"]


def test_a_number_that_is_no_dead_job_requeues_nothing(dead: list[int]) -> None:
    with pytest.raises(CommandError, match="0"):
        said("--requeue", str(dead[0]), "0")
    assert len(said()) == 3
