"""Token buckets: a burst passes, then so many a minute, for each address by itself."""

from __future__ import annotations

import math

import pytest
from django.test import RequestFactory

from storefront.api.errors import TooMany
from storefront.api.throttling import BUCKETS, Buckets, address_of, count, kind_of


def take(buckets: Buckets, at: float, address: str = "192.0.2.1") -> float:
    return buckets.take(kind="orders", address=address, burst=3, per_minute=6, at=at)


def test_a_burst_passes_and_then_one_waits_for_the_next_token() -> None:
    buckets = Buckets()
    assert [take(buckets, 0.0) for _ in range(3)] == [0, 0, 0]
    assert take(buckets, 0.0) == pytest.approx(10)
    assert take(buckets, 5.0) == pytest.approx(5)
    assert take(buckets, 10.0) == 0


def test_waiting_long_fills_no_more_than_the_burst() -> None:
    buckets = Buckets()
    take(buckets, 0.0)
    assert [bool(take(buckets, 10_000.0)) for _ in range(4)] == [False, False, False, True]


def test_addresses_do_not_share_a_bucket() -> None:
    buckets = Buckets()
    for _ in range(4):
        take(buckets, 0.0)
    assert take(buckets, 0.0, address="192.0.2.2") == 0


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    buckets = Buckets(most=10)
    for number in range(100):
        take(buckets, 0.0, address=str(number))
    assert len(buckets._full) == 10


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    buckets = Buckets()
    for _ in range(3):
        take(buckets, 100.0)
    assert take(buckets, 50.0) > 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/orders", "orders"),
        ("/api/v1/orders/K7Q2M4XW/payments", None),
        ("/api/v1/auth/app/v1/auth/code/request", "codes"),
        ("/api/v1/auth/app/v1/auth/session", None),
        ("/api/v1/quotes", None),
    ],
)
def test_orders_and_codes_are_counted(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_the_refusal_says_when_to_come_back(settings: object) -> None:
    settings.API_THROTTLES = {"orders": (1, 60)}  # type: ignore[attr-defined]
    BUCKETS.clear()
    request = RequestFactory().post("/api/v1/orders")
    count(request, "orders")
    with pytest.raises(TooMany) as caught:
        count(request, "orders")
    assert caught.value.headers["Retry-After"] == str(math.ceil(1))
    BUCKETS.clear()


def test_forwarded_addresses_are_believed_only_from_our_own_proxies(settings: object) -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9"
    )
    assert address_of(request) == "10.0.0.1"
    settings.API_PROXY_COUNT = 1  # type: ignore[attr-defined]
    assert address_of(request) == "203.0.113.9"
    settings.API_PROXY_COUNT = 5  # type: ignore[attr-defined]
    assert address_of(request) == "10.0.0.1"
