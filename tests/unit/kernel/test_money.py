"""Money never mixes currencies, never loses a cent and rounds once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import EXPONENTS, CurrencyMismatch, Money, UnknownCurrency, exponent, shown, total

amounts = st.integers(min_value=-(10**12), max_value=10**12)
currencies = st.sampled_from(sorted(EXPONENTS))


@given(amounts, amounts, currencies)
def test_adding_and_subtracting_are_exact_inverses(a: int, b: int, currency: str) -> None:
    left, right = Money(a, currency), Money(b, currency)
    assert left + right - right == left
    assert -left + left == Money.zero(currency)
    assert left - right == -(right - left)


@given(amounts, currencies)
def test_major_units_and_minor_units_are_the_same_amount(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    assert Money.of(amount.decimal, currency) == amount
    assert Money.of(str(amount.decimal), currency) == amount


def test_two_currencies_never_meet() -> None:
    euro, yuan = Money(1, "EUR"), Money(1, "CNY")
    for meeting in (
        lambda: euro + yuan,
        lambda: euro - yuan,
        lambda: euro < yuan,
        lambda: euro <= yuan,
        lambda: total([euro, yuan], "EUR"),
    ):
        with pytest.raises(CurrencyMismatch):
            meeting()


@pytest.mark.parametrize("minor", [1.0, "1", True, None, Decimal(1)])
def test_minor_units_are_nothing_but_an_int(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


def test_a_currency_without_known_digits_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, "XXX")
    with pytest.raises(UnknownCurrency):
        exponent("XXX")
    with pytest.raises(UnknownCurrency):
        Money.of("1", "XXX")


@pytest.mark.parametrize("amount", ["0.001", "1e-3", "NaN", "Infinity", "a lot", ""])
def test_an_amount_the_currency_cannot_hold_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount|digits"):
        Money.of(amount, "EUR")


@pytest.mark.parametrize(
    ("minor", "share", "expected"),
    [
        (100, "0.005", 1),
        (-100, "0.005", -1),
        (100, "0.0049", 0),
        (39530000, "0.13", 5138900),
        (5, "0.1", 1),
    ],
)
def test_a_share_is_rounded_once_half_away_from_zero(minor: int, share: str, expected: int) -> None:
    assert Money(minor, "CNY").times(Decimal(share)) == Money(expected, "CNY")


def test_dividing_rounds_half_up_and_refuses_zero() -> None:
    assert Money(39530000, "CNY").per(Decimal("1.13")) == Money(34982301, "CNY")
    with pytest.raises(ZeroDivisionError):
        Money(1, "CNY").per(Decimal(0))


def test_an_amount_is_multiplied_by_a_whole_number_only() -> None:
    assert Money(150, "EUR") * 3 == Money(450, "EUR")
    for wrong in (1.5, True):
        with pytest.raises(TypeError):
            Money(150, "EUR") * wrong  # type: ignore[operator]


def test_amounts_of_one_currency_are_ordered_and_nothing_is_false() -> None:
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert not Money.zero("EUR")
    assert Money(-1, "EUR")


def test_the_sum_of_nothing_is_zero() -> None:
    assert total([], "JPY") == Money.zero("JPY")
    assert total([Money(1, "JPY"), Money(2, "JPY")], "JPY") == Money(3, "JPY")


@pytest.mark.parametrize(
    ("amount", "cents", "expected"),
    [
        (Money(35980000, "CNY"), True, "¥359,800.00"),
        (Money(35980000, "CNY"), False, "¥359,800"),
        (Money(35980050, "CNY"), False, "¥359,800.50"),
        (Money(-100, "EUR"), True, "−€1.00"),
        (Money(1234, "JPY"), True, "¥1,234"),
        (Money(1234, "KWD"), True, "KWD 1.234"),
    ],
)
def test_people_read_amounts_with_sign_and_separators(
    amount: Money, cents: bool, expected: str
) -> None:
    assert shown(amount, cents=cents) == expected


def test_an_amount_prints_as_number_and_currency() -> None:
    assert str(Money(1999, "EUR")) == "19.99 EUR"
