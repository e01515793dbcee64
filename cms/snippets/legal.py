"""The words of contracts: a library of clauses, and the template versions that put them in order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, ObjectList
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet, SnippetViewSetGroup

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
    list_per_page = 50
    edit_handler = ObjectList(
        [
            named(ClauseVersion, "code"),
            named(ClauseVersion, "title", TextPairWidget()),
            named(ClauseVersion, "text", TextPairWidget(lines=6)),
            named(ClauseVersion, "risk", TextPairWidget(lines=2)),
            named(ClauseVersion, "condition", WordSelect(words_of(ClauseVersion, "condition"))),
            named(ClauseVersion, "markets", CodesWidget()),
        ],
        base_form_class=CatalogueForm,
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
        base_form_class=CatalogueForm,
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
