"""Loans to the cent: equal instalments, an optional balloon, the annual rate (`docs/rules/financing.md`).

Instalments are due at the end of each month and are all equal: the exact annuity, rounded half up to one
minor unit once. The interest of a month is rounded half up; the last instalment repays what is left and the
rest of it is interest, so it absorbs what rounding left over and principal plus interest is exactly what is
paid. Where an equal last instalment cannot do that (no interest at all, a loan of a few cents) it is what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from checkout.errors import FinanceNotEligible, UnknownFinanceProduct
from kernel.money import Money
from kernel.text import Text

TWELVE = Decimal(12)
RATE_DIGITS = Decimal("0.000001")
"""Rates are kept to a ten-thousandth of a percentage point."""

APR_CONVENTIONS = {"CN": "monthly-irr-times-12"}
"""Mainland China quotes the internal rate of return of a month times twelve; elsewhere the EU's effective rate."""
EFFECTIVE = "effective-annual-rate"


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
    """What is paid when: `instalments` in order, and the `balloon` that is part of the last one."""

    principal: Money
    instalments: tuple[Instalment, ...]
    balloon: Money

    @property
    def instalment(self) -> Money:
        """The regular instalment."""
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
        """All instalments: principal plus interest, to the cent."""
        return Money(sum(i.amount.minor for i in self.instalments), self.principal.currency)


@dataclass(frozen=True, slots=True)
class Product:
    """A loan as data: terms, limits, and the models it is for; money in the market's currency."""

    code: str
    lender: str
    market: str
    currency: str
    name: Text
    text: Text
    lender_name: Text
    months: int
    annual_rate: Decimal
    balloon_share: Decimal
    min_down_share: Decimal
    min_amount: Money
    max_amount: Money
    fee: Money
    models: tuple[str, ...]
    approval_valid_days: int
    amount_tolerance: Decimal
    finances_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loan:
    """A product at work on one car: `total` is all that is paid for the car with it."""

    product: Product
    price: Money
    down_payment: Money
    schedule: Schedule
    apr: Decimal
    apr_convention: str

    @property
    def amount(self) -> Money:
        """What is borrowed."""
        return self.schedule.principal

    @property
    def total(self) -> Money:
        """Down payment, all instalments and the fee."""
        return self.down_payment + self.schedule.repaid + self.product.fee


def schedule(
    *, principal: Money, annual_rate: Decimal, months: int, balloon: Money | None = None
) -> Schedule:
    """The repayment plan of `principal` at a nominal rate with monthly interest.

    `balloon` is due with the last instalment, on top of it. Raises ValueError for a principal or term below
    one, a negative rate, or a balloon that is negative or not less than the principal.
    """
    balloon = balloon or Money.zero(principal.currency)
    _refuse_nonsense(principal, annual_rate, months, balloon)
    level = _level_instalment(principal, balloon, annual_rate, months)
    monthly = annual_rate / TWELVE
    lines: list[Instalment] = []
    balance = principal
    for number in range(1, months):
        interest = balance.times(monthly)
        # A loan of a few cents can be repaid before its last month: never pay more than is owed.
        amount = min(level, balance + interest)
        balance = balance - (amount - interest)
        lines.append(Instalment(number, amount, interest, amount - interest, balance))
    last = level + balloon
    if annual_rate == 0 or not balance or last < balance:
        last = balance + balance.times(monthly)
    lines.append(Instalment(months, last, last - balance, balance, Money.zero(principal.currency)))
    return Schedule(principal=principal, instalments=tuple(lines), balloon=balloon)


def _refuse_nonsense(principal: Money, annual_rate: Decimal, months: int, balloon: Money) -> None:
    if principal.minor < 1:
        raise ValueError("a loan needs a positive amount")
    if months < 1:
        raise ValueError("a loan needs at least one month")
    if annual_rate < 0:
        raise ValueError("a rate is not negative")
    if balloon.minor < 0 or principal <= balloon:
        raise ValueError("a balloon is a part of the amount, zero or more and less than all of it")


def _level_instalment(principal: Money, balloon: Money, annual_rate: Decimal, months: int) -> Money:
    if annual_rate == 0:
        return (principal - balloon).per(Decimal(months))
    with localcontext(prec=50):
        monthly = annual_rate / TWELVE
        growth = (1 + monthly) ** months
        exact = (principal.minor * growth - balloon.minor) * monthly / (growth - 1)
    return Money(1, principal.currency).times(exact)


def monthly_irr(*, received: int, payments: Sequence[int]) -> Decimal:
    """The monthly rate at which `payments` (one a month, from the end of the first) are worth `received`.

    Minor units. Bisection, so it cannot diverge; accurate to 1e-12. Raises ValueError when the payments
    are less than what was received, or nothing was.
    """
    if received < 1 or sum(payments) < received:
        raise ValueError("payments that do not repay the amount have no rate of return")

    def worth(rate: float) -> float:
        value = 0.0
        for payment in reversed(payments):
            value = (value + payment) / (1 + rate)
        return value

    low, high = 0.0, 1.0
    while worth(high) > received:
        high *= 2
    while high - low > 1e-13 * (1 + high):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) > received else (low, middle)
    return Decimal(repr(high if worth(low) > received else low))


def annual_rate(*, market: str, received: int, payments: Sequence[int]) -> tuple[Decimal, str]:
    """The annual percentage rate as a share, six digits, with the convention of the market.

    CN: monthly IRR x 12 (the way lenders disclose it there). Elsewhere the effective annual rate of the
    EU Consumer Credit Directive for equal months, (1 + monthly IRR) ^ 12 - 1.
    """
    monthly = monthly_irr(received=received, payments=payments)
    convention = APR_CONVENTIONS.get(market, EFFECTIVE)
    yearly = (1 + monthly) ** 12 - 1 if convention == EFFECTIVE else monthly * TWELVE
    return yearly.quantize(RATE_DIGITS), convention


def loan(
    *,
    product: Product,
    model: str,
    price: Money,
    down_payment: Money,
    refused: Money | None = None,
) -> Loan:
    """What `product` costs on a car of `price`; `refused` is the part of the price its lender does not finance.

    Raises FinanceNotEligible for another model, a down payment outside its range or an amount outside the
    product's limits; the facts name the limit.
    """
    if model not in product.models:
        raise _not_eligible(
            product, "model", f"{product.code} is not offered for {model}", model=model
        )
    amount = price - down_payment
    _check_down_payment(product, price, down_payment, refused or Money.zero(price.currency))
    for limit, fits in (
        ("min_amount", product.min_amount <= amount),
        ("max_amount", amount <= product.max_amount),
    ):
        if not fits:
            bound = getattr(product, limit)
            raise _not_eligible(
                product,
                limit,
                f"{product.code} finances {product.min_amount} to {product.max_amount}, not {amount}; "
                "change the down payment",
                limit=_json(bound),
            )
    plan = schedule(
        principal=amount,
        annual_rate=product.annual_rate,
        months=product.months,
        balloon=amount.times(product.balloon_share),
    )
    apr, convention = annual_rate(
        market=product.market,
        received=amount.minor - product.fee.minor,
        payments=[line.amount.minor for line in plan.instalments],
    )
    return Loan(product, price, down_payment, plan, apr, convention)


def least_down_payment(*, product: Product, price: Money, refused: Money | None = None) -> Money:
    """The smallest down payment: the product's share, what the lender refuses, and what exceeds its largest amount.

    The share is rounded up to a whole minor unit.
    """
    share = price.minor * product.min_down_share
    whole = int(share) + (share != int(share))
    return Money(
        max(whole, refused.minor if refused else 0, price.minor - product.max_amount.minor),
        price.currency,
    )


def _check_down_payment(product: Product, price: Money, down: Money, refused: Money) -> None:
    least = least_down_payment(product=product, price=price, refused=refused)
    if down < least:
        raise _not_eligible(
            product,
            "min_down_payment",
            f"{product.code} needs a down payment of at least {least}",
            limit=_json(least),
        )
    if price <= down:
        raise _not_eligible(
            product,
            "max_down_payment",
            "the down payment leaves nothing to finance",
            limit=_json(price),
        )


def _not_eligible(product: Product, reason: str, message: str, **facts: Any) -> FinanceNotEligible:
    return FinanceNotEligible(message, facts={"product": product.code, "reason": reason, **facts})


def _json(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}


def read_products(
    *,
    products: Sequence[Mapping[str, Any]],
    lenders: Sequence[Mapping[str, Any]],
    market: str,
    currency: str,
) -> tuple[Product, ...]:
    """The products that lenders offer in `market`, from the rows of a release (money in minor units)."""
    by_code = {row["code"]: row for row in lenders if row["market"] == market}
    return tuple(
        _product(row, by_code[row["lender"]], currency)
        for row in products
        if row["lender"] in by_code
    )


def _product(row: Mapping[str, Any], lender: Mapping[str, Any], currency: str) -> Product:
    return Product(
        code=row["code"],
        lender=row["lender"],
        market=lender["market"],
        currency=currency,
        name=row["name"],
        text=row["text"],
        lender_name=lender["name"],
        months=row["months"],
        annual_rate=Decimal(row["annual_rate"]),
        balloon_share=Decimal(row["balloon_share"]),
        min_down_share=Decimal(row["min_down_share"]),
        min_amount=Money(row["min_amount"], currency),
        max_amount=Money(row["max_amount"], currency),
        fee=Money(row["fee"], currency),
        models=tuple(row["models"]),
        approval_valid_days=row["approval_valid_days"],
        amount_tolerance=Decimal(row["amount_tolerance"]),
        finances_kinds=tuple(lender["finances_kinds"]),
    )


def product_of(products: Sequence[Product], code: str, *, months: int | None = None) -> Product:
    """The product of that code; raises UnknownFinanceProduct, FinanceNotEligible for another term."""
    found = next((p for p in products if p.code == code), None)
    if found is None:
        raise UnknownFinanceProduct(
            f"finance.product: there is no {code!r} in this market",
            facts={"product": code, "products": [p.code for p in products]},
        )
    if months is not None and months != found.months:
        raise _not_eligible(
            found,
            "months",
            f"finance.months: {code} runs {found.months} months",
            limit=found.months,
        )
    return found
