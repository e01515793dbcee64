"""A process that dies after its n-th write, for every n: what was committed stays, what was open never happened.

    def test_a_lock_is_whole_or_not_at_all() -> None:
        order = reserved()
        for_every_write(lambda: lock(order), died=lambda: assert_legal(order), done=lambda: assert_locked(order))

Each death starts from the state the test stands in and is undone afterwards, so nothing has to be made anew. Works in a
plain `django_db` test on both databases; what runs on commit does not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection, transaction

WRITES = ("INSERT", "UPDATE", "DELETE")
MANY = 400
"""No use case writes that often; a loop that never ends is told apart from a long one."""


class Died(BaseException):
    """The process is gone: no `except Exception` of ours hears of it."""


def _nothing() -> None:
    return None


@contextmanager
def dying(*, at: int, before: bool = False) -> Iterator[list[str]]:
    """Die right after write number `at` (from 1), or `before` it; gives the writes made, as they happen."""
    seen: list[str] = []

    def counted(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.lstrip().upper().startswith(WRITES):
            return execute(sql, *rest)
        if before and len(seen) + 1 == at:
            raise Died(f"before write {at}: {sql[:80]}")
        answer = execute(sql, *rest)
        seen.append(sql)
        if not before and len(seen) == at:
            raise Died(f"after write {at}: {sql[:80]}")
        return answer

    with connection.execute_wrapper(counted):
        yield seen


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens within is taken back; durable transactions may begin within, as at the top."""
    outer = transaction.atomic()
    # As Django marks the transaction that it wraps around a TestCase.
    outer._from_testcase = True  # type: ignore[attr-defined]
    with outer:
        yield
        transaction.set_rollback(True)


def for_every_write(
    act: Callable[[], Any],
    *,
    died: Callable[[], Any] = _nothing,
    done: Callable[[], Any] = _nothing,
    again: Callable[[], Any] | None = None,
) -> int:
    """Let `act` die after each of its writes, and between its transactions; gives how many writes it makes.

    After each death `died()` looks at what is left; then `again` (else `act` once more, as a repeated request or job
    would) runs to its end and `done()` looks at the outcome. At last `act` runs undisturbed and `done()` looks again.
    All of it is undone. `act` must be harmless to repeat once it has succeeded, or `again` must be.
    """
    for number in count(1):
        for before in (False, True):
            if not _one_death(act, number, before, died, again or act, done) and not before:
                return number - 1
        if number > MANY:
            raise AssertionError(f"{number} writes and no end")
    raise AssertionError("unreachable")


def _one_death(
    act: Callable[[], Any],
    number: int,
    before: bool,
    died: Callable[[], Any],
    again: Callable[[], Any],
    done: Callable[[], Any],
) -> bool:
    """Whether `act` made so many writes that it died."""
    with undone():
        try:
            with dying(at=number, before=before):
                act()
        except Died:
            died()
            again()
            done()
            return True
        done()
        return False
