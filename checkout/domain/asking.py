"""What a buyer asks a quote for, read from JSON-like input: every field checked, every refusal named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkout.domain.extras import Answer
from checkout.domain.wishes import TradeIn, read_answers, read_trade_in, read_words
from checkout.errors import (
    CoverNotOffered,
    CurrencyNotOfMarket,
    FinanceNotEligible,
    NothingToQuote,
    UnknownCover,
)
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class FinanceAsked:
    """A loan that the buyer wants in the quote; no down payment means the least allowed."""

    product: str
    months: int | None
    down_payment: Money | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a quote; exactly one of `build` and `vin` is set, and what was not said is None or empty."""

    market: str
    build: str
    vin: str
    finance: FinanceAsked | None
    insurance: tuple[str, ...] | None
    driver_age: int | None
    no_claims_class: str
    seats: int | None
    place: str | None
    vouchers: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    extras: tuple[Answer, ...] = ()
    trade_in: TradeIn | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON; `read_asked` is the way back."""
        finance = self.finance
        down = finance.down_payment if finance else None
        return {
            "market": self.market,
            "build": self.build or None,
            "vin": self.vin or None,
            "finance": finance
            and {
                "product": finance.product,
                "months": finance.months,
                "down_payment": down and {"amount": down.minor, "currency": down.currency},
            },
            "insurance": None if self.insurance is None else list(self.insurance),
            "insurance_facts": {
                "driver_age": self.driver_age,
                "no_claims_class": self.no_claims_class or None,
                "seats": self.seats,
            },
            "place": self.place,
            "vouchers": list(self.vouchers),
            "proofs": list(self.proofs),
            "extras": [answer.facts() for answer in self.extras],
            "trade_in": self.trade_in and self.trade_in.facts(),
        }


def read_asked(
    *,
    market: str,
    currency: str,
    build: str | None,
    vin: str | None,
    finance: Mapping[str, Any] | None,
    insurance: Sequence[str] | None,
    insurance_facts: Mapping[str, Any] | None,
    place: str | None,
    vouchers: Sequence[str] | None = None,
    proofs: Sequence[str] | None = None,
    extras: Sequence[Mapping[str, Any]] | None = None,
    trade_in: Mapping[str, Any] | None = None,
) -> Asked:
    """The request.

    Raises NothingToQuote, CurrencyNotOfMarket, FinanceNotEligible, UnknownCover, CoverNotOffered, BadWish.
    """
    if bool(build) == bool(vin):
        raise NothingToQuote(
            "name exactly one car: a saved build in `build`, or a stock vehicle in `vin`",
            facts={"build": build, "vin": vin},
        )
    facts = insurance_facts or {}
    return Asked(
        market=market,
        build=build or "",
        vin=(vin or "").upper(),
        finance=_finance(finance, currency) if finance else None,
        insurance=_codes(insurance),
        driver_age=_number(facts, "driver_age"),
        no_claims_class=str(facts.get("no_claims_class") or ""),
        seats=_number(facts, "seats"),
        place=place or None,
        vouchers=read_words(vouchers, field="vouchers"),
        proofs=read_words(proofs, field="proofs"),
        extras=read_answers(extras),
        trade_in=read_trade_in(trade_in, currency),
    )


def _codes(insurance: Sequence[str] | None) -> tuple[str, ...] | None:
    if insurance is None:
        return None
    if isinstance(insurance, str) or not all(isinstance(code, str) for code in insurance):
        raise UnknownCover(
            "insurance: give a list of product codes", facts={"insurance": str(insurance)}
        )
    return tuple(dict.fromkeys(insurance))


def _number(facts: Mapping[str, Any], field: str) -> int | None:
    value = facts.get(field)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 130:
        raise CoverNotOffered(
            f"insurance_facts.{field}: give a whole number above zero",
            facts={"field": field, "value": str(value)},
        )
    return value


def _finance(finance: Mapping[str, Any], currency: str) -> FinanceAsked:
    months = finance.get("months")
    if months is not None and (
        not isinstance(months, int) or isinstance(months, bool) or months < 1
    ):
        raise FinanceNotEligible(
            "finance.months: give a whole number of months, at least 1",
            facts={"reason": "months", "value": str(months)},
        )
    return FinanceAsked(
        product=str(finance.get("product") or ""),
        months=months,
        down_payment=read_amount(
            finance.get("down_payment"), currency, field="finance.down_payment"
        ),
    )


def read_amount(
    value: Money | Mapping[str, Any] | None, currency: str, *, field: str
) -> Money | None:
    """Money from `{amount, currency}` in minor units; raises CurrencyNotOfMarket, FinanceNotEligible."""
    if value is None:
        return None
    minor, given = (
        (value.minor, value.currency)
        if isinstance(value, Money)
        else (value.get("amount"), value.get("currency"))
    )
    if given != currency:
        raise CurrencyNotOfMarket(
            f"{field}: this market uses {currency}, not {given}",
            facts={"field": field, "currency": given, "expected": currency},
        )
    if not isinstance(minor, int) or isinstance(minor, bool) or minor < 0:
        raise FinanceNotEligible(
            f"{field}: give an amount in minor units, zero or more",
            facts={"reason": "amount", "field": field},
        )
    return Money(minor, currency)
