"""Words of contracts: clauses with their versions, and the template versions that quote them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import PreviewableMixin, RevisionMixin

from contracts.domain.clauses import CONDITIONS
from contracts.domain.words_life import STEPS, WordsState
from kernel.text import LANGUAGES, missing_languages

CODE = RegexValidator(
    r"\A[a-z0-9][a-z0-9-]*\Z", "Lower-case letters, digits and hyphens, e.g. `deposit-kind`."
)
SHA256 = RegexValidator(r"\A[0-9a-f]{64}\Z", "64 hexadecimal digits.")


def valid_text(value: Any) -> None:
    """Raises ValidationError unless `value` says something in every language of the store and in no other."""
    if not isinstance(value, Mapping) or not all(
        isinstance(words, str) for words in value.values()
    ):
        raise ValidationError('A text is a mapping like {"zh-hans": "…", "en": "…"}.')
    if missing_languages(value) or set(value) - set(LANGUAGES):
        raise ValidationError(
            f"A text has exactly the languages {', '.join(LANGUAGES)}, none empty."
        )


def valid_text_or_none(value: Any) -> None:
    """As `valid_text`, but nothing is fine."""
    if value:
        valid_text(value)


def begun_text(value: Any) -> None:
    """As `valid_text`, but the translation may still be missing: only approval asks for every language."""
    if isinstance(value, Mapping) and any(value.values()):
        valid_text({language: value.get(language) or "…" for language in {*LANGUAGES, *value}})
    else:
        valid_text(value)


def begun_text_or_none(value: Any) -> None:
    """As `begun_text`, but nothing is fine."""
    if value:
        begun_text(value)


ORDERS = MappingProxyType(
    {
        "financed-extras-cn": _("Mainland China, built to order, loan, extras, company"),
        "cash-stock-cn": _("Mainland China, car from stock, cash"),
        "proof-bound-de": _("Germany, offer against a proof"),
    }
)
"""The orders of reference as staff choose them for a preview; the fullest first."""
TONGUES = MappingProxyType({"zh-hans": "中文", "en": "English"})


class Specimens(PreviewableMixin):
    """Previewed as the PDF of each order of reference in each language; the mode is `order:language`."""

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """Every order in every language."""
        return [
            (f"{order}:{language}", f"{words} · {tongue}")
            for order, words in ORDERS.items()
            for language, tongue in TONGUES.items()
        ]


class ClauseVersion(Specimens, RevisionMixin, models.Model):
    """One version of one clause of the library; template versions quote it, in every language.

    Its words change only while no template version under review or approved quotes it. `retired_at`: no longer
    offered for new template versions; where it is quoted it stays.
    """

    code = models.CharField(max_length=60, validators=[CODE])
    version = models.PositiveIntegerField(editable=False, default=1)
    markets = models.JSONField(
        default=list, blank=True, help_text="Where it is printed; empty = everywhere."
    )
    condition = models.CharField(
        max_length=20, default="always", choices=[(name, name) for name in CONDITIONS]
    )
    title = models.JSONField(validators=[begun_text])
    text = models.JSONField(validators=[begun_text])
    risk = models.JSONField(
        null=True,
        blank=True,
        validators=[begun_text_or_none],
        help_text="The boxed note below the clause.",
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """By code, newest version first."""

        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering: ClassVar[list[str]] = ["code", "-version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["code", "version"], name="contracts_one_clause_version")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class TemplateVersion(Specimens, RevisionMixin, ClusterableModel):
    """One version of a template's words; the approved version with the latest `valid_from` is in force.

    It moves along `contracts.domain.words_life.MOVES` and changes only as a draft: the database holds that
    (`0006_words_guards`). `round` counts how often it was submitted. `used_at`: when the first contract quoted it.
    """

    code = models.CharField(max_length=60, validators=[CODE])
    version = models.CharField(max_length=40)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in WordsState],
        default=WordsState.DRAFT.value,
        editable=False,
        db_index=True,
    )
    round = models.PositiveSmallIntegerField(default=0, editable=False)
    title = models.JSONField(validators=[valid_text])
    status = models.JSONField(
        validators=[valid_text],
        help_text="How far the words may be trusted; printed on the contract.",
    )
    summary = models.JSONField(
        default=list, blank=True, help_text="What matters most, in one sentence each."
    )
    annexes = models.JSONField(default=list, blank=True)
    sellers = models.JSONField(default=dict, help_text="The selling company of each market.")
    valid_from = models.DateTimeField(db_index=True)
    valid_until = models.DateTimeField(
        null=True, blank=True, help_text="Empty: until a later version takes its place."
    )
    fingerprint = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the words as approved."
    )
    imported_at = models.DateTimeField(editable=False, null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """Newest first."""

        permissions: ClassVar[list[tuple[str, str]]] = [
            ("review_templateversion", "Can review contract words"),
            ("approve_templateversion", "Can approve contract words as the second person"),
        ]

        verbose_name = _("contract template")
        verbose_name_plural = _("contract templates")
        ordering: ClassVar[list[str]] = ["code", "-valid_from", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["code", "version"], name="contracts_one_template_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"

    def clean(self) -> None:
        """Words that left the draft stay as they are."""
        super().clean()
        if self.state != WordsState.DRAFT:
            raise ValidationError(_("Only a draft can be edited; make a new version of it."))


class TemplateClause(models.Model):
    """Which clause version stands where in a template version."""

    template = ParentalKey(TemplateVersion, on_delete=models.CASCADE, related_name="clauses")
    number = models.PositiveSmallIntegerField(
        help_text="Where it stands; printed numbers have no gaps."
    )
    clause = models.ForeignKey(ClauseVersion, on_delete=models.PROTECT, related_name="uses")

    class Meta:
        """As printed."""

        ordering: ClassVar[list[str]] = ["template", "number", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["template", "clause"], name="contracts_one_use")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.clause}"


class TemplateApproval(models.Model):
    """One person's yes to the words of a template version in one round of review; only ever added.

    The database refuses a second yes of the same person and a second one of the same step in a round.
    """

    template = models.ForeignKey(
        TemplateVersion, on_delete=models.CASCADE, related_name="approvals"
    )
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=20, choices=[(step, step) for step in STEPS])
    actor = models.CharField(max_length=150)
    fingerprint = models.CharField(max_length=64, validators=[SHA256])
    at = models.DateTimeField()

    class Meta:
        """As they happened."""

        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["template", "round", "step"], name="contracts_one_yes_a_step"
            ),
            models.UniqueConstraint(
                fields=["template", "round", "actor"], name="contracts_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.step} {self.actor}"
