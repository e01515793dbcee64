"""What a monthly amount pays for: the dearest car whose instalments stay within it (`docs/rules/affording.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.domain.financing import Loan, Product, loan, plan_for
from checkout.domain.schedules import ANNUITY, EQUAL_PRINCIPAL, Schedule
from checkout.errors import FinanceNotEligible
from kernel.money import Money

USUAL_DOWN_NUMERATOR, USUAL_DOWN_DENOMINATOR = 3, 10
"""Without a down payment 30 per cent of the price is paid down, or the product's least where that is more."""
DEAREST = 10**13
"""Minor units; no price is looked for above it."""


@dataclass(frozen=True, slots=True)
class Affordable:
    """A product and the dearest price it makes affordable; `loan` is the loan at that price."""

    product: Product
    price: Money
    loan: Loan


def highest_instalment(plan: Schedule) -> Money:
    """The largest monthly payment of a schedule, a balloon due with the last one left out."""
    last = plan.last_instalment - plan.balloon
    return max(last, *(line.amount for line in plan.instalments[:-1]), plan.instalment)


def is_even(product: Product) -> bool:
    """Whether the car is paid off by instalments alone: no balloon, no residual."""
    return product.method in {ANNUITY, EQUAL_PRINCIPAL} and not product.balloon_share


def least_monthly(product: Product) -> Money:
    """The smallest monthly amount the product can be had for: the instalments on its least amount."""
    return highest_instalment(
        plan_for(product, max(product.min_amount, Money(1, product.currency)))
    )


def least_down_for(product: Product) -> Money:
    """The smallest down payment in money with which the product's least amount can be had: s x least / (1 - s), rounded up."""
    share, least = product.min_down_share, max(product.min_amount.minor, 1)
    exact = share * least / (1 - share)
    return Money(int(exact) + (exact != int(exact)), product.currency)


def affordable(
    *, product: Product, model: str, monthly: Money, down_payment: Money | None
) -> Affordable | None:
    """The dearest car of `model` that `product` finances with no instalment above `monthly`; None where there is none.

    One minor unit more, and an instalment, the down payment or the amount passes its limit. Without a `down_payment`
    30 per cent of the price is paid down, or the product's least. A cheaper car is affordable too, down to the
    product's least amount; only cents below the limit rounding may still lift a last instalment above it, so ask
    `fits` about the car that was found.
    """
    if model not in product.models or monthly.minor < 1:
        return None
    low, high = 0, DEAREST
    while low < high:
        middle = (low + high + 1) // 2
        if _within(product, middle, monthly, down_payment):
            low = middle
        else:
            high = middle - 1
    for price in range(low, 0, -1):
        given = Money(price, monthly.currency)
        found = fits(
            product=product, model=model, price=given, monthly=monthly, down_payment=down_payment
        )
        if found is not None:
            return Affordable(product, given, found)
        if _financed(product, price, down_payment) < product.min_amount.minor:
            break
    return None


def fits(
    *, product: Product, model: str, price: Money, monthly: Money, down_payment: Money | None
) -> Loan | None:
    """The loan for a car of `price` if it can be had and none of its instalments is above `monthly`, else None."""
    down = _down(product, price.minor, down_payment)
    try:
        found = loan(
            product=product, model=model, price=price, down_payment=Money(down, price.currency)
        )
    except FinanceNotEligible:
        return None
    return found if highest_instalment(found.schedule) <= monthly else None


def choose_products(
    products: Sequence[Product], model: str, months: int | None
) -> tuple[Product, ...]:
    """The products a monthly amount is tried with when none is named: even ones for the model, of `months` if given.

    Raises FinanceNotEligible where there is none; the facts list the terms there are.
    """
    even = [each for each in products if is_even(each) and model in each.models]
    found = tuple(each for each in even if months in (None, each.months))
    if not found:
        terms = sorted({each.months for each in even})
        raise FinanceNotEligible(
            f"monthly.months: no loan for {model} runs {months} months; give one of {terms}"
            if months
            else f"monthly: nobody lends for {model} here",
            facts={"reason": "months", "field": "monthly.months", "months": terms},
        )
    return found


def refuse_monthly(products: Sequence[Product], monthly: Money) -> FinanceNotEligible:
    """The refusal of an amount for which none of `products` can be had: it names the least that would do."""
    least = min(least_monthly(product) for product in products)
    limit = {"amount": least.minor, "currency": least.currency}
    return FinanceNotEligible(
        f"monthly.amount: no loan can be had for {monthly} a month on these terms; the smallest is {least} a month",
        facts={"reason": "monthly", "field": "monthly.amount", "limit": limit},
    )


def _down(product: Product, price: int, given: Money | None) -> int:
    if given is not None:
        return given.minor
    usual = -(-price * USUAL_DOWN_NUMERATOR // USUAL_DOWN_DENOMINATOR)
    return max(usual, _share(product, price))


def _share(product: Product, price: int) -> int:
    share = price * product.min_down_share
    return int(share) + (share != int(share))


def _financed(product: Product, price: int, given: Money | None) -> int:
    return price - _down(product, price, given)


def _within(product: Product, price: int, monthly: Money, given: Money | None) -> bool:
    """Whether a price keeps every limit that a dearer car would break sooner."""
    financed = _financed(product, price, given)
    if financed > product.max_amount.minor or _share(product, price) > _down(product, price, given):
        return False
    if financed < 1:
        return True
    return plan_for(product, Money(financed, monthly.currency)).instalment <= monthly
