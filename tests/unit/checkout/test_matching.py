"""Which bank line is whose: by itself only where no other reading exists."""

from __future__ import annotations

import random
from datetime import date

import pytest

from checkout.domain.bank import BankLine
from checkout.domain.matching import FEW, Book, OpenOrder, OpenPayout, Reading, read_lines
from checkout.domain.transfers import reference
from kernel.crypto import ALPHABET
from kernel.money import Money
from tests.factories.rulebook import table

DUE = Money(500_000, "CNY")
NOTHING = Money.zero("CNY")
DAY = date(2026, 11, 20)


def book(*orders: OpenOrder, payouts: tuple[OpenPayout, ...] = ()) -> Book:
    """Everything a line may belong to."""
    return Book({order.code: order for order in orders}, payouts)


OPEN = book(
    OpenOrder("C26-K7Q2M4XW", DUE, "Anna Muster"),
    OpenOrder("C26-K7Q2M4YA", DUE, "王小明"),
    OpenOrder("C26-B3RT9HZA", NOTHING, "Otto"),
    payouts=(OpenPayout("po_1xUvd0Cz7hWRKLEpXX01", Money(2_870_583, "CNY"), date(2026, 11, 23)),),
)


def line(text: str, amount: Money = DUE, payer: str = "", on: date = DAY) -> BankLine:
    """A line with that text."""
    return BankLine(on, on, amount, text, payer=payer)


def one(text: str, *, amount: Money = DUE, payer: str = "", among: Book = OPEN) -> Reading:
    """How a line alone on its statement is read."""
    return read_lines([line(text, amount, payer)], among)[0]


@pytest.mark.parametrize(
    "row",
    table("reconciliation.md", "readings"),
    ids=lambda r: f"{r['text']} {r['payer']} {r['amount']}",
)
def test_a_line_is_read_as_the_table_says(row: dict[str, str]) -> None:
    amount = Money.of(row["amount"], "CNY")
    found = line(row["text"], amount, row["payer"], date.fromisoformat(row["value date"]))
    reading = read_lines([found], OPEN)[0]
    assert (reading.matched.code if reading.matched else "") == row["matched"]
    assert reading.why_not == row["why not"]


def test_two_lines_that_claim_one_order_are_both_left_to_a_person() -> None:
    lines = [line(reference("C26-K7Q2M4XW")), line(reference("C26-K7Q2M4XW"))]
    assert [each.why_not for each in read_lines(lines, OPEN)] == ["claimed-twice"] * 2


def test_two_whole_references_on_one_line_settle_nothing() -> None:
    both = f"{reference('C26-K7Q2M4XW')} {reference('C26-K7Q2M4YA')}"
    reading = one(both)
    assert reading.matched is None
    assert [each.code for each in reading.candidates] == ["C26-K7Q2M4XW", "C26-K7Q2M4YA"]


def test_a_cut_reference_that_two_orders_begin_with_settles_nothing_though_one_is_paid() -> None:
    among = book(OpenOrder("C26-K7Q2M4XW", DUE, "Anna"), OpenOrder("C26-K7Q2M4XZ", NOTHING, "Bo"))
    reading = one(reference("C26-K7Q2M4XW")[:10], among=among)
    assert reading.matched is None
    assert [each.code for each in reading.candidates] == ["C26-K7Q2M4XW", "C26-K7Q2M4XZ"]


def test_a_sum_that_many_owe_suggests_nobody_but_a_namesake() -> None:
    among = book(*(OpenOrder(f"C26-K7Q2M4X{sign}", DUE, f"Buyer {sign}") for sign in "23456789"))
    assert one("deposit", among=among).candidates == ()
    assert [each.code for each in one("deposit", payer="buyer 7", among=among).candidates] == [
        "C26-K7Q2M4X7"
    ]


def test_of_a_common_name_a_few_are_shown_and_nobody_is_taken_for_another() -> None:
    codes = [f"C26-K7Q2M{a}X{b}" for a in "23456789" for b in "23456789"]
    among = book(*(OpenOrder(code, DUE, "王伟") for code in codes))
    assert len(one("", payer="王伟", among=among).candidates) == FEW + 1
    assert one(reference(codes[-1]), payer="王伟", among=among).matched is not None
    assert one(reference(codes[-1]), payer="Anna", among=among).matched is not None


def test_two_payouts_of_one_sum_are_told_apart_by_their_code_only() -> None:
    sums = Money(100_00, "CNY")
    among = book(
        payouts=(
            OpenPayout("po_aaaaaaaaaaaaaa1", sums, DAY),
            OpenPayout("po_aaaaaaaaaaaaaa2", sums, DAY),
        )
    )
    assert one("po_aaaaaaaaaaaaaa2", amount=sums, among=among).matched is not None
    assert one("po_aaaaaaaaaaaaaa", amount=sums, among=among).matched is None
    assert one("payout", amount=sums, among=among).matched is None


def test_no_line_with_a_damaged_reference_goes_to_a_stranger() -> None:
    luck = random.Random(7)
    codes = ["C26-" + "".join(luck.choices(ALPHABET, k=8)) for _ in range(3_000)]
    dues = [Money(luck.choice((100_000, 200_000, 500_000)), "CNY") for _ in codes]
    among = book(
        *(OpenOrder(c, d, f"Buyer {at}") for at, (c, d) in enumerate(zip(codes, dues, strict=True)))
    )
    settled = 0
    for code, due in zip(codes, dues, strict=True):
        text = _damaged(reference(code), luck)
        matched = one(text, amount=due, among=among).matched
        assert matched is None or matched.code == code, (text, code)
        settled += matched is not None
    assert settled > 800


def _damaged(text: str, luck: random.Random) -> str:
    at = luck.randrange(len(text) - 1)
    return luck.choice(
        (
            text,
            text[: luck.randint(6, 12)],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + luck.choice(ALPHABET) + text[at + 1 :],
            text[:at] + text[at + 1 :],
        )
    )
