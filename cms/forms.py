"""Forms of the catalogue: choices in words, money in major units, expressions read before they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm

from catalog.domain.configuration.expression import codes, days, markets, parse, place_of
from catalog.errors import ExpressionError
from catalog.models import Market, Model, Option, Trim
from cms.money import (
    USUAL,
    AmountsField,
    MoneyField,
    are_amounts,
    currency_of,
    is_money,
    minor,
)
from cms.words import language, words_of

_ = gettext_lazy


class CatalogueForm(WagtailAdminModelForm):
    """Any table of the catalogue, in the language of the admin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in list(self.fields.items()):
            self._dress(name, field)

    def _dress(self, name: str, field: forms.Field) -> None:
        model = type(self.instance)
        if is_money(model, name) or are_amounts(model, name):
            kind = MoneyField if is_money(model, name) else AmountsField
            self.fields[name] = kind(
                currency=currency_of(self.instance),
                label=field.label,
                required=field.required,
                help_text=money_help(currency_of(self.instance)),
            )
            return
        words = words_of(model, name)
        if words and isinstance(field, forms.ChoiceField):
            listed: Iterable[tuple[Any, Any]] = field.choices  # type: ignore[assignment]
            field.choices = [(value, words.get(value, text)) for value, text in listed]
        if field.help_text:
            field.help_text = gettext_lazy(str(field.help_text))

    def clean(self) -> dict[str, Any]:
        """As Django's, with amounts as minor units of the currency of the market that was chosen."""
        cleaned: dict[str, Any] = super().clean()
        currency = self._currency(cleaned)
        for name, field in self.fields.items():
            if isinstance(field, MoneyField) and name in cleaned:
                try:
                    cleaned[name] = minor(cleaned[name], currency)
                except ValidationError as error:
                    self.add_error(name, error)
            if isinstance(field, AmountsField) and name in cleaned:
                self._turn(name, cleaned, currency)
        return cleaned

    def _turn(self, name: str, cleaned: dict[str, Any], currency: str) -> None:
        try:
            cleaned[name] = {code: minor(part, currency) for code, part in cleaned[name].items()}
        except ValidationError as error:
            self.add_error(name, error)

    def _currency(self, cleaned: dict[str, Any]) -> str:
        """The currency of what was typed, else of the row as it is stored."""
        if isinstance(cleaned.get("currency"), str):
            return str(cleaned["currency"])
        chosen = (
            cleaned.get(way) for way in ("market", "price_book", "lender", "product", "insurer")
        )
        found = (currency_of(row) for row in chosen if row is not None and not isinstance(row, str))
        return next((code for code in found if code), "") or currency_of(self.instance) or USUAL


class PriceForm(CatalogueForm):
    """A price; its condition is an expression over the finished car."""

    def clean_condition(self) -> str:
        """The condition if it can be read; raises ValidationError naming the place."""
        text, model = self.cleaned_data["condition"], self.cleaned_data.get("model")
        return read_expression(text, model, dated=False)

    def clean(self) -> dict[str, Any]:
        """As above; names the option or trim that the model does not have."""
        cleaned = super().clean()
        model, code = cleaned.get("model"), cleaned.get("code")
        named = f"trim:{code}" if cleaned.get("kind") == "trim" else code
        if model and code and named not in known(model):
            self.add_error("code", no_such(code, model))
        return cleaned


def read_expression(text: str, model: Model | None, *, dated: bool = True) -> str:
    """The text if it is an expression over what the model has, or empty; raises ValidationError.

    Markets and days may be named only where `dated`.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        found = parse(text)
    except ExpressionError as error:
        raise ValidationError(misread(error)) from error
    if not dated and (markets(found) or days(found)):
        raise ValidationError(
            _("A price belongs to a price book, which has the market and the day.")
        )
    check_names(text, codes(found), markets(found), model)
    return text


def misread(error: ExpressionError) -> str:
    """The parser's own words in English, the place in Chinese."""
    if language() == "en":
        return str(error)
    return gettext("Not an expression at character %(position)s, near “%(near)s”.") % error.facts


def no_such(code: str, model: Any) -> str:
    """That a model has no option or trim of that code."""
    return gettext("%(model)s has no option or trim %(code)s.") % {"model": model, "code": code}


def check_names(text: str, named: Iterable[str], places: Iterable[str], model: Any) -> None:
    """Raises ValidationError, with the character, for options, trims and markets that are not there."""
    unknown = sorted(set(named) - known(model)) if model else []
    wrong = [(code.removeprefix("trim:"), no_such(code, model)) for code in unknown]
    for market in sorted(set(places) - set(Market.objects.values_list("code", flat=True))):
        wrong.append((market, gettext("There is no market %(code)s.") % {"code": market}))
    if wrong:
        where = gettext("(character %(position)s)")
        raise ValidationError(
            [f"{why} {where % {'position': place_of(text, name)}}" for name, why in wrong]
        )


def known(model: Any) -> set[str]:
    """Every code an expression about the model may name."""
    options = Option.objects.filter(model=model).values_list("code", flat=True)
    trims = Trim.objects.filter(model=model).values_list("code", flat=True)
    return {*options, *(f"trim:{code}" for code in trims)}


def money_help(currency: str) -> Any:
    """Which currency an amount is typed in."""
    if not currency:
        return _("In the currency of its market, e.g. 1,500.00.")
    return _("In %(currency)s, e.g. 1,500.00.") % {"currency": currency}
