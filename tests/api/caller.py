"""A caller of the API for tests: every answer is compared with what the OpenAPI document promises."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from storefront.api.app import api
from storefront.api.schemas.base import Problem

API = "/api/v1"
KEYS = itertools.count(1)


def _operations() -> list[tuple[re.Pattern[str], str, Any]]:
    found = []
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            full = f"{bound.prefix}{path}"
            pattern = re.compile(re.sub(r"{path:[^}]+}", ".+", re.sub(r"{[a-z_]+}", "[^/]+", full)))
            found += [
                (pattern, method, operation)
                for operation in view.operations
                for method in operation.methods
            ]
    return found


OPERATIONS = _operations()


def promised(method: str, path: str, status: int) -> Any:
    """The shape that the API promises for this answer; raises AssertionError when it promises none."""
    for pattern, known, operation in OPERATIONS:
        if known == method and pattern.fullmatch(path):
            assert status in operation.response_models, f"{method} {path} does not promise {status}"
            return operation.response_models[status]
    raise AssertionError(f"{method} {path} is not described")


@dataclass
class Caller:
    """Somebody with a language and perhaps an order's token; `send` gives the JSON of an answer."""

    language: str = "en"
    token: str = ""
    session: str = ""
    quote_token: str = ""
    http: Client = field(default_factory=Client)

    def raw(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **query: Any
    ) -> Any:
        """The response as it is; an Idempotency-Key is made up unless `key` says which (empty: none)."""
        headers = {"Accept-Language": self.language}
        if self.token:
            headers["X-Order-Token"] = self.token
        if self.quote_token:
            headers["X-Quote-Token"] = self.quote_token
        if self.session:
            headers["X-Session-Token"] = self.session
        if method == "POST" and key != "":
            headers["Idempotency-Key"] = key or f"key-{next(KEYS)}"
        if method == "GET":
            return self.http.get(API + path, query, headers=headers)
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.http.generic(method, API + path, data, "application/json", headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        key: str | None = None,
        **query: Any,
    ) -> Any:
        """The JSON of an answer of that status, in the promised shape."""
        response = self.raw(method, path, body, key=key, **query)
        assert response.status_code == status, (
            method,
            path,
            response.status_code,
            response.content[:1500],
        )
        data = json.loads(response.content)
        if status >= 400:
            assert response["Content-Type"] == "application/problem+json"
            Problem.model_validate(data)
            assert data["status"] == status
            promised(method, path, status)
        else:
            assert response["Content-Type"] == "application/json"
            assert response["Content-Language"] == self.language
            promised(method, path, status).model_validate({"response": data})
        return data

    def get(self, path: str, *, status: int = 200, **query: Any) -> Any:
        """A GET."""
        return self.send("GET", path, status=status, **query)

    def post(self, path: str, body: Any, *, status: int = 200, key: str | None = None) -> Any:
        """A POST; keeps the token of a guest's quotes."""
        found = self.send("POST", path, body, status=status, key=key)
        if path == "/quotes" and status == 201:
            self.quote_token = found["token"] = found["token"] or self.quote_token
        return found

    def build(
        self, model: str = "rill", choices: list[str] | None = None, *, market: str = "CN"
    ) -> str:
        """The code of a saved build."""
        body = {"model": model, "choices": choices or ["trim:plus"], "market": market}
        return str(self.post("/builds", body, status=201)["code"])

    def free_vin(self, model: str = "rill") -> str:
        """The VIN of a stock vehicle that nobody holds."""
        page = self.get("/stock", model=model, availability="in_stock")
        return next(str(car["vin"]) for car in page["items"] if car["status"] == "available")

    def quote(self, **asked: Any) -> Any:
        """A quote; of a fresh build when nothing is asked for."""
        return self.post("/quotes", asked or {"build": self.build()}, status=201)

    def order_body(self, quote: Any) -> dict[str, Any]:
        """What `POST /orders` needs for that quote."""
        return {
            "quote": quote["code"],
            "buyer": {
                "kind": "person",
                "name": "王小鹭",
                "email": "xiaolu@example.com",
                "address": {"country": "CN", "city": "厦门", "line": "思明区鹭江道 1 号"},
            },
            "terms": {"version": quote["terms"]["version"], "accepted": True},
            "language": self.language,
        }

    def order(self, quote: Any | None = None, *, status: int = 201, key: str | None = None) -> Any:
        """An order of that quote; keeps its token."""
        placed = self.post(
            "/orders", self.order_body(quote or self.quote()), status=status, key=key
        )
        self.token = placed.get("token", self.token)
        return placed


def code_of(problem: Any) -> str:
    """The stable name of a problem."""
    return str(problem["type"]).rsplit("/", 1)[-1]
