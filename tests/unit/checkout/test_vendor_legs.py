"""What a vendor's books post, as the rules write it; every entry balances, and 1100 follows the vendor exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.ledger import BALANCE, Leg
from checkout.domain.tie_out import KINDS
from checkout.domain.vendor_legs import (
    Owned,
    identified_legs,
    lost,
    lost_legs,
    vendor_legs,
)
from kernel.money import Money
from tests.factories.rulebook import table

PAID = Money.of("5000.00", "CNY")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def written(text: str) -> list[Leg]:
    """Legs as the tables write them: `1100 +4854.70; 5000 +145.30`."""
    return [Leg(part.split()[0], cny(part.split()[1])) for part in text.split(";")]


def same(found: tuple[Leg, ...], expected: list[Leg]) -> bool:
    def key(leg: Leg) -> tuple[str, int]:
        return leg.account, leg.amount.minor

    return sorted(found, key=key) == sorted(expected, key=key)


@pytest.mark.parametrize("row", table("ledger.md", "vendor moves"))
def test_a_movement_posts_what_the_table_says(row: dict[str, str]) -> None:
    gross, fee = cny(row["gross"]), cny(row["fee"])
    expected = {"our refund": abs(gross.minor), "an order's payment of 5000.00": PAID.minor}
    minor = expected.get(row["whose"])
    owned = None if minor is None else Owned(Money(minor, "CNY"))
    legs = vendor_legs(kind=row["kind"], gross=gross, fee=fee, owned=owned)
    assert same(legs, written(row["legs"]))


@pytest.mark.parametrize("row", table("ledger.md", "lost disputes"))
def test_a_lost_dispute_pays_what_the_table_says(row: dict[str, str]) -> None:
    contested = cny(row["contested"])
    parts = lost(
        contested=contested,
        waiting=cny(row["refunds that waited"]),
        deposits=cny(row["on 2000"]),
    )
    assert same(lost_legs(held=contested, parts=parts), written(row["legs"]))


amounts = st.integers(min_value=-(10**10), max_value=10**10)
currencies = st.sampled_from(["CNY", "EUR", "JPY", "KWD", "USD"])
kinds = st.sampled_from([*sorted(KINDS), "tax_withholding"])


@given(kinds, amounts, amounts, currencies)
def test_1100_follows_the_vendor_whatever_is_booked(
    kind: str, gross: int, fee: int, currency: str
) -> None:
    legs = vendor_legs(
        kind=kind, gross=Money(gross, currency), fee=Money(fee, currency), owned=None
    )
    moved = sum(leg.amount.minor for leg in legs if leg.account == BALANCE)
    assert moved == gross - fee
    assert bool(legs) == bool(gross or fee)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from(["charge", "refund"]))
def test_another_currency_goes_through_the_exchange_account(
    ours: int, theirs: int, kind: str
) -> None:
    sign = 1 if kind == "charge" else -1
    legs = vendor_legs(
        kind=kind,
        gross=Money(sign * theirs, "EUR"),
        fee=Money.zero("EUR"),
        owned=Owned(Money(ours, "CNY")),
    )
    assert [(leg.account, leg.amount) for leg in legs] == [
        ("1100", Money(sign * theirs, "EUR")),
        ("2000" if kind == "charge" else "2010", Money(-sign * ours, "CNY")),
        ("7000", Money(-sign * theirs, "EUR")),
        ("7000", Money(sign * ours, "CNY")),
    ]


def test_money_that_turns_out_to_be_an_orders_leaves_unidentified_receipts() -> None:
    legs = identified_legs(held=cny("5000.00"), paid=cny("5000.00"))
    assert same(legs, written("2090 +5000.00; 2000 -5000.00"))
    legs = identified_legs(held=Money(64_100, "EUR"), paid=PAID)
    assert sum(leg.amount.minor for leg in legs if leg.amount.currency == "EUR") == 0
    assert [leg.account for leg in legs] == ["2090", "2000", "7000", "7000"]


@given(st.integers(1, 10**8), st.integers(-100, 10**8), st.integers(-100, 10**8))
def test_what_a_lost_dispute_pays_is_never_more_than_was_owed(
    contested: int, waiting: int, deposits: int
) -> None:
    money = Money(contested, "CNY")
    parts = lost(contested=money, waiting=Money(waiting, "CNY"), deposits=Money(deposits, "CNY"))
    assert parts.waiting + parts.deposits + parts.loss == money
    assert 0 <= parts.waiting.minor <= max(waiting, 0)
    assert 0 <= parts.deposits.minor <= max(deposits, 0)
    assert parts.loss.minor >= 0
