"""Lists that staff read and nobody edits: money and evidence change through services only."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms.tables import WordedColumns, WordedFilters, WordedInspect, filterset, relations


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


class DeskIndex(WordedColumns, IndexView):
    """A list of the desks."""

    def get_base_queryset(self) -> QuerySet[Any]:
        """Every row with what its columns name."""
        rows: QuerySet[Any] = super().get_base_queryset().select_related(*relations(self.model))
        return rows


class DeskPage(WordedInspect, InspectView):
    """One row on a page of its own; subclasses name a template and say its `facts`."""

    template_name = "cms/desks/detail.html"

    def facts(self) -> dict[str, Any]:
        """What the template shows beside the row."""
        return {}

    def get_fields(self) -> list[str]:
        """The columns for the general template; a page of its own picks what it shows."""
        fields: list[str] = super().get_fields()
        return fields if type(self) is DeskPage else []

    def may(self, permission: str) -> bool:
        """Whether the reader holds a permission."""
        return bool(self.request.user.has_perm(permission))

    def get_page_title(self) -> str:
        """The row's own name: the page's name already stands in the path above it."""
        return str(self.object)

    def get_page_subtitle(self) -> str:
        """Nothing further."""
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Wagtail's context, the facts, and the moment of reading."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"now": timezone.now()} | self.facts()


class ReadOnlyViewSet(ModelViewSet):
    """A list and a detail page for one table; no add, no edit, no delete."""

    index_view_class = DeskIndex
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
    narrowed: type[WordedFilters] | None = None,
    search: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    page: type[DeskPage] = DeskPage,
    ordering: str = "-pk",
) -> ReadOnlyViewSet:
    """A read-only viewset for `model`; `columns[0]` leads to its `page`, which may hide fields.

    `narrowed` are filters of its own, instead of those by the fields `filters`.
    """
    name = model._meta.model_name or ""
    register_permission_policy(model, ReadOnlyPolicy(model), exact_class=True)
    attributes = {
        "model": model,
        "menu_label": label,
        "icon": icon,
        "list_display": list(columns),
        "filterset_class": narrowed or filterset(model, filters),
        "search_fields": list(search) or None,
        "inspect_view_class": page,
        "inspect_view_fields_exclude": ["id", *hidden],
        "ordering": [ordering],
        "name": f"desk_{name}",
        "url_prefix": f"desk/{name}",
        "__doc__": f"Every {model._meta.model_name}, read only.",
    }
    made: ReadOnlyViewSet = type(f"{model.__name__}Listing", (ReadOnlyViewSet,), attributes)(
        f"desk_{name}"
    )
    return made
