"""Prints how many SQL statements one order of a guest takes, transaction statements included."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.orders import order_body


def post(
    client: Client,
    path: str,
    body: Mapping[str, object],
    key: str = "count",
    *,
    quote: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """JSON of a POST that must have made something; `quote` is the guest's that it is about."""
    headers = {"Idempotency-Key": key} | ({"X-Quote-Token": str(quote["token"])} if quote else {})
    answer = client.post(f"/api/v1{path}", json.dumps(body), "application/json", headers=headers)
    if answer.status_code != 201:
        raise SystemExit(f"{path}: {answer.status_code} {answer.content[:500]!r}")
    return dict(answer.json())


def main() -> None:
    """Order a configured car and two cars from stock; the dearest order with warm caches is counted."""
    django.setup()
    client = Client()
    build = post(client, "/builds", {"model": "haven", "choices": ["trim:voyage"]})
    page = client.get("/api/v1/stock", {"model": "vale"}).json()["items"]
    vins = [car["vin"] for car in page if car["status"] == "available"]
    wanted = (
        {"build": build["code"]},
        {"build": build["code"]},
        {"vin": vins[0]},
        {"vin": vins[1]},
    )
    counted = []
    for number, of in enumerate(wanted):
        quote = post(client, "/quotes", of)
        with CaptureQueriesContext(connection) as seen:
            body = order_body(quote, f"buyer{number}")
            post(client, "/orders", body, key=str(number), quote=quote)
        counted.append(len(seen))
    json.dump({"statements": max(counted[1], counted[3]), "counted": counted}, sys.stdout)


if __name__ == "__main__":
    main()
