"""What every table that staff edit has in common: drafts, revisions, a code, texts in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, gettext
from wagtail.models import DraftStateMixin, RevisionMixin

from kernel.text import LANGUAGES, missing_languages, pick

CODE = RegexValidator(
    r"\A[a-z0-9][a-z0-9-]*\Z", "Lower-case letters, digits and hyphens, e.g. `paint-ink`."
)
VOUCHER = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9-]{1,38}[A-Za-z0-9]\Z",
    "3 to 40 letters, digits and hyphens, e.g. `HARBOUR-2026`.",
)
MARKET_CODE = RegexValidator(r"\A[A-Z]{2}\Z", "Two capital letters, e.g. `CN`.")


def valid_text(value: Any) -> None:
    """Raises ValidationError unless `value` says something in every language of the store and in no other."""
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise ValidationError(gettext('A text is a mapping like {"zh-hans": "…", "en": "…"}.'))
    missing = missing_languages(value)
    if missing:
        raise ValidationError(
            gettext("The text is missing in %(languages)s.") % {"languages": ", ".join(missing)}
        )
    unknown = sorted(set(value) - set(LANGUAGES))
    if unknown:
        raise ValidationError(f"The store has no language {', '.join(unknown)}.")


def valid_text_or_none(value: Any) -> None:
    """As `valid_text`, but an empty mapping is fine."""
    if value:
        valid_text(value)


class Staffed(DraftStateMixin, RevisionMixin, models.Model):
    """A row that staff edit with drafts and revisions; only `live` rows are compiled into a release.

    `position` keeps the order in which the catalogue lists its rows.
    """

    position = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


def shown(text: Any, code: str) -> str:
    """How a row introduces itself to staff: its name in their language and its code."""
    language = "en" if (get_language() or "").startswith("en") else LANGUAGES[0]
    name = pick(text, language) if isinstance(text, Mapping) else ""
    return f"{name} ({code})" if name else code
