"""Today's prices in memory: what is kept, when the database is asked, and an offer whose quota runs out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.domain.incentives import Buyer, read_incentives
from catalog.queries import pricing
from catalog.queries.configuring import car_facts, shop
from catalog.queries.on_sale import on_sale
from catalog.queries.pricing import next_change, quota_matters, quotas_used
from catalog.queries.stock import StockFilters, search_stock, vehicle
from storefront.api.catalogue_documents import models_document
from storefront.api.ready import written
from tests.factories.shelf import NOON, forget, put_on_sale, stock_vehicle

pytestmark = pytest.mark.django_db
OFFER = {
    "code": "first-hundred",
    "kind": "price_bonus",
    "market": "CN",
    "models": {"haven": 500_000},
    "quota": 100,
    "from": "2026-11-10",
    "until": "2026-12-01",
    "stack": True,
    "name": {"zh-hans": "前一百台", "en": "First hundred"},
}


@pytest.fixture(autouse=True)
def _forget(settings: Any) -> Any:
    settings.RELEASE_POLL_SECONDS = 60.0
    forget()
    yield
    forget()


def limited(document: dict[str, Any]) -> None:
    document["incentives"].append(OFFER)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How much of the offer is used: a test changes it."""
    count = {"first-hundred": 99}
    monkeypatch.setattr(pricing, "taken", lambda catalogue, market: dict(count))
    monkeypatch.setattr(pricing, "POLL_SECONDS", 0.0)
    return count


def total(**asked: Any) -> int:
    return car_facts(
        model="haven", market="CN", choices=["trim:voyage"], now=NOON, **asked
    ).sheet.total.minor


def test_a_price_needs_no_sql_where_no_quota_decides_it() -> None:
    put_on_sale()
    total()
    with CaptureQueriesContext(connection) as told:
        assert total() == 35_980_000
    assert [query["sql"] for query in told] == []


def test_parts_that_no_car_changes_are_kept_until_the_day_or_the_book_changes() -> None:
    put_on_sale()
    first = shop(model="haven", market="CN", now=NOON).pricer
    assert shop(model="haven", market="CN", now=NOON + timedelta(hours=1)).pricer is first
    tomorrow = shop(model="haven", market="CN", now=NOON + timedelta(days=1)).pricer
    assert tomorrow is not first
    assert tomorrow.prices is first.prices
    assert shop(model="haven", market="DE", now=NOON).pricer is not first
    somebody = shop(model="haven", market="CN", now=NOON, buyer=Buyer(product="luyin-24")).pricer
    assert somebody is not tomorrow


def test_an_offer_ends_everywhere_with_the_last_of_its_quota(used: dict[str, int]) -> None:
    put_on_sale(limited)
    shelf = on_sale()
    vin = stock_vehicle(("trim:voyage",))

    def everywhere() -> set[int]:
        body = written(
            shelf, "models", "", "CN", "en", at=NOON.timestamp(), make=models_document
        ).body
        listed = search_stock(market="CN", filters=StockFilters(), now=NOON).items
        haven = next(one for one in json.loads(body)["items"] if one["code"] == "haven")
        voyage = next(one for one in haven["trims"] if one["code"] == "voyage")
        return {
            voyage["price"]["amount"],
            total(),
            vehicle(vin, NOON).total.minor,
            *(car.total.minor for car in listed),
        }

    assert everywhere() == {35_480_000}
    used["first-hundred"] = 100
    assert everywhere() == {35_980_000}
    used["first-hundred"] = 99
    assert everywhere() == {35_480_000}


def test_a_quota_is_looked_at_once_an_interval_and_afresh_for_a_known_buyer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_on_sale(limited)
    asked: list[str] = []

    def taken(catalogue: object, market: str) -> dict[str, int]:
        asked.append(market)
        return {"first-hundred": 0}

    monkeypatch.setattr(pricing, "taken", taken)
    monkeypatch.setattr(pricing, "POLL_SECONDS", 60.0)
    for _ in range(3):
        assert total() == 35_480_000
    assert asked == ["CN"]
    total(buyer=Buyer(product="luyin-24"))
    assert asked == ["CN", "CN"]
    assert quotas_used(on_sale(), "DE") == {}


@pytest.mark.parametrize(
    ("rows", "matters"),
    [
        ([{}], True),
        ([{"quota": None}], False),
        ([{"kind": "limited_edition", "models": ["haven"], "option": "x"}], False),
        (
            [
                {"kind": "limited_edition", "models": ["haven"], "option": "x", "stack": False},
                {"quota": None, "stack": False},
            ],
            True,
        ),
        (
            [
                {"kind": "limited_edition", "models": ["haven"], "option": "x", "stack": False},
                {"quota": None},
            ],
            False,
        ),
    ],
)
def test_which_quotas_decide_a_price(rows: list[dict[str, Any]], matters: bool) -> None:
    offers = read_incentives([{**OFFER, **row} for row in rows], "CN")
    assert quota_matters(offers) is matters


def test_the_next_change_is_the_next_book_or_offer() -> None:
    put_on_sale(limited)
    shelf = on_sale()
    change = next_change(shelf, shelf.catalogue.markets["CN"], NOON)
    assert change is not None
    assert change.isoformat() == "2026-12-01T00:00:00+08:00"
    far = NOON.replace(year=2036)
    assert next_change(shelf, shelf.catalogue.markets["CN"], far) is None
