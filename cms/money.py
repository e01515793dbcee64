"""Money in the CMS: stored as minor units of the row's currency, typed and shown in major units."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from kernel.money import Money, exponent

USUAL = "CNY"
"""The currency of a form whose market is not chosen yet."""

MONEY = frozenset(
    {
        "catalog.price.amount",
        "catalog.incentive.amount",
        "catalog.financeproduct.min_amount",
        "catalog.financeproduct.max_amount",
        "catalog.financeproduct.fee",
        "catalog.premium.fixed_premium",
        "catalog.referencecar.total",
        "catalog.market.delivery_fee",
        "catalog.stockvehicle.price",
        "catalog.stockvehicle.list_price",
        "checkout.order.price",
        "checkout.order.on_the_road",
        "checkout.order.deposit",
        "checkout.insurancepolicy.premium",
        "checkout.insurancepolicy.refund",
        "checkout.financeapplication.price",
        "checkout.financeapplication.quoted_amount",
        "checkout.financeapplication.amount",
        "checkout.financeapplication.decided_amount",
        "checkout.payment.amount",
        "checkout.payment.refunded",
        "checkout.ledgerleg.amount",
    }
)
"""Columns that hold minor units."""

AMOUNTS = frozenset({"catalog.incentive.amounts", "catalog.depositpolicy.amounts"})
"""Columns that hold `{model: minor units}`."""

WAYS = ("market", "price_book", "lender", "product", "insurer")
"""The relations that lead from a row to its market."""


def is_money(model: type[Model], field: str) -> bool:
    """Whether a column holds minor units."""
    return f"{model._meta.label_lower}.{field}" in MONEY


def are_amounts(model: type[Model], field: str) -> bool:
    """Whether a column holds minor units by model."""
    return f"{model._meta.label_lower}.{field}" in AMOUNTS


def currency_of(row: Any) -> str:
    """The currency a row's amounts are in: its own, or its market's; an empty string where none is known yet."""
    own = getattr(row, "currency", "")
    if own:
        return str(own)
    for way in WAYS:
        if hasattr(type(row), way) and getattr(row, f"{way}_id", None):
            return currency_of(getattr(row, way))
    return ""


class MoneyField(forms.Field):
    """An amount in major units, e.g. `1,500.00`; the value is minor units once `minor` has turned it."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency or USUAL
        options["widget"] = forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "class": "money-input"}
        )
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Stored minor units as people write them; what was typed stays as typed."""
        return f"{Money(value, self.currency).decimal:,}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> Decimal | None:
        """The number that was typed; raises ValidationError for anything else."""
        text = str(value or "").replace(",", "").replace("，", "").strip()
        if not text:
            return None
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
            raise ValidationError(_("Type an amount such as 1,500.00."), code="invalid")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another amount was typed than is stored."""
        try:
            return bool(minor(self.to_python(data), self.currency) != initial)
        except ValidationError:
            return True


class AmountsField(forms.Field):
    """An amount per model, a line each: `haven: 1,500.00`; the value is minor units once `minor` has turned it."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency or USUAL
        options["widget"] = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Stored minor units as people write them; what was typed stays as typed."""
        if not isinstance(value, Mapping):
            return value
        return "\n".join(
            f"{code}: {Money(amount, self.currency).decimal:,}" for code, amount in value.items()
        )

    def to_python(self, value: Any) -> dict[str, Decimal]:
        """The number typed for each code; raises ValidationError for a line that is none."""
        found: dict[str, Decimal] = {}
        single = MoneyField(currency=self.currency)
        for line in filter(None, map(str.strip, str(value or "").replace("：", ":").splitlines())):
            code, _colon, typed = (part.strip() for part in line.partition(":"))
            amount = single.to_python(typed)
            if not code or amount is None or amount < 0 or code in found:
                raise ValidationError(
                    _("One line for each model, such as haven: 1,500.00."), code="invalid"
                )
            found[code] = amount
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other amounts were typed than are stored."""
        try:
            typed = self.to_python(data)
            return bool(
                {code: minor(amount, self.currency) for code, amount in typed.items()} != initial
            )
        except ValidationError:
            return True


def minor(amount: Decimal | None, currency: str) -> int | None:
    """Minor units of an amount; raises ValidationError when it has more decimals than the currency."""
    if amount is None:
        return None
    units = amount.scaleb(exponent(currency))
    if units != units.to_integral_value():
        raise ValidationError(
            _("%(currency)s has %(digits)s decimals, this amount has more."),
            code="decimals",
            params={"currency": currency, "digits": exponent(currency)},
        )
    return int(units)
