"""The demo catalogue put on sale straight from its folder, saved builds and stock vehicles: no importer, no checks.

For tests of what comes after the catalog; the importer and the publisher have their own.
"""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from catalog.models import Build, Market, Model, Place, Release, ReleasePointer, StockVehicle
from catalog.queries import on_sale, stock
from catalog.queries.configuring import car_facts
from kernel.text import canonical_json
from tests.factories.catalogue import demo_release

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Shanghai on the day of the worked example."""

EXAMPLE = (
    "trim:voyage",
    "paint-clearing",
    "wheel-20-wing",
    "int-cream",
    "pkg-quiet",
)
"""The worked example of the design: Haven Voyage for 395,300.00."""

_numbers = count(1)


def put_on_sale(change: Callable[[dict[str, Any]], None] | None = None) -> str:
    """Put the demo catalogue on sale as the next release, changed by `change`; gives its code."""
    return _published(demo_release(), change)


def close_market(market: str) -> str:
    """Publish what is on sale once more, with nothing sold in that market; gives the release's code."""

    def closed(document: dict[str, Any]) -> None:
        for row in document["markets"]:
            row["on_sale"] = row["on_sale"] and row["code"] != market

    return _published(dict(on_sale.on_sale().document), closed)


def _published(document: dict[str, Any], change: Callable[[dict[str, Any]], None] | None) -> str:
    if change is not None:
        document = copy.deepcopy(document)
        change(document)
    plain = canonical_json(document)
    number = Release.objects.count() + 1
    release = Release.objects.create(
        number=number,
        code=f"R{number:06}",
        fingerprint=sha256(plain).hexdigest(),
        document=zlib.compress(plain, 1),
        size=len(plain),
        published_at=NOON,
        published_by="test",
    )
    ReleasePointer.objects.update_or_create(
        pk=ReleasePointer.ONLY, defaults={"release": release, "moved_at": NOON}
    )
    on_sale.look_again()
    return release.code


def forget() -> None:
    """Drop what processes hold in memory: the database of the next test is another."""
    on_sale.forget()
    stock.forget()


def saved_build(
    choices: Sequence[str] = EXAMPLE,
    *,
    model: str = "haven",
    market: str = "CN",
    now: datetime = NOON,
) -> str:
    """The code of a saved build of these clicks under the release on sale."""
    facts = car_facts(model=model, market=market, choices=choices, now=now)
    build = Build.objects.create(
        code=f"TEST{next(_numbers):04}",
        release=Release.objects.get(code=facts.release),
        model=model,
        market=market,
        trim=facts.trim,
        choices=list(facts.choices),
        options=sorted(facts.car.options),
        price_sheet=facts.sheet.facts(),
        lead_days=facts.days,
        created_at=now,
    )
    return build.code


def stock_vehicle(
    choices: Sequence[str] = EXAMPLE,
    *,
    price: int | None = None,
    status: str = "in_stock",
    available_on: date = date(2026, 11, 23),
    now: datetime = NOON,
) -> str:
    """The VIN of a haven that stands in Xiamen, asked at `price` or at its list price."""
    facts = car_facts(model="haven", market="CN", choices=choices, now=now)
    market, model, place = _rows()
    number = next(_numbers)
    vehicle = StockVehicle.objects.create(
        vin=f"L0SH11CA0VX{number:06}",
        market=market,
        model=model,
        model_year="my2027",
        trim=facts.trim,
        choices=list(facts.choices),
        options=sorted(facts.car.options),
        release=Release.objects.get(code=facts.release),
        price_sheet=facts.sheet.facts(),
        place=place,
        status=status,
        mileage_km=0,
        built_on=date(2026, 10, 25),
        available_on=available_on,
        currency="CNY",
        list_price=facts.sheet.list_price.minor,
        price=price or facts.sheet.list_price.minor,
        changed_at=now,
    )
    return vehicle.vin


def _rows() -> tuple[Market, Model, Place]:
    """The rows that a vehicle points at, with no more in them than the tables ask for."""
    text = json.loads('{"zh-hans": "云湾", "en": "Haven"}')
    market, _ = Market.objects.get_or_create(
        code="CN",
        defaults={
            "name": text,
            "currency": "CNY",
            "timezone": "Asia/Shanghai",
            "vat_rate": "0.13",
            "delivery_text": text,
            "on_sale": True,
        },
    )
    model, _ = Model.objects.get_or_create(
        code="haven", defaults={"name": text, "line": text, "body": text, "vin_letter": "H"}
    )
    place, _ = Place.objects.get_or_create(
        code="xm-home",
        defaults={
            "market": market,
            "kind": "delivery_centre",
            "city": text,
            "name": text,
            "address": text,
            "lat": 24.6,
            "lon": 118.2,
        },
    )
    return market, model, place
