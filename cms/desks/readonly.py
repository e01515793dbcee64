"""Lists that staff read and nobody edits: money and evidence change through services only."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from kernel.money import Money, shown


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Whoever may view may look; nobody may add, change or delete."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Only `view`, and only with the model's own view permission."""
        return action == "view" and bool(super().user_has_permission(user, action))

    def users_with_any_permission(self, actions: Any) -> QuerySet[Any]:
        """As Wagtail's, for `view` alone."""
        found: QuerySet[Any] = super().users_with_any_permission(
            [a for a in actions if a == "view"]
        )
        return found


class MoneyColumn(Column):
    """Minor units of the row's currency, shown as money."""

    def get_value(self, instance: Any) -> str:
        """For example `¥5,000.00`; an empty amount stays empty."""
        minor = super().get_value(instance)
        return "" if minor is None else shown(Money(int(minor), instance.currency))


class ReadOnlyViewSet(ModelViewSet):
    """A list and a detail page for one table; no add, no edit, no delete."""

    inspect_view_enabled = True
    add_to_reference_index = False
    copy_view_enabled = False
    list_per_page = 50
    form_fields: list[str] = []


def listing(
    model: type[Model],
    *,
    label: Any,
    icon: str,
    columns: tuple[Any, ...],
    filters: tuple[str, ...] = (),
    search: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    ordering: str = "-pk",
) -> ReadOnlyViewSet:
    """A read-only viewset for `model`; `columns[0]` leads to the detail page."""
    name = model._meta.model_name or ""
    register_permission_policy(model, ReadOnlyPolicy(model), exact_class=True)
    attributes = {
        "model": model,
        "menu_label": label,
        "icon": icon,
        "list_display": list(columns),
        "list_filter": list(filters),
        "search_fields": list(search) or None,
        "inspect_view_fields_exclude": list(hidden),
        "ordering": [ordering],
        "name": f"desk_{name}",
        "url_prefix": f"desk/{name}",
        "__doc__": f"Every {model._meta.verbose_name}, read only.",
    }
    made: ReadOnlyViewSet = type(f"{model.__name__}Listing", (ReadOnlyViewSet,), attributes)(
        f"desk_{name}"
    )
    return made
