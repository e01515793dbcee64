"""The form of a configuration rule: its statement to read and to type, its fields as what is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog import models
from catalog.domain.catalogue import Rule
from catalog.domain.configuration.expression import parse
from catalog.domain.configuration.language import (
    LONGEST_STATEMENT,
    names_of,
    read_statement,
    show_rule,
)
from catalog.errors import ExpressionError, RuleError
from cms.forms import CatalogueForm, check_names, known, misread, no_such, read_expression

LISTS = ("excluded", "adds", "of")
SCOPE = ("market", "trims", "valid_from", "valid_until")
"""Fields that a statement may leave to the form."""
EXPRESSIONS = ("condition", "then", "must")
NOTHING: tuple[Any, ...] = (None, "", [])
SHOWN = "-shown"
"""Behind the name of the statement's field: the statement that staff were shown."""


class StatementWidget(forms.Textarea):
    """A statement to type over, and beside it, hidden, the one that was `shown`."""

    shown = ""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"})

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        """As Django's, with the hidden field."""
        return format_html(
            '{}<input type="hidden" name="{}" value="{}">',
            super().render(name, value, attrs, renderer),
            name + SHOWN,
            self.shown,
        )


class RuleForm(CatalogueForm):
    """A configuration rule; what it says is read before it is stored.

    Who changes the statement changes the fields with it; who leaves it alone changes the fields.
    """

    says = forms.CharField(
        required=False,
        max_length=LONGEST_STATEMENT,
        label=_("Statement"),
        help_text=_(
            "The rule in one line, e.g. “tow-bar requires com-hud or acc-ppf”. Changing it changes the fields below."
        ),
        widget=StatementWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("says")
        if field is not None:
            # a copy is posted as a new rule: what staff were shown is in the page, not in the table
            posted = self.data.get(f"{self.add_prefix('says')}{SHOWN}") if self.is_bound else None
            field.initial = statement(self.instance) if posted is None else posted
            field.widget.shown = field.initial

    def clean_condition(self) -> str:
        """The part after `if`; raises ValidationError naming the place."""
        return read_expression(self.cleaned_data["condition"], self.cleaned_data.get("model"))

    def clean_then(self) -> str:
        """The part after `then`; raises ValidationError naming the place."""
        return read_expression(self.cleaned_data["then"], self.cleaned_data.get("model"))

    def clean_must(self) -> str:
        """What must hold; raises ValidationError naming the place."""
        return read_expression(self.cleaned_data["must"], self.cleaned_data.get("model"))

    def clean(self) -> dict[str, Any]:
        """As above; a changed statement fills the fields; the lists of codes name options of the model."""
        cleaned = super().clean()
        if "says" in self.changed_data and cleaned.get("says"):
            self._take(cleaned)
        model = cleaned.get("model")
        for name in LISTS if model else ():
            unknown = sorted(set(cleaned.get(name) or []) - known(model))
            if unknown:
                self.add_error(name, no_such(", ".join(unknown), model))
        return cleaned

    def _take(self, cleaned: dict[str, Any]) -> None:
        """The fields as the typed statement says them; faults the statement, or a field that says otherwise."""
        text = cleaned["says"]
        try:
            said = read_statement(text)
            check_names(text, *names_of(said), cleaned.get("model"))
        except ExpressionError as error:
            self.add_error("says", misread(error))
            return
        except ValidationError as error:
            self.add_error("says", error)
            return
        before = self._before()
        for name, value in columns(said).items():
            if name in self.errors and self.data.get(self.add_prefix(name)):
                continue
            typed = normal(name, cleaned.get(name))
            if typed is None or typed == normal(name, before[name]):
                # what the field lacked, the statement has said
                self.errors.pop(name, None)
                cleaned[name] = value
            elif typed != normal(name, value) and (value or name not in SCOPE):
                self.add_error(
                    name, _("The statement says otherwise: change the statement or the fields.")
                )

    def _before(self) -> dict[str, Any]:
        """The columns as they were when the statement was shown; of a rule without one as they are stored."""
        try:
            return columns(read_statement(str(self.fields["says"].initial)))
        except ExpressionError:
            return {name: getattr(self.instance, name) for name in columns(Rule("", "", {}))}


def normal(name: str, value: Any) -> Any:
    """A column's value, alike for all that say the same; None where it says nothing."""
    if value in NOTHING:
        return None
    if name not in EXPRESSIONS:
        return value
    try:
        return parse(value)
    except ExpressionError:
        return value


def columns(said: Rule) -> dict[str, Any]:
    """The columns of a rule as a statement says them; a market that is not there is None."""
    return {
        "kind": said.kind,
        "condition": said.when or "",
        "then": said.then or "",
        "must": said.must or "",
        "excluded": list(said.excluded),
        "adds": list(said.adds),
        "count": said.count,
        "of": list(said.of),
        "add_days": said.add_days or None,
        "market": models.Market.objects.filter(code=said.market).first(),
        "trims": list(said.trims),
        "valid_from": said.valid_from,
        "valid_until": said.valid_until,
    }


def statement(rule: models.Rule) -> str:
    """The statement of a stored rule; empty while its fields do not say anything that can be read."""
    try:
        return show_rule(
            Rule(
                code=rule.code,
                kind=rule.kind,
                text=rule.text or {},
                when=rule.condition or None,
                then=rule.then or None,
                must=rule.must or None,
                excluded=tuple(rule.excluded or ()),
                adds=tuple(rule.adds or ()),
                count=rule.count,
                of=tuple(rule.of or ()),
                add_days=rule.add_days or 0,
                market=rule.market.code if rule.market else None,
                trims=tuple(rule.trims or ()),
                valid_from=rule.valid_from,
                valid_until=rule.valid_until,
            )
        )
    except (ExpressionError, RuleError):
        return ""
