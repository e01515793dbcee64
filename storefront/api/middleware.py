"""The door of the API: bodies bounded, CORS, problem documents for whatever a layer below answered.

`ApiMiddleware` stands first in MIDDLEWARE and costs other paths one comparison. The language of a page and
its messages are nothing the API needs, so `PageLocaleMiddleware` and `PageMessageMiddleware` stand aside
for its paths (but not for allauth's, which are translated).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers

from contracts.services.uploads import LARGEST as LARGEST_FILE
from storefront.api.answers import JSON
from storefront.api.errors import (
    PROBLEM_JSON,
    EdgeError,
    NotFound,
    TooLarge,
    answer_for,
    fault,
    from_status,
)
from storefront.api.throttling import throttle

API = "/api/"
AUTH = "/api/v1/auth/"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CORS_METHODS = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
CORS_HEADERS = "Accept-Language, Content-Type, Idempotency-Key, If-None-Match, X-CSRFToken, X-Order-Token, X-Quote-Token, X-Session-Token"
CORS_EXPOSED = "Content-Language, ETag, Idempotency-Replayed, Retry-After"
LIMITS = {f"{API}v1/verify": LARGEST_FILE}
"""Addresses that read more, or less, than `settings.API_MAX_BODY_BYTES`."""
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body may have {limit} bytes.", facts={"limit": limit}, headers={"Connection": "close"}
    )


def bound_body(request: HttpRequest) -> None:
    """Reads at most the allowed bytes, whether announced or sent in chunks; raises TooLarge.

    A chunked body has no Content-Length and Django would read nothing of it, so it is read here.
    """
    limit = LIMITS.get(request.path_info, int(settings.API_MAX_BODY_BYTES))
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced:
        if not announced.isdigit() or len(announced) > 15 or int(announced) > limit:
            raise _too_large(limit)
        return
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    stream = request.META.get("wsgi.input", request)
    parts: list[bytes] = []
    size = 0
    while size <= limit:
        part = stream.read(min(65536, limit + 1 - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    if size > limit:
        raise _too_large(limit)
    request._body = b"".join(parts)  # what HttpRequest.body returns


def check_address(request: HttpRequest) -> None:
    """Refuses an address with a NUL character: no code of ours has one and PostgreSQL cannot compare it."""
    if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        raise NotFound("No address has a NUL character.")


class ApiMiddleware:
    """Every answer under `/api/` is JSON with the right status, whatever happened below."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the layers below, or a problem document."""
        path = request.path_info
        if not path.startswith(API):
            return self.get_response(request)
        response = self._answer(request, path)
        if settings.API_CORS_ORIGINS:
            allow_origin(request, response)
        return response

    def _answer(self, request: HttpRequest, path: str) -> HttpResponseBase:
        method = request.method or ""
        if method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            return HttpResponse(status=204)
        try:
            check_address(request)
            if method in CHANGING:
                bound_body(request)
                throttle(request, path)
        except EdgeError as error:
            return answer_for(error)
        if method == "HEAD":
            request.method = "GET"  # the same headers; the server leaves the body out
        response = self.get_response(request)
        request.method = method
        return response if response.status_code < 400 else as_problem(response)


def as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """The response itself if it is JSON (ours, or allauth's own), else a problem document of its status."""
    if response.headers.get("Content-Type", "").startswith((PROBLEM_JSON, JSON)):
        return response
    if response.status_code == 500:
        return fault()
    kept = {
        name: response.headers[name]
        for name in ("Allow", "Retry-After")
        if name in response.headers
    }
    return from_status(response.status_code, headers=kept)


def allow_origin(request: HttpRequest, response: HttpResponseBase) -> None:
    """CORS headers for the origins named in settings; other origins get none, and the browser refuses."""
    patch_vary_headers(response, ["Origin"])
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin not in settings.API_CORS_ORIGINS:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = CORS_EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = CORS_METHODS
        response.headers["Access-Control-Allow-Headers"] = CORS_HEADERS
        response.headers["Access-Control-Max-Age"] = "600"


def _is_plain_api(request: HttpRequest) -> bool:
    path = request.path_info
    return path.startswith(API) and not path.startswith(AUTH)


class PageLocaleMiddleware(LocaleMiddleware):
    """Chooses the language of a page; the API chooses its own from Accept-Language and activates none."""

    def __call__(self, request: HttpRequest) -> Any:
        """The answer, in the page's language."""
        return self.get_response(request) if _is_plain_api(request) else super().__call__(request)


class PageMessageMiddleware(MessageMiddleware):
    """Messages for pages; the API has none."""

    def __call__(self, request: HttpRequest) -> Any:
        """The answer, with the page's messages stored."""
        return self.get_response(request) if _is_plain_api(request) else super().__call__(request)
