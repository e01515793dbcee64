"""Faults of contract words as staff read them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from contracts.domain.proving import WordsFault
from contracts.models import ORDERS, TONGUES

KINDS = (
    ("unknown", gettext_noop("There is no such variable.")),
    ("the languages name different", gettext_noop("This language lacks a variable that the other one names.")),
    ("missing-fact", gettext_noop("Some orders do not have it; give the clause a condition.")),
    ("language ", gettext_noop("The text is missing in this language.")),
    ("a brace", gettext_noop("A brace stands outside of a variable.")),
    ("is missing", gettext_noop("It is missing.")),
)  # fmt: skip
"""How a reason begins or ends, and what is said; any other reason is shown as it is."""


@dataclass(frozen=True, slots=True)
class SaidFault:
    """A fault in words; empty parts do not apply."""

    clause: str
    language: str
    variable: str
    order: str
    reason: str


def in_words(fault: WordsFault) -> SaidFault:
    """The fault in the language of the admin."""
    reason = next(
        (
            gettext(words)
            for mark, words in KINDS
            if fault.reason.startswith(mark) or fault.reason.endswith(mark)
        ),
        fault.reason,
    )
    return SaidFault(
        clause=fault.clause,
        language=TONGUES.get(fault.language, fault.language),
        variable=f"{{{{{fault.variable}}}}}" if fault.variable else "",
        order=str(ORDERS.get(fault.order, "")),
        reason=reason,
    )
