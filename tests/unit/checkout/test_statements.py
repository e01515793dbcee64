"""Statement files as banks send them: CSV, MT940 and camt.053; whole or refused with the place that is wrong."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.bank import BankLine
from checkout.errors import BadStatement, CheckoutError, StatementDoesNotAdd
from checkout.gateways.statements import read_statements
from kernel.money import CurrencyMismatch, Money

CHINESE = """中国某银行 交易明细
账号：6222 0000
交易日期,收入,支出,余额,对方户名,附言,流水号
2026-11-20,"5,000.00",,15000.00,王小明,C26K7Q2M4XW9P,A1
2026年11月21日,,200.00,14800.00,,手续费,A2
合计,5000.00,200.00,,,,
"""
GERMAN = """Buchungstag;Valutadatum;Betrag;Währung;Auftraggeber;Verwendungszweck;Saldo
20.11.2026;21.11.2026;1.234,56;EUR;Anna Muster;C26K7Q2M4XW9P;2.234,56
20.11.2026;20.11.2026;-200,00;EUR;;Gebühr;1.000,00
"""
MT940 = """:20:STARTUMSE
:25:10010010/1111111111
:28C:00001/001
:60F:C261119EUR1000,00
:61:2611201120CR1234,56N062NONREF//BANK1
:86:166?00GUTSCHRIFT?109249?20C26K7Q2M4XW9P?21 Anzahlung?32Anna Muster
:61:2611201120DR34,56N062NONREF//BANK2
:86:177?00ENTGELT
:62F:C261120EUR2200,00
-
"""
ENTRY = """<Ntry><NtryRef>1</NtryRef><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>
<Sts>{status}</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt>
<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"""
DETAIL = """<TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><Amt Ccy="CNY">{amount}</Amt>
<RltdPties><Dbtr><Nm>王小明</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"""


def balance(kind: str, amount: str, sign: str = "CRDT") -> str:
    """A balance of a statement."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{amount}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def entry(
    amount: str, *, details: str = "", sign: str = "CRDT", status: str = "BOOK", ref: str = "R1"
) -> str:
    """A booked movement."""
    return ENTRY.format(amount=amount, sign=sign, status=status, ref=ref, details=details)


def camt(*parts: str, version: str = "02") -> bytes:
    """A camt.053 file with one statement."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>m</MsgId><CreDtTm>2026-11-20T08:00:00</CreDtTm></GrpHdr><Stmt><Id>S7</Id>"
        "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>CNY</Ccy></Acct>"
        + "".join(parts)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def yuan(text: str) -> Money:
    """So many yuan."""
    return Money.of(text, "CNY")


def test_a_chinese_bank_file_is_read_with_its_own_rows_left_out() -> None:
    (found,) = read_statements(CHINESE.encode("gb18030"), account="6222", currency="CNY")
    assert (found.opening, found.closing) == (yuan("10000.00"), yuan("14800.00"))
    assert found.lines == (
        BankLine(
            date(2026, 11, 20), date(2026, 11, 20), yuan("5000.00"), "C26K7Q2M4XW9P", "王小明", "A1"
        ),
        BankLine(date(2026, 11, 21), date(2026, 11, 21), yuan("-200.00"), "手续费", "", "A2"),
    )


def test_a_german_file_with_the_newest_row_first_is_turned_round() -> None:
    (found,) = read_statements(GERMAN.encode("cp1252"), account="DE1", currency="")
    assert [line.amount.minor for line in found.lines] == [-20000, 123456]
    assert (found.currency, found.opening, found.closing) == (
        "EUR",
        Money(120000, "EUR"),
        Money(223456, "EUR"),
    )
    assert found.lines[1].value_on == date(2026, 11, 21)


def test_mt940_gives_text_payer_and_the_bank_number() -> None:
    (found,) = read_statements(MT940.encode())
    assert (found.account, found.closing) == ("10010010/1111111111", Money(220000, "EUR"))
    first, second = found.lines
    assert (first.text, first.payer, first.bank_ref) == (
        "C26K7Q2M4XW9P Anzahlung",
        "Anna Muster",
        "BANK1",
    )
    assert second.amount == Money(-3456, "EUR")


def test_two_mt940_statements_in_one_file_are_two() -> None:
    second = MT940.replace(":60F:C261119EUR1000,00", ":60F:C261120EUR2200,00").replace(
        ":62F:C261120EUR2200,00", ":62F:C261120EUR3400,00"
    )
    found = read_statements((MT940 + second).encode())
    assert [each.closing for each in found] == [Money(220000, "EUR"), Money(340000, "EUR")]


@pytest.mark.parametrize("version", ["02", "08"])
def test_camt_gives_each_payment_of_a_batch_its_line(version: str) -> None:
    status = "<Cd>BOOK</Cd>" if version == "08" else "BOOK"
    batch = DETAIL.format(e2e="C26K7Q2M4XW9P", amount="30.00", text="one") + DETAIL.format(
        e2e="NOTPROVIDED", amount="20.00", text="two"
    )
    body = camt(
        balance("OPBD", "100.00"),
        balance("CLBD", "140.00"),
        entry("50.00", details=batch, status=status),
        entry("10.00", sign="DBIT", ref="R2", status=status),
        entry("999.00", status=status.replace("BOOK", "PDNG"), ref="R3"),
        version=version,
    )
    (found,) = read_statements(body)
    assert [line.amount for line in found.lines] == [yuan("30.00"), yuan("20.00"), yuan("-10.00")]
    assert [line.end_to_end for line in found.lines] == ["C26K7Q2M4XW9P", "", ""]
    assert (found.lines[0].payer, found.account, found.number) == (
        "王小明",
        "DE89370400440532013000",
        "S7",
    )


def test_camt_details_that_do_not_add_up_are_one_line() -> None:
    half = DETAIL.format(e2e="x", amount="30.00", text="in another currency") * 2
    (found,) = read_statements(
        camt(balance("OPBD", "0.00"), balance("CLBD", "50.00"), entry("50.00", details=half))
    )
    assert [line.amount for line in found.lines] == [yuan("50.00")]


def test_an_overdrawn_account_opens_below_zero() -> None:
    (found,) = read_statements(
        camt(balance("OPBD", "5.10", "DBIT"), balance("CLBD", "4.90"), entry("10.00"))
    )
    assert found.opening == yuan("-5.10")


def test_a_zip_of_daily_files_is_read_in_the_order_of_its_names() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(
            "2.xml", camt(balance("OPBD", "1.00"), balance("CLBD", "3.00"), entry("2.00"))
        )
        file.writestr(
            "1.xml", camt(balance("OPBD", "0.00"), balance("CLBD", "1.00"), entry("1.00"))
        )
    assert [each.closing for each in read_statements(packed.getvalue())] == [
        yuan("1.00"),
        yuan("3.00"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Date,Amount\n2026-11-20,12.3456\n", "row 2, amount: '12.3456' has more digits than CNY"),
        ("Date,Amount\n2026-11-20,twelve\n", "row 2, amount: 'twelve' is no amount"),
        ("Date,Amount\n20th of May,12.00\n", "row 2, date: '20th of May' is no date"),
        ("Date,Amount\n,12.00\n", "row 2, date: '' is no date"),
        (
            "Date,Amount,Currency\n2026-11-20,12.00,CNY\n2026-11-20,1.00,EUR\n",
            "row 3, currency: 'EUR' is not CNY",
        ),
        ("Date,Credit,Debit\n2026-11-20,,\n", "row 2, amount: '' is missing"),
        ("Date,Amount,Balance\n2026-11-20,1.00,1.00\n2026-11-20,1.00,3.00\n", "row 3, balance"),
        ('Date,Amount\n2026-11-20,1.00\n2026-11-20,"2,00"\n', "can be read in two ways"),
        ("When,How much\n2026-11-20,1.00\n", "no row names a date and an amount"),
        ("Date,Amount\n", "no row below the header"),
        ('Date,Amount,Text\n2026-11-20,1.00,"open\n', "CSV: "),
        ("", "no row names a date"),
    ],
)
def test_a_bad_csv_names_row_and_column(text: str, words: str) -> None:
    with pytest.raises(BadStatement) as caught:
        read_statements(text.encode(), account="1", currency="CNY")
    assert words in str(caught.value)


def test_a_thousand_dinars_are_not_guessed() -> None:
    with pytest.raises(BadStatement, match="two ways"):
        read_statements(b'Date,Amount\n2026-11-20,"1,000"\n', account="1", currency="KWD")
    (found,) = read_statements(b'Date,Amount\n2026-11-20,"1,000"\n', account="1", currency="JPY")
    assert found.lines[0].amount == Money(1000, "JPY")


def test_an_account_without_a_known_currency_is_refused() -> None:
    with pytest.raises(BadStatement, match="name the account's currency"):
        read_statements(b"Date,Amount\n2026-11-20,1.00\n", account="1", currency="XXX")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<Document/>", "no statement"),
        (b"<Document><broken", "camt.053: "),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Document/>", "document type"),
        (
            camt(entry("5.00")).replace(b"<Ccy>CNY</Ccy>", b"").replace(b' Ccy="CNY"', b""),
            "no account or no currency",
        ),
        (camt(entry("five")), "Amt 'five' is no amount"),
        (
            camt(entry("5.00")).replace(b"2026-11-20</Dt></BookgDt>", b"never</Dt></BookgDt>"),
            "no booking date",
        ),
        (b":20:x\n:25:1\n:28C:1\n:60F:nonsense\n", "MT940: statement 1"),
        (b":20:x\n:25:1\n:28C:1\n", "MT940: statement 1 lacks"),
        (b"PK\x03\x04 not a zip", "ZIP file is broken"),
        (b"\x00\x01\x02" * 40, "no text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: bytes, words: str) -> None:
    with pytest.raises(BadStatement) as caught:
        read_statements(body, account="1", currency="CNY")
    assert words in str(caught.value)


def test_a_statement_whose_lines_are_not_all_there_is_refused() -> None:
    with pytest.raises(StatementDoesNotAdd):
        read_statements(camt(balance("OPBD", "0.00"), balance("CLBD", "9.00"), entry("5.00")))


def test_a_zip_that_unfolds_without_end_is_not_unfolded() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big.csv", b"0" * 51_000_000)
    with pytest.raises(BadStatement, match="unfolds to more"):
        read_statements(packed.getvalue())


@given(st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode)))
def test_any_bytes_are_a_statement_or_a_refusal(body: bytes) -> None:
    for start in (b"", b"<", b":20:\n:25:", b"PK\x03\x04", b"Date,Amount\n", MT940.encode()):
        with suppress(CheckoutError, CurrencyMismatch):
            assert read_statements(start + body, account="1", currency="CNY")


@given(st.data())
def test_a_damaged_statement_is_read_as_another_or_refused(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from((CHINESE.encode(), GERMAN.encode(), MT940.encode(), camt(entry("5.00"))))
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = (
        whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 9)) :]
    )
    with suppress(CheckoutError, CurrencyMismatch):
        assert read_statements(damaged, account="1", currency="CNY")
