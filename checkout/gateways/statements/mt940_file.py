"""MT940 (SWIFT) through the library mt-940."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import mt940

from checkout.domain.bank import BankLine, Statement
from checkout.errors import BadStatement
from kernel.money import Money

_START = re.compile(rb"(?m)^:20:")


def read_mt940(body: bytes) -> tuple[Statement, ...]:
    """Every statement of an MT940 file, in its order; raises BadStatement."""
    try:
        return tuple(_statement(part, number) for number, part in enumerate(_parts(body), start=1))
    except (ValueError, ArithmeticError) as error:
        # Digits or currencies that no account of ours has.
        raise BadStatement(f"MT940: {str(error)[:160]}", facts={}) from error


def _parts(body: bytes) -> Iterator[str]:
    """One statement each: the library gives a file's lines together and keeps one balance of all."""
    starts = [found.start() for found in _START.finditer(body)]
    for start, end in zip(starts, [*starts[1:], len(body)], strict=False):
        yield _text(body[start:end])


def _text(body: bytes) -> str:
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _statement(part: str, number: int) -> Statement:
    try:
        found = mt940.parse(part)
        data, rows = dict(found.data), [dict(each.data) for each in found.transactions]
    except (
        ValueError,
        ArithmeticError,
        RuntimeError,
        AssertionError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise BadStatement(
            f"MT940: statement {number} cannot be read: {str(error)[:160]}", facts={"row": number}
        ) from error
    opening = _balance(data, "opening")
    closing = _balance(data, "closing")
    account = str(data.get("account_identification") or "")
    if opening is None or closing is None or not account:
        raise BadStatement(
            f"MT940: statement {number} lacks :25:, :60F: or :62F:", facts={"row": number}
        )
    return Statement(
        account=account.replace(" ", ""),
        currency=opening.currency,
        number=str(data.get("statement_number") or data.get("transaction_reference") or ""),
        opening=opening,
        closing=closing,
        lines=tuple(_line(row, at, number) for at, row in enumerate(rows, start=1)),
    )


def _balance(data: dict[str, Any], which: str) -> Money | None:
    found = data.get(f"final_{which}_balance") or data.get(f"intermediate_{which}_balance")
    if found is None or found.amount is None:
        return None
    return Money.of(found.amount.amount, str(found.amount.currency))


def _line(row: dict[str, Any], at: int, number: int) -> BankLine:
    try:
        amount = Money.of(row["amount"].amount, str(row["amount"].currency))
        value_on = _day(row["date"])
    except (KeyError, AttributeError, ValueError, TypeError) as error:
        raise BadStatement(
            f"MT940: line {at} of statement {number} has no date or amount",
            facts={"row": at, "field": "61"},
        ) from error
    booked = row.get("guessed_entry_date") or row.get("entry_date")
    said = (row.get("purpose"), row.get("extra_details"), row.get("transaction_details"))
    reference = str(row.get("customer_reference") or "")
    return BankLine(
        booked_on=_day(booked) if booked else value_on,
        value_on=value_on,
        amount=amount,
        text=" ".join(dict.fromkeys(" ".join(str(part).split()) for part in said if part)),
        payer=str(row.get("applicant_name") or ""),
        bank_ref=str(row.get("bank_reference") or ""),
        end_to_end="" if reference == "NONREF" else reference,
    )


def _day(found: Any) -> date:
    return date(found.year, found.month, found.day)
