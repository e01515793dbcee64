"""Lists and detail lines of the CMS: names, words and money instead of ids, codes and minor units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters  # type: ignore[import-untyped]  # it comes with Wagtail and without types
from django.db.models import ForeignKey, JSONField, Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column

from cms.money import currency_of, is_money
from cms.words import column_name, language, words_of
from kernel.money import Money, shown
from kernel.text import LANGUAGES, pick

_ = gettext_lazy
NOTHING = "–"


class WordColumn(Column):
    """A stored code in words."""

    def get_value(self, instance: Any) -> str:
        """For example `ready for inspection`."""
        value = super().get_value(instance)
        words = words_of(type(instance), self.accessor)
        return str(words.get(str(value), value or ""))


class MoneyColumn(Column):
    """Minor units of the row's currency, shown as money."""

    cell_template_name = "cms/tables/number.html"

    def get_value(self, instance: Any) -> str:
        """For example `¥5,000.00`; an empty amount stays empty."""
        value = super().get_value(instance)
        currency = currency_of(instance)
        if value is None:
            return ""
        return shown(Money(int(value), currency)) if currency else str(value)


class LiveColumn(Column):
    """Whether a row takes part in the next release, and whether a draft waits behind it."""

    cell_template_name = "cms/tables/live.html"

    def __init__(self) -> None:
        super().__init__("live", label=_("State"), sort_key="live")


class WordedColumns:
    """For a list view of Wagtail: every column named and shown in words."""

    model: type[Model]

    def _get_custom_column(
        self, field_name: str, column_class: type[Column] = Column, **options: Any
    ) -> Column:
        if column_class is Column:
            column_class = column_for(self.model, field_name)
        column = super()._get_custom_column(field_name, column_class, **options)  # type: ignore[misc]
        if field_name == "__str__":
            column.accessor = self.titled
            column.label = gettext_lazy(capfirst(str(self.model._meta.verbose_name)))
        else:
            column.accessor = column.accessor.removeprefix("get_").removesuffix("_display")
            column.label = column_name(self.model, field_name)
        return column

    def titled(self, row: Any) -> str:
        """What a row is called in its list."""
        return str(row)


def column_for(model: type[Model], field: str) -> type[Column]:
    """The kind of column that shows a field."""
    if is_money(model, field):
        return MoneyColumn
    return WordColumn if words_of(model, field) else Column


def relations(model: type[Model]) -> tuple[str, ...]:
    """The foreign keys of a table that its lists read, and their way to the market."""
    direct = [f.name for f in model._meta.get_fields() if isinstance(f, ForeignKey) and not f.null]
    further = [f"{name}__market" for name in direct if name in {"price_book", "lender", "product"}]
    return (*direct, *further)


class WordedFilters(WagtailFilterSet):
    """Filters named and worded like the columns they filter."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        model = self._meta.model
        for name, field_filter in self.filters.items():
            field_filter.label = column_name(model, name)
            words = words_of(model, name)
            if words:
                field_filter.extra["choices"] = list(words.items())


def filterset(model: type[Model], names: tuple[str, ...]) -> type[WordedFilters]:
    """The filters of a list; fields that hold codes become choices, moments a range of days."""
    declared: dict[str, Any] = {}
    for name in names:
        if words_of(model, name):
            declared[name] = django_filters.ChoiceFilter(
                choices=list(words_of(model, name).items()), empty_label=_("All")
            )
        elif name.endswith("_at"):
            declared[name] = django_filters.DateFromToRangeFilter()
    meta = type("Meta", (), {"model": model, "fields": list(names)})
    made: type[WordedFilters] = type(
        f"{model.__name__}Filters", (WordedFilters,), {**declared, "Meta": meta}
    )
    return made


class WordedInspect:
    """For a detail view of Wagtail: names, words, money, and JSON as lists that people read."""

    model: type[Model]
    object: Any

    def get_field_label(self, field_name: str, field: Any) -> Any:
        """The field's name, translated."""
        return column_name(self.model, field_name)

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        """The field's value for people."""
        value = getattr(self.object, field_name)
        words = words_of(self.model, field_name)
        if words:
            return words.get(str(value), value)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if value is None or value == "":
            return NOTHING
        if is_money(self.model, field_name):
            return shown(Money(value, currency_of(self.object)))
        return readable(value) if isinstance(field, JSONField) else value


def readable(value: Any) -> Any:
    """JSON as people read it: texts in their language, money as money, lists and facts as lists."""
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        return _rows(value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return NOTHING if value in (None, "") else value


def _mapping(value: Mapping[str, Any]) -> Any:
    if not value:
        return NOTHING
    if set(value) <= set(LANGUAGES):
        return pick(value, language())
    if set(value) == {"amount", "currency"}:
        return shown(Money(value["amount"], value["currency"]))
    return format_html(
        '<dl class="facts">{}</dl>',
        format_html_join(
            "", "<dt>{}</dt><dd>{}</dd>", ((key, readable(part)) for key, part in value.items())
        ),
    )


def _rows(value: Any) -> str | SafeString:
    if not value:
        return NOTHING
    if not any(isinstance(part, (Mapping, list)) for part in value):
        return ", ".join(str(part) for part in value)
    return format_html(
        '<ul class="facts">{}</ul>',
        format_html_join("", "<li>{}</li>", ((readable(part),) for part in value)),
    )
