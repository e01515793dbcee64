"""Whatever is sent to `/api/`: JSON comes back, with the right status, and never a traceback."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from storefront.api.errors import EdgeError, TooLarge
from storefront.api.middleware import ApiMiddleware, bound_body
from storefront.api.throttling import BUCKETS

API = "/api/v1"


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["type"] == f"https://forecourt.dev/problems/{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/v1", "/api/v1/", "/api/v2/models", f"{API}/nothing", f"{API}/orders/x/y/z"],
)
def test_an_unknown_address_is_a_problem_document(client: Client, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for method in (client.get, strict.post, strict.put, strict.delete):
        problem(method(path), 404, "not-found")


@pytest.mark.parametrize(
    "path", [f"{API}/models%00", f"{API}/stock?model=%00", f"{API}/builds/%00"]
)
def test_an_address_with_a_nul_character_is_no_address(client: Client, path: str) -> None:
    problem(client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("delete", "/orders", {"POST", "GET"}),
        ("put", "/quotes", {"POST"}),
        ("post", "/models", {"GET", "HEAD"}),
        ("patch", "/models/haven", {"GET", "HEAD"}),
        ("get", "/configurations/evaluate", {"POST"}),
    ],
)
def test_a_wrong_method_is_named_with_the_right_ones(
    method: str, path: str, allowed: set[str]
) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = getattr(strict, method)(API + path)
    problem(response, 405, "method-not-allowed")
    assert set(response["Allow"].split(", ")) == allowed


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/models", "/stock", "/pages/home"])
def test_a_head_has_the_headers_of_the_get(client: Client, path: str) -> None:
    got, head = client.get(API + path), client.head(API + path)
    assert head.status_code == got.status_code == 200
    assert head["Content-Length"] == got["Content-Length"]
    assert head.get("ETag") == got.get("ETag")
    assert head.content == b""


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1,", b'{"a":NaN}', b"[" * 10_000])
def test_a_malformed_body_is_unreadable(client: Client, body: bytes) -> None:
    problem(client.post(f"{API}/quotes", body, "application/json"), 400, "unreadable-body")


def test_a_missing_body_names_the_missing_fields(client: Client) -> None:
    found = problem(
        client.post(f"{API}/configurations/evaluate", b"", "application/json"), 422, "invalid-field"
    )
    assert found["errors"]


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    problem(
        client.post(f"{API}/configurations/evaluate", body, "application/json"),
        422,
        "invalid-field",
    )


def test_wrong_and_unknown_fields_are_listed_by_name(client: Client) -> None:
    body = {"model": 7, "choices": "x", "chioces": []}
    found = problem(
        client.post(f"{API}/configurations/evaluate", json.dumps(body), "application/json"),
        422,
        "invalid-field",
    )
    assert {row["field"] for row in found["errors"]} == {"model", "choices", "chioces"}


def test_a_body_over_the_limit_is_too_large(client: Client) -> None:
    limit = django_settings.API_MAX_BODY_BYTES
    body = b'{"name": "' + b"x" * limit + b'"}'
    found = problem(client.post(f"{API}/quotes", body, "application/json"), 413, "body-too-large")
    assert found["limit"] == limit
    problem(client.post(f"{API}/webhooks/sandbox", body, "application/json"), 413, "body-too-large")


def test_a_length_that_is_no_number_is_too_large(client: Client) -> None:
    response = client.generic("POST", f"{API}/quotes", b"{}", CONTENT_LENGTH="1e9")
    problem(response, 413, "body-too-large")


class Stream(io.BytesIO):
    """What a server gives for a chunked body; remembers how far it was read."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "read with a bound"
        return super().read(size)


def chunked(body: bytes) -> WSGIRequest:
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"{API}/quotes",
            "wsgi.input": Stream(body),
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_TYPE": "application/json",
        }
    )


def test_a_chunked_body_is_read() -> None:
    request = chunked(b'{"a": 1}')
    bound_body(request)
    assert request.body == b'{"a": 1}'


def test_a_chunked_body_is_read_no_further_than_the_limit() -> None:
    request = chunked(b"x" * 3_000_000)
    with pytest.raises(TooLarge):
        bound_body(request)
    assert request.META["wsgi.input"].tell() <= django_settings.API_MAX_BODY_BYTES + 1


def test_an_error_below_becomes_a_problem_without_its_words(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("storefront.api.ready.market_of", broken)
    client.raise_request_exception = False
    response = client.get(f"{API}/models")
    problem(response, 500, "internal-error")
    assert b"secret" not in response.content


def test_a_database_that_does_not_answer_is_unavailable(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("storefront.api.routers.quotes.check_own_quote", gone)
    response = client.get(f"{API}/quotes/Q-1")
    problem(response, 503, "unavailable")
    assert response["Retry-After"]


@pytest.mark.django_db
def test_an_unknown_address_of_sign_in_is_json_too(client: Client) -> None:
    problem(client.get(f"{API}/auth/nothing"), 404, "not-found")
    session = client.get(f"{API}/auth/app/v1/auth/session")
    assert session.status_code == 401
    assert session["Content-Type"] == "application/json"


@pytest.mark.django_db
def test_a_shop_without_a_release_says_so(client: Client) -> None:
    response = client.get(f"{API}/models")
    problem(response, 503, "nothing-on-sale")
    assert response["Retry-After"]


def test_a_foreign_host_name_is_a_problem_document(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    problem(client.get(f"{API}/stock", HTTP_HOST="evil.example"), 400, "unreadable-body")


def test_origins_named_in_settings_may_call_and_others_may_not(
    client: Client, settings: Any
) -> None:
    settings.API_CORS_ORIGINS = ["https://app.example"]
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options(f"{API}/orders", headers=asked)
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Idempotency-Key" in preflight["Access-Control-Allow-Headers"]
    simple = client.get(f"{API}/nothing", HTTP_ORIGIN="https://app.example")
    assert simple["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Methods" not in simple
    stranger = client.get(f"{API}/nothing", HTTP_ORIGIN="https://evil.example")
    assert "Access-Control-Allow-Origin" not in stranger
    assert "Origin" in stranger["Vary"]


def test_without_origins_in_settings_nothing_is_said_of_cors(client: Client) -> None:
    response = client.get(f"{API}/nothing", HTTP_ORIGIN="https://app.example")
    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_too_many_orders_from_one_address_are_slowed(client: Client, settings: Any) -> None:
    settings.API_THROTTLES = {"orders": (2, 1)}
    BUCKETS.clear()
    try:
        answers = [client.post(f"{API}/orders", b"{", "application/json") for _ in range(3)]
    finally:
        BUCKETS.clear()
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    problem(answers[2], 429, "too-many-requests")
    assert int(answers[2]["Retry-After"]) > 0


def test_other_paths_are_nothing_to_the_api() -> None:
    middleware = ApiMiddleware(lambda request: HttpResponse("page", status=404))
    request = WSGIRequest(
        {"REQUEST_METHOD": "GET", "PATH_INFO": "/zh/", "wsgi.input": io.BytesIO()}
    )
    assert middleware(request).content == b"page"  # type: ignore[attr-defined]


def test_an_edge_error_is_an_exception_with_a_status() -> None:
    assert EdgeError("x").status == 400


def test_the_process_is_up(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_without_release_and_worker_the_shop_is_not_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"]["ok"]
    assert not checks["release"]["ok"]
    assert not checks["worker"]["ok"]
