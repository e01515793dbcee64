"""Figures of the public API: reads against bare views, orders under contention, evaluate, memory.

Reads are compared by the server's CPU time a request, in interleaved rounds of one run, through the same process
and middleware: requests a second of a busy core, which a noisy neighbour does not change.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.orders import order_body
from benchmarks.report import Row
from benchmarks.server import ROOT, Shop, running_shop

ROUNDS = 7
REQUESTS = 1_500
EVALUATIONS = 300
CLIENTS = 32
CARS = 8


def rows() -> list[Row]:
    """Every figure of the group."""
    with running_shop() as shop:
        found = [*read_rows(shop), evaluate_row(shop)]
        found.append(Row("api.web_rss_mb", shop.rss_mb(), "MB", "<= 320"))
    with running_shop(workers=2, threads=4) as shop:
        return [*found, *order_rows(shop)]


def keep_alive(shop: Shop, path: str, headers: str, count: int) -> None:
    """Ask `count` times over one connection; the client does next to nothing, so the server is measured."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()
    with socket.create_connection(("127.0.0.1", shop.port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = wire.makefile("rb")
        for _ in range(count):
            wire.sendall(request)
            length, line = 0, reader.readline()
            while line != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = reader.readline()
            reader.read(length)


def cpu_per_request(shop: Shop, path: str, headers: str = "") -> float:
    """Server CPU seconds for one request of this kind."""
    before = shop.cpu_seconds()
    keep_alive(shop, path, headers, REQUESTS)
    return (shop.cpu_seconds() - before) / REQUESTS


def read_rows(shop: Shop) -> list[Row]:
    """Ready bytes against the bare 8 KB view, and 304 against the bare hello view."""
    detail = "/api/v1/models/haven"
    answer = httpx.get(f"http://127.0.0.1:{shop.port}{detail}")
    answer.raise_for_status()
    condition = f"If-None-Match: {answer.headers['etag']}\r\n"
    cases = {
        "detail": (detail, ""),
        "bare_8k": ("/api/v1/bare-8k", ""),
        "not_modified": (detail, condition),
        "bare_hello": ("/api/v1/bare-hello", ""),
    }
    for path, headers in cases.values():
        keep_alive(shop, path, headers, 200)
    spent: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (path, headers) in cases.items():
            spent[name].append(cpu_per_request(shop, path, headers))
    middle = {name: statistics.median(times) for name, times in spent.items()}
    return [
        Row("api.model_detail.vs_bare_8k", middle["bare_8k"] / middle["detail"], "ratio", ">= 1.0"),
        Row(
            "api.not_modified.vs_bare_hello",
            middle["bare_hello"] / middle["not_modified"],
            "ratio",
            ">= 0.9",
        ),
    ]


def evaluate_row(shop: Shop) -> Row:
    """99th percentile of a click over HTTP, one sequential client, choices growing as a buyer's would."""
    with httpx.Client(base_url=shop.base, timeout=30) as client:
        model = client.get("/models/haven/configurator").json()
        options = [o["code"] for g in model["groups"] for o in g["options"]]
        choices = model["default_choices"]
        times = []
        for turn in range(EVALUATIONS + 20):
            body = {"model": "haven", "choices": choices,
                    "change": {"option": options[turn * 7 % len(options)], "want": True}}  # fmt: skip
            began = time.perf_counter()
            answer = client.post("/configurations/evaluate", json=body)
            times.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            choices = answer.json()["choices"] if turn % 12 else model["default_choices"]
    return Row("api.evaluate.p99_ms", statistics.quantiles(times[20:], n=100)[98], "ms", "<= 15")


def order_rows(shop: Shop) -> list[Row]:
    """What 32 clients do to a handful of cars, and how many statements one order takes."""
    client = httpx.Client(base_url=shop.base, timeout=60)
    cars = client.get("/stock", params={"model": "rill"}).json()["items"]
    vins = [car["vin"] for car in cars if car["status"] == "available"][:CARS]
    quotes = []
    for number in range(CLIENTS * 4):
        answer = client.post("/quotes", json={"vin": vins[number % len(vins)]})
        answer.raise_for_status()
        quotes.append(answer.json())
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda item: place(shop, item[1], item[0]), enumerate(quotes)))
    placed = [answer for answer in answers if answer.status_code == 201]
    held = {answer.json()["order"]["document"]["car"]["vin"] for answer in placed}
    errors = [answer for answer in answers if answer.status_code >= 500]
    return [
        Row("api.order.sql_statements", statements(shop), "statements", "<= 25"),
        Row(
            "api.order.race_oversold",
            len(placed) - len(held) + len(vins) - len(held),
            "orders",
            "= 0",
        ),
        Row("api.order.race_5xx", len(errors), "answers", "= 0"),
    ]


def statements(shop: Shop) -> int:
    """SQL statements of one order, counted in a process of its own on the same database."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.statements"],
        env=shop.environment,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return int(json.loads(done.stdout)["statements"])


def place(shop: Shop, quote: dict[str, Any], number: int) -> httpx.Response:
    """Order `quote` as a guest."""
    return httpx.post(
        f"{shop.base}/orders",
        json=order_body(quote, f"racer{number}"),
        headers={"Idempotency-Key": f"race-{number}", "X-Quote-Token": quote["token"]},
        timeout=60,
    )
