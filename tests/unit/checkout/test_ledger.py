"""The legs of each kind of move balance, whatever the currencies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.ledger import (
    ACCOUNTS,
    UNIDENTIFIED,
    Leg,
    check_entry,
    receipt_legs,
    refund_approved_legs,
    refund_paid_legs,
    refund_refused_legs,
)
from checkout.errors import UnbalancedEntry, UnknownAccount
from kernel.money import Money

RULES = Path(__file__).resolve().parents[3] / "docs" / "rules" / "ledger.md"


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def posted(legs: tuple[Leg, ...]) -> list[tuple[str, int, str]]:
    return [(leg.account, leg.amount.minor, leg.amount.currency) for leg in legs]


def test_a_paid_deposit_is_balance_and_fee_against_the_customers_deposit() -> None:
    legs = receipt_legs(paid=cny(500_000), gross=cny(500_000), fee=cny(14_530))
    assert posted(legs) == [
        ("1100", 485_470, "CNY"),
        ("5000", 14_530, "CNY"),
        ("2000", -500_000, "CNY"),
    ]


def test_money_of_the_wrong_amount_is_owed_to_nobody_in_particular_yet() -> None:
    legs = receipt_legs(paid=cny(100), gross=cny(100), fee=cny(33), account=UNIDENTIFIED)
    assert posted(legs)[-1] == ("2090", -100, "CNY")


def test_a_deposit_settled_in_another_currency_goes_through_the_exchange_account() -> None:
    legs = receipt_legs(paid=cny(500_000), gross=Money(64_100, "EUR"), fee=Money(1_889, "EUR"))
    assert posted(legs) == [
        ("1100", 62_211, "EUR"),
        ("5000", 1_889, "EUR"),
        ("2000", -500_000, "CNY"),
        ("7000", -64_100, "EUR"),
        ("7000", 500_000, "CNY"),
    ]


def test_a_refund_is_owed_first_and_paid_then() -> None:
    assert posted(refund_approved_legs(cny(500_000))) == [
        ("2000", 500_000, "CNY"),
        ("2010", -500_000, "CNY"),
    ]
    paid = refund_paid_legs(refunded=cny(500_000), gross=cny(-500_000), fee=cny(0))
    assert posted(paid) == [("2010", 500_000, "CNY"), ("1100", -500_000, "CNY")]


def test_a_refused_refund_leaves_nothing_of_its_approval() -> None:
    sums: dict[str, int] = {}
    for leg in (*refund_approved_legs(cny(7)), *refund_refused_legs(cny(7))):
        sums[leg.account] = sums.get(leg.account, 0) + leg.amount.minor
    assert set(sums.values()) == {0}


amounts = st.integers(min_value=1, max_value=10**12)
currencies = st.sampled_from(["CNY", "EUR", "JPY", "KWD"])


@given(amounts, amounts, st.integers(min_value=0, max_value=10**6), currencies, currencies)
def test_every_receipt_and_refund_balances(
    paid: int, gross: int, fee: int, ours: str, theirs: str
) -> None:
    gross = paid if ours == theirs else gross
    check_entry(
        receipt_legs(paid=Money(paid, ours), gross=Money(gross, theirs), fee=Money(fee, theirs))
    )
    check_entry(
        refund_paid_legs(
            refunded=Money(paid, ours), gross=Money(-gross, theirs), fee=Money(fee, theirs)
        )
    )


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [Leg("1100", cny(0))],
        [Leg("1100", cny(5)), Leg("2000", cny(-4))],
        [Leg("1100", cny(5)), Leg("2000", Money(-5, "EUR"))],
        [Leg("1100", cny(5)), Leg("2000", cny(-5)), Leg("5000", cny(0))],
    ],
)
def test_an_entry_that_does_not_add_up_to_zero_in_each_currency_is_refused(legs: list[Leg]) -> None:
    with pytest.raises(UnbalancedEntry):
        check_entry(legs)


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(UnknownAccount) as caught:
        check_entry([Leg("9999", cny(5)), Leg("2000", cny(-5))])
    assert caught.value.facts == {"account": "9999"}


def test_money_received_that_is_not_what_was_booked_is_refused() -> None:
    with pytest.raises(UnbalancedEntry):
        receipt_legs(paid=cny(500_000), gross=cny(499_999), fee=cny(0))


def test_the_rules_list_every_account_and_no_other() -> None:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in RULES.read_text().splitlines()
        if line.startswith("| 1") or line.startswith("| 2") or line.startswith("| 4")
        or line.startswith("| 5") or line.startswith("| 7")
    ]  # fmt: skip
    told = {row[0]: (row[1], row[2], row[3]) for row in rows}
    assert told == {
        account.code: (account.kind, account.name["en"], account.name["zh-hans"])
        for account in ACCOUNTS.values()
    }
