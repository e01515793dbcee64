"""Amounts, days and ordinals in the words of a contract; the table is the one of docs/rules/contracts.md."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.domain.wording import (
    annex_heading,
    capital_amount,
    clause_heading,
    day_in_words,
    money_in_words,
    numeral,
    share_in_words,
    worded,
)
from kernel.money import Money


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (150, "壹元伍角"),
        (1_000, "壹拾元整"),
        (500_000, "伍仟元整"),
        (501_000, "伍仟零壹拾元整"),
        (14_207_703, "壹拾肆万贰仟零柒拾柒元零叁分"),
        (39_530_000, "叁拾玖万伍仟叁佰元整"),
        (10_000_100, "壹拾万零壹元整"),
        (100_000_100, "壹佰万零壹元整"),
        (1_000_000_000, "壹仟万元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (1_000_200_120_005, "壹佰亿零贰佰万壹仟贰佰元零伍分"),
    ],
)
def test_an_amount_is_written_in_capital_numerals(minor: int, words: str) -> None:
    assert capital_amount(Money(minor, "CNY")) == words


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_capital_numerals_can_be_read_back_to_the_same_amount(minor: int) -> None:
    assert _read(capital_amount(Money(minor, "CNY"))) == minor


def _read(words: str) -> int:
    """An independent reader of capital numerals."""
    digits = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
    units = {"拾": 10, "佰": 100, "仟": 1000}
    whole, _, rest = words.partition("元") if "元" in words else ("", "", words)
    total = group = digit = 0
    for char in whole:
        if char in digits:
            digit = digits[char]
        elif char in units:
            group, digit = group + digit * units[char], 0
        else:
            total, group, digit = total + (group + digit) * {"万": 10**4, "亿": 10**8}[char], 0, 0
    total += group + digit
    fen = 0
    for char, unit in zip(rest, rest[1:], strict=False):
        fen += digits.get(char, 0) * {"角": 10, "分": 1}.get(unit, 0)
    return total * 100 + fen


def test_chinese_says_yuan_in_capitals_beside_the_figures() -> None:
    assert money_in_words(Money(500_000, "CNY"), "zh-hans") == "人民币伍仟元整（¥5,000.00）"


def test_the_documented_table_of_amounts_holds() -> None:
    rules = Path(__file__).resolve().parents[3] / "docs/rules/contracts.md"
    section = rules.read_text(encoding="utf-8").split("## Amounts in words")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([\d,.]+) \| (\S+) \| (CNY [\d,.]+) \|$", section, re.MULTILINE)
    assert len(rows) == 5
    for figures, chinese, english in rows:
        amount = Money.of(figures.replace(",", ""), "CNY")
        assert money_in_words(amount, "zh-hans") == chinese
        assert money_in_words(amount, "en").replace("\u00a0", " ") == english


def test_english_and_other_currencies_say_the_figures_with_the_currency() -> None:
    assert money_in_words(Money(500_000, "CNY"), "en") == "CNY\u00a05,000.00"
    assert money_in_words(Money(500_000, "EUR"), "zh-hans") == "EUR\u00a05,000.00"
    assert money_in_words(Money(-500, "CNY"), "zh-hans") == "CNY\u00a0-5.00"


def test_a_summary_says_an_amount_without_capitals() -> None:
    assert worded(Money(500_000, "CNY"), "zh-hans", plain=True) == "¥5,000.00"
    assert worded(Money(500_000, "CNY"), "en", plain=True) == "CNY\u00a05,000.00"


def test_a_value_of_every_kind_is_worded() -> None:
    assert worded({"zh-hans": "云湾", "en": "Haven"}, "en") == "Haven"
    assert worded(date(2027, 1, 2), "zh-hans") == "2027年1月2日"
    assert worded(Decimal("0.13"), "en") == "13%"
    assert worded(60, "zh-hans") == "60"
    assert worded("L0SA", "en") == "L0SA"


def test_a_day_is_said_in_both_languages() -> None:
    assert day_in_words(date(2027, 1, 15), "zh-hans") == "2027年1月15日"
    assert day_in_words(date(2027, 1, 15), "en") == "15\u00a0January\u00a02027"


@pytest.mark.parametrize(
    ("share", "words"),
    [("0.13", "13%"), ("0.0388", "3.88%"), ("0.1", "10%"), ("0", "0%"), ("2", "200%")],
)
def test_a_share_is_a_percentage_without_needless_zeros(share: str, words: str) -> None:
    assert share_in_words(Decimal(share)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (26, "二十六"), (99, "九十九")],
)
def test_clauses_are_counted_in_chinese_numerals(number: int, words: str) -> None:
    assert numeral(number) == words
    assert clause_heading(number, "zh-hans") == f"第{words}条"
    assert clause_heading(number, "en") == str(number)


def test_an_annex_is_counted_in_both_languages() -> None:
    assert (annex_heading(3, "zh-hans"), annex_heading(3, "en")) == ("附件三", "Annex 3")
