"""The tie-out run over the tables: nothing is found where all ties out, and each exception is opened and settled once."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checkout.domain.exceptions import KINDS
from checkout.domain.tie_out import CHARGE
from checkout.errors import (
    GatewayUnavailable,
    MoneyExceptionConflict,
    UnknownMoneyException,
    WordsMissing,
)
from checkout.gateways.books import BookMove
from checkout.models import BankLine, BankStatement, MoneyException, ReconciliationRun
from checkout.services import reconciling
from checkout.services.exceptions import assign, note, reopen, resolve
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.money_breakages import BREAKAGES, seeded
from tests.factories.tied_tables import (
    NOW,
    PROVIDER,
    Books,
    Tables,
    bank_line,
    charged,
    new_order,
    tied_store,
)
from tests.support.racing import at_once

PROVE = os.environ.get("FORECOURT_PROVE") == "1"
SEEDS = range(2) if PROVE else (1,)
"""Every day one way to bring about each class; `make prove` takes every way, twice."""
MOST_STATEMENTS = 45
pytestmark = pytest.mark.django_db


def test_a_store_that_ties_out_has_no_exceptions() -> None:
    books = tied_store()
    run = reconciling.run(provider=PROVIDER, books=books, now=NOW, by="staff:1")
    assert list(MoneyException.objects.values_list("kind", "key", "facts")) == []
    assert run is not None
    assert (run.found, run.opened, run.error, run.finished_at) == (0, 0, "", NOW)
    assert run.sums["moves"] == run.sums["vendor"] == run.sums["ledger"] == dict(books.holds)
    assert ReconciliationRun.objects.count() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_each_class_is_listed_alone_when_it_is_brought_about_and_settles_when_mended(
    seed: int,
) -> None:
    done = seeded(seed=seed, sample=not PROVE)
    assert (done.missed, done.false, done.stayed) == ([], [], [])
    assert done.broken >= len(KINDS)
    assert set(BREAKAGES) == set(KINDS)


# ---- What a run leaves, and what people do ----


def looked(books: Books, minutes: int = 0) -> ReconciliationRun | None:
    """A run some minutes later."""
    now = NOW + timedelta(minutes=minutes)
    return reconciling.run(provider=books.provider, books=books, now=now, by="system")


def line() -> tuple[BankLine, Books]:
    """A line of the bank that nobody can be found for, in a store where all else ties out."""
    books, first = tied_store(orders=5), BankStatement.objects.order_by("pk")[0]
    return bank_line(first, Money(5, "CNY"), why="unknown"), books


def only() -> MoneyException:
    return MoneyException.objects.get()


def test_what_a_person_settled_in_words_stays_settled_until_its_facts_change() -> None:
    row, books = line()
    looked(books)
    found = only()
    assign(exception=found.pk, owner="staff:7", actor="staff:1", now=NOW)
    note(exception=found.pk, words="付款人来电询问", actor="staff:7", now=NOW)
    resolve(exception=found.pk, words="退回付款人", actor="staff:7", now=NOW)
    resolve(exception=found.pk, words="退回付款人", actor="staff:7", now=NOW)
    looked(books, 1)
    assert (only().state, only().resolved_by, only().owner) == ("resolved", "staff:7", "staff:7")
    BankLine.objects.filter(pk=row.pk).update(why="amount")
    run = looked(books, 2)
    assert run is not None
    assert (run.opened, only().state, only().resolution) == (1, "open", "")
    assert (only().note, only().opened_at) == ("付款人来电询问", NOW + timedelta(minutes=2))
    told = AuditEntry.objects.filter(subject=f"exception:{found.pk}").order_by("seq")
    assert list(told.values_list("action", "actor")) == [
        ("exception-assigned", "staff:1"),
        ("exception-noted", "staff:7"),
        ("exception-resolved", "staff:7"),
    ]


def test_what_vanished_is_settled_by_the_run_and_opens_again_when_it_is_back() -> None:
    row, books = line()
    looked(books)
    BankLine.objects.filter(pk=row.pk).update(state="matched")
    run = looked(books, 1)
    assert run is not None
    assert (run.resolved, only().state, only().resolved_by) == (1, "resolved", "system")
    BankLine.objects.filter(pk=row.pk).update(state="open")
    looked(books, 2)
    assert (only().state, only().resolved_by, only().resolved_at) == ("open", "", None)


def test_a_person_may_open_again_what_was_settled_and_only_in_words() -> None:
    _, books = line()
    looked(books)
    with pytest.raises(WordsMissing):
        resolve(exception=only().pk, words="  ok ", actor="staff:7", now=NOW)
    with pytest.raises(MoneyExceptionConflict):
        reopen(exception=only().pk, words="还没有", actor="staff:7", now=NOW)
    resolve(exception=only().pk, words="退回付款人", actor="staff:7", now=NOW)
    with pytest.raises(MoneyExceptionConflict):
        resolve(exception=only().pk, words="另一个说法", actor="staff:8", now=NOW)
    with pytest.raises(MoneyExceptionConflict):
        assign(exception=only().pk, owner="staff:7", actor="staff:7", now=NOW)
    reopen(exception=only().pk, words="款项又退回来了", actor="staff:8", now=NOW)
    assert (only().state, only().note, only().resolution) == ("open", "款项又退回来了", "")
    with pytest.raises(UnknownMoneyException):
        note(exception=only().pk + 1, words="什么都没有", actor="staff:7", now=NOW)


def test_a_vendor_that_keeps_silent_ends_the_run_and_changes_nothing() -> None:
    books = tied_store(orders=5)
    books.holds["CNY"] += 1
    looked(books)

    def silent() -> dict[str, int]:
        raise GatewayUnavailable("no answer", facts={})

    books.balance = silent  # type: ignore[method-assign]
    with pytest.raises(GatewayUnavailable):
        looked(books, 1)
    assert only().state == "open"
    assert ReconciliationRun.objects.first().error == "no answer"  # type: ignore[union-attr]


def test_one_vendors_run_does_not_settle_what_is_another_vendors() -> None:
    books = tied_store(orders=5)
    books.holds["CNY"] += 1
    looked(books)
    looked(Books(provider="other"), 1)
    assert (only().kind, only().state) == ("E15", "open")


def test_a_second_run_waits_for_no_answer_and_a_dead_one_stands_in_nobodys_way() -> None:
    books = tied_store(orders=5)
    begun = ReconciliationRun.objects.create(
        provider=PROVIDER, started_at=NOW, started_by="staff:1"
    )
    assert looked(books, 5) is None
    assert looked(books, 31) is not None
    begun.refresh_from_db()
    assert begun.error == "died"


def test_what_one_side_knows_a_moment_earlier_is_not_compared_until_it_is_an_hour_old() -> None:
    books = tied_store(orders=5)
    tables = Tables()
    order = new_order(tables, "CNY", 1_000_000)
    payment = charged(tables, order, Money(5_000, "CNY"), at=NOW)
    move, entry = tables.moves[0], tables.entries[0][0]
    # The vendor has booked it and told us; its books were not read, and settlement has not come by.
    payment.balance_transaction, tables.moves = "", []
    entry.kind, entry.note = "charge", payment.code
    tables.write()
    looked(books)
    assert not MoneyException.objects.exists()
    # The vendor's balance has it too, and lists it.
    books.holds["CNY"] += move.net.minor
    books.lately = [
        BookMove(move.code, CHARGE, move.gross, move.fee, "CNY", "", "", "", "", NOW, NOW.date())
    ]
    looked(books, 1)
    assert not MoneyException.objects.exists()
    # Our books were read, after the vendor's balance.
    move.save()
    books.lately, books.holds["CNY"] = [], books.holds["CNY"] - move.net.minor
    looked(books, 2)
    assert not MoneyException.objects.exists()
    looked(books, 61)
    assert [(e.kind, e.key.split(":")[0]) for e in MoneyException.objects.order_by("key")] == [
        ("E15", "balance"),
        ("E15", "deposit"),
    ]


def test_more_orders_cost_no_more_statements() -> None:
    books = tied_store(orders=6)
    with CaptureQueriesContext(connection) as few:
        looked(books)
    tables = Tables()
    for _ in range(60):
        charged(tables, new_order(tables, "CNY", 1_000_000), Money(5_000, "CNY"))
    tables.write()
    books.hold(tables)
    with CaptureQueriesContext(connection) as many:
        looked(books, 1)
    assert len(many) == len(few) <= MOST_STATEMENTS


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_are_one() -> None:
    books = tied_store(orders=20)
    books.holds["CNY"] += 1
    answers = at_once(*(partial(looked, books) for _ in range(4)))
    assert len([answer for answer in answers if answer is not None]) >= 1
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert ReconciliationRun.objects.filter(finished_at=None).count() == 0
    assert MoneyException.objects.count() == 1
    assert sum(run.opened for run in ReconciliationRun.objects.all()) == 1
