"""The annual percentage rate of any plan of payments, by the convention of its market (`docs/rules/financing.md`).

* Mainland China: the internal rate of return of a month times twelve (People's Bank of China, announcement 3/2021:
  all costs against the principal actually outstanding; no compounding, and said so).
* European Union: the effective rate X with  sum of drawdowns (1 + X)^-s = sum of payments (1 + X)^-t, times in years
  (Directive 2008/48/EC Annex I, Directive (EU) 2023/2225 Annex III); twelve equal months make a year.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from kernel.money import Money

TWELVE = Decimal(12)
RATE_DIGITS = Decimal("0.000001")
"""Rates are kept to a ten-thousandth of a percentage point."""
SIMPLE, EFFECTIVE = "monthly-irr-times-12", "effective-annual-rate"
"""The conventions; which one a market has is a row of its law (`credit.apr.convention`)."""
DIGITS = 2
"""Decimals of a rate in per cent where the law of a market names none (`credit.apr.decimals`)."""
SURE = 1e-14


def _worth(rate: float, payments: Sequence[int]) -> tuple[float, float]:
    """The value of monthly payments today and its derivative by the rate, by Horner's rule."""
    value = slope = 0.0
    discount = 1 / (1 + rate)
    for payment in reversed(payments):
        total = value + payment
        slope = (slope - total * discount) * discount
        value = total * discount
    return value, slope


def monthly_irr(*, received: int, payments: Sequence[int]) -> Decimal:
    """The monthly rate at which `payments` (one a month, from the end of the first) are worth `received`.

    Minor units. Newton's steps from zero, where the value is convex and falling, so they never overshoot; accurate to
    1e-12. Raises ValueError when a payment is negative, the payments are less than what was received, or nothing was.
    """
    if received < 1 or sum(payments) < received or min(payments) < 0:
        raise ValueError("payments that do not repay the amount have no rate of return")
    rate = 0.0
    while True:
        value, slope = _worth(rate, payments)
        step = (received - value) / slope if slope else 0.0
        rate += step
        if step <= SURE * (1 + rate):
            return Decimal(repr(max(rate, 0.0)))


def annual_rate(*, convention: str, received: int, payments: Sequence[int]) -> Decimal:
    """The annual percentage rate of monthly payments as a share, six digits, by SIMPLE or EFFECTIVE.

    Raises ValueError for another convention, and as `monthly_irr`.
    """
    if convention not in (SIMPLE, EFFECTIVE):
        raise ValueError(
            f"an annual rate is worked out by {SIMPLE} or {EFFECTIVE}, not {convention!r}"
        )
    monthly = monthly_irr(received=received, payments=payments)
    yearly = (1 + monthly) ** 12 - 1 if convention == EFFECTIVE else monthly * TWELVE
    return yearly.quantize(RATE_DIGITS, ROUND_HALF_UP)


def effective_rate(
    *, drawdowns: Sequence[tuple[date, Money]], payments: Sequence[tuple[date, Money]]
) -> Decimal:
    """The EU's effective rate of dated drawdowns and payments, six digits; times by `years_between` the first drawdown.

    Raises ValueError for payments below the drawdowns, a date before the first drawdown, or nothing drawn down.
    """
    if not drawdowns or not payments:
        raise ValueError("a rate needs a drawdown and a payment")
    start = min(day for day, _ in drawdowns)
    flows = [(years_between(start, day), -amount.minor) for day, amount in drawdowns]
    flows += [(years_between(start, day), amount.minor) for day, amount in payments]
    if sum(amount for _, amount in flows) < 0:
        raise ValueError("payments that do not repay the amount have no rate of return")
    low, high = 0.0, 1.0
    while _present(flows, high) > 0:
        high *= 2
    while high - low > SURE * (1 + high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _present(flows, middle) > 0 else (low, middle)
    return Decimal(repr(high)).quantize(RATE_DIGITS, ROUND_HALF_UP)


def _present(flows: Sequence[tuple[float, int]], rate: float) -> float:
    return sum(amount * math.pow(1 + rate, -years) for years, amount in flows)


def years_between(start: date, day: date) -> float:
    """The time from `start` to `day` in years, as the directive counts it.

    Whole months counted back from `day`, twelve to the year; the days that are left are divided by 365, or 366 where
    the year counted back from the last of them holds a 29 February (PAngV Annex 1 c). The first day is not counted.
    Raises ValueError for a day before the start.
    """
    if day < start:
        raise ValueError("a payment cannot come before the first drawdown")
    months = (day.year - start.year) * 12 + day.month - start.month
    while _months_back(day, months) < start:
        months -= 1
    rest = _months_back(day, months)
    year = (rest - _months_back(rest, 12)).days
    return months / 12 + (rest - start).days / year


def _months_back(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    last = calendar.monthrange(year, month + 1)[1]
    at_end = (day + timedelta(days=1)).day == 1
    return date(year, month + 1, last if at_end else min(day.day, last))


def shown_rate(rate: Decimal, digits: int = DIGITS) -> str:
    """A rate in per cent with that many decimals, half up: `"4.48"`."""
    return str((rate * 100).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
