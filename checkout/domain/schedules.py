"""Repayment plans to the cent (`docs/rules/financing.md`): equal instalments, equal principal, balloon, lease.

Interest of a month = balance x annual rate / 12, rounded half up to one minor unit. The last line repays what is
left, so it absorbs what rounding left over, and principal plus interest is exactly what is paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from kernel.money import Money

TWELVE = Decimal(12)
ANNUITY, EQUAL_PRINCIPAL, LEASE = "annuity", "equal-principal", "lease"
METHODS = (ANNUITY, EQUAL_PRINCIPAL, LEASE)
"""Equal instalments (a balloon may be due with the last), equal principal with falling interest, or a lease."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a schedule; `balance` is what is owed after it."""

    number: int
    amount: Money
    interest: Money
    principal: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is paid when: `instalments` in order, and the `balloon` that is part of the last one.

    `residual` is what a lease leaves unpaid because the car goes back; nothing else leaves anything.
    """

    principal: Money
    instalments: tuple[Instalment, ...]
    balloon: Money
    residual: Money

    @property
    def instalment(self) -> Money:
        """The regular instalment; with equal principal the first, which is the largest."""
        return self.instalments[0].amount

    @property
    def last_instalment(self) -> Money:
        """The last instalment, balloon included."""
        return self.instalments[-1].amount

    @property
    def interest(self) -> Money:
        """All interest."""
        return Money(sum(i.interest.minor for i in self.instalments), self.principal.currency)

    @property
    def repaid(self) -> Money:
        """All instalments: principal (less a residual) plus interest, to the cent."""
        return Money(sum(i.amount.minor for i in self.instalments), self.principal.currency)


def schedule(
    *,
    principal: Money,
    annual_rate: Decimal,
    months: int,
    balloon: Money | None = None,
    method: str = ANNUITY,
    residual: Money | None = None,
) -> Schedule:
    """The repayment plan of `principal` at a nominal rate with monthly interest, one instalment at each month's end.

    `balloon` is due with the last instalment, on top of it (annuity only). `residual` stays unpaid at the end of a
    lease. Raises ValueError for a principal or term below one, a negative rate, an unknown method, or a balloon or
    residual that is negative, not less than the principal, or of another method.
    """
    balloon = balloon or Money.zero(principal.currency)
    residual = residual or Money.zero(principal.currency)
    _refuse_nonsense(principal, annual_rate, months)
    _refuse_ends(principal, balloon, residual, method)
    monthly = annual_rate / TWELVE
    if method == EQUAL_PRINCIPAL:
        lines = _equal_principal(principal.minor, monthly, months)
    else:
        lines = _level(principal.minor, balloon.minor, residual.minor, monthly, months)
    currency = principal.currency
    return Schedule(
        principal=principal,
        instalments=tuple(
            Instalment(
                number,
                Money(amount, currency),
                Money(interest, currency),
                Money(amount - interest, currency),
                Money(balance, currency),
            )
            for number, (amount, interest, balance) in enumerate(lines, start=1)
        ),
        balloon=balloon,
        residual=residual,
    )


def _refuse_nonsense(principal: Money, annual_rate: Decimal, months: int) -> None:
    if principal.minor < 1:
        raise ValueError("a loan needs a positive amount")
    if months < 1:
        raise ValueError("a loan needs at least one month")
    if annual_rate < 0:
        raise ValueError("a rate is not negative")


def _refuse_ends(principal: Money, balloon: Money, residual: Money, method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"the method of a loan is one of {', '.join(METHODS)}, not {method!r}")
    if balloon.minor < 0 or principal <= balloon:
        raise ValueError("a balloon is a part of the amount, zero or more and less than all of it")
    if residual.minor < 0 or principal <= residual:
        raise ValueError("a residual is a part of the amount, zero or more and less than all of it")
    if (balloon and method != ANNUITY) or (residual and method != LEASE):
        raise ValueError(f"a loan of method {method} has no such end: balloon or residual")


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _level(
    principal: int, balloon: int, residual: int, monthly: Decimal, months: int
) -> Iterator[tuple[int, int, int]]:
    """Amount, interest and balance of each month, in minor units."""
    level = level_instalment(principal, balloon + residual, monthly, months)
    balance = principal
    for _ in range(1, months):
        interest = _rounded(balance * monthly)
        # A loan of a few cents can be repaid before its last month: never pay more than is owed.
        amount = min(level, balance - residual + interest)
        balance -= amount - interest
        yield amount, interest, balance
    owed = balance - residual
    last = level + balloon
    if not monthly or not owed or last < owed or residual:
        last = owed + _rounded(balance * monthly)
    yield last, last - owed, residual


def level_instalment(principal: int, left: int, monthly: Decimal, months: int) -> int:
    """The equal instalment that takes `principal` down to `left` in `months`, minor units, rounded half up once.

    (P g - L) i / (g - 1) with g = (1 + i)^n; without interest (P - L) / n.
    """
    if not monthly:
        return _rounded(Decimal(principal - left) / months)
    with localcontext(prec=50):
        growth = (1 + monthly) ** months
        return _rounded((principal * growth - left) * monthly / (growth - 1))


def _equal_principal(
    principal: int, monthly: Decimal, months: int
) -> Iterator[tuple[int, int, int]]:
    """The same share of the principal each month, rounded half up, and the interest on what was left before it."""
    share = _rounded(Decimal(principal) / months)
    balance = principal
    for number in range(1, months + 1):
        interest = _rounded(balance * monthly)
        repaid = balance if number == months else min(share, balance)
        balance -= repaid
        yield repaid + interest, interest, balance
