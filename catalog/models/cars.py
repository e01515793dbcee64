"""Brand, markets, models, model years, trims and the reference cars that guard them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CODE, MARKET_CODE, Staffed, shown, valid_text, valid_text_or_none


class Brand(Staffed):
    """The maker: one row. `colours` are CSS colours by role, `plant` is `{code, name}`."""

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.JSONField(validators=[valid_text])
    legal_name = models.JSONField(validators=[valid_text])
    slogan = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])
    story = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])
    colours = models.JSONField(default=dict, blank=True)
    wmi = models.CharField(
        max_length=3, help_text="World manufacturer identifier, VIN positions 1 to 3."
    )
    plant = models.JSONField(default=dict, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class Market(Staffed):
    """Where we sell: currency, languages, tax and law as data. Amounts are minor units of `currency`."""

    code = models.CharField(max_length=2, unique=True, validators=[MARKET_CODE])
    name = models.JSONField(validators=[valid_text])
    currency = models.CharField(max_length=3)
    languages = models.JSONField(default=list)
    steering = models.CharField(
        max_length=5, default="left", choices=[("left", "left"), ("right", "right")]
    )
    timezone = models.CharField(max_length=60)
    vat_rate = models.DecimalField(
        max_digits=7, decimal_places=6, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    vat_included = models.BooleanField(default=True)
    mandatory = models.JSONField(
        default=list, blank=True, help_text="Codes of covers without which no key is given."
    )
    delivery_fee = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    delivery_fee_in_list_price = models.BooleanField(default=True)
    delivery_text = models.JSONField(default=dict, validators=[valid_text])
    on_sale = models.BooleanField(
        default=False, help_text="Whether the public store sells in this market."
    )
    notice = models.JSONField(
        default=dict,
        blank=True,
        validators=[valid_text],
        help_text="What buyers of this market are told on every page, for example that it is a demonstration.",
    )

    class Meta(Staffed.Meta):
        verbose_name = _("market")
        verbose_name_plural = _("markets")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class Model(Staffed):
    """What a buyer picks first. `battery_steps` is `[{option, kwh, range_...}]`, smallest first."""

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.JSONField(validators=[valid_text])
    line = models.JSONField(validators=[valid_text], help_text="The claim, one line.")
    body = models.JSONField(validators=[valid_text])
    segment = models.CharField(max_length=60)
    steering = models.CharField(
        max_length=5, default="left", choices=[("left", "left"), ("right", "right")]
    )
    vin_letter = models.CharField(max_length=1, unique=True, help_text="VIN position 4.")
    dimensions_mm = models.JSONField(default=dict)
    battery_steps = models.JSONField(default=list, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class ModelYear(Staffed):
    """A year's edition of a model, on sale from a day on."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="model_years")
    code = models.CharField(max_length=40, validators=[CODE])
    label = models.JSONField(validators=[valid_text])
    on_sale_from = models.DateField()

    class Meta(Staffed.Meta):
        verbose_name = _("model year")
        verbose_name_plural = _("model years")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["model", "code"], name="catalog_one_model_year")
        ]

    def __str__(self) -> str:
        return shown(self.label, self.code)


class Trim(Staffed):
    """A version of a model; `specs` carries its units in the key names."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="trims")
    code = models.CharField(max_length=40, validators=[CODE])
    name = models.JSONField(validators=[valid_text])
    pitch = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])
    vin_digit = models.CharField(max_length=1, help_text="VIN position 5.")
    specs = models.JSONField(default=dict)

    class Meta(Staffed.Meta):
        verbose_name = _("trim")
        verbose_name_plural = _("trims")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["model", "code"], name="catalog_one_trim"),
            models.UniqueConstraint(fields=["model", "vin_digit"], name="catalog_one_trim_digit"),
        ]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class ReferenceCar(Staffed):
    """A car re-tested before every release: `total` is its list price in minor units, `violates` rule codes."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="reference_cars")
    code = models.CharField(max_length=60, validators=[CODE])
    title = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="+")
    trim = models.CharField(max_length=40)
    date = models.DateField()
    choices = models.JSONField(default=list, blank=True)
    expect = models.CharField(max_length=7, choices=[("valid", "valid"), ("invalid", "invalid")])
    price_book = models.CharField(max_length=40, blank=True)
    total = models.BigIntegerField(null=True, blank=True)
    violates = models.JSONField(default=list, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("reference car")
        verbose_name_plural = _("reference cars")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["model", "code"], name="catalog_one_reference_car")
        ]

    def __str__(self) -> str:
        return shown(self.title, self.code)
