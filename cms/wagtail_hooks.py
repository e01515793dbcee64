"""What the shop adds to Wagtail's admin: the catalogue, the desks, their menu."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet

from cms import sealing
from cms.desks import finance, pages, pricing, release, words
from cms.desks.guard import linked
from cms.desks.home import ShopPanel
from cms.desks.lists import LoanGroup, MoneyGroup, SalesGroup
from cms.desks.money import urls as money_urls
from cms.desks.orders import queue as order_queue
from cms.desks.orders import views as order_views
from cms.snippets.catalogue import CarsGroup, PricesGroup
from cms.snippets.legal import WordsGroup

hooks.register("before_edit_snippet", words.only_drafts)
hooks.register("before_delete_snippet", sealing.keep_what_was_told)
hooks.register("before_unpublish", sealing.keep_prices_live)
hooks.register("before_bulk_action", sealing.keep_many)
register_snippet(CarsGroup)
register_snippet(PricesGroup)
register_snippet(WordsGroup)


class PermittedItem(MenuItem):
    """A menu item for those who hold a permission."""

    def __init__(self, label: Any, url: str, permission: str, icon_name: str, order: int) -> None:
        super().__init__(
            label, url, icon_name=icon_name, order=order, name=url.strip("/").replace("/", "-")
        )
        self.permission = permission

    def is_shown(self, request: HttpRequest) -> bool:
        """Only with the permission."""
        return request.user.has_perm(self.permission)


@hooks.register("register_admin_viewset")
def desk_lists() -> list[Any]:
    """Orders, contracts, stock, quotes; payments and ledger."""
    return [SalesGroup(), LoanGroup(), MoneyGroup()]


@hooks.register("register_admin_urls")
def desk_urls() -> list[URLPattern | URLResolver]:
    """Addresses of the desks."""
    return [
        path("desk/release/", release.desk, name="release_desk"),
        path("desk/release/check/", release.check, name="release_check"),
        path("desk/release/compare/", release.compare, name="release_compare"),
        path("desk/release/publish/", release.publish, name="release_publish"),
        path("desk/release/back/<slug:code>/", release.back, name="release_back"),
        path("desk/pricing/", pricing.desk, name="price_preview"),
        path("desk/due/", order_queue.due, name="orders_due"),
        path("desk/orders/<slug:code>/<slug:move>/", order_views.make, name="order_move"),
        path(
            "desk/orders/<slug:code>/photo/<int:inspection>/<int:number>/",
            order_views.photo,
            name="inspection_photo",
        ),
        path("desk/words/<int:version>/<slug:name>/", words.step, name="words_step"),
        path(
            "desk/words/clause/<int:clause>/new/", words.new_clause_version, name="words_new_clause"
        ),
        path(
            "desk/words/<int:version>/<slug:order>/<slug:language>.pdf",
            words.specimen_pdf,
            name="words_pdf",
        ),
        path("desk/contract/<slug:number>/pdf/", pages.contract_pdf, name="contract_pdf"),
        path("desk/contract/<slug:number>/case/", pages.contract_case, name="contract_case"),
        path("desk/contract/<slug:number>/act/", pages.contract_act, name="contract_act"),
        path("desk/finance/day/", finance.day, name="finance_day"),
        path("desk/finance/ledger/", finance.ledger, name="finance_ledger"),
        path("desk/money/", include(money_urls)),
    ]


@hooks.register("register_admin_menu_item")
def release_item() -> MenuItem:
    """The release desk in the menu."""
    return PermittedItem(
        _("Release"), reverse("release_desk"), "catalog.view_release", "upload", 100
    )


@hooks.register("register_admin_menu_item")
def price_item() -> MenuItem:
    """The price preview in the menu."""
    return PermittedItem(
        _("Price preview"), reverse("price_preview"), "catalog.view_pricebook", "view", 121
    )


@hooks.register("register_admin_menu_item")
def due_item() -> MenuItem:
    """What is due at the order desk, in the menu."""
    return PermittedItem(_("Due today"), reverse("orders_due"), "checkout.view_order", "tasks", 129)


@hooks.register("register_admin_menu_item")
def money_item() -> MenuItem:
    """The finance desk in the menu."""
    return PermittedItem(
        _("Finance desk"), reverse("money_today"), "checkout.view_moneyexception", "calendar", 135
    )


@hooks.register("construct_main_menu")
def links_from_outside(request: HttpRequest, items: list[Any]) -> None:
    """Desks of other parts of the shop, as `settings.CMS_LINKS` names them."""
    items.extend(linked(settings.CMS_LINKS, request))


@hooks.register("insert_global_admin_css")
def editor_css() -> SafeString:
    """Texts side by side."""
    return format_html('<link rel="stylesheet" href="{}">', static("cms/desks.css"))


@hooks.register("construct_homepage_panels")
def shop_panel(request: HttpRequest, panels: list[Any]) -> None:
    """The shop's own numbers instead of news about Wagtail; what waits for the reader stays."""
    panels[:] = [panel for panel in panels if panel.name != "whats_new_in_wagtail_version"]
    panels.append(ShopPanel())


@hooks.register("construct_help_menu")
def help_without_news(request: HttpRequest, items: list[Any]) -> None:
    """Shortcuts only: links to Wagtail's own site help no marketer and leave the shop's network."""
    items[:] = [item for item in items if item.name == "keyboard-shortcuts-trigger"]
