"""The table from error class to status: every error of the house has a place in it."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from ninja.errors import HttpError, ValidationError

from catalog import errors as catalog
from checkout import errors as checkout
from contracts import errors as contracts
from storefront.api import errors
from storefront.api.errors import answer_for, problem, status_of, title_of


def classes(base: type[Exception]) -> list[type[Exception]]:
    found = [base]
    for kind in base.__subclasses__():
        found += classes(kind)
    return found


OURS = [
    *classes(catalog.CatalogError),
    *classes(checkout.CheckoutError),
    *classes(contracts.ContractError),
    *classes(errors.EdgeError),
]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_house_becomes_a_problem_document(kind: type[Exception]) -> None:
    response = answer_for(kind("mend this", facts={"status": "reserved name", "who": "me"}))  # type: ignore[call-arg]
    body = json.loads(response.content)
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status_code == status_of(kind)
    assert response.status_code in {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}
    assert body["type"].startswith(errors.TYPE_ROOT)
    assert body["title"]
    assert body["detail"] == "mend this"
    assert body["who"] == "me"
    assert body["facts"] == {"status": "reserved name"}


def test_codes_are_one_to_one_with_meanings() -> None:
    by_code: dict[str, set[int | None]] = {}
    for kind in OURS:
        by_code.setdefault(kind.code, set()).add(status_of(kind))  # type: ignore[attr-defined]
    assert {code: found for code, found in by_code.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (PermissionDenied(), 403),
        (RequestDataTooBig(), 413),
        (SuspiciousOperation(), 400),
        (OperationalError("gone"), 503),
        (HttpError(400, "Cannot parse request body"), 400),
        (HttpError(401, "x"), 401),
        (RuntimeError("our fault, in detail: password"), 500),
    ],
)
def test_what_others_raise_becomes_a_problem_document_too(error: Exception, status: int) -> None:
    response = answer_for(error)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert b"password" not in response.content


def test_wrong_fields_are_listed_with_their_place() -> None:
    error = ValidationError(
        [
            {"loc": ("body", "asked", "buyer", "name"), "msg": "Field required"},
            {"loc": ("query", "limit"), "msg": "not a number"},
            {"loc": ("body",), "msg": "missing"},
            {"loc": ("body", "asked"), "msg": "Field required"},
        ]
    )
    body = json.loads(answer_for(error).content)
    assert [row["field"] for row in body["errors"]] == ["buyer.name", "limit", "body", "body"]
    assert body["detail"].startswith("buyer.name: ")


def test_a_detail_with_half_a_character_is_still_an_answer() -> None:
    response = problem(code="x", status=422, title="x", detail="\ud800")
    assert b"\\ud800" in response.content


def test_a_title_is_the_first_sentence_of_the_docstring() -> None:
    assert title_of(catalog.UnknownModel) == "No model of that code"


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_a_title_speaks_of_the_matter_and_not_of_our_fields(kind: type[Exception]) -> None:
    assert "`" not in title_of(kind)
