"""What a market promises about an order once it is placed; frozen in each order by the checkout."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.domain.order_policies import faults_in
from catalog.models.base import CODE, Staffed
from catalog.models.cars import Market


class OrderPolicy(Staffed):
    """Locking, changes, delay, priority and appointments of a market from a day on; fields as order-policies.yaml has them.

    Sums inside are minor units of the market's currency.
    """

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="order_policies")
    valid_from = models.DateField()
    locking = models.JSONField(help_text="`{remind_after_days, automatic_after_days}`.")
    changes = models.JSONField(
        default=list, blank=True, help_text="`[{states, kinds, fee}]`; sums in minor units."
    )
    delay = models.JSONField(
        help_text="`{free_days, per_day, at_most, rescind_after_days, text}`; sums in minor units."
    )
    priority = models.JSONField(
        null=True, blank=True, help_text="`{fee, days_earlier, capacity, text}`."
    )
    slots = models.JSONField(
        help_text="`{minutes, opens, closes, weekdays, cars, notice_days, ahead_days, change_hours}`."
    )
    home = models.JSONField(null=True, blank=True, help_text="`{fee, cars, text}`.")

    class Meta(Staffed.Meta):
        verbose_name = _("order policy")
        verbose_name_plural = _("order policies")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Every part can be read by the orders that will rely on it."""
        super().clean()
        parts = ("locking", "changes", "delay", "priority", "slots", "home")
        broken = faults_in({part: getattr(self, part) for part in parts})
        if broken:
            raise ValidationError(
                _("These cannot be read: %(fields)s."), params={"fields": ", ".join(broken)}
            )
