"""The life of a template version as a table, and who says yes to it. Plain Python.

The table stands in `docs/rules/contracts.md`, section "From a draft to words in force".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from contracts.errors import SamePerson, TemplateStateConflict


class WordsState(StrEnum):
    """Where a template version stands."""

    DRAFT = "draft"
    """Being written; no contract can quote it."""
    LEGAL_REVIEW = "legal_review"
    """Submitted: the words stand still while two people read them."""
    APPROVED = "approved"
    """Two people said yes; in force between its days."""
    RETIRED = "retired"
    """No new contract quotes it; those that do keep it."""


REVIEW, APPROVAL = "review", "approval"
STEPS = (REVIEW, APPROVAL)
"""The two times that somebody says yes, in their order."""
MOVES: Mapping[WordsState, frozenset[WordsState]] = MappingProxyType(
    {
        WordsState.DRAFT: frozenset({WordsState.LEGAL_REVIEW}),
        WordsState.LEGAL_REVIEW: frozenset({WordsState.DRAFT, WordsState.APPROVED}),
        WordsState.APPROVED: frozenset({WordsState.RETIRED}),
        WordsState.RETIRED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Yes:
    """Somebody's yes: which step, who, and the fingerprint of the words that were read."""

    step: str
    actor: str
    fingerprint: str


def check_words_move(version: str, state: WordsState, to: WordsState) -> None:
    """Says nothing when the table allows the move; raises TemplateStateConflict naming the allowed ones."""
    if to in MOVES[state]:
        return
    allowed = sorted(MOVES[state])
    raise TemplateStateConflict(
        f"{version} is {state} and cannot become {to}; allowed: {', '.join(allowed) or 'nothing'}",
        facts={
            "version": version,
            "state": str(state),
            "move": str(to),
            "moves": [str(one) for one in allowed],
        },
    )


def next_step(given: Sequence[Yes]) -> str | None:
    """The yes that is still missing: the review, then the approval; None when both are there."""
    said = {yes.step for yes in given}
    return next((step for step in STEPS if step not in said), None)


def check_two_people(version: str, given: Sequence[Yes], actor: str) -> None:
    """Raises SamePerson when `actor` said yes in this round already."""
    if any(yes.actor == actor for yes in given):
        raise SamePerson(
            f"{version}: {actor} said yes already; the second yes is another person's",
            facts={"version": version, "actor": actor},
        )
