"""Statements of our bank come in whole, once, and whatever dies, nothing twice."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from checkout.errors import BadStatement
from checkout.gateways.statements import LARGEST
from checkout.models import BankFile, BankLine, BankStatement, LedgerEntry
from checkout.services import bank_import
from checkout.services.bank_import import read_file, read_waiting, store_file
from checkout.services.bank_reading import match_open
from tests.factories.bank_lines import month
from tests.factories.bank_shop import file_of, stocked, wrongly_settled
from tests.factories.banked import ACCOUNT, CLERK, DAY, Row, csv_of, imported
from tests.factories.payable import NOON
from tests.factories.till import balances
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db

THREE = (Row(500_000, "deposit", "Anna"), Row(-1_200, "fee"), Row(500_000, "deposit", "Anna"))


def stored(content: bytes, **told: str) -> BankFile:
    return store_file(name="s.csv", content=content, actor=CLERK, now=NOON, **told)[0]


def test_each_line_is_stored_and_booked_once() -> None:
    lines = imported(*THREE)
    assert [line.amount for line in lines] == [500_000, -1_200, 500_000]
    assert balances() == {"1000": 998_800, "2090": -998_800}
    assert LedgerEntry.objects.filter(key__in=[f"bank:{line.key}" for line in lines]).count() == 3
    file = BankFile.objects.get()
    assert (file.state, file.total, file.done, file.added) == ("done", 3, 3, 3)


def test_the_same_bytes_again_give_the_first_row() -> None:
    first, new = store_file(name="a.csv", content=csv_of(THREE), actor=CLERK, now=NOON)
    again, newer = store_file(name="b.csv", content=csv_of(THREE), actor="staff:2", now=NOON)
    assert (first.pk, new, newer) == (again.pk, True, False)
    assert again.name == "a.csv"


def test_a_file_that_repeats_a_day_adds_what_is_new() -> None:
    imported(*THREE)
    more = imported(*THREE, Row(500_000, "deposit", "Anna"), Row(7, "interest"))
    assert [line.amount for line in more] == [500_000, 7]
    assert balances()["1000"] == 1_498_807
    assert imported(*THREE[:2]) == []


def test_a_statement_that_comes_in_another_file_is_the_same() -> None:
    imported(*THREE)
    stored(csv_of(THREE) + b"\n")
    read_waiting(now=NOON)
    assert (BankFile.objects.count(), BankStatement.objects.count()) == (2, 1)
    assert BankFile.objects.values_list("added", flat=True).order_by("pk").last() == 0


def test_a_refused_file_changes_nothing_and_says_where_it_is_wrong() -> None:
    file = stored(csv_of(THREE).replace(b"-12.00", b"twelve"))
    assert read_file(file=file.pk, now=NOON) == 0
    file.refresh_from_db()
    assert (file.state, file.problem["code"], file.problem["row"]) == (
        "refused",
        "bad-statement",
        3,
    )
    assert "twelve" in file.problem["detail"]
    assert not BankLine.objects.exists()
    assert not BankStatement.objects.exists()
    assert not balances()


def test_a_statement_that_does_not_add_up_is_refused() -> None:
    camt = csv_of(THREE).replace(b"9988.00", b"9989.00")
    file = stored(camt)
    read_file(file=file.pk, now=NOON)
    file.refresh_from_db()
    assert file.state == "refused"
    assert file.problem["row"] == 4


def test_a_refused_file_is_read_again_with_what_it_did_not_say() -> None:
    content = b"Date,Amount,Text\n2026-11-20,5.00,hello\n"
    file = stored(content)
    read_file(file=file.pk, now=NOON)
    file.refresh_from_db()
    assert (file.state, file.problem["field"]) == ("refused", "currency")
    assert stored(content).state == "refused"
    assert stored(content, currency="eur", account=ACCOUNT).state == "waiting"
    assert read_waiting(now=NOON) == 1
    line = BankLine.objects.get()
    assert (line.amount, line.currency, line.account) == (500, "EUR", ACCOUNT)
    assert stored(content, currency="CNY", account=ACCOUNT).state == "done"


@pytest.mark.parametrize("content", [b"", b"x" * (LARGEST + 1)], ids=["empty", "huge"])
def test_what_is_no_file_is_not_stored(content: bytes) -> None:
    with pytest.raises(BadStatement):
        stored(content)
    assert not BankFile.objects.exists()


def test_lines_of_zero_move_nothing_and_are_left_out() -> None:
    assert [line.amount for line in imported(Row(0, "notice"), Row(5, "x"))] == [5]


def test_a_file_is_read_in_pieces_and_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_import, "PIECE", 2)
    rows = [Row(100 + at, f"line {at}") for at in range(5)]
    file = stored(csv_of(rows))
    seen: list[int] = []
    go_on = bank_import._go_on

    def told(*args: object) -> object:
        answer = go_on(*args)  # type: ignore[arg-type]
        seen.append(BankFile.objects.get(pk=file.pk).done)
        return answer

    monkeypatch.setattr(bank_import, "_go_on", told)
    assert read_file(file=file.pk, now=NOON) == 5
    assert seen == [2, 4, 5]


def test_wherever_a_worker_dies_the_next_one_goes_on_and_nothing_is_there_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bank_import, "PIECE", 2)
    file = stored(csv_of(THREE))

    def whole() -> None:
        lines = BankLine.objects.count()
        booked = LedgerEntry.objects.filter(kind="bank-line").count()
        assert lines == booked == BankFile.objects.get(pk=file.pk).done

    def all_there() -> None:
        found = BankFile.objects.get(pk=file.pk)
        assert (found.state, found.done, found.added, BankLine.objects.count()) == ("done", 3, 3, 3)
        assert balances() == {"1000": 998_800, "2090": -998_800}

    writes = for_every_write(lambda: read_file(file=file.pk, now=NOON), died=whole, done=all_there)
    assert writes > 8


def test_days_keep_their_order() -> None:
    rows = [Row(10 + at, "x", on=DAY - timedelta(days=3 - at)) for at in range(3)]
    assert [line.booked_on for line in imported(*rows)] == [
        date(2026, 11, 17),
        date(2026, 11, 18),
        date(2026, 11, 19),
    ]


@pytest.mark.prove
def test_a_month_of_damaged_references_settles_nothing_for_anybody_else() -> None:
    lines = 10_000 if os.environ.get("FORECOURT_PROVE") else 120
    found = month(lines=lines)
    stocked(found)
    file = stored(file_of(found))
    assert read_file(file=file.pk, now=NOON) == lines
    settled = match_open(now=NOON)
    assert settled > lines // 5
    assert wrongly_settled(found) == []
    assert BankLine.objects.filter(state="matched").count() == settled
    assert sum(balances().values()) == 0
