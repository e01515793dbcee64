"""Whatever a client sends is answered as the document promises, and never with a 500."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote as percent

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.caller import API, OPERATIONS, Caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "\ufeff",
        "' OR 1=1 --",
        "../../etc/passwd",
        "{{7*7}}",
        "trim:",
        "trim:voyage",
        "haven",
        "CN",
        "DE",
        "XX",
        "CNY",
        "EUR",
        "Q-NOPE2345",
        "L0SH11CA0VX112729",
        "R000001",
        "R999999",
        "🚗" * 50,
        "x" * 5000,
        "a:b:c",
        "%s%n",
        "1e999",
        "－１",
    ]
)
TEXTS = ODD_TEXTS | st.text(max_size=30)
NUMBERS = st.sampled_from([0, 1, -1, 2**31, 2**63, -(2**63), 10**29, 0.1, 1e308]) | st.integers()
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "model",
        "market",
        "release",
        "choices",
        "change",
        "option",
        "want",
        "budget",
        "amount",
        "currency",
        "build",
        "vin",
        "price",
        "down_payment",
        "finance",
        "product",
        "months",
        "insurance",
        "insurance_facts",
        "driver_age",
        "seats",
        "place",
        "quote",
        "buyer",
        "kind",
        "name",
        "email",
        "phone",
        "address",
        "terms",
        "version",
        "accepted",
        "language",
        "purpose",
        "method",
        "return_url",
        "pdf_sha256",
    ]
)
BODIES = st.dictionaries(NAMES | TEXTS, VALUES, max_size=8) | VALUES


def plausible(field: str) -> st.SearchStrategy[Any]:
    """Values that come further than the first check."""
    money = st.fixed_dictionaries(
        {"amount": NUMBERS, "currency": st.sampled_from(["CNY", "EUR", "KWD", "ZZZ"])}
    )
    known: dict[str, st.SearchStrategy[Any]] = {
        "model": st.sampled_from(["haven", "rill", "vale", "zeppelin"]),
        "market": st.sampled_from(["CN", "DE", "XX"]),
        "choices": st.lists(
            st.sampled_from(
                [
                    "trim:voyage",
                    "trim:calm",
                    "trim:plus",
                    "paint-lake",
                    "pkg-quiet",
                    "tow-bike",
                    "nope",
                ]
            ),
            max_size=5,
        ),
        "change": st.fixed_dictionaries(
            {"option": st.sampled_from(["paint-ink", "trim:zenith", "nope"])}
        ),
        "budget": money,
        "price": money,
        "down_payment": money,
        "vin": st.sampled_from(["L0SH11CA0VX112729", "l0sh11ca0vx112729", "X"]),
        "finance": st.fixed_dictionaries(
            {"product": st.sampled_from(["luyin-36", "nope"]), "down_payment": money}
        ),
        "insurance": st.lists(
            st.sampled_from(["cn-compulsory", "cn-damage", "de-vollkasko", "nope"]), max_size=4
        ),
        "insurance_facts": st.fixed_dictionaries({"driver_age": NUMBERS, "seats": NUMBERS}),
        "place": st.sampled_from(["xm-home", "ber-mitte", "nope"]),
    }
    return known[field] | VALUES


SHAPED = st.fixed_dictionaries(
    {"model": plausible("model"), "choices": plausible("choices")},
    optional={
        name: plausible(name)
        for name in (
            [
                "market",
                "change",
                "budget",
                "price",
                "down_payment",
                "vin",
                "finance",
                "insurance",
                "insurance_facts",
                "place",
            ]
        )
    },
)

POSTS = [
    "/configurations/evaluate",
    "/configurations/complete",
    "/builds",
    "/finance/quotes",
    "/finance/affordable",
    "/finance/cost-sheets",
    "/finance/cost-sheets/K-NOPE2345/confirmation",
    "/insurance/quotes",
    "/quotes",
    "/orders",
    "/orders/C26-NOPE2345/payments",
    "/contracts/FC-2026-K7Q2M4XW/viewed",
    "/contracts/FC-2026-K7Q2M4XW/acceptance",
    "/webhooks/sandbox",
    "/webhooks/stripe",
    "/pages",
    "/auth/app/v1/auth/code/request",
    "/auth/app/v1/auth/code/confirm",
]


def fine(response: Any) -> None:
    """JSON, below 500, and nothing of our insides."""
    assert response.status_code < 500, (response.status_code, response.content[:800])
    assert response["Content-Type"].startswith(("application/json", "application/problem+json"))
    assert b"Traceback" not in response.content
    json.loads(response.content)


def post(path: str, body: bytes) -> Any:
    caller = Caller(token="t" * 22)
    return caller.http.post(
        API + path,
        body,
        "application/json",
        headers={"Idempotency-Key": "fuzz", "X-Order-Token": caller.token},
    )


@pytest.mark.parametrize("path", POSTS)
@MANY
@given(body=BODIES)
def test_any_json_is_answered(path: str, body: Any) -> None:
    fine(post(path, json.dumps(body).encode()))


@pytest.mark.parametrize("path", POSTS[:6])
@MANY
@given(body=SHAPED)
def test_json_of_the_right_shape_with_wrong_values_is_answered(
    path: str, body: dict[str, Any]
) -> None:
    fine(post(path, json.dumps(body).encode()))
    without = {name: value for name, value in body.items() if name not in {"choices", "model"}}
    fine(post(path, json.dumps(without).encode()))


@MANY
@given(path=st.sampled_from(POSTS), body=st.binary(max_size=300))
def test_any_bytes_are_answered(path: str, body: bytes) -> None:
    fine(post(path, body))


GETS = sorted({f"{API}{p.pattern}" for p, method, _ in OPERATIONS if method == "GET"})


@MANY
@given(
    path=st.sampled_from(GETS),
    parts=st.lists(TEXTS, min_size=3, max_size=3),
    query=st.dictionaries(
        st.sampled_from(
            [
                "market",
                "model",
                "trim",
                "paint",
                "place",
                "availability",
                "price_min",
                "price_max",
                "sort",
                "limit",
                "cursor",
                "type",
            ]
        )
        | TEXTS,
        TEXTS,
        max_size=4,
    ),
    headers=st.dictionaries(
        st.sampled_from(
            [
                "Accept-Language",
                "If-None-Match",
                "X-Order-Token",
                "X-Session-Token",
                "Cookie",
                "Origin",
                "Idempotency-Key",
            ]
        ),
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
        max_size=3,
    ),
)
def test_any_address_query_and_header_is_answered(
    path: str, parts: list[str], query: dict[str, str], headers: dict[str, str]
) -> None:
    filled = path
    for part in parts:
        safe = percent(part.encode("utf-8", "surrogatepass"), safe="")
        filled = filled.replace("[^/]+", safe, 1).replace(".+", safe, 1)
    text = "&".join(
        f"{percent(k.encode('utf-8', 'surrogatepass'))}={percent(v.encode('utf-8', 'surrogatepass'))}"
        for k, v in query.items()
    )
    response = Client().generic("GET", filled, QUERY_STRING=text, headers=headers)
    if response.status_code != 304:
        fine(response)


@pytest.mark.parametrize("length", [3000, 20_000])
def test_long_addresses_are_answered(length: int) -> None:
    for path in ("/models/", "/builds/", "/stock/", "/quotes/", "/verify/", "/pages/"):
        response = Caller().raw("GET", path + "x" * length)
        assert response.status_code in {404, 422}


def test_letters_of_every_alphabet_are_digits_of_none() -> None:
    assert set(string.digits).isdisjoint("٠١٢٣")
    assert Caller().raw("GET", "/stock", limit="٣").status_code in {200, 422}
