"""`/stock`: cars that stand on the lot or are on their way to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from catalog.domain.catalogue import Catalogue, Model
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.on_sale import release as release_of
from catalog.queries.stock import StockFilters, VehicleFacts, search_stock, todays_sheet, vehicle
from storefront.api.answers import answer
from storefront.api.cars import monthly
from storefront.api.catalogue_documents import pictures
from storefront.api.cursors import position_of, query_of, signed_cursor
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.answers import Stock, StockVehicle
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import StockSearch

router = Router(tags=["stock"])


def several(values: list[str] | None) -> tuple[str, ...]:
    """The values of a repeated or comma-separated parameter."""
    found = [part.strip() for value in values or [] for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in found if part))


def _place(catalogue: Catalogue, code: str) -> dict[str, Any] | None:
    row = next((row for row in catalogue.places if row["code"] == code), None)
    if row is None:
        return None
    return {name: row[name] for name in ("code", "kind", "name", "city", "address") if name in row}


def _paint(model: Model, code: str | None) -> dict[str, Any] | None:
    option = next((option for option in model.options if option.code == code), None)
    if option is None:
        return None
    swatch = option.swatch or {}
    return {
        "code": option.code,
        "name": option.name,
        "hex": swatch.get("hex"),
        "hex2": swatch.get("hex2"),
        "finish": swatch.get("finish"),
    }


def _pictures(catalogue: Catalogue, facts: VehicleFacts, language: str) -> list[dict[str, Any]]:
    own = (
        pictures(catalogue, f"option:{facts.model}/{facts.paint}", language) if facts.paint else []
    )
    return own or pictures(catalogue, f"model:{facts.model}", language)


def vehicle_body(
    shelf: OnSale, facts: VehicleFacts, language: str, now: datetime
) -> dict[str, Any]:
    """A car in stock as lists show it, at today's price; who holds it is nobody's business."""
    sheet = todays_sheet(facts, now)
    model = release_of(facts.release).catalogue.models[facts.model]
    names = {"model": model.name, "trim": model.trim(facts.trim).name}
    return {
        "vin": facts.vin,
        "market": facts.market,
        "model": facts.model,
        "trim": facts.trim,
        "model_year": facts.model_year,
        "names": names,
        "paint": _paint(model, facts.paint),
        "place": _place(shelf.catalogue, facts.place),
        "state": facts.state,
        "status": facts.status,
        "free_at": facts.free_at,
        "price": sheet.total,
        "list_price": sheet.regular,
        **({} if sheet.reduction is None else {"reduction": sheet.reduction.facts()}),
        "monthly": monthly(shelf, facts.market, facts.model, sheet.total, now),
        "available_on": facts.available_on,
        "mileage_km": facts.mileage_km,
        "pictures": _pictures(shelf.catalogue, facts, language),
    }


def detail_body(shelf: OnSale, facts: VehicleFacts, language: str, now: datetime) -> dict[str, Any]:
    """A car in stock with everything on it and its price sheet of today."""
    model = release_of(facts.release).catalogue.models[facts.model]
    groups = {group.code: group.name for group in model.groups}
    return {
        **vehicle_body(shelf, facts, language, now),
        "release": facts.release,
        "choices": facts.choices,
        "options": [
            {
                "code": option.code,
                "name": option.name,
                "pitch": option.pitch,
                "group": option.group,
                "group_name": groups[option.group],
            }
            for option in model.options
            if option.code in facts.options
        ],
        "specs": dict(model.trim(facts.trim).specs),
        "dimensions_mm": dict(model.dimensions_mm),
        "price_sheet": todays_sheet(facts, now).facts(),
        "built_on": facts.built_on,
    }


@router.get("", response={200: Stock, **problems(409, 422)}, summary="Search the stock")
def search(request: HttpRequest, asked: Query[StockSearch]) -> HttpResponse:
    """Cars that match, with exact facet counts: a facet ignores its own filter."""
    now = timezone.now()
    language = language_of(request)
    query = query_of(request)
    page = search_stock(
        market=market_or_default(asked.market),
        filters=StockFilters(
            model=several(asked.model),
            trim=several(asked.trim),
            paint=several(asked.paint),
            place=several(asked.place),
            availability=several(asked.availability),
            price_min=asked.price_min,
            price_max=asked.price_max,
        ),
        sort=asked.sort,
        cursor=position_of(asked.cursor, query=query),
        limit=asked.limit,
        now=now,
    )
    shelf = on_sale()
    body = {
        "items": [vehicle_body(shelf, facts, language, now) for facts in page.items],
        "next": signed_cursor(page.next, query=query),
        "total": page.total,
        "facets": page.facets,
    }
    return answer(body, language=language)


@router.get("/{vin}", response={200: StockVehicle, **problems(404)}, summary="One car in stock")
def show(request: HttpRequest, vin: str) -> HttpResponse:
    """One car with its equipment and its price sheet of today."""
    now = timezone.now()
    language = language_of(request)
    facts = vehicle(vin[:40].upper(), now)
    return answer(detail_body(on_sale(), facts, language, now), language=language)
