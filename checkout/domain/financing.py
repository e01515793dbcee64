"""Loans and leases as data, at work on one car (`docs/rules/financing.md`).

A product says its terms and limits; `loan` says what it costs on a car of a price, or why it cannot be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from checkout.domain.apr import annual_rate
from checkout.domain.credit_law import CreditLaw
from checkout.domain.schedules import ANNUITY, LEASE, Schedule, schedule
from checkout.errors import FinanceNotEligible, UnknownFinanceProduct
from kernel.money import Money
from kernel.text import Text


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
    method: str = ANNUITY
    residual_share: Decimal = Decimal(0)
    fee_financed: bool = False
    """Whether the fee is added to the amount instead of paid with the down payment."""
    refuses_kinds: tuple[str, ...] = ()
    law: CreditLaw = CreditLaw("")
    """What the law of the market asks of a loan: among it how the annual rate is worked out and shown."""
    default_costs: tuple[Mapping[str, Any], ...] = ()
    """What the lender takes only of who does not pay as agreed, or wants it otherwise: rows of the catalogue."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A product at work on one car: `total` is all that is paid for the car with it."""

    product: Product
    price: Money
    down_payment: Money
    schedule: Schedule
    apr: Decimal

    @property
    def amount(self) -> Money:
        """What is borrowed, a financed fee included."""
        return self.schedule.principal

    @property
    def lent(self) -> Money:
        """What the lender pays towards the price."""
        return self.price - self.down_payment

    @property
    def cost(self) -> Money:
        """Interest and fee."""
        return self.schedule.interest + self.product.fee

    @property
    def payments(self) -> tuple[int, ...]:
        """What the lender gets each month, in minor units; a lease ends with the car, worth its residual."""
        return tuple(_payments(self.schedule))

    @property
    def total(self) -> Money:
        """Down payment, all instalments, and the fee where it is not among them."""
        fee = Money.zero(self.price.currency) if self.product.fee_financed else self.product.fee
        return self.down_payment + self.schedule.repaid + fee


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
    if not product.fee_financed and amount <= product.fee:
        raise _not_eligible(
            product,
            "min_amount",
            f"{product.code} takes a fee of {product.fee}: more than that has to be financed",
            limit=_json(product.fee + Money(1, price.currency)),
        )
    plan = plan_for(product, amount)
    apr = annual_rate(
        convention=product.law.convention,
        received=plan.principal.minor - product.fee.minor,
        payments=_payments(plan),
    )
    return Loan(product, price, down_payment, plan, apr)


def plan_for(product: Product, financed: Money) -> Schedule:
    """The product's schedule for a part of the price, a financed fee added; raises ValueError below one minor unit."""
    amount = financed + product.fee if product.fee_financed else financed
    lease = product.method == LEASE
    return schedule(
        principal=amount,
        annual_rate=product.annual_rate,
        months=product.months,
        method=product.method,
        balloon=None if lease else amount.times(product.balloon_share),
        residual=amount.times(product.residual_share) if lease else None,
    )


def _payments(plan: Schedule) -> list[int]:
    """What the lender gets a month; a lease ends with the car, worth its residual."""
    payments = [line.amount.minor for line in plan.instalments]
    payments[-1] += plan.residual.minor
    return payments


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
    law: CreditLaw | None = None,
) -> tuple[Product, ...]:
    """The products that lenders offer in `market`, from the rows of a release (money in minor units)."""
    by_code = {row["code"]: row for row in lenders if row["market"] == market}
    return tuple(
        _product(row, by_code[row["lender"]], currency, law or CreditLaw(market))
        for row in products
        if row["lender"] in by_code
    )


def _product(
    row: Mapping[str, Any],
    lender: Mapping[str, Any],
    currency: str,
    law: CreditLaw,
) -> Product:
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
        method=row.get("method") or ANNUITY,
        residual_share=Decimal(row.get("residual_share") or 0),
        fee_financed=bool(row.get("fee_financed")),
        refuses_kinds=tuple(lender.get("refuses_kinds", ())),
        law=law,
        default_costs=tuple(lender.get("default_costs", ())),
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
