"""Contract templates as snippets: clauses side by side in both languages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.widgets import CodesWidget, JsonWidget, TextPairWidget
from contracts.models import TemplateVersion


class TemplateViewSet(SnippetViewSet):
    """Versions of the contract's words; one that a contract quotes no longer changes."""

    model = TemplateVersion
    icon = "doc-full"
    menu_label = _("Contract templates")
    menu_order = 150
    add_to_admin_menu = True
    list_display = ("code", "version", "valid_from", "used_at", "live")
    list_filter = ("code",)
    search_fields = ("code", "version")
    copy_view_enabled = True
    inspect_view_enabled = True
    panels = (
        FieldPanel("code"),
        FieldPanel("version"),
        FieldPanel("valid_from"),
        FieldPanel("title", widget=TextPairWidget()),
        FieldPanel("status", widget=TextPairWidget()),
        FieldPanel("sellers", widget=JsonWidget()),
        FieldPanel("summary", widget=JsonWidget()),
        FieldPanel("annexes", widget=JsonWidget()),
        InlinePanel(
            "clauses",
            [
                FieldPanel("number"),
                FieldPanel("code"),
                FieldPanel("markets", widget=CodesWidget()),
                FieldPanel("condition"),
                FieldPanel("title", widget=TextPairWidget()),
                FieldPanel("text", widget=TextPairWidget(lines=4)),
                FieldPanel("risk", widget=TextPairWidget(lines=2)),
            ],
            label=_("Clause"),
        ),
    )
