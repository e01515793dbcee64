"""What each move asks of an order's axes: the table of docs/rules/orders.md."""

from __future__ import annotations

from itertools import product

import pytest

from checkout.domain.guards import ABOUT_MONEY, Axes, missing_for
from checkout.domain.order import Contract, Move
from kernel.money import Money
from kernel.text import missing_languages
from tests.factories.rulebook import table

NOTHING = Money.of("0.00", "CNY")


def axes(row: dict[str, str]) -> Axes:
    return Axes(
        contract=Contract(row["contract"]),
        vin="" if row["car"] == "none" else row["car"],
        due=Money.of(row["due"], "CNY"),
        loan_open=row["loan"] == "yes",
    )


@pytest.mark.parametrize(
    "row", table("orders.md", "asks"), ids=lambda row: f"{row['move']}-{row['missing'] or 'free'}"
)
def test_a_move_names_everything_that_is_missing(row: dict[str, str]) -> None:
    missing = missing_for(Move(row["move"]), axes(row))
    assert ", ".join(each.code for each in missing) == row["missing"]
    assert all(missing_languages(each.text) == [] for each in missing)


def test_what_is_missing_says_how_much_money_it_is() -> None:
    owing = Axes(Contract.ACCEPTED, "", Money.of("1234.50", "CNY"), loan_open=False)
    [missing] = missing_for(Move.PAY_BALANCE, owing)
    assert missing.text == {"zh-hans": "尚欠 ¥1,234.50", "en": "¥1,234.50 are still to be paid"}


def test_every_move_has_an_answer_whatever_the_axes_are() -> None:
    told = {row["move"]: row for row in table("orders.md", "asks")}
    for move, contract, vin, due, loan in product(
        Move, Contract, ("", "L0SH11CA0VX112729"), (NOTHING, Money(1, "CNY")), (False, True)
    ):
        missing = missing_for(move, Axes(contract, vin, due, loan))
        if str(move) not in told:
            assert missing == ()
    assert {move for move, asks in ABOUT_MONEY.items() if asks} == {
        Move.PAY_BALANCE,
        Move.HAND_OVER,
    }
