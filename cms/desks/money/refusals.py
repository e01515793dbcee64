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
    "bad-export": _("This cannot be exported."),
}  # fmt: skip
"""What each refusal means to the desk, by its code."""


def in_words(error: CheckoutError) -> list[str]:
    """The refusal for people, in the language of the desk; the exact one beside it where it adds something."""
    own = error.facts.get("text")
    first = pick(own, language()) if own else str(WORDS.get(error.code, ""))
    return [first] if first else [error.message]
