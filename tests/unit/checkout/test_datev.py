"""The journal as a DATEV batch: a file that a reader of its own finds nothing wrong with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.datev import SKR03, Batch, Booking, export, faults, pairs
from checkout.domain.ledger import ACCOUNTS, Leg, receipt_legs
from checkout.errors import BadExport
from kernel.money import Money

BATCH = Batch(
    consultant=1001,
    client=1,
    year_starts=date(2026, 1, 1),
    first=date(2026, 11, 1),
    last=date(2026, 11, 30),
    created=datetime(2026, 12, 1, 8, 30, 5, 123456, tzinfo=UTC),
    name="November 2026",
)


def eur(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def booking(*legs: Leg, key: str = "bt:txn_1", text: str = "Deposit", day: int = 20) -> Booking:
    """An entry of November."""
    return Booking(key, date(2026, 11, day), text, legs)


DEPOSIT = booking(*receipt_legs(paid=eur(25_000), gross=eur(25_000), fee=eur(755)))


def test_a_deposit_is_two_lines_against_the_liability() -> None:
    found = export(BATCH, [DEPOSIT])
    lines = found.body.decode("cp1252").split("\r\n")
    assert lines[2] == '242,45;"S";"EUR";;;;1361;1718;;2011;"txn-1";"";;"Deposit"'
    assert lines[3] == '7,55;"S";"EUR";;;;4970;1718;;2011;"txn-1";"";;"Deposit"'
    assert (found.rows, found.total, lines[4:]) == (2, eur(25_000), [""])
    assert lines[0].startswith('"EXTF";700;21;"Buchungsstapel";13;20261201083005123;;"RE"')
    assert faults(found.body) == ()


def test_every_account_of_the_ledger_has_its_place_in_the_chart() -> None:
    assert set(ACCOUNTS) <= set(SKR03)


def test_longer_accounts_are_filled_with_noughts() -> None:
    body = export(replace(BATCH, account_length=6), [DEPOSIT]).body.decode("cp1252")
    assert ";136100;171800;" in body


LEGS = st.lists(
    st.tuples(st.sampled_from(sorted(SKR03)), st.integers(-10_000_000, 10_000_000).filter(bool)),
    min_size=1,
    max_size=5,
)


@given(LEGS, st.text(max_size=200), st.text(max_size=80))
def test_any_balanced_entry_becomes_lines_that_add_up_to_it(
    legs: list[tuple[str, int]], text: str, key: str
) -> None:
    rest = -sum(minor for _, minor in legs)
    if not rest or len({code for code, _ in legs}) != len(legs):
        return
    code = next(one for one in SKR03 if one not in {used for used, _ in legs})
    entry = booking(
        *(Leg(one, eur(minor)) for one, minor in [*legs, (code, rest)]), text=text, key=key
    )
    assert faults(export(BATCH, [entry]).body) == ()
    moved: dict[str, int] = {}
    for account, contra, amount in pairs(entry):
        moved[account] = moved.get(account, 0) + amount.minor
        moved[contra] = moved.get(contra, 0) - amount.minor
    assert moved == {leg.account: leg.amount.minor for leg in entry.legs}


@pytest.mark.parametrize(
    ("batch", "bookings", "words"),
    [
        (replace(BATCH, consultant=7), [], "consultant"),
        (replace(BATCH, account_length=3), [], "account_length"),
        (replace(BATCH, first=date(2026, 12, 1)), [], "period"),
        (BATCH, [replace(DEPOSIT, on=date(2026, 12, 1))], "outside the period"),
        (
            BATCH,
            [booking(Leg("1000", Money(5, "CNY")), Leg("2000", Money(-5, "CNY")))],
            "CNY is not",
        ),
        (BATCH, [booking(Leg("9999", eur(5)), Leg("2000", eur(-5)))], "account 9999"),
    ],
)
def test_what_cannot_be_exported_says_why(
    batch: Batch, bookings: list[Booking], words: str
) -> None:
    with pytest.raises(BadExport, match=words):
        export(batch, bookings)


GOOD = export(BATCH, [DEPOSIT]).body


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b'"EXTF"', b'"DTVF"', "header field 1"),
        (b";700;", b";;700;", "32 fields"),
        (b"20261201083005123", b"today", "no moment"),
        (b"20261101", b"1.11.2026", "no day"),
        (b"Umsatz (ohne", b"Betrag (mit", "does not name the columns"),
        (b"242,45", b"242.45", "line 3: amount"),
        (b"242,45", b"0,00", "line 3: amount"),
        (b'"S";"EUR";;;;4970', b'"X";"EUR";;;;4970', "line 4: side"),
        (b"1361;1718", b"1361;ABC", "line 3: accounts"),
        (b"1361;1718", b"1718;1718", "against itself"),
        (b";2011;", b";2012;", "line 3: day"),
        (b'"Deposit"', b'"' + b"x" * 61 + b'"', "too long"),
        (b'"Deposit"\r\n', b'"De\x07posit"\r\n', "control characters"),
        (b';"";;"Deposit"', b';"Deposit"', "12 fields"),
    ],
)
def test_the_reader_finds_what_is_wrong(before: bytes, after: bytes, words: str) -> None:
    assert any(words in fault for fault in faults(GOOD.replace(before, after, 1)))


def test_the_reader_wants_the_right_letters_and_line_ends() -> None:
    assert faults(b"\x81") == ("the file is not Windows-1252",)
    assert "the last line does not end in CR LF" in faults(GOOD[:-2])
