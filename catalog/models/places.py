"""Stores and delivery centres."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CODE, Staffed, shown, valid_text
from catalog.models.cars import Market


class Place(Staffed):
    """Where a car is seen or handed over; `hours` maps ISO weekday ranges to local times."""

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="places")
    kind = models.CharField(
        max_length=15, choices=[("store", "store"), ("delivery_centre", "delivery centre")]
    )
    city = models.JSONField(validators=[valid_text])
    name = models.JSONField(validators=[valid_text])
    address = models.JSONField(validators=[valid_text])
    lat = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    lon = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    hours = models.JSONField(default=dict, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)
