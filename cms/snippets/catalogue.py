"""Models, options, rules, prices and offers as snippets, grouped the way a marketer thinks of them."""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList, Panel
from wagtail.snippets.views.snippets import (
    IndexView,
    InspectView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from catalog import models
from cms.forms import CatalogueForm, PriceForm
from cms.rules import RuleForm
from cms.tables import LiveColumn, WordedColumns, WordedInspect, filterset, relations
from cms.widgets import CodesWidget, JsonWidget, TextPairWidget
from cms.words import field_name

TEXTS = {"name", "legal_name", "slogan", "line", "body", "pitch", "text", "title", "label", "delivery_text", "notice", "address",
         "city"}  # fmt: skip
LONG_TEXTS = {"story", "text", "note", "notice"}
CODES = {
    "contains",
    "excluded",
    "adds",
    "of",
    "trims",
    "choices",
    "violates",
    "for_models",
    "mandatory",
    "languages",
}
HIDDEN = {"id", "position", "live", "has_unpublished_changes", "first_published_at", "last_published_at",
          "live_revision", "latest_revision", "go_live_at", "expire_at", "expired", "locked", "published_in"}  # fmt: skip


def panels(model: type[Model]) -> list[Panel]:
    """An edit panel per field: texts side by side, lists of codes as words, other facts as JSON."""
    return [_panel(field) for field in model._meta.get_fields() if _editable(field)]


def _editable(field: Any) -> bool:
    concrete = (
        getattr(field, "concrete", False) and not field.auto_created and not field.many_to_many
    )
    return bool(concrete and field.editable and field.name not in HIDDEN)


def _panel(field: Any) -> Panel:
    name = field_name(field)
    if not isinstance(field, JSONField):
        return FieldPanel(field.name, heading=name)
    if field.name in LONG_TEXTS:
        return FieldPanel(field.name, heading=name, widget=TextPairWidget(lines=3))
    if field.name in TEXTS:
        return FieldPanel(field.name, heading=name, widget=TextPairWidget())
    if field.name in CODES:
        return FieldPanel(field.name, heading=name, widget=CodesWidget())
    return FieldPanel(field.name, heading=name, widget=JsonWidget())


class CatalogueIndex(WordedColumns, IndexView):
    """The list of one table, in the words of the shop."""

    def titled(self, row: Any) -> str:
        """A row's own name; prices and delivery times are called by what they are for."""
        if isinstance(row, (models.Price, models.LeadTime)):
            return self.names.get((row.model_id, row.code)) or row.code
        if isinstance(row, models.Availability):
            return str(row.option)
        return str(row.product) if isinstance(row, models.Premium) else str(row)

    @cached_property
    def names(self) -> dict[tuple[int, str], str]:
        """Options and trims by model and code: two queries a page."""
        rows = [*models.Option.objects.all(), *models.Trim.objects.all()]
        return {(row.model_id, row.code): str(row) for row in rows}


class CatalogueInspect(WordedInspect, InspectView):
    """One row to read."""


class CatalogueViewSet(SnippetViewSet):
    """One table of the catalogue with drafts, revisions, history and a searchable list."""

    index_view_class = CatalogueIndex
    copy_view_enabled = True
    inspect_view_enabled = True
    list_per_page = 50
    related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every row, drafts too, with what its columns name."""
        rows: QuerySet[Any] = self.model._default_manager.select_related(*self.related)
        return rows


def viewset(
    model: type[Model],
    icon: str,
    columns: tuple[str, ...],
    filters: tuple[str, ...] = (),
    search: str = "code",
    form: type[CatalogueForm] = CatalogueForm,
) -> SnippetViewSet:
    """A snippet viewset for a table; the first column leads to its form."""
    name = model.__name__
    attributes = {
        "model": model,
        "icon": icon,
        "list_display": ["__str__", *columns, LiveColumn()],
        "filterset_class": filterset(model, filters),
        "search_fields": [search],
        "related": relations(model),
        "edit_handler": ObjectList(
            [*(FieldPanel(name) for name in form.declared_fields), *panels(model)],
            base_form_class=form,
        ),
        "inspect_view_fields": [f.name for f in model._meta.get_fields() if _editable(f)],
        "inspect_view_class": CatalogueInspect,
        "__doc__": f"{name} in the CMS.",
    }
    return type(f"{name}ViewSet", (CatalogueViewSet,), attributes)()


class CarsGroup(SnippetViewSetGroup):
    """What is sold."""

    menu_label = _("Cars")
    menu_icon = "cogs"
    menu_order = 110
    items = (
        viewset(models.Model, "pick", ("code", "segment")),
        viewset(models.ModelYear, "date", ("model", "on_sale_from"), ("model",)),
        viewset(models.Trim, "list-ul", ("model", "code"), ("model",)),
        viewset(models.OptionGroup, "folder-open-1", ("model", "choose"), ("model",)),
        viewset(models.Option, "plus", ("model", "group", "quota"), ("model", "group")),
        viewset(
            models.Availability,
            "check",
            ("market", "trim", "value"),
            ("market", "trim"),
            "option__code",
        ),
        viewset(
            models.Rule,
            "link",
            ("code", "model", "kind", "market", "valid_from", "valid_until"),
            ("model", "kind"),
            form=RuleForm,
        ),
        viewset(
            models.ReferenceCar,
            "check",
            ("model", "market", "trim", "expect", "total"),
            ("model", "market"),
        ),
        viewset(models.Place, "site", ("market", "kind"), ("market", "kind")),
    )


class PricesGroup(SnippetViewSetGroup):
    """What it costs and when it comes."""

    menu_label = _("Prices and offers")
    menu_icon = "tag"
    menu_order = 120
    items = (
        viewset(
            models.PriceBook,
            "doc-full",
            ("market", "valid_from", "based_on", "published_in"),
            ("market",),
        ),
        viewset(
            models.Price,
            "tag",
            ("price_book", "model", "kind", "trim", "amount"),
            ("price_book", "model", "kind"),
            form=PriceForm,
        ),
        viewset(models.LeadTime, "time", ("model", "market", "kind", "days"), ("model", "market")),
        viewset(
            models.Incentive,
            "pick",
            ("kind", "market", "valid_from", "valid_until"),
            ("kind", "market"),
        ),
        viewset(models.DepositPolicy, "lock", ("market",), ("market",)),
        viewset(models.OrderPolicy, "clipboard-list", ("market", "valid_from"), ("market",)),
        viewset(
            models.PaymentMethod,
            "key",
            ("market", "method", "valid_from"),
            ("market", "method"),
        ),
        viewset(models.Lender, "group", ("market",), ("market",)),
        viewset(models.FinanceProduct, "decimal", ("lender",), ("lender",)),
        viewset(models.Insurer, "group", ("market",), ("market",)),
        viewset(models.InsuranceProduct, "lock", ("insurer", "kind"), ("insurer", "kind")),
        viewset(models.Premium, "table", ("product", "model"), ("product",), "product__code"),
        viewset(models.Service, "cog", ()),
        viewset(
            models.LegalRow,
            "doc-full",
            ("market", "key", "valid_from", "valid_until", "needs_review"),
            ("market", "confidence", "needs_review"),
            "key",
        ),
        viewset(models.Market, "globe", ("code", "currency", "on_sale")),
        viewset(models.Brand, "pick", ("code",)),
    )
