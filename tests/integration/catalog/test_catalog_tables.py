"""What the tables themselves refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import override

from catalog import models
from catalog.models import (
    Availability,
    FinanceProduct,
    Incentive,
    Market,
    Model,
    Option,
    Price,
    PriceBook,
    Reservation,
    Rule,
    StockVehicle,
    Trim,
    locks,
)
from catalog.models.base import Staffed, valid_text, valid_text_or_none
from catalog.services.releases import ReleaseFacts, compile_document
from catalog.services.releases_tables import TABLES, decimal_text, moment_text
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Forms speak the language of the admin."""
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"zh-hans": "车"}, "missing in en"),
        ({"zh-hans": "车", "en": "car", "de": "Auto"}, "no language de"),
        ("car", "a mapping like"),
        ({"zh-hans": "车", "en": 5}, "a mapping like"),
    ],
)
def test_a_text_says_something_in_every_language(value: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        valid_text(value)
    with pytest.raises(ValidationError, match=reason):
        valid_text_or_none(value)
    valid_text_or_none({})


def test_everything_staff_edit_has_drafts_and_a_name(load: Load) -> None:
    load()
    for table in TABLES.values():
        assert issubclass(table.model, Staffed)
        for row in table.model._default_manager.all():
            assert str(row)


def test_a_car_has_at_most_one_live_reservation(load: Load) -> None:
    load()
    vehicle = StockVehicle.objects.order_by("vin")[0]
    held = {"vehicle": vehicle, "reserved_at": NOW, "until": NOW + timedelta(minutes=30)}
    first = Reservation.objects.create(holder="one", **held)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.create(holder="two", **held)
    Reservation.objects.filter(pk=first.pk).update(live=False)
    assert "two" in str(Reservation.objects.create(holder="two", **held))
    assert str(vehicle) == vehicle.vin


def test_a_row_lock_gives_the_row_or_nothing(published: ReleaseFacts) -> None:
    vehicle = StockVehicle.objects.order_by("vin")[0]
    with transaction.atomic():
        assert locks.vehicle(vehicle.vin) == vehicle
        assert locks.vehicle("L0S") is None
        pointer = locks.pointer()
        assert pointer is not None
        assert pointer.release.code == "R000001"


def test_forms_refuse_what_makes_no_sense(load: Load) -> None:
    load()
    market, other = Market.objects.get(), Market(code="HK", pk=99)
    rule = Rule.objects.get(code="r2")
    rule.valid_from = date(2027, 4, 1)
    with pytest.raises(ValidationError, match="ends before it starts"):
        rule.clean()
    offer = Incentive.objects.get()
    offer.valid_until = offer.valid_from
    with pytest.raises(ValidationError, match="ends before it starts"):
        offer.clean()
    product = FinanceProduct.objects.get()
    product.max_amount = 1
    with pytest.raises(ValidationError, match="below the smallest"):
        product.clean()
    first, second = PriceBook.objects.order_by("valid_from")
    first.based_on = second
    with pytest.raises(ValidationError, match="based on an earlier one"):
        first.clean()
    second.market_id = other.pk
    with pytest.raises(ValidationError, match="another market"):
        second.clean()
    assert market.on_sale


def test_options_groups_and_trims_belong_to_one_model(load: Load) -> None:
    load()
    foal = Model.objects.create(
        code="foal", name={}, line={}, body={}, segment="city", vin_letter="F", position=2
    )
    option = Option.objects.get(code="red")
    option.model = foal
    with pytest.raises(ValidationError, match="group belongs to another model"):
        option.clean()
    row = Availability.objects.select_related("trim").filter(value="O")[0]
    row.trim = Trim.objects.create(model=foal, code="only", name={}, vin_digit="1")
    with pytest.raises(ValidationError, match="belongs to another model"):
        row.clean()


def test_a_published_book_says_so_in_its_form(published: ReleaseFacts) -> None:
    book = PriceBook.objects.get(code="cn-1")
    book.clean()
    book.valid_from = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValidationError, match="is published"):
        book.clean()
    price = Price.objects.get(code="hook")
    price.clean()
    price.note = "a note may be written"
    price.save()
    price.amount = 1
    with pytest.raises(ValidationError, match="is published"):
        price.clean()


def test_an_unpublished_book_can_change_and_go(load: Load) -> None:
    load()
    price = Price.objects.get(code="hook")
    price.amount = 1
    price.save()
    price.delete()
    PriceBook.objects.get(code="cn-2").delete()
    assert PriceBook.objects.count() == 1


def test_decimals_and_moments_have_one_text() -> None:
    assert [
        decimal_text(models.Market._meta.get_field("vat_rate").to_python(t))
        for t in ("0.130000", "0.000", "1")
    ] == [
        "0.13",
        "0",
        "1",
    ]
    assert (
        moment_text(datetime.fromisoformat("2026-09-01T00:00:00+08:00")) == "2026-08-31T16:00:00Z"
    )


def test_a_revision_of_every_kind_of_row_says_the_same_when_it_is_published(load: Load) -> None:
    load()
    before = compile_document(pictures={})
    for table in TABLES.values():
        row: Any = table.model._default_manager.all()[0]
        row.full_clean(exclude=["live_revision", "latest_revision"])
        row.save_revision().publish()
    assert compile_document(pictures={}) == before
