"""What the finance desk reads of the bank, in a number of statements that does not grow."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.errors import UnknownBankLine, UnknownTransfer
from checkout.queries.banking import (
    file_progress,
    files_page,
    line_facts,
    missing_of,
    open_lines,
    transfer_facts,
    transfers_awaiting,
    transfers_of,
)
from checkout.services.bank_matching import Target, match, unmatch
from kernel.money import Money
from tests.factories.banked import CLERK, Row, imported, paying
from tests.factories.payable import NOON, payable_order

pytestmark = pytest.mark.django_db


def test_open_lines_come_page_by_page_and_none_is_lost() -> None:
    lines = imported(*(Row(100 + at, f"line {at}") for at in range(5)))
    first = open_lines(size=3)
    second = open_lines(after=first.next, size=3)
    assert [row.line for row in (*first.rows, *second.rows)] == [line.pk for line in lines]
    assert second.next is None


def test_a_line_says_what_each_reading_would_settle_and_what_would_be_left() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order, 600_000))
    (found,) = line_facts(line.pk).candidates
    assert (found.kind, found.code, found.name) == ("order", order.code, "王小明")
    assert (found.open, found.settles, found.left) == (
        Money(500_000, "CNY"),
        Money(500_000, "CNY"),
        Money(100_000, "CNY"),
    )
    with pytest.raises(UnknownBankLine):
        line_facts(0)


def test_a_line_in_parts_shows_its_matches_and_its_rest() -> None:
    order, payment = payable_order()
    (line,) = imported(paying(order, 600_000))
    target = Target("order", order.code, Money(200_000, "CNY"))
    (made,) = match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    facts = line_facts(line.pk)
    assert facts.line.rest == Money(400_000, "CNY")
    assert [(each.kind, each.order, each.amount.minor) for each in facts.matches] == [
        ("payment", order.code, 200_000)
    ]
    payment.refresh_from_db()
    assert missing_of(payment) == Money(300_000, "CNY")
    unmatch(match=made, actor=CLERK, now=NOON)
    facts = line_facts(line.pk)
    assert facts.line.rest == facts.line.amount
    assert facts.matches[0].undone_by == CLERK


def test_files_say_how_far_they_are() -> None:
    imported(Row(1, "x"))
    (file,) = files_page()
    assert (file.state, file.done, file.total, file.over) == ("done", 1, 1, True)
    assert file_progress(file.file) == file
    assert file_progress(0) is None
    assert files_page(before=file.file) == ()


def test_transfers_say_what_can_happen_next() -> None:
    order, _ = payable_order()
    order.state = "expired"
    order.save()
    (line,) = imported(paying(order))
    target = Target("order", order.code, Money(500_000, "CNY"))
    match(line=line.pk, targets=[target], actor=CLERK, now=NOON)
    (found,) = transfers_awaiting()
    assert (found.order, found.amount.minor, found.moves) == (
        order.code,
        500_000,
        ("approve", "refuse"),
    )
    assert found.remittance.startswith(found.transfer)
    assert transfers_of(order.code) == (transfer_facts(found.transfer),)
    assert transfers_awaiting(after=found.transfer) == ()
    with pytest.raises(UnknownTransfer):
        transfer_facts("TNOBODY")


def test_the_desk_asks_no_more_of_many_lines_than_of_few(
    django_assert_max_num_queries: Any,
) -> None:
    orders = [payable_order()[0] for _ in range(6)]
    lines = imported(*(paying(order, 499_999) for order in orders))
    with django_assert_max_num_queries(2):
        assert len(open_lines().rows) == 6
    with django_assert_max_num_queries(9):
        line_facts(lines[0].pk)
