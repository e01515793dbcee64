"""Two buyers, one car: whoever comes second is told, and nobody pays for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from catalog.errors import VehicleNotAvailable
from checkout.errors import QuoteAlreadyOrdered
from checkout.models import Order, OrderEvent, Payment
from checkout.queries.quotes import quote
from checkout.services.orders import PlacedOrder, place_order
from checkout.services.quotes import create_quote
from kernel.audit import verify_chain
from tests.factories.shelf import NOON, forget, put_on_sale, saved_build, stock_vehicle
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def quoted(*, vin: str | None = None, build: str | None = None) -> str:
    return create_quote(
        market="CN",
        build=build,
        vin=vin,
        finance=None,
        insurance=None,
        insurance_facts=None,
        place=None,
        now=NOON,
    ).code


def order_of(code: str) -> Callable[[], PlacedOrder]:
    version = quote(code, NOON).document["terms"]["version"]
    return lambda: place_order(
        quote=code,
        buyer={"name": "Li", "email": "li@example.com"},
        terms={"version": version, "accepted": True},
        language="zh-hans",
        customer=None,
        now=NOON,
    )


def test_of_two_buyers_racing_for_one_vehicle_exactly_one_holds_it() -> None:
    for number in range(1, ROUNDS + 1):
        vin = stock_vehicle()
        answers = at_once(order_of(quoted(vin=vin)), order_of(quoted(vin=vin)))
        assert sum(isinstance(answer, PlacedOrder) for answer in answers) == 1, answers
        assert sum(isinstance(answer, VehicleNotAvailable) for answer in answers) == 1, answers
        assert Order.objects.filter(vin=vin).count() == 1
        assert Order.objects.count() == Payment.objects.count() == number
    assert verify_chain() == []


def test_of_two_clicks_on_one_quote_exactly_one_becomes_an_order() -> None:
    build = saved_build()
    for _ in range(ROUNDS):
        code = quoted(build=build)
        answers = at_once(order_of(code), order_of(code))
        assert sum(isinstance(answer, PlacedOrder) for answer in answers) == 1, answers
        assert sum(isinstance(answer, QuoteAlreadyOrdered) for answer in answers) == 1, answers
    assert Order.objects.count() == OrderEvent.objects.count() == ROUNDS
