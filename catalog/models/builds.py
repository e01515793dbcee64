"""Saved builds: a short code for a car somebody put together."""

from __future__ import annotations

from django.db import models

from catalog.models.releases import Release, WrittenOnce


class Build(WrittenOnce):
    """A buildable car under one release; `choices` are the clicks, `options` everything on the car.

    `price_sheet` is the sheet of the day it was saved, `lead_days` the delivery time then.
    """

    code = models.CharField(max_length=12, unique=True)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="builds")
    model = models.CharField(max_length=40)
    market = models.CharField(max_length=2)
    trim = models.CharField(max_length=40)
    choices = models.JSONField()
    options = models.JSONField()
    price_sheet = models.JSONField()
    lead_days = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.code
