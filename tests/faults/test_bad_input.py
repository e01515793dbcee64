"""The bad input that a shop must expect: each gets the clear error of the API and changes nothing.

"Nothing" is checked on every table: what rows there are, and what they say.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from checkout.gateways.sandbox import SandboxWorld
from kernel.jobs import run_until_idle
from tests.api.caller import API, Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

ROOT = Path(__file__).resolve().parents[2]


def rows() -> dict[str, str]:
    """Every table of the database with its number of rows and a fingerprint of them."""
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.app_label != "wagtailsearch"
    }
    tables -= {table for table in tables if table.endswith("idempotencyrecord")}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            lines = sorted(repr(row) for row in cursor.fetchall())
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
            found[table] = f"{len(lines)} rows, {digest}"
    return found


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fails when a row of any table appeared, went or changed meanwhile."""
    before = rows()
    yield
    after = rows()
    changed = {name: (was, after[name]) for name, was in before.items() if after[name] != was}
    assert not changed


@pytest.fixture
def caller() -> Caller:
    return Caller("zh-hans")


PAYMENT = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}


# ---- Configuring ----


@pytest.mark.parametrize(
    "path", ["/configurations/evaluate", "/configurations/complete", "/builds"]
)
def test_an_unknown_option_is_named(caller: Caller, path: str) -> None:
    body = {"model": "haven", "choices": ["trim:voyage", "flux-capacitor"]}
    with nothing_changes():
        refused = caller.post(path, body, status=422)
    assert code_of(refused) == "unknown-option"
    assert "flux-capacitor" in refused["detail"]


def test_a_build_that_cannot_be_built_says_why_and_is_not_saved(caller: Caller) -> None:
    drawn = caller.get("/models/haven/configurator")
    state = caller.post(
        "/configurations/evaluate", {"model": "haven", "choices": drawn["default_choices"]}
    )
    blocked = next(c for c, s in state["statuses"].items() if s["status"] == "unavailable")
    body = {"model": "haven", "choices": [*state["choices"], blocked]}
    with nothing_changes():
        refused = caller.post("/builds", body, status=422)
    assert code_of(refused) == "not-buildable"
    assert refused["violations"]


def test_an_unknown_model_and_an_unknown_build_are_not_there(caller: Caller) -> None:
    with nothing_changes():
        assert code_of(caller.post("/builds", {"model": "zeppelin", "choices": []}, status=404))
        assert code_of(caller.post("/quotes", {"build": "NOPE2345"}, status=404))


# ---- Quoting ----


def test_a_sum_in_a_currency_of_another_market_is_refused(caller: Caller) -> None:
    euros = {"amount": 10_000_000, "currency": "EUR"}
    build = caller.build("haven", ["trim:voyage"])
    quoted = {"build": build, "finance": {"product": "luyin-36", "down_payment": euros}}
    with nothing_changes():
        for path, body in (
            ("/quotes", quoted),
            ("/finance/quotes", {"build": build, "down_payment": euros}),
            ("/finance/quotes", {"model": "haven", "price": euros}),
            ("/configurations/complete", {"model": "haven", "choices": [], "budget": euros}),
        ):
            refused = caller.post(path, body, status=422)
            assert "currency" in refused["detail"] or "EUR" in refused["detail"], refused


# ---- Ordering ----


def test_an_expired_quote_is_refused_with_its_difference(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = caller.order_body(caller.quote(vin=caller.free_vin()))
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr("storefront.api.routers.orders.timezone.now", lambda: later)
    with nothing_changes():
        refused = caller.post("/orders", body, status=409)
    assert code_of(refused) == "quote-expired"
    assert refused["difference"] is not None


def test_a_vehicle_that_somebody_holds_stays_with_them(caller: Caller) -> None:
    vin = caller.free_vin()
    rival = Caller()
    mine, theirs = caller.quote(vin=vin), rival.quote(vin=vin)
    caller.order(mine)
    body = rival.order_body(theirs)
    with nothing_changes():
        refused = rival.post("/orders", body, status=409)
    assert code_of(refused) == "vehicle-not-available"
    assert rival.get(f"/quotes/{theirs['code']}")["state"] == "open"


def test_an_order_sent_again_is_answered_alike_and_one_with_another_body_is_refused(
    caller: Caller,
) -> None:
    body = caller.order_body(caller.quote())
    first = caller.raw("POST", "/orders", body, key="one-intent")
    with nothing_changes():
        again = caller.raw("POST", "/orders", body, key="one-intent")
        assert again.content == first.content
        assert again["Idempotency-Replayed"] == "true"
        other = {**body, "buyer": {**body["buyer"], "name": "李晚舟"}}
        refused = caller.post("/orders", other, key="one-intent", status=422)
        assert code_of(refused) == "idempotency-key-reused"
        assert code_of(caller.post("/orders", body, key="", status=422))


def test_terms_that_were_not_accepted_make_no_order(caller: Caller) -> None:
    body = caller.order_body(caller.quote(vin=caller.free_vin()))
    with nothing_changes():
        for terms in ({"version": body["terms"]["version"], "accepted": False},
                      {"version": "of-last-year", "accepted": True}):  # fmt: skip
            refused = caller.post("/orders", {**body, "terms": terms}, status=422)
            assert code_of(refused) == "terms-not-accepted"


# ---- Paying ----


@pytest.fixture
def awaiting(caller: Caller) -> tuple[str, str]:
    """An order whose deposit was started: its code and the vendor's name of the payment."""
    order = caller.order()["order"]["code"]
    step = caller.post(f"/orders/{order}/payments", PAYMENT, status=201)
    run_until_idle(raise_errors=True)
    return order, step["redirect_url"].split("/sandbox/pay/")[1].split("?")[0]


def deliver(body: bytes, headers: dict[str, str]) -> Any:
    return Caller().http.post(f"{API}/webhooks/sandbox", body, "application/json", headers=headers)


@pytest.mark.parametrize("what", ["body", "signature", "no signature", "other door", "not json"])
def test_a_tampered_message_of_the_vendor_is_refused(awaiting: tuple[str, str], what: str) -> None:
    message = SandboxWorld(Path(django_settings.SANDBOX_DIR)).message(awaiting[1])
    body, headers = message.body, dict(message.headers)
    name = next(header for header in headers if "ignature" in header)
    path, status = "sandbox", 400
    if what == "body":
        body = body.replace(b'"livemode": false', b'"livemode": true')
    elif what == "signature":
        headers[name] = headers[name][:-2] + "00"
    elif what == "no signature":
        del headers[name]
    elif what == "not json":
        body = b"{"
    else:
        path, status = "stripe", 404
    with nothing_changes():
        answer = Caller().http.post(
            f"{API}/webhooks/{path}", body, "application/json", headers=headers
        )
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"


def test_a_declined_payment_takes_nothing_and_leaves_the_order_waiting(
    caller: Caller, awaiting: tuple[str, str]
) -> None:
    order, payment = awaiting
    message = SandboxWorld(Path(django_settings.SANDBOX_DIR)).decline(payment)
    before = rows()
    assert deliver(message.body, dict(message.headers)).status_code == 200
    run_until_idle(raise_errors=True)
    truth = caller.get(f"/orders/{order}")
    assert truth["state"] == "awaiting_deposit"
    assert truth["money"]["paid"]["amount"] == 0
    assert [each["state"] for each in truth["payments"]] == ["failed"]
    after = rows()
    untouched = {t for t in before if t.startswith(("checkout_ledger", "contracts_", "catalog_"))}
    assert len(untouched) > 8
    assert {t: after[t] for t in untouched} == {t: before[t] for t in untouched}


def test_money_that_is_not_asked_for_cannot_be_paid(
    caller: Caller, awaiting: tuple[str, str]
) -> None:
    order, _ = awaiting
    with nothing_changes():
        body = {**PAYMENT, "purpose": "balance"}
        refused = caller.post(f"/orders/{order}/payments", body, status=409)
    assert code_of(refused) == "payment-not-possible"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "javascript:alert(1)",
        "//evil.example/",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "http://testserver:81/",
        "https://testserver/",
        "http:///evil.example",
        "http://evil.example\\@testserver/",
        "http://[::1",
        "data:text/html,x",
    ],
)
def test_a_buyer_is_sent_back_to_a_shop_of_ours_only(caller: Caller, address: str) -> None:
    order = caller.order()["order"]["code"]
    with nothing_changes():
        body = {**PAYMENT, "return_url": address}
        refused = caller.post(f"/orders/{order}/payments", body, status=422)
    assert refused["errors"][0]["field"] == "return_url"


def test_a_shop_named_in_the_settings_may_be_returned_to(caller: Caller, settings: Any) -> None:
    settings.API_CORS_ORIGINS = ["https://shop.example"]
    settings.WAGTAILADMIN_BASE_URL = "https://store.example"
    order = caller.order()["order"]["code"]
    for address in (
        "https://shop.example/back?a=1",
        "https://store.example",
        "http://testserver/x",
    ):
        body = {**PAYMENT, "return_url": address}
        assert caller.post(f"/orders/{order}/payments", body, status=201)


# ---- Bodies ----

POSTS = [
    "/configurations/evaluate",
    "/configurations/complete",
    "/builds",
    "/finance/quotes",
    "/insurance/quotes",
    "/quotes",
    "/orders",
    "/orders/C26-NOPE2345/payments",
    "/contracts/FC-2026-K7Q2M4XW/acceptance",
]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"nul", b"\xff\xfe", b'{"a": NaN}', b'{"a":1}x']
)
def test_a_body_that_is_no_json_object_is_refused(path: str, body: bytes) -> None:
    caller = Caller(token="t" * 22)
    with nothing_changes():
        answer = caller.raw("POST", path, body)
    assert answer.status_code in {400, 404, 422}
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", [*POSTS, "/webhooks/sandbox"])
def test_a_body_of_more_than_a_megabyte_is_not_read(path: str) -> None:
    caller = Caller(token="t" * 22)
    body = json.dumps({"model": "haven", "choices": [], "padding": "x" * 1_000_001}).encode()
    with nothing_changes():
        answer = caller.raw("POST", path, body)
    assert answer.status_code == 413
    assert code_of(answer.json()) == "body-too-large"


# ---- Importing ----


def test_a_fault_in_row_700_of_an_import_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(ROOT / "storefront" / "demo" / "catalogue", folder)
    stock = folder / "stock.csv"
    lines = stock.read_text(encoding="utf-8").splitlines()
    fault = lines[699].split(",")
    fault[lines[0].split(",").index("vin")] = "NOT-A-VIN"
    lines[699] = ",".join(fault)
    stock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = StringIO()
    with nothing_changes(), pytest.raises(CommandError):
        call_command("import_catalogue", str(folder), stdout=told, stderr=told)
    assert "stock.csv:700" in told.getvalue()
    assert "NOT-A-VIN" in told.getvalue()
