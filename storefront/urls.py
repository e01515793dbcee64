"""Every address of the product: API, operations, CMS, files, store; the store takes what is left."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve
from wagtail.admin import urls as wagtail_admin
from wagtail.documents import urls as wagtail_documents

from storefront.api.health import healthz, readyz
from storefront.api.sandbox import pay_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("storefront.api.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("cms/desk/", include("storefront.notify.urls")),
    path("cms/", include(wagtail_admin)),
    path("documents/", include(wagtail_documents)),
]

_FURTHER = [each.get("door") for each in settings.PAYMENT_DOORS.values()]
if "sandbox" in {settings.PAYMENT_DOOR, *_FURTHER}:
    urlpatterns.append(path("sandbox/pay/<code>", pay_page))

if getattr(settings, "DEMO", False):
    # A demo has no web server of its own in front; production serves media there.
    urlpatterns.append(
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    )

urlpatterns.append(path("", include("storefront.web.urls")))

handler404 = "storefront.web.views.errors.page_not_found"
handler500 = "storefront.web.views.errors.server_error"
