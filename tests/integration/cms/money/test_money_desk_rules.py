"""The tables of the finance desk's rules: how chosen things share the lines, and how a chart stands."""

from __future__ import annotations

import re

import pytest

from checkout.domain.closing import RollForward
from checkout.models import BankLine
from cms.desks.money.charts import HEIGHT, TOP, Step, waterfall
from cms.desks.money.matching import Choice, Chosen, shared
from cms.desks.money.rolled import chart_of
from cms.desks.money.targets import Offer, name_of
from kernel.money import Money
from tests.factories.rulebook import table


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def choice(lines: str, chosen: str) -> Choice:
    """Lines `5000, -12` and things `A 3000, B 2000`, as the table writes them."""
    rows = [
        (BankLine(pk=at, amount=int(text), currency="CNY"), cny(int(text)))
        for at, text in enumerate(lines.split(", "), start=1)
    ]
    things = []
    for text in chosen.split(", "):
        code, amount = text.split()
        offer = Offer("order", code, "", cny(int(amount)), "")
        things.append(Chosen(offer, cny(int(amount)), 0))
    return Choice(rows, things, [each.offer for each in things], [], "")


@pytest.mark.parametrize("row", table("finance-desk.md", "shared"), ids=lambda row: row["parts"])
def test_chosen_things_take_from_the_lines_in_their_order(row: dict[str, str]) -> None:
    made = choice(row["lines"], row["chosen"])
    assert made.ready
    told = [
        f"line {line}: " + ", ".join(f"{part.code} {part.amount.minor}" for part in parts)
        for line, parts in shared(made).items()
    ]
    assert "; ".join(told) == row["parts"]


def test_nothing_can_be_confirmed_while_something_is_left() -> None:
    assert not choice("5000", "A 4999").ready
    assert choice("5000", "A 4999").difference == cny(1)
    assert not Choice(choice("5000", "A 5000").lines, [], [], [], "").ready


def test_a_bank_charge_goes_with_the_first_part_only() -> None:
    made = choice("2000, 3000", "A 5000")
    made = Choice(made.lines, [Chosen(made.chosen[0].offer, cny(5000), 15)], [], [], "")
    charges = [part.charge for parts in shared(made).values() for part in parts]
    assert charges == [15, 0]


@pytest.mark.parametrize("text", ["", "order", "order:", "car:X", ":X", "order:" + "X" * 300])
def test_what_is_no_name_of_a_thing_is_none(text: str) -> None:
    assert name_of(text) is None
    assert name_of("order:C26-K7Q2M4XW") == ("order", "C26-K7Q2M4XW")


def test_each_column_of_a_waterfall_begins_where_the_one_before_ended() -> None:
    row = RollForward("CNY", cny(1000), cny(500), cny(300), cny(100), cny(0), cny(0), cny(1100))
    opening, received, applied, refunded, forfeited, closing = chart_of(row).bars
    assert (opening.tone, received.tone, applied.tone, closing.tone) == (
        "level",
        "up",
        "down",
        "level",
    )
    assert received.y + received.height == pytest.approx(opening.y, abs=0.2)
    assert applied.y == pytest.approx(received.y, abs=0.2)
    assert refunded.y == pytest.approx(applied.y + applied.height, abs=0.2)
    assert forfeited.height == 1.0
    assert closing.y == pytest.approx(refunded.y + refunded.height, abs=0.2)
    assert chart_of(row).ground == pytest.approx(opening.y + opening.height, abs=0.2)


def test_a_chart_of_nothing_and_one_below_zero_stay_inside_their_picture() -> None:
    flat = waterfall([Step("opening", cny(0), stands=True), Step("closing", cny(0), stands=True)])
    assert all(bar.height == 1.0 for bar in flat.bars)
    below = waterfall([Step("opening", cny(-500), stands=True), Step("received", cny(900))])
    for bar in below.bars:
        assert bar.y >= TOP
        assert bar.y + bar.height <= HEIGHT
    assert re.fullmatch(r"\d+(\.\d)?", str(below.ground))
