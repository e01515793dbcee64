"""Refusals of the finance desk in plain words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from checkout.errors import CheckoutError
from cms.words import language
from kernel.text import pick

WORDS: dict[str, Any] = {
    "compensation-conflict": _("It was decided before, or you proposed it yourself: a second person decides."),
    "unknown-compensation": _("There is no such compensation."),
    "period-closed": _("The books of that day are closed; book it in an open month."),
    "period-not-ready": _("The month cannot be closed yet."),
    "bad-statement": _("The file is no statement that can be read."),
    "unknown-bank-line": _("There is no such bank line."),
    "bad-match": _("The line cannot settle this."),
    "match-conflict": _("Somebody was faster, or the money has been used meanwhile. Look at it again."),
    "unknown-transfer": _("There is no such transfer."),
    "transfer-conflict": _("The transfer does not stand so any more, or you proposed it yourself: a second person decides."),
    "gateway-unavailable": _("The vendor does not answer. Try again later."),
    "bad-export": _("This cannot be exported."),
}  # fmt: skip
"""What each refusal means to the desk, by its code."""


VARIED = frozenset(
    {"bad-statement", "bad-match", "match-conflict", "transfer-conflict", "bad-export"}
)
"""Codes that stand for several reasons; the exact one is said too."""


def in_words(error: CheckoutError) -> list[str]:
    """The refusal for people, in the language of the desk; the exact one beside it where it adds something."""
    own = error.facts.get("text")
    first = pick(own, language()) if own else str(WORDS.get(error.code, ""))
    return [first, *_where(error)] if first else [error.message]


def _where(error: CheckoutError) -> list[str]:
    """The reason beside the words, where a code stands for several."""
    return [error.message] if error.code in VARIED else []
