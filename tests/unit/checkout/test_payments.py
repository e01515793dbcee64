"""The life of a payment, and the amounts a vendor may be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout.domain.payments import MOVES, OPEN, PAID, State, check_amount, check_refund, may_move
from checkout.errors import BadAmount, RefundTooLarge
from kernel.money import CurrencyMismatch, Money

RULES = Path(__file__).resolve().parents[3] / "docs" / "rules" / "payments.md"


def told_moves() -> dict[str, set[str]]:
    rows = [
        line.strip().strip("|").split("|")
        for line in RULES.read_text().splitlines()
        if line.startswith("| `")
    ]
    return {
        row[0].strip().strip("`"): {word.strip(" `") for word in row[1].split(",") if word.strip()}
        for row in rows
        if row[0].strip().strip("`") in set(State)
    }


def test_the_table_of_moves_is_complete_and_is_the_one_in_the_rules() -> None:
    assert set(MOVES) == set(State)
    assert told_moves() == {str(state): {str(to) for to in moves} for state, moves in MOVES.items()}


def test_money_that_arrived_is_never_denied() -> None:
    for state in OPEN | {State.FAILED, State.CANCELED}:
        assert may_move(state, State.SUCCEEDED)


def test_a_paid_payment_never_becomes_unpaid() -> None:
    for state in PAID:
        assert MOVES[state] <= PAID


def test_nothing_goes_back_to_created() -> None:
    assert not any(State.CREATED in moves for moves in MOVES.values())


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(1, "CNY"), (500_000, "CNY"), (99_999_999, "CNY"), (1, "JPY"), (5_010, "KWD")],
)
def test_an_amount_that_a_vendor_can_move(minor: int, currency: str) -> None:
    assert check_amount(Money(minor, currency)) == Money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(0, "CNY"), (-1, "CNY"), (100_000_000, "CNY"), (5_001, "KWD"), (5_009, "BHD")],
)
def test_an_amount_that_no_vendor_may_be_asked_for(minor: int, currency: str) -> None:
    with pytest.raises(BadAmount) as caught:
        check_amount(Money(minor, currency))
    assert caught.value.facts == {"amount": minor, "currency": currency}


def test_refunds_under_way_count_as_refunded() -> None:
    paid = Money(500_000, "CNY")
    left = Money(200_000, "CNY")
    assert check_refund(amount=left, paid=paid, refunded=Money(300_000, "CNY")) == left
    with pytest.raises(RefundTooLarge) as caught:
        check_refund(amount=left, paid=paid, refunded=Money(300_001, "CNY"))
    assert caught.value.facts == {"amount": 200_000, "refundable": 199_999, "currency": "CNY"}


def test_a_refund_in_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        check_refund(amount=Money(1, "EUR"), paid=Money(5, "CNY"), refunded=Money(0, "CNY"))
