"""Stock vehicles in the demo store: searching, holding, extending, releasing, racing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from catalog.errors import (
    BadCursor,
    BadFilter,
    CatalogError,
    MarketNotOnSale,
    NotTheHolder,
    UnknownVehicle,
    VehicleNotAvailable,
)
from catalog.models import Reservation, StockVehicle
from catalog.queries.stock import (
    StockFilters,
    StockPage,
    VehicleFacts,
    forget,
    look_again,
    search_stock,
    vehicle,
)
from catalog.services import stock
from catalog.services.stock import (
    ReservationFacts,
    expire_reservations,
    extend_reservation,
    release_reservation,
    reserve_vehicle,
    sell_vehicle,
)
from tests.factories.shelf import close_market

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
LATER = NOW + HALF_HOUR
ROUNDS = 200 if os.environ.get("FORECOURT_PROVE") else 8
"""`make prove` runs them all."""


@pytest.fixture(autouse=True)
def _fresh_snapshot() -> Iterator[None]:
    forget()
    yield
    forget()


def a_free_car() -> str:
    row = StockVehicle.objects.filter(market__code="CN", status="in_stock").order_by("vin").first()
    assert row is not None
    return row.vin


def hold(vin: str, holder: str = "K7Q2M4XW", now: datetime = NOW) -> ReservationFacts:
    return reserve_vehicle(vin=vin, holder=holder, until=now + HALF_HOUR, now=now)


def search(now: datetime = NOW, **filters: Any) -> StockPage:
    return search_stock(market="CN", filters=StockFilters(**filters), now=now)


def test_a_free_car_is_held_for_one_buyer_until_the_moment_is_over(shop: None) -> None:
    vin = a_free_car()
    held = hold(vin)
    assert (held.holder, held.until) == ("K7Q2M4XW", LATER)
    facts = vehicle(vin, NOW)
    assert (facts.status, facts.free_at, facts.holder) == ("held", LATER, "K7Q2M4XW")
    assert vehicle(vin, LATER).status == "available"


def test_a_held_car_is_refused_with_the_moment_it_becomes_free(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    with pytest.raises(VehicleNotAvailable) as caught:
        hold(vin, "ANOTHER0")
    assert caught.value.facts == {"vin": vin, "free_at": LATER.isoformat()}
    assert Reservation.objects.filter(vehicle__vin=vin).count() == 1


def test_asking_twice_as_the_same_holder_gives_the_same_hold(shop: None) -> None:
    vin = a_free_car()
    first = hold(vin)
    assert hold(vin, now=NOW + timedelta(minutes=5)) == first


def test_a_hold_that_ran_out_makes_room_without_waiting_for_the_schedule(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    again = hold(vin, "ANOTHER0", now=LATER)
    assert again.holder == "ANOTHER0"
    old = Reservation.objects.get(vehicle__vin=vin, holder="K7Q2M4XW")
    assert (old.live, old.ended_because, old.ended_at) == (False, "expired", LATER)
    with pytest.raises(NotTheHolder):
        extend_reservation(vin=vin, holder="K7Q2M4XW", until=LATER, now=LATER)


def test_a_hold_is_extended_by_its_holder_even_late_while_nobody_took_the_car(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    week = NOW + timedelta(days=7)
    moved = extend_reservation(vin=vin, holder="K7Q2M4XW", until=week, now=LATER)
    assert moved.until == week
    with pytest.raises(NotTheHolder):
        extend_reservation(vin=vin, holder="ANOTHER0", until=week, now=NOW)


def test_a_hold_that_the_schedule_swept_is_extended_while_nobody_took_the_car(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    assert expire_reservations(now=LATER) == 1
    with pytest.raises(NotTheHolder):
        extend_reservation(vin=vin, holder="ANOTHER0", until=LATER, now=LATER)
    week = NOW + timedelta(days=7)
    extend_reservation(vin=vin, holder="K7Q2M4XW", until=week, now=LATER)
    found = vehicle(vin, LATER)
    assert (found.holder, found.free_at) == ("K7Q2M4XW", week)


def test_a_swept_hold_is_gone_once_the_car_was_somebody_elses_or_given_back(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    expire_reservations(now=LATER)
    hold(vin, "ANOTHER0", now=LATER)
    release_reservation(vin=vin, holder="ANOTHER0", now=LATER)
    for holder in ("K7Q2M4XW", "ANOTHER0"):
        with pytest.raises(NotTheHolder):
            extend_reservation(vin=vin, holder=holder, until=LATER, now=LATER)


def test_releasing_frees_the_car_and_may_be_repeated(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    assert not release_reservation(vin=vin, holder="ANOTHER0", now=NOW)
    assert release_reservation(vin=vin, holder="K7Q2M4XW", now=NOW)
    assert not release_reservation(vin=vin, holder="K7Q2M4XW", now=NOW)
    assert vehicle(vin, NOW).status == "available"


def test_a_sold_car_leaves_the_lot(shop: None) -> None:
    vin = a_free_car()
    with pytest.raises(NotTheHolder):
        sell_vehicle(vin=vin, holder="K7Q2M4XW", now=NOW)
    hold(vin)
    before = search().total
    sell_vehicle(vin=vin, holder="K7Q2M4XW", now=NOW)
    assert vehicle(vin, NOW).status == "sold"
    look_again()
    assert search().total == before - 1
    with pytest.raises(VehicleNotAvailable):
        hold(vin, "ANOTHER0")


def test_the_schedule_ends_what_ran_out_and_nothing_else(shop: None) -> None:
    first, second = StockVehicle.objects.filter(status="in_stock")[:2]
    hold(first.vin)
    hold(second.vin, now=NOW + timedelta(minutes=10))
    assert expire_reservations(now=LATER) == 1
    assert expire_reservations(now=LATER) == 0
    assert Reservation.objects.filter(live=True).get().vehicle == second


def test_a_car_reserved_by_the_dealer_is_not_for_sale(shop: None) -> None:
    row = StockVehicle.objects.filter(status="reserved").first()
    assert row is not None
    with pytest.raises(VehicleNotAvailable) as caught:
        hold(row.vin)
    assert caught.value.facts["free_at"] is None
    assert vehicle(row.vin, NOW).status == "held"


@pytest.mark.parametrize("vin", ["", "L0SH11CA0VX000000", "'; drop table", "X" * 500])
def test_an_unknown_vin_is_named_as_such(shop: None, vin: str) -> None:
    for ask in (
        lambda: vehicle(vin, NOW),
        lambda: hold(vin),
        lambda: extend_reservation(vin=vin, holder="A", until=LATER, now=NOW),
        lambda: release_reservation(vin=vin, holder="A", now=NOW),
    ):
        with pytest.raises(UnknownVehicle):
            ask()


def test_the_unique_live_hold_is_the_last_word_even_without_a_lock(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vin = a_free_car()
    hold(vin)
    monkeypatch.setattr(stock, "_live", lambda row: None)
    with pytest.raises(VehicleNotAvailable):
        hold(vin, "ANOTHER0")
    assert Reservation.objects.get(vehicle__vin=vin, live=True).holder == "K7Q2M4XW"


def brute(now: datetime, **filters: tuple[str, ...]) -> list[VehicleFacts]:
    """Every car that matches, by reading each one from the database."""
    rows = StockVehicle.objects.filter(market__code="CN").exclude(status="sold")
    cars = [vehicle(vin, now) for vin in rows.values_list("vin", flat=True)[:120]]
    return [
        car
        for car in cars
        if all(
            (car.state if name == "availability" and car.status == "available" else "held")
            in values
            if name == "availability"
            else getattr(car, name) in values
            for name, values in filters.items()
        )
    ]


def test_facets_ignore_their_own_filter_and_count_exactly(shop: None) -> None:
    keep = StockVehicle.objects.filter(market__code="CN").values_list("vin", flat=True)[:120]
    StockVehicle.objects.exclude(vin__in=list(keep)).delete()
    hold(a_free_car())
    look_again()
    chosen: dict[str, Any] = {"model": ("haven", "rill"), "availability": ("in_stock", "held")}
    page = search(**chosen)
    assert page.total == len(brute(NOW, **chosen))
    for facet in page.facets:
        others = {name: values for name, values in chosen.items() if name != facet.code}
        for value in facet.values:
            expected = len(brute(NOW, **{**others, facet.code: (value.code,)}))
            assert value.count == expected, (facet.code, value.code)
            assert value.selected == (value.code in chosen.get(facet.code, ()))
            assert value.name["zh-hans"]


def test_pages_follow_each_other_without_a_gap_or_a_double(shop: None) -> None:
    seen: list[str] = []
    cursor: str | None = None
    filters = StockFilters(model=("haven",))
    for _ in range(20):
        page = search_stock(
            market="CN", filters=filters, sort="-price", cursor=cursor, limit=20, now=NOW
        )
        seen += [car.vin for car in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == page.total
    prices = [vehicle(vin, NOW).price.minor for vin in seen[:5]]
    assert prices == sorted(prices, reverse=True)


def test_a_price_limit_is_inclusive(shop: None) -> None:
    page = search_stock(market="CN", filters=StockFilters(model=("rill",)), now=NOW)
    lowest = page.items[0].price.minor
    limited = search_stock(market="CN", filters=StockFilters(price_max=lowest), now=NOW)
    assert {car.price.minor for car in limited.items} == {lowest}
    above = search_stock(market="CN", filters=StockFilters(price_min=lowest + 1), now=NOW)
    assert limited.total + above.total == search().total


def test_a_damaged_or_foreign_cursor_is_refused(shop: None) -> None:
    page = search_stock(market="CN", filters=StockFilters(model=("haven",)), now=NOW)
    assert page.next
    for cursor in ("x", "", "äöü", page.next[:-6], page.next):
        with pytest.raises(BadCursor):
            search_stock(market="CN", filters=StockFilters(model=("rill",)), cursor=cursor, now=NOW)


def test_an_unknown_order_or_a_strange_limit_is_refused(shop: None) -> None:
    with pytest.raises(BadFilter, match="sort"):
        search_stock(market="CN", filters=StockFilters(), sort="colour", now=NOW)
    for limit in (0, -1, 101):
        with pytest.raises(BadFilter, match="limit"):
            search_stock(market="CN", filters=StockFilters(), limit=limit, now=NOW)


def test_unknown_values_match_nothing_and_stay_visible_as_chosen(shop: None) -> None:
    page = search(paint=("paint-none",))
    assert page.total == 0
    paint = next(facet for facet in page.facets if facet.code == "paint")
    assert [value.code for value in paint.values if value.selected] == ["paint-none"]


def test_nothing_is_searched_in_a_market_that_is_not_on_sale(shop: None) -> None:
    close_market("DE")
    with pytest.raises(MarketNotOnSale):
        search_stock(market="DE", filters=StockFilters(), now=NOW)


def test_a_hold_shows_in_the_next_search_of_this_process(
    shop: None, django_capture_on_commit_callbacks: object
) -> None:
    vin = search(availability=("in_stock",)).items[0].vin
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        hold(vin)
    held = search(availability=("held",))
    assert vin in {car.vin for car in held.items} | {
        car.vin
        for car in search_stock(
            market="CN", filters=StockFilters(availability=("held",)), limit=100, now=NOW
        ).items
    }
    assert vin not in {car.vin for car in search(availability=("in_stock",)).items}
    assert vin in {car.vin for car in search(now=LATER, availability=("in_stock",)).items}


def race(vin: str, buyers: int, now: datetime) -> list[str]:
    """Each buyer tries from a thread of their own, all at once; the holders that won."""
    start = Barrier(buyers)

    def attempt(buyer: int) -> str | None:
        try:
            start.wait(timeout=30)
            return hold(vin, f"BUYER{buyer}", now).holder
        except VehicleNotAvailable:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(buyers) as pool:
        answers = list(pool.map(attempt, range(buyers)))
    return [answer for answer in answers if answer is not None]


@pytest.mark.prove
@pytest.mark.django_db(transaction=True)
def test_two_buyers_race_for_one_car_and_exactly_one_holds_it(shop: None) -> None:
    vins = list(
        StockVehicle.objects.filter(status="in_stock").values_list("vin", flat=True)[:ROUNDS]
    )
    for turn in range(ROUNDS):
        vin, now = vins[turn % len(vins)], NOW + turn * timedelta(hours=1)
        winners = race(vin, 2, now)
        assert len(winners) == 1
        assert Reservation.objects.get(vehicle__vin=vin, live=True).holder == winners[0]


@pytest.mark.django_db(transaction=True)
def test_a_crowd_after_an_expired_hold_gives_one_holder(shop: None) -> None:
    vin = a_free_car()
    hold(vin)
    winners = race(vin, 12, LATER)
    assert len(winners) == 1
    assert issubclass(VehicleNotAvailable, CatalogError)
