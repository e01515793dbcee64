"""Whatever bytes somebody uploads as a statement: it is stored whole, or refused with words and nothing of it is there."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.models import BankFile, BankLine, BankStatement, LedgerEntry
from checkout.services.bank_import import read_file, store_file
from checkout.services.bank_reading import match_open
from tests.factories.banked import CLERK, Row, csv_of
from tests.factories.payable import NOON
from tests.factories.till import balances
from tests.support.crashing import undone
from tests.unit.checkout.test_statements import CHINESE, GERMAN, MT940, balance, camt, entry

pytestmark = [pytest.mark.django_db, pytest.mark.prove]

EXAMPLES = 1_500 if os.environ.get("FORECOURT_PROVE") == "1" else 15


def zipped(body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.xml", body)
    return packed.getvalue()


CAMT = camt(balance("OPBD", "10.00"), balance("CLBD", "15.00"), entry("5.00"))
REAL = (
    CHINESE.encode("gb18030"),
    GERMAN.encode("cp1252"),
    MT940.encode(),
    CAMT,
    zipped(CAMT),
    csv_of([Row(5, "x", "y", "z"), Row(-700, "fee")]),
)
POISON = (
    b"1E999999999",
    b"-1e400",
    b"NaN",
    b"Infinity",
    b"9" * 40,
    b"0.00",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"XXX",
    b"KWD",
    b"0001-01-01",
    b"261399",
    b"9999-12-31",
    b"&#0;",
    b"&#x1F;",
    b"\xe2\x80\xae",
    b"<Stmt>",
    b":61:",
    b'"',
    b",,,,",
    b"x" * 5_000,
    b"'); DROP TABLE checkout_bankline; --",
)


@st.composite
def statements(draw: st.DrawFn) -> bytes:
    """A real statement, damaged a few times: bytes changed, pieces taken out, doubled, moved, or poison put in."""
    body = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 40)))
        piece = draw(
            st.one_of(
                st.sampled_from(POISON),
                st.binary(max_size=8),
                st.just(body[start:end] * 2),
                st.just(b""),
            )
        )
        body = body[:start] + piece + body[end:]
    return body or b"x"


def whole_or_nothing(body: bytes) -> None:
    """The file is read with every line booked, or refused with nothing left of it."""
    file, _ = store_file(
        name="s", content=body, actor=CLERK, now=NOON, account="6222", currency="CNY"
    )
    read_file(file=file.pk, now=NOON)
    match_open(now=NOON)
    file = BankFile.objects.get(pk=file.pk)
    lines = BankLine.objects.count()
    assert LedgerEntry.objects.filter(kind="bank-line").count() == lines == file.added
    assert sum(balances().values()) == 0 or len({*BankLine.objects.values_list("currency")}) > 1
    if file.state == "refused":
        assert lines == BankStatement.objects.count() == 0
        assert file.problem["detail"]
    else:
        assert (file.state, file.done) == ("done", file.total)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=statements())
def test_a_damaged_statement_is_stored_whole_or_not_at_all(body: bytes, db: None) -> None:
    with undone():
        whole_or_nothing(body)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.binary(min_size=1, max_size=300),
    head=st.sampled_from([b"", b"<", b":20:X\n:25:Y\n", b"PK\x03\x04"]),
)
def test_any_bytes_are_stored_whole_or_not_at_all(body: bytes, head: bytes, db: None) -> None:
    with undone():
        whole_or_nothing(head + body)


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_poison_in_every_place_of_a_small_statement_harms_nothing(poison: bytes) -> None:
    amounts = [CAMT.replace(b"5.00", poison), MT940.encode().replace(b"1234,56", poison)]
    places = [GERMAN.encode("cp1252").replace(b"Anna Muster", poison)]
    if EXAMPLES > 100:
        places += [CAMT[:at] + poison + CAMT[at:] for at in range(len(CAMT))]
        places += [GERMAN.encode("cp1252").replace(b"1.234,56", poison)]
    for body in (*amounts, *places):
        with undone():
            whole_or_nothing(body)
