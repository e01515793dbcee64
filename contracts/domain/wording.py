"""Amounts, days, shares and ordinals in the words of a contract, in each language. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kernel.money import Money, exponent, shown
from kernel.text import Text, pick

Value = str | int | Decimal | date | Money | Text
"""What a placeholder may stand for; a plain str is a name, the same in every language."""

CAPITALS = "零壹贰叁肆伍陆柒捌玖"
NUMERALS = "零一二三四五六七八九"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def worded(value: Value, language: str, *, plain: bool = False) -> str:
    """`value` as a clause says it in `language` (zh-hans or en); `plain` leaves capital numerals out."""
    if isinstance(value, Mapping):
        return pick(value, language)
    if plain and isinstance(value, Money) and language == "zh-hans":
        return shown(value)
    for kind, words in WORDS.items():
        if isinstance(value, kind):
            return words(value, language)
    return str(value)


def money_in_words(amount: Money, language: str) -> str:
    """An amount as a clause says it: `人民币伍仟元整（¥5,000.00）` or `CNY 5,000.00`.

    Chinese contracts write CNY amounts in capital numerals beside the figures, so that a figure cannot be
    altered unseen (rules of the People's Bank for bills, annex 1 of the Payment and Settlement Measures).
    """
    figures = f"{amount.decimal:,.{exponent(amount.currency)}f}"
    if language == "zh-hans" and amount.currency == "CNY" and 0 <= amount.minor < 10**14:
        return f"人民币{capital_amount(amount)}（¥{figures}）"
    return f"{amount.currency}\u00a0{figures}"


def capital_amount(amount: Money) -> str:
    """A CNY amount below a trillion in capital numerals: 142,077.03 gives 壹拾肆万贰仟零柒拾柒元零叁分."""
    yuan, fen_left = divmod(amount.minor, 100)
    jiao, fen = divmod(fen_left, 10)
    whole = f"{_capital_integer(yuan)}元" if yuan or not fen_left else ""
    if not fen_left:
        return f"{whole}整"
    tail = f"{CAPITALS[jiao]}角" if jiao else ("零" if yuan else "")
    return whole + tail + (f"{CAPITALS[fen]}分" if fen else "")


def _capital_integer(number: int) -> str:
    """Digits in groups of four; a run of zeros is said once and never at the end."""
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    said = ""
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            continue
        if said and (group < 1000 or not groups[index + 1]):
            said += "零"
        said += _capital_group(group) + GROUPS[index]
    return said or "零"


def _capital_group(group: int) -> str:
    said, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            said += ("零" if gap and said else "") + CAPITALS[digit] + PLACES[place]
        gap = not digit
    return said


def day_in_words(day: date, language: str) -> str:
    """`2027年1月2日` or `2 January 2027`."""
    if language == "zh-hans":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day}\u00a0{MONTHS[day.month - 1]}\u00a0{day.year}"


def share_in_words(share: Decimal) -> str:
    """A share of one as a percentage without needless zeros: 0.13 gives `13%`, 0.0388 gives `3.88%`."""
    return f"{(share * 100).normalize():f}%"


def numeral(number: int) -> str:
    """1 to 99 in Chinese numerals, as clauses count: 12 gives 十二, 20 gives 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return NUMERALS[ones]
    return ("" if tens == 1 else NUMERALS[tens]) + "十" + (NUMERALS[ones] if ones else "")


def clause_heading(number: int, language: str) -> str:
    """How a clause is counted: `第五条` or `5`."""
    return f"第{numeral(number)}条" if language == "zh-hans" else str(number)


def annex_heading(number: int, language: str) -> str:
    """How an annex is counted: `附件一` or `Annex 1`."""
    return f"附件{numeral(number)}" if language == "zh-hans" else f"Annex {number}"


WORDS: Mapping[type, Callable[..., str]] = MappingProxyType(
    {
        Money: money_in_words,
        date: day_in_words,
        Decimal: lambda share, _language: share_in_words(share),
    }
)
