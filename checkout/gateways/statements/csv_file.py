"""CSV as banks export it: any of the usual separators, encodings, headers and ways to write an amount.

A header row names the columns in Chinese, English or German (`HEADERS`); rows before it are skipped. A date and an
amount, or money in and money out, are what a row needs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from checkout.domain.bank import BankLine, Statement
from checkout.errors import BadStatement
from kernel.money import Money, UnknownCurrency, exponent

HEADERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "booked_on": ("date", "booking date", "交易日期", "记账日期", "入账日期", "buchungstag"),
        "value_on": ("value date", "起息日", "valutadatum", "wertstellung"),
        "amount": ("amount", "交易金额", "金额", "发生额", "betrag", "umsatz"),
        "credit": ("credit", "paid in", "收入", "收入金额", "贷方金额", "贷方发生额", "haben"),
        "debit": ("debit", "paid out", "支出", "支出金额", "借方金额", "借方发生额", "soll"),
        "currency": ("currency", "币种", "währung", "waehrung"),
        "payer": (
            "payer",
            "name",
            "counterparty",
            "对方户名",
            "对方名称",
            "auftraggeber",
            "beguenstigter/zahlungspflichtiger",
        ),
        "text": (
            "text",
            "description",
            "details",
            "摘要",
            "附言",
            "用途",
            "备注",
            "verwendungszweck",
        ),
        "bank_ref": ("reference", "bank reference", "流水号", "交易流水号", "referenz"),
        "end_to_end": ("end to end id", "end-to-end reference", "kundenreferenz (end-to-end)"),
        "balance": ("balance", "余额", "账户余额", "saldo"),
        "account": ("account", "iban", "账号", "本方账号", "auftragskonto"),
    }
)
"""Names that a column may have, in lower case, by what it means to us."""
_BY_NAME = {name: field for field, names in HEADERS.items() for name in names}
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%Y年%m月%d日", "%Y.%m.%d")
SUMS = ("合计", "总计", "小计", "total", "summe", "opening", "closing", "期初", "期末")
"""How rows begin that a bank adds below or between the movements; they are no movements."""
HEADER_WITHIN = 30
"""A bank writes at most so many rows of its own before the header."""
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
Row = dict[str, str]


def read_csv(body: bytes, *, account: str, currency: str) -> Statement:
    """The one statement of a CSV file; raises BadStatement naming row and column.

    `account` and `currency` hold where the file has no column for them; balances are taken from a balance column.
    """
    table, fields, start = _read(body)
    rows = list(_rows(table, fields, start))
    if not rows:
        raise BadStatement("CSV: there is no row below the header", facts={"row": start})
    account = rows[0][1].get("account") or account
    currency = (rows[0][1].get("currency") or currency).upper()
    _check_currency(currency)
    decimal = _decimal_sign(rows, exponent(currency))
    lines = tuple(_line(number, row, currency, decimal) for number, row in rows)
    after = _after(rows, currency, decimal)
    if after is None:
        return Statement(account, currency, "", None, None, lines)
    if not _breaks(lines[::-1], after[::-1]):
        # Newest first, as screens show it: a statement is kept oldest first.
        lines, after = lines[::-1], after[::-1]
    broken = _breaks(lines, after)
    if broken:
        raise _bad(
            rows[broken][0], "balance", str(after[broken]), "does not follow from the row before"
        )
    return Statement(account, currency, "", after[0] - lines[0].amount, after[-1], lines)


def _check_currency(currency: str) -> None:
    try:
        exponent(currency)
    except UnknownCurrency as error:
        raise BadStatement(
            f"currency: {currency or 'none'} is not known; name the account's currency",
            facts={"field": "currency"},
        ) from error


def _texts(body: bytes) -> Iterator[str]:
    """The file in every encoding that it can be in; a Chinese one and a Western one may both fit."""
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            yield text


def _table(text: str) -> list[list[str]]:
    head = "\n".join(text.splitlines()[:HEADER_WITHIN])
    separator = max(",;\t|", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return [[cell.strip().strip("\t") for cell in row] for row in reader]
    except csv.Error as error:
        raise BadStatement(f"CSV: {error}", facts={}) from error


def _read(body: bytes) -> tuple[list[list[str]], dict[int, str], int]:
    """The file as a table, which of its columns means what, and the number of its header row."""
    texts = list(_texts(body))
    if not texts:
        raise BadStatement("the file is no text in UTF-8, GB 18030 or Windows-1252", facts={})
    # Read with the wrong letters a file knows fewer of our names, never more.
    found = [reading for text in texts if (reading := _headed(_table(text))) is not None]
    if found:
        return max(found, key=lambda reading: len(reading[1]))
    raise BadStatement(
        "CSV: no row names a date and an amount (or money in and money out); see docs/rules/reconciliation.md",
        facts={"field": "header"},
    )


def _headed(table: list[list[str]]) -> tuple[list[list[str]], dict[int, str], int] | None:
    for at, row in enumerate(table[:HEADER_WITHIN]):
        fields = _named(row)
        if fields:
            return table, fields, at + 1
    return None


def _named(row: Sequence[str]) -> dict[int, str]:
    """What each column of a header row means; empty where the row is no header."""
    fields: dict[int, str] = {}
    for column, cell in enumerate(row):
        field = _BY_NAME.get(cell.casefold())
        if field and field not in fields.values():
            fields[column] = field
    named = set(fields.values())
    whole = "booked_on" in named and ("amount" in named or {"credit", "debit"} <= named)
    return fields if whole else {}


def _rows(
    table: Sequence[Sequence[str]], fields: Mapping[int, str], start: int
) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(table[start:], start=start + 1):
        row = {fields[at]: cell for at, cell in enumerate(cells) if at in fields}
        told = next((cell for cell in cells if cell), "")
        if told and not told.casefold().startswith(SUMS):
            yield number, row


def _amounts(rows: Iterable[tuple[int, Row]]) -> Iterator[str]:
    for _, row in rows:
        for field in ("amount", "credit", "debit", "balance"):
            if row.get(field):
                yield _bare(row[field])


def _bare(text: str) -> str:
    return re.sub(r"[\s'’¥€$]", "", text).replace("−", "-")


def _decimal_sign(rows: Sequence[tuple[int, Row]], digits: int) -> str:
    """The decimal sign of the whole file: `.`, `,`, or empty where no amount has one. Raises BadStatement when unsure."""
    votes: set[str] = set()
    unsure = ""
    for text in _amounts(rows):
        signs = [sign for sign in text if sign in ".,"]
        if len(set(signs)) == 2:
            votes.add(signs[-1])
        elif len(signs) == 1:
            tail = len(text) - text.rindex(signs[0]) - 1
            if tail != 3:
                votes.add(signs[0])
            elif digits == 3:
                unsure = text
    if len(votes) > 1 or (unsure and not votes):
        raise BadStatement(
            f"amount: {unsure or 'the file'} can be read in two ways; export it with one decimal sign",
            facts={"field": "amount"},
        )
    return votes.pop() if votes else ""


def _money(number: int, field: str, text: str, currency: str, decimal: str) -> Money:
    bare = _bare(text)
    if not _PLAIN.fullmatch(bare):
        raise _bad(number, field, text, "is no amount")
    grouping = {".": ",", ",": ".", "": ".,"}[decimal]
    for sign in grouping:
        bare = bare.replace(sign, "")
    try:
        return Money.of(bare.replace(decimal, ".") if decimal else bare, currency)
    except ValueError as error:
        raise _bad(number, field, text, f"has more digits than {currency}") from error


def _line(number: int, row: Row, currency: str, decimal: str) -> BankLine:
    booked_on = _day(row.get("booked_on", ""))
    if booked_on is None:
        raise _bad(number, "date", row.get("booked_on", ""), "is no date")
    if row.get("currency") and row["currency"].upper() != currency:
        raise _bad(number, "currency", row["currency"], f"is not {currency}: one file, one account")
    return BankLine(
        booked_on=booked_on,
        value_on=_day(row.get("value_on", "")) or booked_on,
        amount=_moved(number, row, currency, decimal),
        text=row.get("text", ""),
        payer=row.get("payer", ""),
        bank_ref=row.get("bank_ref", ""),
        end_to_end=row.get("end_to_end", ""),
    )


def _moved(number: int, row: Row, currency: str, decimal: str) -> Money:
    if row.get("amount"):
        return _money(number, "amount", row["amount"], currency, decimal)
    moved = Money.zero(currency)
    for field, sign in (("credit", 1), ("debit", -1)):
        if row.get(field):
            moved += _money(number, field, row[field].lstrip("-"), currency, decimal) * sign
    if not moved:
        raise _bad(number, "amount", "", "is missing")
    return moved


def _after(rows: Sequence[tuple[int, Row]], currency: str, decimal: str) -> list[Money] | None:
    """The balance after each row; None where not every row carries one."""
    if not all(row.get("balance") for _, row in rows):
        return None
    return [_money(number, "balance", row["balance"], currency, decimal) for number, row in rows]


def _breaks(lines: Sequence[BankLine], after: Sequence[Money]) -> int:
    """Which line is the first whose balance is not the one before plus its amount; 0 where all are."""
    pairs = zip(lines[1:], after, after[1:], strict=False)
    broken = (at for at, (line, was, now) in enumerate(pairs, 1) if was + line.amount != now)
    return next(broken, 0)


def _day(text: str) -> date | None:
    plain = text.split(" ")[0].split("T")[0]
    for form in DATES:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _bad(number: int, field: str, text: str, why: str) -> BadStatement:
    return BadStatement(
        f"row {number}, {field}: {text[:40]!r} {why}", facts={"row": number, "field": field}
    )
