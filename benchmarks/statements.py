"""Prints how many SQL statements one order of a guest takes, transaction statements included."""

from __future__ import annotations

import json
import sys

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def post(
    client: Client, path: str, body: dict[str, object], key: str = "count"
) -> dict[str, object]:
    """JSON of a POST that must have made something."""
    answer = client.post(
        f"/api/v1{path}", json.dumps(body), "application/json", headers={"Idempotency-Key": key}
    )
    if answer.status_code != 201:
        raise SystemExit(f"{path}: {answer.status_code} {answer.content[:500]!r}")
    return dict(answer.json())


def main() -> None:
    """Order a configured car twice; the second one, with warm caches, is counted."""
    django.setup()
    from benchmarks.orders import order_body

    client = Client()
    build = post(client, "/builds", {"model": "haven", "choices": ["trim:voyage"]})
    for turn in ("warm", "counted"):
        quote = post(client, "/quotes", {"build": build["code"]})
        with CaptureQueriesContext(connection) as seen:
            post(client, "/orders", order_body(quote, turn), key=turn)
    json.dump({"statements": len(seen), "sql": [q["sql"][:160] for q in seen]}, sys.stdout)


if __name__ == "__main__":
    main()
