"""When a job is tried again and when a scheduled task is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import jobs

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_pauses_grow_threefold_up_to_an_hour() -> None:
    pauses = [jobs.backoff(attempt).total_seconds() for attempt in range(1, 9)]
    assert pauses == [5, 15, 45, 135, 405, 1215, 3600, 3600]
    assert jobs.backoff(10_000) == jobs.LONGEST_PAUSE


@given(
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=40)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=5000)),
)
def test_the_next_due_moment_is_later_and_at_most_one_period_away(
    every: timedelta, offset: timedelta, later: timedelta
) -> None:
    now = NOON + later
    due = jobs.Repeating("nightly", None, every, offset).due_after(now)
    assert now < due <= now + every
    assert jobs.Repeating("nightly", None, every, offset).due_after(due) == due + every


def test_a_nightly_task_is_due_at_its_hour() -> None:
    nightly = jobs.Repeating("nightly", None, timedelta(days=1), timedelta(hours=3))
    assert nightly.due_after(NOON) == datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_a_period_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        jobs.schedule("never", None, every=timedelta(0))
