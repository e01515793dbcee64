"""The words of contracts: a library of clauses, and the template versions that put them in order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, ObjectList
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet, SnippetViewSetGroup

from cms.desks.words import NewWordsPreview, WordsPreview
from cms.desks.words_pages import ClausePage, TemplatePage
from cms.forms import CatalogueForm
from cms.tables import WordedColumns, filterset
from cms.widgets import CodesWidget, JsonWidget, TextPairWidget, WordSelect
from cms.words import field_name, words_of
from contracts.models import ClauseVersion, TemplateClause, TemplateVersion


def named(model: type[Model], name: str, widget: forms.Widget | None = None) -> FieldPanel:
    """A panel whose heading is the field's name in the language of the admin."""
    return FieldPanel(name, heading=field_name(model._meta.get_field(name)), widget=widget)  # type: ignore[arg-type]


class WordsIndex(WordedColumns, IndexView):
    """A list of versions."""


class ClauseForm(CatalogueForm):
    """A clause; its further versions are made from it, not typed anew."""

    def clean_code(self) -> str:
        """The code, unless the library has it already."""
        code = str(self.cleaned_data["code"])
        taken = ClauseVersion.objects.filter(code=code).exclude(pk=self.instance.pk)
        if self.instance.pk is None and taken.exists():
            raise ValidationError(_("The library has this clause; write a new version of it."))
        return code


class TemplateForm(CatalogueForm):
    """A template version; a clause stands in it once."""

    def clean(self) -> dict[str, Any]:
        """As above; names the clause that was chosen twice."""
        cleaned: dict[str, Any] = super().clean()
        lines = [line for line in self.formsets["clauses"].forms if line.is_valid()]
        chosen = [
            line.cleaned_data["clause"]
            for line in lines
            if line.cleaned_data.get("clause") and not line.cleaned_data.get("DELETE")
        ]
        for clause in sorted({str(one) for one in chosen if chosen.count(one) > 1}):
            self.add_error(None, gettext("%(clause)s stands there twice.") % {"clause": clause})
        return cleaned


class ClauseViewSet(SnippetViewSet):
    """The library of clauses; a version that stands in words under review or approved no longer changes."""

    model = ClauseVersion
    icon = "list-ol"
    index_view_class = WordsIndex
    list_display = ("__str__", "condition")
    filterset_class = filterset(ClauseVersion, ("condition",))
    search_fields = ("code",)
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = ClausePage
    inspect_template_name = "cms/desks/words_clause.html"
    preview_on_edit_view_class = WordsPreview
    preview_on_add_view_class = NewWordsPreview
    list_per_page = 50
    edit_handler = ObjectList(
        [
            named(ClauseVersion, "code"),
            named(ClauseVersion, "title", TextPairWidget()),
            FieldPanel("text", heading=_("Words"), widget=TextPairWidget(lines=6)),
            named(ClauseVersion, "risk", TextPairWidget(lines=2)),
            named(ClauseVersion, "condition", WordSelect(words_of(ClauseVersion, "condition"))),
            named(ClauseVersion, "markets", CodesWidget()),
        ],
        base_form_class=ClauseForm,
    )


class TemplateViewSet(SnippetViewSet):
    """Versions of the contract's words; only a draft is edited."""

    model = TemplateVersion
    icon = "doc-full"
    index_view_class = WordsIndex
    list_display = ("__str__", "state", "valid_from", "valid_until", "used_at")
    filterset_class = filterset(TemplateVersion, ("code", "state"))
    search_fields = ("code", "version")
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = TemplatePage
    inspect_template_name = "cms/desks/words.html"
    preview_on_edit_view_class = WordsPreview
    preview_on_add_view_class = NewWordsPreview
    edit_handler = ObjectList(
        [
            named(TemplateVersion, "code"),
            named(TemplateVersion, "version"),
            named(TemplateVersion, "valid_from"),
            named(TemplateVersion, "valid_until"),
            named(TemplateVersion, "title", TextPairWidget()),
            named(TemplateVersion, "status", TextPairWidget()),
            InlinePanel(
                "clauses",
                [
                    named(TemplateClause, "number"),
                    named(TemplateClause, "clause", forms.Select()),
                ],
                heading=_("clauses"),
                label=_("Clause"),
            ),
            named(TemplateVersion, "summary", JsonWidget()),
            named(TemplateVersion, "annexes", JsonWidget()),
            named(TemplateVersion, "sellers", JsonWidget()),
        ],
        base_form_class=TemplateForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every version."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows


class WordsGroup(SnippetViewSetGroup):
    """What contracts say."""

    menu_label = _("Contract words")
    menu_icon = "doc-full"
    menu_order = 150
    items = (TemplateViewSet(), ClauseViewSet())
