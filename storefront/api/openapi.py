"""The OpenAPI 3.1 document: what ninja knows, and what it does not (problem documents, languages, who may ask)."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from storefront.api.errors import PROBLEM_JSON

JSON = "application/json"
SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A browser's session; send the csrftoken cookie as X-CSRFToken when changing something.",
    },
    "sessionToken": {"type": "apiKey", "in": "header", "name": "X-Session-Token"},
    "orderToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Order-Token",
        "description": "Opens one order; given to a guest once, when the order is placed.",
    },
    "quoteToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Quote-Token",
        "description": "Opens a guest's quotes; given once, with the first quote.",
    },
}
LANGUAGE = {
    "in": "header",
    "name": "Accept-Language",
    "required": False,
    "schema": {"type": "string", "examples": ["zh-hans", "en"]},
}
CONDITION = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "New for every intent, the same for every repetition of it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
KEYED = frozenset(
    {
        "/orders",
        "/orders/{code}/lock",
        "/orders/{code}/payments",
        "/orders/{code}/amendments",
        "/orders/{code}/finance-application",
        "/orders/{code}/finance-application/documents",
        "/orders/{code}/finance-application/accept",
        "/orders/{code}/finance-application/cancel",
        "/orders/{code}/delivery/priority",
        "/orders/{code}/handover",
        "/orders/{code}/handover/cancel",
        "/orders/{code}/insurance",
        "/orders/{code}/insurance/cancel",
        "/orders/{code}/insurance/proof",
        "/contracts/{number}/acceptance",
        "/contracts/{number}/code",
        "/contracts/{number}/decline",
        "/contracts/{number}/signature",
        "/orders/{code}/contract",
        "/orders/{code}/cancellation",
        "/orders/{code}/transfers/account",
        "/orders/{code}/withdrawal",
        "/withdrawals/confirmation",
    }
)
READY = frozenset(
    {
        "/markets",
        "/models",
        "/models/{code}",
        "/models/{code}/configurator",
        "/pages",
        "/pages/{path}",
    }
)
QUOTED = frozenset({"/orders", "/quotes", "/quotes/{code}"})
"""Calls about a quote: the account or the guest it was made for; before the first quote nobody is known."""
OWN = ("/orders/", "/contracts/")
"""Calls about one order: its buyer or its token."""


class Api(NinjaAPI):
    """Ninja's API with a complete document, made once."""

    _document: OpenAPISchema | None = None

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`orders_place`: router and function, so that generated clients read well."""
        function = operation.view_func
        return f"{function.__module__.rsplit('.', 1)[-1]}_{function.__name__}"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document; made at the first call."""
        if self._document is None:
            document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
            _completed(document)
            self._document = document
        return self._document


def _completed(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = SCHEMES
    for address, operations in document["paths"].items():
        path = address.removeprefix("/api/v1")
        for method, operation in operations.items():
            operation.setdefault("parameters", []).append(LANGUAGE)
            if method == "post" and path in KEYED:
                operation["parameters"].append(KEY)
            _complete_answers(path, operation)
            _complete_security(path, operation)


def _complete_answers(path: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= 400 and JSON in response.get("content", {}):
            response["content"] = {PROBLEM_JSON: response["content"][JSON]}
    if path in READY:
        operation["parameters"].append(CONDITION)
        operation["responses"][304] = {"description": "The client has these very bytes."}
    if path.endswith("/pdf"):
        operation["responses"][200]["content"] = {"application/pdf": {}}


def _complete_security(path: str, operation: dict[str, Any]) -> None:
    if path.startswith(OWN):
        operation["security"] = [{"orderToken": []}, {"sessionToken": []}, {"session": []}]
    elif path in QUOTED:
        operation["security"] = [{"quoteToken": []}, {}, {"sessionToken": []}, {"session": []}]
