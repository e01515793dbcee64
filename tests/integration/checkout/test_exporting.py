"""Exports can be read by others, add up to what they say, and run nothing in a spreadsheet."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from checkout.domain.datev import faults
from checkout.domain.ledger import Leg
from checkout.errors import BadExport, PeriodNotReady
from checkout.models import LedgerLeg, MoneyException
from checkout.queries.exports import NAMES
from checkout.services.exporting import Download, download
from checkout.services.ledger import post
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.rulebook import table
from tests.factories.tied_tables import NOW, tied_store

pytestmark = pytest.mark.django_db

COUNTED = {row["export"]: row["control total"] for row in table("reconciliation.md", "exports")}
HOSTILE = '=HYPERLINK("http://x.example","click")'


@pytest.fixture
def store() -> None:
    """A store that ties out, with one exception whose words are formulas."""
    tied_store(orders=10)
    MoneyException.objects.create(
        kind="E12",
        key="line",
        amount=-5,
        currency="JPY",
        note=HOSTILE,
        owner="@SUM(1)",
        opened_at=NOW,
        seen_at=NOW,
    )


def taken(kind: str, form: str = "csv", language: str = "en", month: str = "2026-11") -> Download:
    """A download."""
    return download(kind=kind, form=form, month=month, language=language, actor="staff:1", now=NOW)


Rows = list[list[str]]


def split(body: bytes) -> tuple[list[str], Rows, Rows]:
    """Headings, rows and control rows of a CSV file."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    at = next(number for number, row in enumerate(rows) if row[0] == "CONTROL")
    return rows[0], rows[1:at], rows[at:]


def summed(headings: list[str], rows: Rows, column: str) -> dict[str, Decimal]:
    """The sums of a column by currency."""
    at, currency = headings.index(column), headings.index("Currency")
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row[currency]] = sums.get(row[currency], Decimal(0)) + Decimal(row[at])
    return sums


def test_every_export_is_in_the_table() -> None:
    assert tuple(COUNTED) == NAMES


@pytest.mark.parametrize("kind", NAMES)
def test_a_csv_adds_up_to_its_control_rows_and_bears_its_digest(store: None, kind: str) -> None:
    found = taken(kind)
    body = found.content.read()
    headings, rows, control = split(body)
    told = {row[3]: Decimal(row[2]) for row in control if row[1] == "total"}
    assert rows
    assert summed(headings, rows, COUNTED[kind].capitalize()) == told
    assert control[0][:3] == ["CONTROL", "rows", str(len(rows))]
    assert found.control.rows == len(rows) == int(found.headers["X-Rows"])
    inside = body.split(b"\r\n", 1)[1].split(b"CONTROL,", 1)[0]
    digest = hashlib.sha256(inside).hexdigest()
    assert digest == found.control.sha256 == control[-1][2] == found.headers["X-Rows-SHA256"]
    whole = hashlib.sha256(body)
    carried = base64.b64encode(whole.digest()).decode()
    assert found.headers["Content-Digest"] == f"sha-256=:{carried}:"
    entry = AuditEntry.objects.get(subject=f"export:{kind}:2026-11")
    assert (entry.action, entry.actor) == ("exported", "staff:1")
    assert entry.facts["rows_sha256"] == digest
    assert entry.facts["file_sha256"] == whole.hexdigest()
    assert verify_chain() == []


@pytest.mark.parametrize("kind", NAMES)
def test_an_xlsx_says_the_same_as_the_csv_to_another_program(store: None, kind: str) -> None:
    headings, rows, control = split(taken(kind).content.read())
    book = load_workbook(taken(kind, "xlsx").content, read_only=True)
    sheet, last = book.worksheets
    found = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert found[0] == headings
    assert len(found) == len(rows) + 1
    for told, row in zip(found[1:], rows, strict=True):
        assert [_plain(cell) for cell in told] == [_number(cell) for cell in row]
    kept = [[str(cell or "") for cell in row] for row in last.iter_rows(values_only=True)]
    assert [row[:3] for row in kept] == [row[1:4] for row in control]


def _plain(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.hour == cell.minute == 0 else "%Y-%m-%dT%H:%M:%S")
    return _number("" if cell is None else str(cell))


def _number(cell: str) -> str:
    """As both formats write it: a number in its shortest form, a moment without its zone, text without the quote."""
    try:
        return f"{Decimal(cell).normalize():f}"
    except ArithmeticError:
        return cell.removesuffix("+08:00").removeprefix("'")


def test_headings_and_names_are_in_the_readers_language(store: None) -> None:
    headings, rows, _ = split(taken("trial-balance", language="zh-hans").content.read())
    assert headings == ["科目", "名称", "币种", "借方", "贷方", "余额"]
    assert "银行存款" not in {row[1] for row in rows}
    assert "客户订金" in {row[1] for row in rows}


def test_nothing_in_a_file_is_run_by_a_spreadsheet(store: None) -> None:
    headings, rows, _ = split(taken("exceptions").content.read())
    (row,) = rows
    assert row[headings.index("Note")] == f"'{HOSTILE}"
    assert row[headings.index("Owner")] == "'@SUM(1)"
    assert row[headings.index("Amount")] == "-5"
    book = load_workbook(taken("exceptions", "xlsx").content)
    cells = {cell.value: cell for line in book.worksheets[0] for cell in line}
    assert cells[HOSTILE].data_type == "s"
    assert cells[HOSTILE].hyperlink is None
    assert cells[-5].data_type == "n"


def test_the_trial_balance_is_of_the_months_end_and_the_journal_of_its_days(store: None) -> None:
    _, rows, _ = split(taken("journal").content.read())
    assert len(rows) == LedgerLeg.objects.count()
    assert not split(taken("journal", month="2026-10").content.read())[1]
    assert not split(taken("trial-balance", month="2026-10").content.read())[1]
    headings, later, _ = split(taken("trial-balance", month="2026-12").content.read())
    assert set(summed(headings, later, "Balance").values()) == {Decimal(0)}


def test_a_datev_batch_has_the_euro_entries_and_says_how_many_it_left_out(settings: Any) -> None:
    settings.DATEV = {"consultant": 1001, "client": 7}
    at = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # the last minute of November in Shanghai
    for number, currency in enumerate(("EUR", "EUR", "CNY")):
        amount = Money(123_45, currency)
        legs = (Leg("1100", amount), Leg("2000", -amount))
        post(key=f"bt:{number}", kind="charge", order=None, legs=legs, now=at)
    found = taken("journal", "datev")
    body = found.content.read()
    assert faults(body) == ()
    assert (found.control.rows, found.control.sums) == (2, (Money(246_90, "EUR"),))
    assert (found.left_out, found.headers["X-Left-Out"]) == (1, "1")
    inside = body.split(b"\r\n", 2)[2]
    assert hashlib.sha256(inside).hexdigest() == found.control.sha256
    assert b";3011;" in inside


def test_what_cannot_be_exported_is_refused_by_name(settings: Any) -> None:
    settings.DATEV = {}
    for kind, form, reason in (
        ("journal", "pdf", "form"),
        ("deposits", "datev", "form"),
        ("secrets", "csv", "kind"),
        ("journal", "datev", "FORECOURT_DATEV"),
    ):
        with pytest.raises(BadExport) as refused:
            taken(kind, form)
        assert refused.value.facts["field"] == reason
    with pytest.raises(PeriodNotReady):
        taken("journal", month="2026-13")
    assert not AuditEntry.objects.filter(action="exported").exists()
