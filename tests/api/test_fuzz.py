"""Requests that were right and had one thing changed, to every route that takes a body: never a 500.

`test_anything_may_be_sent.py` throws anything at the door. Here the caller owns an order and a contract,
so that what is sent comes as far as the services and the tables.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from random import Random
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from checkout.models.credit import CreditSheet
from contracts.domain.consent import VERSION
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from storefront.api.app import api
from tests.api.caller import API, Caller
from tests.factories.lenders import APPLICANT
from tests.factories.withdrawn import bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop"), pytest.mark.prove]
TRIES = 600 if os.environ.get("FORECOURT_PROVE") == "1" else 40
PAYMENT = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**13, 10**13 + 1, 2**63 - 1, 2**63, -(2**63), 10**29, 0.1, -0.0, 1e308,
    "", " ", "0", "null", "x" * 65, "x" * 5000, "\t", "a\nb", "\u0085", "\u2028", "\ufeff", "\ufffd", "\u202e王小鹭",
    "e\u0301" * 40, "ﷺ" * 30, "🚗" * 40, "👩‍👩‍👧‍👦", "𝔘𝔫𝔦", "İ", "ß" * 200, "①②③", "٣٤٥", "１２３", "١@٢.٣", "a@b.c\r\nBcc: d@e.f",
    "'; DROP TABLE checkout_order; --", "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd", "<script>alert(1)</script>",
    "%00", "%s%n", "CN\u200b", "cn", "haven ", "trim:", "trim:voyage:voyage", ":", "-", "--", ".", "C26-", "FC-2026-",
    [], [None], [[]], ["trim:voyage"] * 300, ["trim:voyage"] * 301, {}, {"": ""}, {"$ne": None}, {"__proto__": {"a": 1}},
    {"amount": 1, "currency": "CNY"}, {"amount": "1", "currency": "CNY"}, {"amount": 1.0, "currency": "cny"},
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the value itself included."""
    yield at
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*at, key))


def changed(body: Any, chance: Random) -> Any:
    """The body with one to three things replaced, removed, doubled or renamed."""
    found = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.choice([place for place in places(found) if place] or [()])
        if not at:
            return chance.choice(ODD)
        holder = found
        for key in at[:-1]:
            holder = holder[key]
        what = chance.random()
        if what < 0.7:
            holder[at[-1]] = copy.deepcopy(chance.choice(ODD))
        elif what < 0.85 or isinstance(holder, list):
            del holder[at[-1]]
        else:
            holder[f"{at[-1]}_"] = holder.pop(at[-1])
    return found


class Shop:
    """A buyer with a build, a quote, an unpaid and a paid order, and a contract."""

    def __init__(self) -> None:
        self.caller = Caller()
        self.build = self.caller.build("haven", ["trim:voyage"])
        self.unpaid = Caller()
        self.waiting = self.unpaid.order()["order"]["code"]

    @cached_property
    def paid(self) -> str:
        """The code of an order whose deposit is paid."""
        order = str(self.caller.order()["order"]["code"])
        page = self.caller.post(f"/orders/{order}/payments", PAYMENT, status=201)["redirect_url"]
        self.caller.http.post(page.removeprefix("http://testserver"), {"result": "succeed"})
        run_until_idle()
        return order

    @cached_property
    def contract(self) -> Any:
        """The contract of a paid order."""
        return self.caller.get(f"/orders/{self.paid}/contract")

    @cached_property
    def sheet(self) -> Any:
        """The sheet of a quote with a loan, shown long enough to be confirmed."""
        money = {"amount": 15_000_000, "currency": "CNY"}
        loan = {"product": "luyin-36", "down_payment": money}
        quote = self.caller.quote(build=self.build, finance=loan)
        sheet = self.caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=201)
        minute = timedelta(minutes=1)
        CreditSheet.objects.update(
            issued_at=F("issued_at") - minute, readable_at=F("readable_at") - minute
        )
        return sheet

    @cached_property
    def german(self) -> tuple[str, Caller]:
        """The code of a paid order of Germany, which may be withdrawn from, and its buyer."""
        order = bought(now=timezone.now() - timedelta(minutes=5))
        order.token_digest = token_digest("erika")
        order.save()
        return order.code, Caller("en", token="erika")

    def ending(self, route: str) -> dict[str, tuple[Caller, str, Any]]:
        """The calls that end an unpaid order, or withdraw from a paid one."""
        if "cancel" not in route and "/withdrawal" not in route:
            return {}
        who = {"name": "Erika Muster", "contact": "erika@example.com"}
        cancelled = f"/orders/{self.waiting}/cancellation"
        yes = {"reason": "price", "fingerprint": "0" * 64, "confirm": True}
        code, buyer = self.german if "/withdrawal" in route else ("", self.caller)
        own = f"/orders/{code}/withdrawal"
        step = buyer.post(f"{own}/preview", {}) if code else {"statement": "", "fingerprint": ""}
        said = {"statement": step["statement"], "fingerprint": step["fingerprint"]}
        return {
            "/orders/{code}/cancellation/preview": (self.unpaid, f"{cancelled}/preview", {"reason": "price"}),
            "/orders/{code}/cancellation": (self.unpaid, cancelled, yes),
            "/orders/{code}/withdrawal/preview": (buyer, f"{own}/preview", who),
            "/orders/{code}/withdrawal": (buyer, own, said),
            "/withdrawals": (Caller(), "", {"order": code, **who}),
            "/withdrawals/confirmation": (Caller(), "", said),
        }  # fmt: skip

    def amending(self, route: str) -> dict[str, tuple[Caller, str, Any]]:
        """The calls that change a paid order."""
        if "/amendments" not in route:
            return {}
        wishes = {
            "choices": ["trim:plus"], "model": "rill", "extras": [{"code": "care-plus", "wanted": True}],
            "insurance": ["cn-compulsory"], "insurance_facts": {"driver_age": 35}, "delivery": {"place": "sh-jiading"},
            "finance": {"product": "luyin-36", "months": 36, "down_payment": {"amount": 3_000_000, "currency": "CNY"}},
            "buyer_address": {"city": "厦门", "line": "鹭江道 2 号"},
        }  # fmt: skip
        path, order = "/orders/{code}/amendments", f"/orders/{self.paid}/amendments"
        read = {"cost_sheet": "K-NOSUCH99", "fingerprint": "0" * 64}
        return {
            f"{path}/preview": (self.caller, f"{order}/preview", wishes),
            path: (self.caller, order, {**wishes, "fingerprint": "0" * 64}),
            f"{path}/cost-sheet": (self.caller, f"{order}/cost-sheet", wishes),
            f"{path}/cost-sheet/confirmation": (self.caller, f"{order}/cost-sheet/confirmation", read),
        }  # fmt: skip

    def right(self, route: str) -> tuple[Caller, str, Any]:
        """Who sends what to which address, so that it would be accepted."""
        car = {"market": "CN", "model": "haven", "choices": ["trim:voyage", "paint-clearing"]}
        money = {"amount": 15_000_000, "currency": "CNY"}
        facts = {"driver_age": 35, "no_claims_class": None, "seats": 5}
        asked = {"market": "CN", "build": self.build, "down_payment": money}
        quote = {
            "market": "CN", "build": self.build, "place": "xm-home", "insurance": ["cn-compulsory", "cn-damage"],
            "insurance_facts": facts, "finance": {"product": "luyin-36", "months": 36, "down_payment": money},
        }  # fmt: skip
        contract = self.contract if "contracts" in route else {"number": "", "pdf_sha256": ""}
        digest = {"accepted": True, "pdf_sha256": contract["pdf_sha256"]}
        mine = f"/orders/{self.waiting}"
        bodies: dict[str, tuple[Caller, str, Any]] = {
            "/configurations/evaluate": (self.caller, "", {**car, "change": {"option": "pkg-quiet", "want": True}}),
            "/configurations/complete": (self.caller, "", {**car, "budget": {**money, "amount": 45_000_000}}),
            "/builds": (self.caller, "", car),
            "/builds/compare": (self.caller, "", {"builds": [{"build": self.build}, car], "under": "own"}),
            "/finance/quotes": (self.caller, "", {**asked, "months": 36, "schedule": True}),
            "/finance/affordable": (self.caller, "", {"model": "haven", "monthly": {**money, "amount": 600_000}}),
            "/finance/cost-sheets": (self.caller, "", {"quote": self.sheet["quote"]}),
            "/finance/cost-sheets/{code}/confirmation": (
                self.caller, f"/finance/cost-sheets/{self.sheet['code']}/confirmation",
                {"fingerprint": self.sheet["fingerprint"], "accepted": True},
            ),
            "/insurance/quotes": (self.caller, "", {"build": self.build, "insurance_facts": facts}),
            "/quotes": (self.caller, "", quote),
            "/orders": (Caller(), "", None),
            "/orders/{code}/payments": (self.unpaid, f"/orders/{self.waiting}/payments", PAYMENT),
            "/contracts/{number}/viewed": (self.caller, f"/contracts/{contract['number']}/viewed", {}),
            "/contracts/{number}/acceptance": (
                self.caller, f"/contracts/{contract['number']}/acceptance", digest,
            ),
            "/contracts/{number}/code": (
                self.caller, f"/contracts/{contract['number']}/code", {"channel": "mail"},
            ),
            "/contracts/{number}/signature": (
                self.caller, f"/contracts/{contract['number']}/signature",
                {
                    "pdf_sha256": contract["pdf_sha256"], "code": "123456", "consent_version": VERSION,
                    "name": "王小鹭", "capacity": "", "drawn_name": "",
                },
            ),
            "/contracts/{number}/decline": (
                self.caller, f"/contracts/{contract['number']}/decline", {"reason": "too dear"},
            ),
            "/orders/{code}/contract": (self.unpaid, f"{mine}/contract", {}),
            "/orders/{code}/payments/{payment}/check": (
                self.unpaid, f"{mine}/payments/PAY00001/check", {},
            ),
            "/orders/{code}/transfers/account": (
                self.unpaid, f"{mine}/transfers/account",
                {"holder": "王小鹭", "account": "DE89370400440532013000", "bank": "Bank"},
            ),
            "/verify": (Caller(), "", {"file": "%PDF-1.7"}),
            "/orders/{code}/finance-application": (
                self.unpaid, f"{mine}/finance-application",
                {"applicant": APPLICANT, "consents": [{"receiver": "luyin", "accepted": True}]},
            ),
            "/orders/{code}/finance-application/accept": (
                self.unpaid, f"{mine}/finance-application/accept", {"accepted": True, "decision": 1},
            ),
            "/orders/{code}/finance-application/cancel": (
                self.unpaid, f"{mine}/finance-application/cancel", {},
            ),
            "/orders/{code}/finance-application/documents": (
                self.unpaid, f"{mine}/finance-application/documents",
                {"kind": "income", "media_type": "application/pdf", "content": "JVBERi0xLjcgcGF5c2xpcA=="},
            ),
            "/orders/{code}/delivery/priority": (
                self.unpaid, f"{mine}/delivery/priority", {"wanted": True},
            ),
            "/orders/{code}/handover": (
                self.unpaid, f"{mine}/handover",
                {
                    "starts_at": "2026-12-12T01:30:00Z", "wishes": ["charged"], "note": "by the door",
                    "home": {"city": "Xiamen", "street": "7 Harbour View", "contact": "Li", "phone": "13800138000"},
                },
            ),
            "/orders/{code}/handover/cancel": (self.unpaid, f"{mine}/handover/cancel", {}),
            "/orders/{code}/insurance": (
                self.unpaid, f"{mine}/insurance",
                {
                    "insurer": "qinghe", "products": ["cn-compulsory"], "driver": {"age": 35}, "start_on": "2027-01-01",
                    "consents": [{"receiver": "qinghe", "accepted": True}],
                },
            ),
            "/orders/{code}/insurance/cancel": (self.unpaid, f"{mine}/insurance/cancel", {}),
            "/orders/{code}/insurance/proof": (
                self.unpaid, f"{mine}/insurance/proof", {"insurer": "Elsewhere", "number": "PDAA2026"},
            ),
            "/orders/{code}/lock": (
                self.unpaid, f"{mine}/lock", {"fingerprint": "0" * 64, "confirm": True},
            ),
            "/webhooks/carriers/{carrier}": (
                self.caller, "/webhooks/carriers/luxing", {"id": "evt_1", "type": "transport.departed", "transport": "tr_1"},
            ),
            **self.ending(route),
            **self.amending(route),
            "/webhooks/insurers/{insurer}": (
                self.caller, "/webhooks/insurers/qinghe", {"id": "evt_1", "policy": "ref-1", "state": "bound"},
            ),
            "/webhooks/lenders/{lender}": (
                self.caller, "/webhooks/lenders/luyin", {"id": "evt_1", "application": "ref-1", "number": 1},
            ),
            "/webhooks/{provider}": (
                self.caller, "/webhooks/sandbox",
                {"id": "evt_1", "type": "payment.succeeded", "livemode": False, "data": {"payment": "sbx_1"}},
            ),
        }  # fmt: skip
        who, path, body = bodies[route]
        if route == "/orders":
            body = who.order_body(who.quote())
            body["buyer"] |= {
                "phone": "+8613800138000",
                "document": {"kind": "id-card", "number": "350203199001011234"},
            }
        return who, path or route, body


ROUTES = sorted(
    path.removeprefix(API)
    for path, calls in api.get_openapi_schema()["paths"].items()
    if "post" in calls
)


def fine(response: Any) -> None:
    """JSON below 500; a problem document with its status when it is a refusal; nothing of our insides."""
    assert response.status_code < 500, (response.status_code, response.content[:800])
    told = json.loads(response.content)
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert told["status"] == response.status_code
        assert told["type"].startswith("https://forecourt.dev/problems/")
        assert told["detail"]
    for inside in (b"Traceback", b"site-packages", b"checkout_order", b"SELECT "):
        assert inside not in response.content or inside in (response.wsgi_request.body or b"")


@pytest.mark.parametrize("route", ROUTES)
def test_a_right_request_with_something_changed_is_answered(route: str) -> None:
    shop, chance = Shop(), Random(f"1 {route}")
    who, path, body = shop.right(route)
    for _ in range(TRIES):
        if route == "/orders" and chance.random() < 0.3:  # the last one may have become an order
            who, path, body = shop.right(route)
        sent = changed(body, chance)
        fine(who.raw("POST", path, json.dumps(sent).encode()))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Length": "-1"},
        {"Content-Length": "99999999999999999999"},
        {"Content-Encoding": "gzip"},
        {"Accept-Language": "x" * 3000},
        {"Accept-Language": "zh-hans;q=nan,en;q=1e999,*;q="},
        {"Accept": "text/html"},
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": "\u00fc"},
        {"Idempotency-Key": "' OR 1=1 --"},
        {"X-Order-Token": "\u00fc"},
        {"X-Order-Token": "t" * 201},
        {"X-Session-Token": "../../x"},
        {"X-Session-Token": "\u00fc" * 10},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-For": "<script>, 1.2.3.4, ::1, %00"},
        {"X-Forwarded-Host": "evil.example"},
        {"Origin": "null"},
        {"Cookie": "sessionid=../../x; csrftoken=\u00fc"},
        {"If-None-Match": '"' * 999},
    ],
)
def test_odd_headers_are_answered(route: str, headers: dict[str, str]) -> None:
    path = route.format(
        code="C26-NOPE2345",
        number="FC-2026-K7Q2M4XW",
        provider="sandbox",
        carrier="luxing",
        insurer="qinghe",
        lender="luyin",
        payment="PAY00001",
    )
    sent = {"Idempotency-Key": "odd", "X-Order-Token": "t" * 22, **headers}
    kind = sent.pop("Content-Type", "application/json")
    named: dict[str, Any] = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items()
    }
    if "HTTP_CONTENT_LENGTH" in named:
        named["CONTENT_LENGTH"] = named.pop("HTTP_CONTENT_LENGTH")
    fine(Caller().http.generic("POST", f"{API}{path}", b'{"model": "haven"}', kind, **named))
