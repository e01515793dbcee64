"""The addresses of the API: the ready reads first, because they are asked most, then everything else."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from storefront.accounts.codes import RequestCodeView
from storefront.api import ready_views
from storefront.api.app import api
from storefront.api.errors import from_status


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """A problem document for every address under `/api/` that is none of ours."""
    return from_status(404)


urlpatterns = [
    path("v1/models/<code>", ready_views.model),
    path("v1/models/<code>/configurator", ready_views.configurator),
    path("v1/models", ready_views.models),
    path("v1/markets", ready_views.markets),
    *(  # before allauth's own, which knows nobody who ordered as a guest
        path(f"v1/auth/{client}/v1/auth/code/request", RequestCodeView.as_api_view(client=client))
        for client in settings.HEADLESS_CLIENTS
    ),
    path("v1/auth/", include("allauth.headless.urls")),
    path("v1/", nothing_here),  # before ninja's own root, which asks for a CSRF token first
    path("v1/", api.urls),
    re_path(r"^(?P<rest>.*)$", nothing_here),
]
