"""Statements add up, and a line keeps its name in every file that carries it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from checkout.domain.bank import BankLine, Statement, checked, gap_between, keys_of
from checkout.errors import StatementDoesNotAdd
from kernel.money import CurrencyMismatch, Money

DAY = date(2026, 11, 20)


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def line(minor: int, text: str = "", ref: str = "") -> BankLine:
    """A line of that day."""
    return BankLine(DAY, DAY, eur(minor), text, bank_ref=ref)


def statement(*lines: BankLine, opening: int | None = 100, closing: int | None = 100) -> Statement:
    """A statement of one account."""
    ends = [None if minor is None else eur(minor) for minor in (opening, closing)]
    return Statement("DE1", "EUR", "7", ends[0], ends[1], lines)


def test_a_statement_that_adds_up_is_taken() -> None:
    found = statement(line(50), line(-20), closing=130)
    assert checked(found) is found
    assert found.days == (DAY, DAY)
    assert statement().days is None


def test_a_statement_that_lacks_a_line_says_how_much() -> None:
    with pytest.raises(StatementDoesNotAdd) as caught:
        checked(statement(line(50), closing=170))
    assert caught.value.facts == {"account": "DE1", "missing": 20}


def test_without_balances_there_is_nothing_to_check() -> None:
    assert checked(statement(line(50), opening=None)).opening is None


def test_a_line_in_another_currency_is_no_line_of_the_account() -> None:
    with pytest.raises(CurrencyMismatch):
        checked(statement(replace(line(1), amount=Money(1, "CNY"))))


def test_a_gap_between_two_statements_is_what_is_missing() -> None:
    assert gap_between(statement(closing=130), statement(opening=130)) is None
    assert gap_between(statement(closing=130), statement(opening=150)) == eur(20)
    assert gap_between(statement(closing=None), statement(opening=150)) is None


def test_two_equal_lines_of_one_day_stay_two_in_every_file() -> None:
    first = keys_of("DE1", [line(50, "rent"), line(50, "rent"), line(60, "rent")])
    again = keys_of("DE1", [line(50, "rent"), line(60, "rent"), line(50, "rent"), line(50, "rent")])
    assert len(set(first)) == 3
    assert set(first) < set(again)
    assert len(set(again)) == 4


def test_the_bank_number_names_a_line_whatever_its_text_became() -> None:
    assert keys_of("DE1", [line(50, "a", "R1")]) == keys_of("DE1", [line(50, "b", "R1")])
    assert keys_of("DE1", [line(50, "a", "R1")]) != keys_of("DE2", [line(50, "a", "R1")])
    assert len(set(keys_of("DE1", [line(50, "a", "R1"), line(50, "a", "R1")]))) == 2


def test_words_that_run_together_differently_are_different_lines() -> None:
    one, other = replace(line(5, "bc"), payer="a"), replace(line(5, "c"), payer="ab")
    assert keys_of("DE1", [one]) != keys_of("DE1", [other])
    assert replace(one, end_to_end="E2E").words == "E2E bc"
