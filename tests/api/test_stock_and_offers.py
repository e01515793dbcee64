"""The lot, loans and covers through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def test_pages_follow_each_other_without_a_gap_or_a_repetition() -> None:
    caller = Caller()
    seen: list[str] = []
    page = caller.get("/stock", model="haven", paint="paint-lake", limit=20)
    total = page["total"]
    while True:
        seen += [car["vin"] for car in page["items"]]
        if page["next"] is None:
            break
        page = caller.get(
            "/stock", model="haven", paint="paint-lake", limit=20, cursor=page["next"]
        )
    assert len(seen) == len(set(seen)) == total


def test_prices_come_in_order_and_facets_count_what_is_there() -> None:
    page = Caller().get("/stock", model="rill,vale", sort="price", limit=100)
    prices = [car["price"]["amount"] for car in page["items"]]
    assert prices == sorted(prices)
    models = next(facet for facet in page["facets"] if facet["code"] == "model")
    counts = {value["code"]: value["count"] for value in models["values"]}
    assert set(counts) == {"rill", "vale", "haven"}  # a facet ignores its own filter
    assert counts["rill"] + counts["vale"] == page["total"]
    assert [v["code"] for v in models["values"] if v["selected"]] == ["rill", "vale"] or len(
        counts
    ) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "colour"}, None),
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"price_max": "cheap"}, "price_max"),
        ({"price_max": 10**20}, "price_max"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
def test_a_search_without_meaning_is_refused(query: dict[str, Any], field: str | None) -> None:
    refused = Caller().get("/stock", status=422, **query)
    if field:
        assert [row["field"] for row in refused["errors"]] == [field]


def test_a_cursor_of_another_search_is_refused() -> None:
    caller = Caller()
    cursor = caller.get("/stock", model="haven", limit=1)["next"]
    refused = caller.get("/stock", model="rill", limit=1, cursor=cursor, status=422)
    assert code_of(refused) == "invalid-field"


def test_one_car_shows_its_equipment_its_own_sheet_and_not_its_holder() -> None:
    caller = Caller()
    vin = caller.free_vin("haven")
    car = caller.get(f"/stock/{vin.lower()}")
    assert car["vin"] == vin
    assert car["options"]
    assert car["price_sheet"]["total"]["currency"] == "CNY"
    assert "holder" not in car
    assert code_of(caller.get("/stock/L0SNOSUCHVIN00000", status=404)) == "unknown-vehicle"


def test_loans_are_offered_for_a_build_a_car_or_a_price() -> None:
    caller = Caller()
    by_build = caller.post("/finance/quotes", {"build": caller.build("haven", ["trim:voyage"])})[
        "items"
    ]
    by_vin = caller.post("/finance/quotes", {"vin": caller.free_vin("haven")})["items"]
    price = {"amount": 39_530_000, "currency": "CNY"}
    by_price = caller.post(
        "/finance/quotes",
        {
            "model": "haven",
            "price": price,
            "down_payment": {"amount": 11_859_000, "currency": "CNY"},
        },
    )["items"]
    assert (
        {loan["product"] for loan in by_build}
        == {loan["product"] for loan in by_vin}
        >= {"luyin-60"}
    )
    loan = next(loan for loan in by_price if loan["product"] == "luyin-60")
    assert loan["instalment"] == {"amount": 508_106, "currency": "CNY"}


def test_covers_are_offered_with_their_premium() -> None:
    caller = Caller()
    build = caller.build("haven", ["trim:voyage"])
    covers = caller.post(
        "/insurance/quotes", {"build": build, "insurance_facts": {"driver_age": 40}}
    )["items"]
    compulsory = [cover["product"] for cover in covers if cover["mandatory"]]
    assert compulsory == ["cn-compulsory", "cn-yunquan-compulsory"]


@pytest.mark.parametrize("path", ["/finance/quotes", "/insurance/quotes"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid-field"),
        ({"build": "A", "vin": "B"}, 422, "invalid-field"),
        ({"price": {"amount": 1, "currency": "CNY"}}, 422, "invalid-field"),
        (
            {"model": "haven", "price": {"amount": 39_530_000, "currency": "EUR"}},
            422,
            "currency-not-of-market",
        ),
        (
            {"model": "haven", "price": {"amount": 39_530_000, "currency": "XXX"}},
            422,
            "unknown-currency",
        ),
        (
            {"model": "zeppelin", "price": {"amount": 39_530_000, "currency": "CNY"}},
            404,
            "unknown-model",
        ),
        ({"build": "NOPE2345"}, 404, "unknown-build"),
        ({"vin": "NOSUCHVIN"}, 404, "unknown-vehicle"),
        (
            {"market": "XX", "model": "haven", "price": {"amount": 1, "currency": "CNY"}},
            422,
            "unknown-market",
        ),
    ],
)
def test_an_offer_for_no_car_is_refused(
    path: str, body: dict[str, Any], status: int, code: str
) -> None:
    assert code_of(Caller().post(path, body, status=status)) == code
