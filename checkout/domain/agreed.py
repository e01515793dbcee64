"""What an order's frozen document says of its car and days, read back for working the order out again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from checkout.domain.delivery import Window
from checkout.domain.quotation import Equipment, QuotedCar


def car_in(document: Mapping[str, Any]) -> QuotedCar:
    """The car of a document, as it was quoted."""
    car = document["car"]
    names = car["names"]
    return QuotedCar(
        model=car["model"],
        model_name=names["model"],
        trim=car["trim"],
        trim_name=names["trim"],
        choices=tuple(car["choices"]),
        equipment=tuple(
            Equipment(
                code=one["code"],
                name=one["name"],
                group=one["group"],
                group_name=one["group_name"],
                kind=one["kind"],
            )
            for one in car["options"]
        ),
        seats=car["seats"],
        build=car["build"] or "",
        vin=car["vin"] or "",
        model_year=car["model_year"] or "",
        mileage_km=car["mileage_km"],
    )


def window_in(document: Mapping[str, Any]) -> Window:
    """The days that the document itself names; a later promise of the order may name others."""
    delivery = document["delivery"]
    return Window(
        days=delivery["days"],
        from_on=date.fromisoformat(delivery["from"]),
        until_on=date.fromisoformat(delivery["until"]),
    )


def place_in(document: Mapping[str, Any]) -> str | None:
    """The code of the place of handover."""
    place = document["delivery"]["place"]
    return str(place["code"]) if place else None


def quoted_at(document: Mapping[str, Any]) -> datetime:
    """The moment whose prices the order was promised; it stays through amendments."""
    return datetime.fromisoformat(document["quoted_at"])


def first_release(document: Mapping[str, Any]) -> str:
    """The release that the order was promised, also where a later change needed a newer one."""
    return str(document.get("promised_release") or document["release"])
