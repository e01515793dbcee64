"""The best car within a budget, or within a monthly amount: checkout says what it pays for, the catalog finds the car."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.errors import NoCarInBudget
from catalog.queries.completing import CompletionFacts, complete
from catalog.queries.configuring import selling
from catalog.queries.on_sale import on_sale, release
from checkout.domain.affording import Affordable
from checkout.errors import CurrencyNotOfMarket
from checkout.queries.offers import (
    FinanceOffer,
    affordable_offer,
    affordable_prices,
    even_quotes,
    finance_quotes,
)
from kernel.money import Money
from storefront.api.language import market_or_default
from storefront.api.schemas.requests import CompleteIn, MoneyIn, MonthlyIn

ROUNDS = 3
"""How often a car is looked for below one whose last instalment rounding lifted a cent too high."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A complete car, and its loan where it was found by a monthly amount."""

    facts: CompletionFacts
    finance: FinanceOffer | None = None


def completed(asked: CompleteIn, now: datetime) -> Completed:
    """The cheapest car, the best within `budget`, or the best that `monthly` pays for.

    Raises as `catalog.queries.completing.complete` and `checkout.queries.offers.affordable_prices`,
    CurrencyNotOfMarket.
    """
    market = market_or_default(asked.market)
    if asked.monthly is not None:
        return _within_monthly(asked, market, asked.monthly, now)
    budget = None
    if asked.budget is not None:
        budget = _amount(asked, market, asked.budget, "budget")
    return Completed(_complete(asked, market, budget, now))


def _complete(
    asked: CompleteIn, market: str, budget: Money | None, now: datetime
) -> CompletionFacts:
    return complete(
        model=asked.model,
        market=market,
        choices=asked.choices,
        budget=budget,
        release=asked.release,
        now=now,
    )


def _amount(asked: CompleteIn, market: str, given: MoneyIn | MonthlyIn, field: str) -> Money:
    """The amount in the market's currency; raises CurrencyNotOfMarket, and as `selling` for the market."""
    shelf = on_sale() if asked.release is None else release(asked.release)
    expected = selling(shelf.catalogue, market).currency
    if given.currency != expected:
        raise CurrencyNotOfMarket(
            f"{field}.currency: this market uses {expected}, not {given.currency}; "
            f"give the {field.rpartition('.')[2].replace('_', ' ')} in {expected}",
            facts={
                "field": f"{field}.currency",
                "currency": given.currency,
                "expected": expected,
            },
        )
    return Money(given.amount, expected)


@dataclass(frozen=True, slots=True)
class _Terms:
    """A monthly amount with its terms, read."""

    market: str
    amount: Money
    months: int | None
    product: str | None
    down_payment: Money | None


def _within_monthly(asked: CompleteIn, market: str, given: MonthlyIn, now: datetime) -> Completed:
    down = given.down_payment
    terms = _Terms(
        market=market,
        amount=_amount(asked, market, given, "monthly"),
        months=given.months,
        product=given.product,
        down_payment=None if down is None else _amount(asked, market, down, "monthly.down_payment"),
    )
    offers = affordable_prices(
        market=market,
        model=asked.model,
        monthly=terms.amount,
        months=terms.months,
        product=terms.product,
        down_payment=terms.down_payment,
        now=now,
    )
    for offer in offers:
        found = _paid_by(asked, terms, offer, now)
        if found is not None:
            return found
    raise _refusal(asked, terms, offers[0], now)


def _paid_by(
    asked: CompleteIn, terms: _Terms, offer: Affordable, now: datetime
) -> Completed | None:
    """The best car that one loan pays for; None where what is left to borrow is too little for it."""
    budget = offer.price
    for _ in range(ROUNDS):
        try:
            facts = _complete(asked, terms.market, budget, now)
        except NoCarInBudget as error:
            raise _too_dear(asked, terms, offer, error, now) from error
        loan = affordable_offer(
            offer=offer,
            model=asked.model,
            price=facts.sheet.total,
            monthly=terms.amount,
            down_payment=terms.down_payment,
        )
        if loan is not None:
            return Completed(facts, loan)
        budget = Money(facts.sheet.total.minor - 1, budget.currency)
    return None


def _too_dear(
    asked: CompleteIn, terms: _Terms, offer: Affordable, error: NoCarInBudget, now: datetime
) -> NoCarInBudget:
    """The same refusal in terms of a month: what the cheapest car costs, and what that is a month."""
    cheapest = Money(error.facts["cheapest"]["amount"], terms.amount.currency)
    least = _least_instalment(asked, terms, cheapest, now)
    words = f", {least} a month" if least else ""
    return NoCarInBudget(
        f"monthly.amount: {terms.amount} a month pays for a car of {offer.price}; "
        f"the cheapest such car costs {cheapest}{words}",
        facts={
            **error.facts,
            "affordable": _json(offer.price),
            "cheapest_monthly": _json(least) if least else None,
        },
    )


def _least_instalment(
    asked: CompleteIn, terms: _Terms, price: Money, now: datetime
) -> Money | None:
    """The lowest instalment on these terms for a car of that price; None where it cannot be financed so."""
    offers = even_quotes(
        market=terms.market,
        model=asked.model,
        price=price,
        now=now,
        months=terms.months,
        down_payment=terms.down_payment,
    )
    if terms.product is not None:
        everything = finance_quotes(
            market=terms.market,
            model=asked.model,
            price=price,
            down_payment=terms.down_payment,
            now=now,
        )
        offers = [offer for offer in everything if offer.product == terms.product]
    amounts = [int(offer.facts["instalment"]["amount"]) for offer in offers]
    return Money(min(amounts), price.currency) if amounts else None


def _refusal(asked: CompleteIn, terms: _Terms, offer: Affordable, now: datetime) -> NoCarInBudget:
    """Cars fit, but no loan is small enough for what is left to borrow; raises the product's own FinanceNotEligible."""
    facts = _complete(asked, terms.market, offer.price, now)
    finance_quotes(
        market=terms.market,
        model=asked.model,
        price=facts.sheet.total,
        down_payment=terms.down_payment,
        product=offer.product.code,
        now=now,
    )
    return NoCarInBudget(
        f"monthly.amount: no car was found whose instalments all stay within {terms.amount}",
        facts={"affordable": _json(offer.price)},
    )


def _json(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}
