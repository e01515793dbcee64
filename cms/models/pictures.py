"""Pictures: they belong to the CMS and point at rows of the catalogue by code.

A picture of a car or an option names its `subject` as the release does (`model:haven`,
`option:haven/paint-ink`) and its `role` (`side`, `front`, `rear`, `interior`, `drawing`), so that the
catalogue never imports the CMS: publishing passes the addresses in.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image

from cms.widgets import TextPairWidget


class TextPerLanguage(models.JSONField):
    """A text per language, edited side by side; in the database plain JSON."""

    def deconstruct(self) -> Any:
        """As plain JSON, so that migrations know nothing of forms."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options

    def formfield(self, **options: Any) -> Any:
        """The form field with one input a language."""
        return super().formfield(**{**options, "widget": TextPairWidget(lines=2)})


class Picture(AbstractImage):
    """An uploaded picture with a text alternative per language."""

    subject = models.CharField(
        max_length=120,
        blank=True,
        db_index=True,
        verbose_name=_("subject"),
        help_text=_("What it shows, e.g. `model:haven` or `option:haven/paint-ink`."),
    )
    role = models.CharField(
        max_length=40,
        blank=True,
        verbose_name=_("role"),
        help_text=_("`front`, `rear`, `side`, `interior` or `drawing`."),
    )
    alt = TextPerLanguage(default=dict, blank=True, verbose_name=_("text alternative"))

    admin_form_fields: ClassVar[tuple[str, ...]] = (
        *Image.admin_form_fields,
        "subject",
        "role",
        "alt",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")


class Rendition(AbstractRendition):
    """A picture at one size and format."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
