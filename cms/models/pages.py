"""Pages of the store: one base class from the first migration, one tree per language (Wagtail's locales).

Pages hold what marketers write. What is sold stands in the catalogue; a model page names its model by code.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import AbstractPage

from cms.blocks import body_blocks, home_blocks


class StorePage(AbstractPage):
    """What every page has: a title, a place in its language's tree, and words for search engines."""

    seo_title = models.CharField(
        max_length=255, blank=True, help_text=_("The headline in search results.")
    )
    search_description = models.TextField(blank=True, help_text=_("The text under that headline."))
    show_in_menus = models.BooleanField(default=False)

    kind: ClassVar[str] = "page"
    preview_modes: ClassVar[list[tuple[str, str]]] = []
    promote_panels: ClassVar[list[MultiFieldPanel]] = [
        MultiFieldPanel(
            [
                FieldPanel("slug"),
                FieldPanel("seo_title", heading=_("Title for search engines")),
                FieldPanel("search_description", heading=_("Description for search engines")),
                FieldPanel("show_in_menus", heading=_("Show in menus")),
            ],
            _("For search engines and menus"),
        )
    ]


class HomePage(StorePage):
    """The front door of one language."""

    kind: ClassVar[str] = "home"
    body = StreamField(home_blocks(), blank=True)
    content_panels: ClassVar[list[FieldPanel]] = [
        *StorePage.content_panels,
        FieldPanel("body", heading=pgettext_lazy("page", "Body")),
    ]
    max_count_per_parent = 2

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")


class ModelPage(StorePage):
    """The story of one model; prices and options come from the release."""

    kind: ClassVar[str] = "model"
    model_code = models.CharField(max_length=40, help_text=_("Code of the model, e.g. `haven`."))
    closing = models.CharField(max_length=300, blank=True)
    body = StreamField(body_blocks(), blank=True)
    content_panels: ClassVar[list[FieldPanel]] = [
        *StorePage.content_panels,
        FieldPanel("model_code", heading=_("Model")),
        FieldPanel("body", heading=pgettext_lazy("page", "Body")),
        FieldPanel("closing", heading=_("Closing line")),
    ]

    class Meta:
        verbose_name = _("model page")
        verbose_name_plural = _("model pages")


class StoryPage(StorePage):
    """An article."""

    kind: ClassVar[str] = "story"
    published_on = models.DateField()
    teaser = models.CharField(max_length=300, blank=True)
    model_codes = models.JSONField(default=list, blank=True)
    body = StreamField(body_blocks(), blank=True)
    content_panels: ClassVar[list[FieldPanel]] = [
        *StorePage.content_panels,
        FieldPanel("published_on", heading=_("Published on")),
        FieldPanel("teaser", heading=_("Teaser")),
        FieldPanel("body", heading=pgettext_lazy("page", "Body")),
    ]

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")


class TextPage(StorePage):
    """Help, legal notes and whatever is mostly words; also the folder that holds its like."""

    kind: ClassVar[str] = "text"
    body = StreamField(body_blocks(), blank=True)
    content_panels: ClassVar[list[FieldPanel]] = [
        *StorePage.content_panels,
        FieldPanel("body", heading=pgettext_lazy("page", "Body")),
    ]

    class Meta:
        verbose_name = _("text page")
        verbose_name_plural = _("text pages")
