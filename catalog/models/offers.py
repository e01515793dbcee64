"""Money around the car that travels in the release: deposit policies, financing, insurance, services.

Why these rows live in catalog and the applications in checkout: docs/decisions/0003. Amounts are minor
units of the market's currency, rates and shares exact decimals.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.fields import NOT_PROVIDED
from django.utils.translation import gettext_lazy as _

from catalog.models.base import CODE, Staffed, shown, valid_text, valid_text_or_none
from catalog.models.cars import Market


def share_field(default: object = NOT_PROVIDED) -> models.DecimalField[str, object]:
    """A share between 0 and 1, to six digits."""
    return models.DecimalField(
        max_digits=7,
        decimal_places=6,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        default=default,
    )


class DepositPolicy(Staffed):
    """What a deposit is, stage by stage; `stages` keep the field names of deposits.yaml."""

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="deposit_policies")
    valid_from = models.DateField()
    legal_cap = models.JSONField(null=True, blank=True, help_text="`{share_of_price, text}`.")
    withdrawal = models.JSONField(null=True, blank=True, help_text="`{right, days, starts, text}`.")
    note = models.JSONField(null=True, blank=True, validators=[valid_text_or_none])
    amounts = models.JSONField(default=dict, help_text="`{model: amount}`.")
    stages = models.JSONField(default=list)

    class Meta(Staffed.Meta):
        verbose_name = _("deposit policy")
        verbose_name_plural = _("deposit policies")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class Lender(Staffed):
    """Who lends; `refuses_kinds` are kinds of price lines that must be paid in cash.

    `default_costs` are rows of what only a default brings: code, name, way, standard, rate_surcharge.
    """

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="lenders")
    name = models.JSONField(validators=[valid_text])
    finances_kinds = models.JSONField(default=list, blank=True)
    refuses_kinds = models.JSONField(default=list, blank=True)
    default_costs = models.JSONField(default=list, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("lender")
        verbose_name_plural = _("lenders")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class FinanceProduct(Staffed):
    """A loan or lease on offer: `annual_rate` nominal, monthly; `balloon_share` due last, `residual_share` never.

    `fee_financed`: the fee is added to the amount instead of paid with the down payment.
    """

    METHODS = ["annuity", "equal-principal", "lease"]

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    lender = models.ForeignKey(Lender, on_delete=models.PROTECT, related_name="products")
    method = models.CharField(max_length=15, choices=[(m, m) for m in METHODS], default="annuity")
    months = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(120)])
    annual_rate = share_field()
    min_down_share = share_field()
    min_amount = models.BigIntegerField(validators=[MinValueValidator(0)])
    max_amount = models.BigIntegerField(validators=[MinValueValidator(0)])
    balloon_share = share_field()
    residual_share = share_field(default=0)
    fee = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    fee_financed = models.BooleanField(default=False)
    approval_valid_days = models.PositiveIntegerField()
    amount_tolerance = share_field()
    for_models = models.JSONField(default=list, verbose_name="models")
    name = models.JSONField(validators=[valid_text])
    text = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])

    class Meta(Staffed.Meta):
        verbose_name = _("finance product")
        verbose_name_plural = _("finance products")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)

    def clean(self) -> None:
        """The smallest loan is not larger than the largest; only an annuity ends with a balloon, only a lease with a residual."""
        super().clean()
        if self.balloon_share and self.method != "annuity":
            raise ValidationError(
                {"balloon_share": _("Only equal instalments have a final payment.")}
            )
        if self.residual_share and self.method != "lease":
            raise ValidationError({"residual_share": _("Only a lease has a residual value.")})
        if (
            self.min_amount is not None
            and self.max_amount is not None
            and self.min_amount > self.max_amount
        ):
            raise ValidationError({"max_amount": _("The largest amount is below the smallest.")})


class Insurer(Staffed):
    """Who insures."""

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="insurers")
    name = models.JSONField(validators=[valid_text])

    class Meta(Staffed.Meta):
        verbose_name = _("insurer")
        verbose_name_plural = _("insurers")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class InsuranceProduct(Staffed):
    """A cover; with `gate` handover no key is given without it, `per_seat` counts passenger seats."""

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    insurer = models.ForeignKey(Insurer, on_delete=models.PROTECT, related_name="products")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="insurance_products")
    kind = models.CharField(
        max_length=10, choices=[("compulsory", "compulsory"), ("commercial", "commercial")]
    )
    gate = models.CharField(max_length=20, blank=True)
    per_seat = models.BooleanField(default=False)
    name = models.JSONField(validators=[valid_text])
    text = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])

    class Meta(Staffed.Meta):
        verbose_name = _("insurance product")
        verbose_name_plural = _("insurance products")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)


class Premium(Staffed):
    """A row of the premium table: `fixed_premium` + `share_of_car_price` x price."""

    product = models.ForeignKey(InsuranceProduct, on_delete=models.CASCADE, related_name="premiums")
    model = models.CharField(max_length=40)
    seats = models.CharField(
        max_length=3, choices=[("lt6", "below six"), ("ge6", "six or more"), ("any", "any")]
    )
    period = models.CharField(max_length=30, default="any")
    driver_age = models.CharField(max_length=10, default="any")
    no_claims_class = models.CharField(max_length=10, default="any")
    fixed_premium = models.BigIntegerField(validators=[MinValueValidator(0)])
    share_of_car_price = share_field()

    class Meta(Staffed.Meta):
        verbose_name = _("premium")
        verbose_name_plural = _("premiums")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "model", "seats", "period", "driver_age", "no_claims_class"],
                name="catalog_one_premium",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.model} {self.period} {self.driver_age} {self.no_claims_class}"


class Service(Staffed):
    """A service sold beside the car; `prices` is `{market: amount}`."""

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    kind = models.CharField(max_length=30)
    markets = models.JSONField(default=list)
    years = models.PositiveIntegerField(default=0)
    km = models.PositiveIntegerField(null=True, blank=True)
    prices = models.JSONField(default=dict)
    name = models.JSONField(validators=[valid_text])
    text = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])

    class Meta(Staffed.Meta):
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)
