"""camt.053 (ISO 20022), versions .02 to .12, through pycamt: one statement at a time, booked entries only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from lxml import etree
from pycamt.parser import Camt053ParseError, Camt053Parser

from checkout.domain.bank import BankLine, Statement
from checkout.errors import BadStatement
from kernel.money import Money

Row = Mapping[str, Any]
BOOKED = "BOOK"
DIGITS = 18
"""ISO 20022 gives an amount 18 of them; `1E999999` is a number too, and no amount."""
UNTOLD = "NOTPROVIDED"
"""What a bank writes into a reference that the payer left empty."""


def read_camt(body: bytes) -> tuple[Statement, ...]:
    """Every statement of a camt.053 file; raises BadStatement."""
    root = _root(body)
    found = list(root.iterfind(".//{*}Stmt"))
    if not found:
        raise BadStatement("camt.053: there is no statement in the file", facts={})
    return tuple(_statement(root, each) for each in found)


def _root(body: bytes) -> Any:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadStatement("camt.053: a document type has no place in a statement", facts={})
    reader = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser=reader)
    except etree.XMLSyntaxError as error:
        raise BadStatement(f"camt.053: {str(error)[:200]}", facts={}) from error


def _statement(root: Any, element: Any) -> Statement:
    try:
        # pycamt runs all statements of a file together; given one at a time it cannot.
        parser = Camt053Parser(_alone(root, element))
        info, rows = parser.get_statement_info()[0], parser.get_transactions()
    except (Camt053ParseError, AttributeError, ValueError) as error:
        raise BadStatement(
            "camt.053: the statement is not as ISO 20022 has it", facts={}
        ) from error
    account = info["IBAN"] or element.findtext(".//{*}Acct/{*}Id/{*}Othr/{*}Id") or ""
    currency = info["Currency"] or next((row["Currency"] for row in rows if row["Currency"]), "")
    if not account or not currency:
        raise BadStatement("camt.053: the statement names no account or no currency", facts={})
    return Statement(
        account=account.replace(" ", ""),
        currency=currency,
        number=element.findtext("{*}Id") or "",
        opening=_balance(info["OpeningBalance"], currency),
        closing=_balance(info["ClosingBalance"], currency),
        lines=tuple(_lines(element, rows)),
    )


def _alone(root: Any, element: Any) -> bytes:
    """A document with this statement only, under the names of the whole file."""
    document = etree.Element(root.tag, nsmap=root.nsmap)
    document.append(etree.fromstring(etree.tostring(element)))
    return bytes(etree.tostring(document))


def _balance(text: str | None, currency: str) -> Money | None:
    return None if text is None else _money(text, currency, "Bal")


def _money(text: str | None, currency: str, field: str) -> Money:
    try:
        amount = Decimal(text or "")
        if not amount.is_finite() or amount.adjusted() > DIGITS:
            raise ValueError("no bank has that much")
        return Money.of(amount, currency)
    except (InvalidOperation, ValueError) as error:
        raise BadStatement(
            f"camt.053: {field} {text!r} is no amount in {currency}", facts={"field": field}
        ) from error


def _lines(element: Any, rows: Sequence[Row]) -> Iterator[BankLine]:
    left = iter(rows)
    for number, entry in enumerate(element.iterfind(".//{*}Ntry"), start=1):
        parts = list(islice(left, max(len(entry.findall(".//{*}TxDtls")), 1)))
        if parts and parts[0]["Status"] == BOOKED:
            yield from _entry(entry, parts, number)


def _entry(entry: Any, parts: Sequence[Row], number: int) -> Iterator[BankLine]:
    """A line a payment of a batch, if the payments add up to what was booked; else one line for all of it."""
    whole = dict(parts[0]) | {
        "Amount": entry.findtext("{*}Amt"),
        "CreditDebitIndicator": entry.findtext("{*}CdtDbtInd"),
    }
    booked = _line(whole, number)
    lines = [_line(part, number) for part in parts]
    if len(lines) > 1 and sum(line.amount.minor for line in lines) == booked.amount.minor:
        yield from lines
    else:
        yield booked


def _line(row: Row, number: int) -> BankLine:
    amount = _money(row["Amount"], row["Currency"] or "", "Amt")
    reference = row.get("EndToEndId") or ""
    said = (row.get("RemittanceInformationFull"), row.get("RemittanceInformation"))
    text = [part for part in (*said, row.get("AdditionalEntryInformation")) if part]
    return BankLine(
        booked_on=_day(row["BookingDate"], number),
        value_on=_day(row["ValueDate"] or row["BookingDate"], number),
        amount=-amount if row["CreditDebitIndicator"] == "DBIT" else amount,
        text=" ".join(dict.fromkeys(text)),
        payer=row.get("DebtorName") or "",
        bank_ref=row.get("TransactionID") or "",
        end_to_end="" if reference == UNTOLD else reference,
    )


def _day(text: str | None, number: int) -> date:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError as error:
        raise BadStatement(
            f"camt.053: entry {number} has no booking date",
            facts={"row": number, "field": "BookgDt"},
        ) from error
