"""The API as one object: its routers, its errors, its OpenAPI 3.1 document and its docs page."""

from __future__ import annotations

from django.http import Http404
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import Swagger

from storefront.api.errors import on_exception
from storefront.api.openapi import Api
from storefront.api.parsing import BodyParser
from storefront.api.routers import (
    amendments,
    builds,
    cancelling,
    configurations,
    contracts,
    delivery,
    finance,
    financing,
    insurance,
    locking,
    markets,
    models,
    offers,
    orders,
    pages,
    payments,
    quotes,
    signing,
    stock,
    transfers,
    verify,
    webhooks,
    withdrawals,
)

DESCRIPTION = """\
The public API of Forecourt: everything a front end needs to sell a car.

* Money is `{"amount": 23990000, "currency": "CNY"}` in integer minor units; moments are RFC 3339 in UTC.
* `market` decides currency, taxes and law; `Accept-Language: zh-hans | en` decides texts.
* Errors are RFC 9457 problem documents; nothing a client sends is answered with HTML or a 500.
* A session (cookie with CSRF, or `X-Session-Token`) or one order's `X-Order-Token` says who you are.
* Signing in is django-allauth headless under `/api/v1/auth/`, with its own document and format.
"""


def made() -> Api:
    """The API with every router; the docs page asks nobody outside for anything."""
    api = Api(
        title="Forecourt",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api",
        parser=BodyParser(),
        docs=Swagger(settings={"validatorUrl": None, "persistAuthorization": False}),
        openapi_extra={
            "info": {"license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"}},
        },
    )
    for kind in (
        Exception,
        HttpError,
        ValidationError,
        Http404,
    ):  # ninja has its own for the last three
        api.add_exception_handler(kind, on_exception)
    for prefix, router in (
        ("", markets.router),
        ("", models.router),
        ("/configurations", configurations.router),
        ("/builds", builds.router),
        ("/stock", stock.router),
        ("/finance", finance.router),
        ("", offers.router),
        ("/quotes", quotes.router),
        ("/orders", orders.router),
        ("/orders", payments.router),
        ("/orders", cancelling.router),
        ("/orders", transfers.router),
        ("/orders", amendments.router),
        ("/orders", financing.router),
        ("/orders", insurance.router),
        ("/orders", withdrawals.orders),
        ("/withdrawals", withdrawals.router),
        ("/orders", locking.router),
        ("/orders", delivery.router),
        ("", contracts.router),
        ("", signing.router),
        ("/verify", verify.router),
        ("/webhooks/lenders", financing.lenders),
        ("/webhooks/insurers", insurance.insurers),
        ("/webhooks/carriers", delivery.carriers),
        ("/webhooks", webhooks.router),
        ("/pages", pages.router),
    ):
        api.add_router(prefix, router)
    return api


api = made()
