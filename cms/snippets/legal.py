"""Contract templates as snippets: clauses side by side in both languages."""

from __future__ import annotations

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, ObjectList
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from cms.forms import CatalogueForm
from cms.tables import LiveColumn, WordedColumns, filterset
from cms.widgets import CodesWidget, JsonWidget, TextPairWidget, WordSelect
from cms.words import field_name, words_of
from contracts.models import ClauseVersion, TemplateVersion


def named(model: type[Model], name: str, widget: forms.Widget | None = None) -> FieldPanel:
    """A panel whose heading is the field's name in the language of the admin."""
    return FieldPanel(name, heading=field_name(model._meta.get_field(name)), widget=widget)  # type: ignore[arg-type]


class TemplateIndex(WordedColumns, IndexView):
    """The list of versions."""


class TemplateViewSet(SnippetViewSet):
    """Versions of the contract's words; one that a contract quotes no longer changes."""

    model = TemplateVersion
    icon = "doc-full"
    menu_label = _("Contract templates")
    menu_order = 150
    add_to_admin_menu = True
    index_view_class = TemplateIndex
    list_display = ("__str__", "valid_from", "used_at", LiveColumn())
    filterset_class = filterset(TemplateVersion, ("code",))
    search_fields = ("code", "version")
    copy_view_enabled = True
    inspect_view_enabled = True
    edit_handler = ObjectList(
        [
            named(TemplateVersion, "code"),
            named(TemplateVersion, "version"),
            named(TemplateVersion, "valid_from"),
            named(TemplateVersion, "title", TextPairWidget()),
            named(TemplateVersion, "status", TextPairWidget()),
            named(TemplateVersion, "sellers", JsonWidget()),
            named(TemplateVersion, "summary", JsonWidget()),
            named(TemplateVersion, "annexes", JsonWidget()),
            InlinePanel(
                "clauses",
                [
                    named(ClauseVersion, "number"),
                    named(ClauseVersion, "code"),
                    named(ClauseVersion, "markets", CodesWidget()),
                    named(
                        ClauseVersion,
                        "condition",
                        WordSelect(words_of(ClauseVersion, "condition")),
                    ),
                    named(ClauseVersion, "title", TextPairWidget()),
                    named(ClauseVersion, "text", TextPairWidget(lines=4)),
                    named(ClauseVersion, "risk", TextPairWidget(lines=2)),
                ],
                heading=_("clauses"),
                label=_("Clause"),
            ),
        ],
        base_form_class=CatalogueForm,
    )
