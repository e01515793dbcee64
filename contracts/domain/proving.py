"""Whether words hold for every kind of order: read in both languages against orders of reference. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from contracts.domain.clauses import Clause, applies, filled, placeholders
from contracts.domain.facts import ContractFacts
from contracts.domain.templates import Template, reference
from contracts.errors import MissingFact, UnknownPlaceholder
from kernel.text import LANGUAGES


@dataclass(frozen=True, slots=True, order=True)
class WordsFault:
    """One thing that keeps words from being approved; what does not apply is empty. `order`: the order of reference."""

    clause: str
    language: str
    variable: str
    reason: str
    order: str = ""


def in_words_of(template: Template, facts: ContractFacts, language: str) -> ContractFacts:
    """The facts of an order of reference as a contract in the words of `template` would freeze them."""
    seller = template.sellers.get(facts.market) or facts.seller
    return replace(facts, template=reference(template), seller=seller, language=language)


def words_faults(template: Template, orders: Mapping[str, ContractFacts]) -> tuple[WordsFault, ...]:
    """Every placeholder that some order of reference cannot fill, by clause, language and variable; none twice."""
    found: dict[tuple[str, str, str], WordsFault] = {}
    for order, facts in orders.items():
        for language in LANGUAGES:
            asked = in_words_of(template, facts, language)
            for fault in _faults_of(asked, (*template.clauses, *template.summary), order):
                found.setdefault((fault.clause, fault.language, fault.variable), fault)
    return tuple(sorted(found.values()))


def _faults_of(facts: ContractFacts, clauses: Iterable[Clause], order: str) -> Iterator[WordsFault]:
    for clause in clauses:
        if not applies(clause, facts):
            continue
        for text in (clause.title, clause.text, clause.risk or {}):
            for name in sorted(placeholders(text.get(facts.language, ""))):
                try:
                    filled({facts.language: f"{{{{{name}}}}}"}, facts, clause=clause.code)
                except (MissingFact, UnknownPlaceholder) as error:
                    yield WordsFault(clause.code, facts.language, name, error.code, order)
