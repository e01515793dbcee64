"""The OpenAPI document is the promise: its stored copy changes only on purpose."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.test import Client

from storefront.api.app import api
from storefront.api.statuses import STATUS

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "storefront" / "api" / "openapi.json"
MEND = "manage.py export_openapi_schema --api storefront.api.app.api --indent 1 --sorted --output storefront/api/openapi.json"


def document() -> Any:
    return json.loads(json.dumps(api.get_openapi_schema()))


def test_the_stored_copy_is_what_is_served(client: Client) -> None:
    assert json.loads(STORED.read_text()) == document(), (
        f"if the promise changes on purpose: {MEND}"
    )
    assert client.get("/api/v1/openapi.json").json() == document()


def test_it_is_openapi_3_1_with_a_name_for_every_call() -> None:
    found = document()
    assert found["openapi"].startswith("3.1")
    names = [op["operationId"] for path in found["paths"].values() for op in path.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+_[a-z_]+", name) for name in names)


def test_every_call_is_described_and_every_refusal_is_a_problem_document() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}, (
                        method,
                        path,
                        status,
                    )


def test_calls_that_must_not_happen_twice_ask_for_a_key() -> None:
    found = document()["paths"]
    keyed = {
        path
        for path, operations in found.items()
        for operation in operations.values()
        if any(p["name"] == "Idempotency-Key" and p["required"] for p in operation["parameters"])
    }
    assert keyed == {
        "/api/v1/orders",
        "/api/v1/orders/{code}/amendments",
        "/api/v1/orders/{code}/cancellation",
        "/api/v1/orders/{code}/lock",
        "/api/v1/orders/{code}/payments",
        "/api/v1/orders/{code}/finance-application",
        "/api/v1/orders/{code}/finance-application/documents",
        "/api/v1/orders/{code}/finance-application/accept",
        "/api/v1/orders/{code}/finance-application/cancel",
        "/api/v1/orders/{code}/delivery/priority",
        "/api/v1/orders/{code}/handover",
        "/api/v1/orders/{code}/handover/cancel",
        "/api/v1/orders/{code}/insurance",
        "/api/v1/orders/{code}/insurance/proof",
        "/api/v1/orders/{code}/insurance/cancel",
        "/api/v1/orders/{code}/withdrawal",
        "/api/v1/contracts/{number}/acceptance",
        "/api/v1/contracts/{number}/code",
        "/api/v1/contracts/{number}/decline",
        "/api/v1/contracts/{number}/signature",
        "/api/v1/orders/{code}/contract",
        "/api/v1/orders/{code}/transfers/account",
        "/api/v1/withdrawals/confirmation",
    }


def test_the_docs_page_asks_nobody_outside_for_anything(client: Client) -> None:
    page = client.get("/api/v1/docs")
    html = page.content.decode()
    assert page.status_code == 200
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", html)
    assert '"validatorUrl": null' in html
    files = re.findall(r"/static/(ninja/[^\"']+)", html)
    assert files
    assert all(finders.find(name) for name in files)
    css = Path(str(finders.find("ninja/swagger-ui.css"))).read_text()
    assert not re.findall(r"url\([\"']?https?://", css)


def test_the_guide_names_every_status() -> None:
    guide = (ROOT / "docs" / "guide" / "api.md").read_text()
    for status in set(STATUS.values()):
        assert f"`{status}`" in guide
