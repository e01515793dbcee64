"""Pictures: they belong to the CMS and point at rows of the catalogue by code.

A picture of a car or an option names its `subject` as the release does (`model:haven`,
`option:haven/paint-ink`) and its `role` (`side`, `front`, `rear`, `interior`, `drawing`), so that the
catalogue never imports the CMS: publishing passes the addresses in.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class Picture(AbstractImage):
    """An uploaded picture with a text alternative per language."""

    subject = models.CharField(max_length=120, blank=True, db_index=True)
    role = models.CharField(max_length=40, blank=True)
    alt = models.JSONField(default=dict, blank=True)

    admin_form_fields: ClassVar[tuple[str, ...]] = (
        *Image.admin_form_fields,
        "subject",
        "role",
        "alt",
    )


class Rendition(AbstractRendition):
    """A picture at one size and format."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
