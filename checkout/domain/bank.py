"""A bank's statement as facts: lines, balances, and what makes a line the same line again (`docs/rules/reconciliation.md`)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from checkout.errors import BadStatement, StatementDoesNotAdd
from kernel.money import Money, total


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked movement; `amount` is signed, money in is positive.

    `bank_ref` is the bank's own number of the movement, empty where it gives none; `text` everything the payer or the
    bank wrote, joined by spaces; `payer` the other side's name.
    """

    booked_on: date
    value_on: date
    amount: Money
    text: str
    payer: str = ""
    bank_ref: str = ""
    end_to_end: str = ""

    @property
    def words(self) -> str:
        """Where a reference may stand: the end-to-end field first, it is the one banks cut least."""
        return " ".join(part for part in (self.end_to_end, self.text) if part)


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of one account between two balances; a balance is None where the bank's format carries none."""

    account: str
    currency: str
    number: str
    opening: Money | None
    closing: Money | None
    lines: tuple[BankLine, ...]

    @property
    def moved(self) -> Money:
        """What the lines add up to."""
        return total([line.amount for line in self.lines], self.currency)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last booking day; None without lines."""
        found = [line.booked_on for line in self.lines]
        return (min(found), max(found)) if found else None


def checked(statement: Statement) -> Statement:
    """The statement if opening + lines = closing; raises StatementDoesNotAdd, CurrencyMismatch."""
    moved = statement.moved
    if statement.opening is None or statement.closing is None:
        return statement
    if statement.opening + moved != statement.closing:
        missing = statement.closing - statement.opening - moved
        raise StatementDoesNotAdd(
            f"statement {statement.number or '?'} of {statement.account}: opening {statement.opening} and lines {moved} "
            f"are not closing {statement.closing}; {missing} is missing",
            facts={"account": statement.account, "missing": missing.minor},
        )
    return statement


def gap_between(before: Statement, after: Statement) -> Money | None:
    """What is missing between two statements that follow each other; None where they join or cannot be compared."""
    if before.closing is None or after.opening is None:
        return None
    missing = after.opening - before.closing
    return missing or None


LARGEST = 10**15
"""Minor units above which an amount is a misread column and no money."""
FIELD, ACCOUNT, NUMBER = 255, 64, 64
"""Characters that are kept of a field of a line, of an account's number and of a statement's."""
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160), *range(55296, 57344)), " ")


@dataclass(frozen=True, slots=True)
class Keyed:
    """A statement as it is stored: its own key, and its lines that move money, each with the key of that line."""

    key: str
    statement: Statement
    lines: tuple[tuple[str, BankLine], ...]


def keyed(statements: Sequence[Statement]) -> tuple[Keyed, ...]:
    """The statements of one file with all keys, fit to be stored; raises BadStatement for what no account has.

    Equal lines are counted over all statements of an account, so that a day told in two statements loses none; a
    statement that the file holds twice is left out the second time. Lines of zero move nothing and are left out.
    """
    found, seen = [], dict[str, Counter[tuple[str, ...]]]()
    for statement in dict.fromkeys(_storable(each) for each in statements):
        counted = seen.setdefault(statement.account, Counter())
        lines = tuple(line for line in statement.lines if line.amount)
        keys = _keys(statement.account, lines, counted)
        found.append(
            Keyed(_statement_key(statement, keys), statement, tuple(zip(keys, lines, strict=True)))
        )
    return tuple(found)


def _statement_key(statement: Statement, keys: Iterable[str]) -> str:
    balances = (str(statement.opening), str(statement.closing))
    return _digest((statement.account, statement.currency, statement.number, *balances, *keys))


def _storable(statement: Statement) -> Statement:
    if not statement.account or len(statement.account) > ACCOUNT:
        raise BadStatement(
            "account: the file does not say whose statement it is; name the account",
            facts={"field": "account"},
        )
    amounts = [line.amount for line in statement.lines]
    balances = [each for each in (statement.opening, statement.closing) if each is not None]
    for row, amount in enumerate([*amounts, *balances], start=1):
        if abs(amount.minor) > LARGEST:
            raise BadStatement(
                f"line {row}: the amount is larger than any bank has moved",
                facts={"row": row, "field": "amount"},
            )
    return replace(
        statement,
        account=_text(statement.account.replace(" ", ""), ACCOUNT),
        number=_text(statement.number, NUMBER),
        lines=tuple(_clean(line) for line in statement.lines),
    )


def _clean(line: BankLine) -> BankLine:
    return replace(
        line,
        text=_text(line.text, None),
        payer=_text(line.payer, FIELD),
        bank_ref=_text(line.bank_ref, FIELD),
        end_to_end=_text(line.end_to_end, FIELD),
    )


def _text(text: str, size: int | None) -> str:
    # Databases refuse characters that no bank means, NUL and halves of a character among them.
    return text.translate(_UNPRINTABLE).strip()[:size]


def keys_of(account: str, lines: Sequence[BankLine]) -> tuple[str, ...]:
    """A name for each line that it keeps in every file that carries it, so that importing twice adds nothing.

    By the bank's own number where there is one. Else by everything that is written in the line and by which of the
    equal lines of that day it is: two equal payments on one day stay two, in this file and in the next that repeats
    the day from its beginning.
    """
    return _keys(account, lines, Counter())


def _keys(
    account: str, lines: Sequence[BankLine], seen: Counter[tuple[str, ...]]
) -> tuple[str, ...]:
    found = []
    for line in lines:
        parts = _parts(account, line)
        seen[parts] += 1
        number = "" if line.bank_ref and seen[parts] == 1 else str(seen[parts])
        found.append(_digest((*parts, number)))
    return tuple(found)


def _parts(account: str, line: BankLine) -> tuple[str, ...]:
    amount = (account, str(line.amount.minor), line.amount.currency)
    if line.bank_ref:
        return (*amount, "ref", line.bank_ref)
    days = (line.booked_on.isoformat(), line.value_on.isoformat())
    return (*amount, "text", *days, line.payer, line.end_to_end, line.text)


def _digest(parts: Iterable[str]) -> str:
    # The unit separator keeps ("a", "bc") and ("ab", "c") apart.
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
