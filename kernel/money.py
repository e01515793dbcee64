"""Money: integer minor units and an ISO 4217 currency; amounts of two currencies never mix. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

EXPONENTS = {
    "CNY": 2,
    "EUR": 2,
    "USD": 2,
    "GBP": 2,
    "CHF": 2,
    "HKD": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "BHD": 3,
}
"""Decimal digits of each currency we sell in (ISO 4217)."""
SIGNS = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "KRW": "₩", "HKD": "HK$"}


class CurrencyMismatch(ValueError):
    """Two currencies met in one calculation."""


class UnknownCurrency(ValueError):
    """A currency whose decimal digits we do not know."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, fen, yen) of `currency`; raises UnknownCurrency, TypeError on a float."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor units are an int, not {self.minor!r}")
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(f"unknown currency {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """No money of `currency`."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Money:
        """From major units: `Money.of("49.90", "EUR")`; raises ValueError for more digits than the currency has."""
        try:
            scaled = Decimal(str(amount)).scaleb(exponent(currency))
        except InvalidOperation as error:
            raise ValueError(f"{amount!r} is no amount") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"{amount!r} has more digits than {currency} has")
        return cls(int(scaled), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError("multiply by an int, or use times() with a Decimal")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, share: Decimal) -> Money:
        """This amount times an exact decimal, rounded once, half up (away from zero) to one minor unit."""
        return Money(
            int((Decimal(self.minor) * share).quantize(Decimal(1), ROUND_HALF_UP)), self.currency
        )

    def per(self, divisor: Decimal) -> Money:
        """This amount divided by an exact decimal, rounded once, half up; raises ZeroDivisionError."""
        if divisor == 0:
            raise ZeroDivisionError("an amount divided by zero")
        return Money(
            int((Decimal(self.minor) / divisor).quantize(Decimal(1), ROUND_HALF_UP)), self.currency
        )

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


def exponent(currency: str) -> int:
    """Decimal digits of `currency`; raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"unknown currency {currency!r}") from None


def total(amounts: list[Money], currency: str) -> Money:
    """The sum of `amounts`, all of `currency`; nothing gives zero; raises CurrencyMismatch."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


def shown(amount: Money, *, cents: bool = True) -> str:
    """For people: `¥359,800.00`, or `¥359,800` where the cents are zero and `cents` is false."""
    digits = exponent(amount.currency)
    whole = not cents and amount.minor % (10**digits) == 0
    number = f"{abs(amount.decimal):,.{0 if whole else digits}f}"
    sign = SIGNS.get(amount.currency, f"{amount.currency} ")
    return f"{'−' if amount.minor < 0 else ''}{sign}{number}"
