"""Option groups, options, packages, where they can be had, and the rules between them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CODE, Staffed, shown, valid_text, valid_text_or_none
from catalog.models.cars import Market, Model, Trim


class OptionGroup(Staffed):
    """Options of one kind; `one` means exactly one of them on every car, `any` leaves the buyer free."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="groups")
    code = models.CharField(max_length=40, validators=[CODE])
    name = models.JSONField(validators=[valid_text])
    choose = models.CharField(max_length=3, choices=[("one", "exactly one"), ("any", "any number")])

    class Meta(Staffed.Meta):
        verbose_name = _("option group")
        verbose_name_plural = _("option groups")
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["model", "code"], name="catalog_one_group")]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class Option(Staffed):
    """Something a buyer can pick; a package names the codes of the options it `contains`."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="options")
    group = models.ForeignKey(OptionGroup, on_delete=models.PROTECT, related_name="options")
    code = models.CharField(max_length=60, validators=[CODE])
    name = models.JSONField(validators=[valid_text])
    pitch = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])
    swatch = models.JSONField(
        null=True, blank=True, help_text="`{hex, finish, hex2}` of a paint or material."
    )
    media = models.JSONField(
        default=dict, blank=True, help_text="`{shot, file}`: the picture wanted."
    )
    contains = models.JSONField(
        default=list, blank=True, help_text="Codes of the options inside a package."
    )
    quota = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many cars may have it, worldwide."
    )

    class Meta(Staffed.Meta):
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["model", "code"], name="catalog_one_option")]

    def __str__(self) -> str:
        return shown(self.name, self.code)

    def clean(self) -> None:
        """An option and its group belong to one model."""
        super().clean()
        if self.group_id and self.model_id and self.group.model_id != self.model_id:
            raise ValidationError({"group": _("This group belongs to another model.")})


class Availability(Staffed):
    """Where an option can be had: `S` standard or `O` optional; without a row the trim cannot have it."""

    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="+")
    trim = models.ForeignKey(Trim, on_delete=models.CASCADE, related_name="availability")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="availability")
    value = models.CharField(max_length=1, choices=[("S", "standard"), ("O", "optional")])

    class Meta(Staffed.Meta):
        verbose_name = _("availability")
        verbose_name_plural = _("availability")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "trim", "option"], name="catalog_one_availability"
            )
        ]

    def __str__(self) -> str:
        return f"{self.option} · {self.trim}"

    def clean(self) -> None:
        """An option and a trim of one model."""
        super().clean()
        if self.option_id and self.trim_id and self.option.model_id != self.trim.model_id:
            raise ValidationError({"option": _("This option belongs to another model.")})


class Rule(Staffed):
    """A configuration rule with the sentence the buyer reads.

    `condition`, `then` and `must` are expressions of the rule language (`docs/rules/rule-language.md`); lists
    hold option codes. Silent outside its market, its trims and the days `valid_from` <= day < `valid_until`.
    """

    KINDS = [
        "requires",
        "excludes",
        "includes",
        "exactly",
        "at_most",
        "at_least",
        "boolean",
        "lead",
    ]

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="rules")
    code = models.CharField(max_length=60, validators=[CODE])
    kind = models.CharField(max_length=8, choices=[(k, k) for k in KINDS])
    text = models.JSONField(validators=[valid_text])
    condition = models.TextField(blank=True, verbose_name="if")
    then = models.TextField(blank=True)
    must = models.TextField(blank=True)
    excluded = models.JSONField(default=list, blank=True, verbose_name="not")
    adds = models.JSONField(default=list, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    of = models.JSONField(default=list, blank=True)
    add_days = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    trims = models.JSONField(
        default=list, blank=True, help_text="Codes of the trims it speaks about; none: all."
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(
        null=True, blank=True, help_text="The first day on which it is silent again."
    )

    class Meta(Staffed.Meta):
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["model", "code"], name="catalog_one_rule")]

    def __str__(self) -> str:
        return shown(self.text, self.code)

    def clean(self) -> None:
        """Dates in order; what the expressions say is checked when a release is compiled."""
        super().clean()
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("The rule ends before it starts.")})
