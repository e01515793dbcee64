"""The loan of an order: apply for it, hand papers in, accept another offer, give it up; works without scripts."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.quote import order_of

Json = Mapping[str, Any]
FIELDS = ("name", "document_number", "birth_date", "income_band", "employment", "phone", "email")
LARGEST_FILE = 700_000
ANEW = frozenset({"declined", "expired", "cancelled"})
"""States after which the form is offered again."""


def loan_of(shop: Shop, code: str) -> Any:
    """The newest application and the form, for whoever this browser proves to be."""
    shop.order = code
    return shop.api.get(f"/orders/{code}/finance-application")


def bands_of(shop: Shop, form: Json) -> list[tuple[str, str]]:
    """The bands of income with their words, in the currency's own sign."""
    found = []
    currency = form["amount"]["currency"]
    for band in form["income_bands"]:
        ends = [
            shop.cash({"amount": int(end) * 100, "currency": currency})
            for end in band.rstrip("+").split("-")
        ]
        key = "loan.income.plus" if band.endswith("+") else "loan.income.range"
        found.append((band, shop.t(key, *ends)))
    return found


@page
def finance(shop: Shop, code: str) -> HttpResponse:
    """Where the loan stands, and what can be done about it; POST does it."""
    found = loan_of(shop, code)
    if shop.request.method != "POST":
        return _show(shop, code, found, {}, {})
    act = ACTIONS.get(shop.request.POST.get("do", ""))
    if act is None:
        return _show(shop, code, found, {}, {}, status=400)
    try:
        return act(shop, code, found)
    except ApiProblem as error:
        if error.status != 409:
            raise
        return _show(shop, code, loan_of(shop, code), {}, {"": shop.t("loan.changed")}, status=409)


def _show(
    shop: Shop,
    code: str,
    found: Json,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    form, application = found["form"], found["application"]
    order = order_of(shop, code)
    return shop.render(
        "finance",
        {
            "nav": "account",
            "code": code,
            "order": order,
            "loan": found,
            "application": application,
            "product": _product(order, application),
            "form": form,
            "bands": bands_of(shop, form) if form else [],
            "values": values,
            "errors": errors,
            "anew": application is not None and application["state"] in ANEW,
            "key": values.get("key") or secrets.token_urlsafe(24),
        },
        status=status,
    )


def _product(order: Json, application: Json | None) -> str:
    """The product's name where the application is for the loan of the order, else its code."""
    loan = order.get("finance") or {}
    asked = (application or {}).get("product", "")
    return str(loan["name"] if asked and loan.get("product") == asked else asked)


def _apply(shop: Shop, code: str, found: Json) -> HttpResponse:
    post = shop.request.POST
    values = {name: " ".join(post.get(name, "").split())[:254] for name in FIELDS}
    agreed = [r["receiver"] for r in (found["form"] or {"receivers": []})["receivers"]]
    consents = [{"receiver": r, "accepted": bool(post.get(f"consent-{r}"))} for r in agreed]
    body = {"applicant": values, "consents": consents}
    try:
        shop.api.post(f"/orders/{code}/finance-application", body, key=_key(shop))
    except ApiProblem as error:
        errors = _errors(shop, error)
        if not errors:
            raise
        # The kept answer of this key is the refusal: what is sent next is a new intent.
        return _show(shop, code, found, values, errors, status=422)
    return shop.go("finance", code)


def _errors(shop: Shop, error: ApiProblem) -> dict[str, str]:
    if error.code == "consent-missing":
        return {"consent": shop.t("loan.consent.need")}
    if error.code not in {"bad-applicant", "invalid-field"}:
        return {}
    fields = [each["field"].rpartition(".")[2] for each in error.facts.get("errors") or []]
    return {
        name: shop.t("loan.need.field", shop.t(f"loan.{name}")) for name in fields if name in FIELDS
    }


def _accept(shop: Shop, code: str, found: Json) -> HttpResponse:
    number = shop.request.POST.get("decision", "")
    decision = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
    body = {"accepted": True, "decision": max(1, decision)}
    shop.api.post(f"/orders/{code}/finance-application/accept", body, key=_key(shop))
    return shop.go("finance", code)


def _cancel(shop: Shop, code: str, found: Json) -> HttpResponse:
    shop.api.post(f"/orders/{code}/finance-application/cancel", {}, key=_key(shop))
    return shop.go("finance", code)


def _paper(shop: Shop, code: str, found: Json) -> HttpResponse:
    file = shop.request.FILES.get("file")
    content = file.read(LARGEST_FILE + 1) if file is not None else b""
    body = {
        "kind": shop.request.POST.get("kind", "")[:16] or "other",
        "media_type": str(getattr(file, "content_type", "") or "")[:64],
        "content": base64.b64encode(content).decode(),
    }
    refused = {"file": shop.t("loan.paper.bad")}
    if not 0 < len(content) <= LARGEST_FILE:
        return _show(shop, code, found, {}, refused, status=422)
    try:
        shop.api.post(f"/orders/{code}/finance-application/documents", body, key=_key(shop))
    except ApiProblem as error:
        if error.status != 422:
            raise
        return _show(shop, code, found, {}, refused, status=422)
    return shop.go("finance", code)


def _key(shop: Shop) -> str:
    return shop.request.POST.get("key") or secrets.token_urlsafe(24)


ACTIONS: Mapping[str, Callable[[Shop, str, Json], HttpResponse]] = {
    "apply": _apply,
    "accept": _accept,
    "cancel": _cancel,
    "paper": _paper,
}
