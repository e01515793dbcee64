"""Which clauses a contract prints and how their placeholders are filled. Plain Python.

A placeholder is `{{name}}`; the names are the table VARIABLES below and nothing else: no expressions, no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from contracts.domain.facts import ContractFacts
from contracts.domain.wording import Value, worded
from contracts.errors import MissingFact, UnknownPlaceholder
from kernel.text import Text, pick

BRACE = re.compile(r"[{}]")
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """A fact that clauses may name; `fallback` says what stands there when an order lacks it, None = an error."""

    meaning: str
    read: Callable[[ContractFacts], Value | None]
    fallback: Text | None = None


VARIABLES: Mapping[str, Variable] = MappingProxyType(
    {
        "seller.name": Variable("the selling company", lambda f: f.seller.name),
        "seller.address": Variable("its registered address", lambda f: f.seller.address),
        "buyer.name": Variable("the buyer as on the order", lambda f: f.buyer.name),
        "buyer.document": Variable(
            "masked identity or registration number",
            lambda f: f.buyer.document,
            {"zh-hans": "交车前补充", "en": "to be added before handover"},
        ),
        "buyer.contact": Variable(
            "the address for notices: e-mail, else telephone",
            lambda f: f.buyer.email or f.buyer.phone,
        ),
        "car.model": Variable("model", lambda f: f.car.model),
        "car.trim": Variable("trim", lambda f: f.car.trim),
        "car.vin": Variable("vehicle identification number of a stock car", lambda f: f.car.vin),
        "price.total": Variable(
            "contract price with extras, VAT included", lambda f: f.price.total
        ),
        "price.vat": Variable("VAT inside the price", lambda f: f.price.vat),
        "price.vat_rate": Variable("VAT rate", lambda f: Decimal(f.price.vat_rate)),
        "price.balance": Variable(
            "what is due to the seller before handover", lambda f: f.price.balance
        ),
        "price.conditional": Variable(
            "reductions that need a proof, in all", lambda f: f.price.conditional or None
        ),
        "deposit.amount": Variable("the deposit", lambda f: f.deposit.amount),
        "finance.lender": Variable("the lender", lambda f: f.finance.lender if f.finance else None),
        "finance.amount": Variable("the loan", lambda f: f.finance.amount if f.finance else None),
        "finance.months": Variable(
            "number of instalments", lambda f: f.finance.months if f.finance else None
        ),
        "insurance.insurer": Variable(
            "the insurer", lambda f: f.insurance.insurer if f.insurance else None
        ),
        "delivery.from": Variable(
            "first day of the delivery window", lambda f: f.delivery.first_day
        ),
        "delivery.until": Variable(
            "last day of the delivery window", lambda f: f.delivery.last_day
        ),
        "place.name": Variable(
            "place of handover",
            lambda f: f.delivery.place,
            {
                "zh-hans": "双方另行书面确认的交付中心",
                "en": "a delivery centre that both parties confirm in writing",
            },
        ),
        "place.address": Variable(
            "its address",
            lambda f: f.delivery.address,
            {"zh-hans": "地址以书面确认为准", "en": "at the address confirmed there"},
        ),
        "refund.days": Variable(
            "working days until a refund is made", lambda f: f.deposit.refund_days
        ),
    }
)
CONDITIONS: Mapping[str, Callable[[ContractFacts], bool]] = MappingProxyType(
    {
        "always": lambda facts: True,
        "financed": lambda facts: facts.finance is not None,
        "not-financed": lambda facts: facts.finance is None,
        "insured": lambda facts: facts.insurance is not None,
        "with-extras": lambda facts: any(line.kind == "service" for line in facts.price.lines),
        "proof-bound": lambda facts: bool(facts.price.conditional),
        "to-build": lambda facts: not facts.car.vin,
        "from-stock": lambda facts: bool(facts.car.vin),
        "company": lambda facts: facts.buyer.kind == "company",
        "person": lambda facts: facts.buyer.kind == "person",
    }
)
"""The fixed list of conditions; a template names one, it never holds code."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a template; `markets` empty = every market; `risk` is the boxed note, None = no box."""

    code: str
    number: int
    title: Text
    text: Text
    markets: frozenset[str] = frozenset()
    condition: str = "always"
    risk: Text | None = None


@dataclass(frozen=True, slots=True)
class PrintedClause:
    """A clause as the buyer reads it: counted from one without gaps, filled, in one language."""

    number: int
    code: str
    title: str
    text: str
    risk: str


def applies(clause: Clause, facts: ContractFacts) -> bool:
    """Whether the contract of these facts prints the clause."""
    in_market = not clause.markets or facts.market in clause.markets
    return in_market and CONDITIONS[clause.condition](facts)


def placeholders(text: str) -> frozenset[str]:
    """The names between double braces."""
    return frozenset(PLACEHOLDER.findall(text))


def broken(text: str) -> bool:
    """Whether a brace is left over once the placeholders are taken out: a mistyped `{{price.total}` would be printed."""
    return bool(BRACE.search(PLACEHOLDER.sub("", text)))


def filled(text: Text, facts: ContractFacts, *, clause: str, plain: bool = False) -> str:
    """`text` in the facts' language with every placeholder filled; `plain` for summaries, without capital numerals.

    Raises UnknownPlaceholder and MissingFact, both naming the clause and the placeholder.
    """
    return PLACEHOLDER.sub(
        lambda found: _value(found.group(1), facts, clause, plain), pick(text, facts.language)
    )


def _value(name: str, facts: ContractFacts, clause: str, plain: bool) -> str:
    variable = VARIABLES.get(name)
    if variable is None:
        raise UnknownPlaceholder(
            f"clause {clause}: no fact is called {name!r}; use one of {', '.join(sorted(VARIABLES))}",
            facts={"clause": clause, "placeholder": name, "known": sorted(VARIABLES)},
        )
    value = variable.read(facts)
    said = "" if value is None else worded(value, facts.language, plain=plain)
    if not said and variable.fallback is not None:
        said = pick(variable.fallback, facts.language)
    if not said:
        raise MissingFact(
            f"clause {clause}: the order has no {name} ({variable.meaning}); give the clause a condition",
            facts={"clause": clause, "placeholder": name},
        )
    return said


def printed_clauses(
    clauses: Iterable[Clause], facts: ContractFacts, *, plain: bool = False
) -> tuple[PrintedClause, ...]:
    """The clauses that apply, in their order, counted 1, 2, 3 and filled; raises as `filled` does."""
    chosen = [clause for clause in clauses if applies(clause, facts)]
    return tuple(
        PrintedClause(
            number=number,
            code=clause.code,
            title=filled(clause.title, facts, clause=clause.code, plain=plain),
            text=filled(clause.text, facts, clause=clause.code, plain=plain),
            risk=filled(clause.risk, facts, clause=clause.code) if clause.risk else "",
        )
        for number, clause in enumerate(chosen, start=1)
    )
