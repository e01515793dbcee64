"""Calling the API in process leaves the page as it was: its language, its time zone, its connection."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from storefront.web import api_client
from storefront.web.api_client import Api, ApiProblem, ApiUnreachable, Caller

CALLER = Caller(language="en", market="CN", origin="http://testserver", address="203.0.113.9")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[httpx.Request]]:
    """Has the API answer with a function of the request; returns the requests it saw."""

    def install(answer: Any) -> list[httpx.Request]:
        seen: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            found: httpx.Response | Exception = answer(request)
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(api_client, "transport", lambda caller: httpx.MockTransport(handle))
        return seen

    return install


def test_a_nested_call_leaves_the_language_and_time_zone_of_the_page(shop: None) -> None:
    with translation.override("zh-hans"), timezone.override(zoneinfo.ZoneInfo("Europe/Berlin")):
        Api(CALLER).get("/models")
        # allauth's own views do activate a language
        with pytest.raises(ApiProblem):
            Api(CALLER).get("/auth/app/v1/auth/session")
        assert translation.get_language() == "zh-hans"
        assert timezone.get_current_timezone_name() == "Europe/Berlin"


@pytest.mark.django_db(transaction=True)
def test_a_nested_call_keeps_the_pages_database_connection(shop: None, settings: Any) -> None:
    connection.ensure_connection()
    before = connection.connection
    connection.close_at = 0.0  # long past its age: the end of any request would close it
    Api(CALLER).get("/stock", {"limit": 1})
    assert connection.connection is before
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is None  # afterwards it ages again


def test_a_nested_call_keeps_an_open_transaction(shop: None) -> None:
    with transaction.atomic():
        Api(CALLER).get("/stock", {"limit": 1})
        assert connection.in_atomic_block


def test_the_bytes_are_those_of_the_public_api(shop: None, client: Any) -> None:
    inside = Api(CALLER).send("GET", "/models")
    outside = client.get("/api/v1/models", headers={"accept-language": "en"})
    assert inside.content == outside.content
    assert inside.headers["ETag"] == outside.headers["ETag"]


def test_a_caller_says_who_it_is_and_where_from(
    answering: Callable[[Any], list[httpx.Request]],
) -> None:
    seen = answering(lambda request: httpx.Response(200, json={"ok": True}))
    caller = Caller(
        "zh-hans", "CN", "http://shop.example", "203.0.113.9", "order-token", "session-token"
    )
    assert Api(caller).post("/orders", {"a": 1}, key="k1") == {"ok": True}
    request = seen[0]
    assert str(request.url) == "http://shop.example/api/v1/orders"
    assert request.headers["Accept-Language"] == "zh-hans"
    assert request.headers["X-Order-Token"] == "order-token"
    assert request.headers["X-Session-Token"] == "session-token"
    assert request.headers["X-Forwarded-For"] == "203.0.113.9"
    assert request.headers["Idempotency-Key"] == "k1"


def test_a_refusal_is_a_problem_with_its_code(
    answering: Callable[[Any], list[httpx.Request]],
) -> None:
    body = {
        "type": "https://forecourt.dev/problems/quote-expired",
        "title": "Quote expired",
        "status": 409,
    }
    answering(lambda request: httpx.Response(409, json=body))
    with pytest.raises(ApiProblem, match="quote-expired") as caught:
        Api(CALLER).get("/quotes/Q1")
    assert (caught.value.status, caught.value.code) == (409, "quote-expired")


@pytest.mark.parametrize(
    "answer", [httpx.Response(502, text="<html>bad gateway"), httpx.Response(500, json=["no"])]
)
def test_an_answer_that_is_no_document_still_is_a_problem(
    answering: Callable[[Any], list[httpx.Request]], answer: httpx.Response
) -> None:
    answering(lambda request: answer)
    with pytest.raises(ApiProblem) as caught:
        Api(CALLER).get("/models")
    assert caught.value.status >= 500


def test_silence_is_unreachable(answering: Callable[[Any], list[httpx.Request]]) -> None:
    answering(lambda request: httpx.ConnectError("refused"))
    with pytest.raises(ApiUnreachable):
        Api(CALLER).get("/models")


def test_an_empty_answer_is_an_empty_document(
    answering: Callable[[Any], list[httpx.Request]],
) -> None:
    answering(lambda request: httpx.Response(204))
    assert Api(CALLER).get("/nothing") == {}
    Api(CALLER).delete("/nothing")


def test_a_file_comes_with_its_type(answering: Callable[[Any], list[httpx.Request]]) -> None:
    answering(
        lambda request: httpx.Response(
            200, content=b"%PDF", headers={"Content-Type": "application/pdf"}
        )
    )
    assert Api(CALLER).bytes("/contracts/1/pdf") == (b"%PDF", "application/pdf")


def test_with_an_address_the_api_is_asked_over_http(settings: Any) -> None:
    settings.API_BASE_URL = "http://127.0.0.1:9"
    assert isinstance(api_client.transport(CALLER), httpx.HTTPTransport)
    with pytest.raises(ApiUnreachable):
        Api(CALLER).get("/models")
