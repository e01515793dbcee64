"""Reads of a release: ready bytes, ETags, languages, markets, and nothing asked of the database."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.queries.on_sale import on_sale
from catalog.services.releases import publish_release
from kernel.models import Schedule
from storefront.api import ready
from storefront.api.routers import markets, models
from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
READS = ["/markets", "/models", "/models/haven", "/models/haven/configurator"]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_read_keeps_what_the_document_promises(path: str, language: str) -> None:
    data = Caller(language).get(path)
    text = json.dumps(data, ensure_ascii=False)
    assert '"zh-hans":' not in text  # texts are in one language
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text) == (language == "zh-hans")


@pytest.mark.parametrize("path", READS)
def test_the_etag_is_strong_and_gives_304(path: str) -> None:
    caller = Caller()
    first = caller.raw("GET", path)
    etag = first["ETag"]
    assert etag.strip('"') == hashlib.sha256(first.content).hexdigest()[:32]
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert first["Vary"] == "Accept-Language"
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = caller.http.get(
            f"/api/v1{path}", headers={"Accept-Language": "en", "If-None-Match": header}
        )
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    changed = caller.http.get(
        f"/api/v1{path}", headers={"Accept-Language": "en", "If-None-Match": '"old"'}
    )
    assert changed.status_code == 200


def test_the_etag_differs_by_language() -> None:
    assert (
        Caller("en").raw("GET", "/models")["ETag"]
        != Caller("zh-hans").raw("GET", "/models")["ETag"]
    )


@pytest.mark.parametrize("path", READS)
def test_a_read_asks_the_database_nothing_inside_the_poll_interval(
    path: str, settings: Any
) -> None:
    caller = Caller()
    caller.get(path)
    settings.RELEASE_POLL_SECONDS = 60
    caller.get(path)
    with CaptureQueriesContext(connection) as captured:
        caller.get(path)
        caller.http.get(f"/api/v1{path}", headers={"If-None-Match": "*"})
        caller.http.head(f"/api/v1{path}")
    assert captured.captured_queries == []


def test_models_come_cheapest_first_with_their_from_price() -> None:
    found = Caller().get("/models")
    assert [model["code"] for model in found["items"]] == ["rill", "vale", "haven"]
    for model in found["items"]:
        prices = [trim["price"]["amount"] for trim in model["trims"]]
        assert model["from_price"] == {"amount": min(prices), "currency": "CNY"}
        assert model["paints"]
        assert {picture["role"] for picture in model["pictures"]} >= {"front", "side"}


def test_the_configurator_starts_from_a_car_that_can_be_built() -> None:
    caller = Caller()
    drawn = caller.get("/models/haven/configurator")
    state = caller.post(
        "/configurations/evaluate", {"model": "haven", "choices": drawn["default_choices"]}
    )
    assert state["valid"]
    assert state["release"] == drawn["release"]


def test_the_configurator_names_prices_only_for_trims_that_can_have_the_option() -> None:
    drawn = Caller().get("/models/haven/configurator")
    trims = {trim["code"] for trim in drawn["trims"]}
    for group in drawn["groups"]:
        for option in group["options"]:
            assert set(option["price"]) == set(option["availability"]) <= trims
            standard = [trim for trim, mark in option["availability"].items() if mark == "S"]
            assert all(option["price"][trim]["amount"] == 0 for trim in standard)


def test_unknown_models_and_markets_are_told_apart() -> None:
    caller = Caller()
    assert code_of(caller.get("/models/zeppelin", status=404)) == "unknown-model"
    assert code_of(caller.get("/models/zeppelin/configurator", status=404)) == "unknown-model"
    assert code_of(caller.get("/models", market="XX", status=422)) == "unknown-market"


def test_only_markets_on_sale_are_listed_with_the_deposit_in_words() -> None:
    market, second = Caller().get("/markets")["items"]
    assert (market["code"], market["notice"]) == ("CN", None)
    assert (second["code"], second["currency"]) == ("DE", "EUR")
    assert "Demonstration" in second["notice"]
    assert market["deposit"]["amounts"]["haven"] == {"amount": 500_000, "currency": "CNY"}
    assert [stage["code"] for stage in market["deposit"]["stages"]][:2] == ["reserved", "locked"]
    assert "refundable" in market["deposit"]["stages"][0]["text"]


def test_a_new_release_is_read_at_once_and_an_old_etag_is_no_longer_current() -> None:
    caller = Caller()
    before = caller.raw("GET", "/models/haven")
    publish_release(now=datetime.now(UTC), actor="test", pictures={})
    after = caller.raw("GET", "/models/haven")
    assert json.loads(after.content)["release"] != json.loads(before.content)["release"]
    assert after["ETag"] != before["ETag"]


def test_bytes_are_written_again_when_an_interval_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    release = on_sale()
    moments = ready.moments_of(release, "CN")
    assert moments == sorted(moments)
    book = next(b.valid_from for b in release.catalogue.price_books if b.market == "CN")
    assert book.timestamp() in moments
    clock = [moments[-1] - 1.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    written: list[datetime] = []

    def make(*arguments: Any) -> Any:
        written.append(arguments[-1])
        return {"at": len(written)}

    def ask() -> ready.Ready:
        return ready.written(release, "probe", "", "CN", "en", at=clock[0], make=make)

    first = ask()
    assert ask() is first
    clock[0] = moments[-1]
    second = ask()
    assert second.etag != first.etag
    assert (first.until, second.since, second.until) == (moments[-1], moments[-1], ready.FOREVER)
    assert len(written) == 2
    clock[0] -= timedelta(seconds=5).total_seconds()  # a clock that steps back
    assert ask().until == moments[-1]


def test_a_date_begins_at_midnight_where_the_market_is() -> None:
    assert (
        ready._seconds("2026-12-01", ZoneInfo("Asia/Shanghai"))
        == datetime(2026, 11, 30, 16, tzinfo=UTC).timestamp()
    )
    assert ready._seconds("order-placed", ZoneInfo("Asia/Shanghai")) is None
    assert ready._seconds("2026-12-01T00:00:00", ZoneInfo("Asia/Shanghai")) is None


def test_the_home_page_is_published_in_both_languages() -> None:
    for language in ("zh-hans", "en"):
        caller = Caller(language)
        page = caller.get("/pages/home")
        assert page["language"] == language
        assert page["body"]
        listed = caller.get("/pages", type="story")["items"]
        assert listed
        story = caller.raw("GET", f"/pages/{listed[0]['path']}")
        again = caller.http.get(
            f"/api/v1/pages/{listed[0]['path']}",
            headers={"Accept-Language": language, "If-None-Match": story["ETag"]},
        )
        assert again.status_code == 304


def test_pages_that_are_not_there_and_types_that_do_not_exist() -> None:
    caller = Caller()
    assert code_of(caller.get("/pages/nowhere/at/all", status=404)) == "not-found"
    assert code_of(caller.get("/pages", type="blog", status=422)) == "invalid-field"


def test_what_ninja_describes_is_what_the_ready_views_serve(rf: Any) -> None:
    request = rf.get("/api/v1/models", headers={"Accept-Language": "en"})
    described = [
        (markets.markets(request), "/markets"),
        (models.models(request), "/models"),
        (models.model(request, "haven"), "/models/haven"),
        (models.configurator(request, "haven"), "/models/haven/configurator"),
    ]
    for response, path in described:
        assert response.content == Caller().raw("GET", path).content


def test_with_a_release_and_a_worker_the_shop_is_ready(client: Any) -> None:
    Schedule.objects.create(name="probe", next_at=datetime.now(UTC) + timedelta(minutes=1))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["checks"]["worker"] == {"ok": True, "waited_seconds": 0}
    Schedule.objects.update(next_at=datetime.now(UTC) - timedelta(minutes=10))
    late = client.get("/readyz")
    assert late.status_code == 503
    assert late.json()["checks"]["release"]["ok"]
