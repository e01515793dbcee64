"""Stock: physical cars by VIN, and who holds them until when."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.cars import Market, Model
from catalog.models.places import Place
from catalog.models.releases import Release


class StockVehicle(models.Model):
    """One physical car. It owns its truth: the frozen build, the release it was made under, its price sheet.

    `choices` are the clicks, `options` everything on the car, `price_sheet` the list price line by line
    (as `catalog.domain.pricing` writes it); `list_price` and `price` are minor units of `currency`.
    `release` is empty until the first publish after the import.
    """

    STATUSES = ["in_stock", "in_transit", "demo", "reserved", "sold"]

    vin = models.CharField(max_length=17, unique=True)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="vehicles")
    model_year = models.CharField(max_length=40)
    trim = models.CharField(max_length=40)
    choices = models.JSONField(default=list)
    options = models.JSONField(default=list)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    price_sheet = models.JSONField(default=dict)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="vehicles")
    status = models.CharField(max_length=10, choices=[(s, s) for s in STATUSES], db_index=True)
    mileage_km = models.PositiveIntegerField(default=0)
    built_on = models.DateField()
    available_on = models.DateField()
    currency = models.CharField(max_length=3)
    list_price = models.BigIntegerField(validators=[MinValueValidator(1)])
    price = models.BigIntegerField(validators=[MinValueValidator(1)])
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("stock vehicle")
        verbose_name_plural = _("stock vehicles")
        ordering = ["vin"]
        indexes = [
            models.Index(fields=["market", "model", "trim", "price"], name="catalog_stock_search")
        ]

    def __str__(self) -> str:
        return self.vin


class Reservation(models.Model):
    """A car held for `holder` (an order or a quote code) before `until`; at most one live per vehicle."""

    vehicle = models.ForeignKey(StockVehicle, on_delete=models.PROTECT, related_name="reservations")
    holder = models.CharField(max_length=64, db_index=True)
    live = models.BooleanField(default=True)
    reserved_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(
        max_length=10, blank=True, choices=[(k, k) for k in ("released", "expired", "sold")]
    )

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle"],
                condition=models.Q(live=True),
                name="catalog_one_live_reservation",
            )
        ]
        indexes = [
            models.Index(
                fields=["until"], condition=models.Q(live=True), name="catalog_reservation_ends"
            )
        ]

    def __str__(self) -> str:
        return f"{self.vehicle_id} for {self.holder} until {self.until:%Y-%m-%d %H:%M}"
