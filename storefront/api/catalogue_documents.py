"""What the ready bytes say: markets, models, a model; read from a release, priced by the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Catalogue, Market, Model, Trim
from catalog.errors import CatalogError, NotBuildable, UnknownModel
from catalog.queries.completing import complete
from catalog.queries.configuring import CarFacts, sheet_for
from catalog.queries.on_sale import OnSale
from checkout.domain.calendars import day_of
from checkout.queries.withdrawals import withdrawal_labels
from kernel.text import pick
from storefront.api.answers import money, plain

PAINT = "paint"


def markets_document(
    release: OnSale, code: str, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """Every market on sale with its currency, languages and deposit policy in words."""
    return {
        "items": [
            {
                "code": each.code,
                "name": pick(each.name, language),
                "currency": each.currency,
                "languages": list(each.languages),
                "timezone": each.timezone,
                "notice": pick(each.notice, language) if each.notice else None,
                "deposit": deposit_in_words(release.catalogue, each, language, at),
                "withdrawal": plain(
                    withdrawal_labels(
                        law=release.catalogue.law,
                        market=each.code,
                        day=day_of(at, each.timezone),
                    ),
                    language,
                ),
            }
            for each in release.catalogue.markets.values()
            if each.on_sale
        ]
    }


def deposit_in_words(
    catalogue: Catalogue, market: Market, language: str, at: datetime
) -> dict[str, Any] | None:
    """The policy in force: amount by model, and for each stage its kind, its text and what comes back."""
    today = at.date().isoformat()
    policies = [
        policy
        for policy in catalogue.deposit_policies
        if policy["market"] == market.code and str(policy["valid_from"]) <= today
    ]
    if not policies:
        return None
    policy = max(policies, key=lambda each: str(each["valid_from"]))
    return {
        "policy": policy["code"],
        "amounts": {
            model: money(int(amount), market.currency)
            for model, amount in policy["amounts"].items()
        },
        "stages": [
            {
                "code": stage["code"],
                "kind": stage["kind"],
                "text": pick(stage["text"], language),
                "refundable_share": str(stage["refundable_share"]),
            }
            for stage in policy["stages"]
        ],
        "legal_cap": plain(policy.get("legal_cap"), language),
        "withdrawal": plain(policy.get("withdrawal"), language),
    }


def models_document(
    release: OnSale, code: str, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """Every model that can be bought in the market, cheapest first."""
    found = [
        model_summary(release, model, market, language, at)
        for model in release.catalogue.models.values()
        if trims_offered(model, market)
    ]
    return {
        "release": release.code,
        "market": market,
        "items": sorted(found, key=lambda each: int(each["from_price"]["amount"])),
    }


def model_document(
    release: OnSale, code: str, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """One model with everything its page needs; raises UnknownModel."""
    model = model_or_error(release.catalogue, code, market)
    return {
        "release": release.code,
        "market": market,
        **model_summary(release, model, market, language, at),
        "dimensions_mm": dict(model.dimensions_mm),
        "battery_steps": [
            {**step, "name": pick(model.option(step["option"]).name, language)}
            for step in model.battery_steps
        ],
        "model_years": plain(list(model.model_years), language),
        "page": f"models/{model.code}",
    }


def model_or_error(catalogue: Catalogue, code: str, market: str) -> Model:
    """The model if it is sold in the market; raises UnknownModel."""
    model = catalogue.models.get(code)
    if model is None or not trims_offered(model, market):
        raise UnknownModel(
            f"model: {code[:64]!r} is not sold in {market}.",
            facts={"models": sorted(catalogue.models)},
        )
    return model


def trims_offered(model: Model, market: str) -> list[Trim]:
    """The trims that have options in this market, in the catalogue's order."""
    offered = model.availability.get(market, {})
    return [trim for trim in model.trims if trim.code in offered]


def model_summary(
    release: OnSale, model: Model, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """What a list of models shows of one."""
    trims = [
        trim_facts(release, model, trim, market, language, at)
        for trim in trims_offered(model, market)
    ]
    cheapest = min((trim["price"] for trim in trims), key=lambda price: int(price["amount"]))
    return {
        "code": model.code,
        "name": pick(model.name, language),
        "line": pick(model.line, language),
        "body": pick(model.body, language),
        "segment": model.segment,
        "from_price": cheapest,
        "trims": trims,
        "pictures": pictures(release.catalogue, f"model:{model.code}", language),
        "paints": paints(release.catalogue, model, market, language),
    }


def trim_facts(
    release: OnSale, model: Model, trim: Trim, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """A trim with the price of its first car; with what must stand beside it where that price is a reduced one."""
    sheet = first_car(release, model, trim, market, at).sheet
    reduction = sheet.reduction
    return {
        "code": trim.code,
        "name": pick(trim.name, language),
        "pitch": pick(trim.pitch, language),
        "price": money(sheet.total),
        **({} if reduction is None else {"reduction": plain(reduction.facts(), language)}),
        "specs": plain(dict(trim.specs), language),
    }


def first_car(release: OnSale, model: Model, trim: Trim, market: str, at: datetime) -> CarFacts:
    """The car somebody gets who picks nothing but the trim; completed where rules ask for more."""
    chosen: list[str] = [trim.atom]
    try:
        return sheet_for(
            model=model.code, market=market, choices=chosen, release=release.code, now=at
        )
    except NotBuildable:
        finished = complete(
            model=model.code, market=market, choices=chosen, release=release.code, now=at
        )
        return sheet_for(
            model=model.code,
            market=market,
            choices=list(finished.choices),
            release=release.code,
            now=at,
        )


def default_choices(release: OnSale, model: Model, market: str, at: datetime) -> list[str]:
    """Where a buyer starts: the first trim of which a car can be built."""
    for trim in trims_offered(model, market):
        try:
            return list(first_car(release, model, trim, market, at).car.choices)
        except CatalogError:
            continue
    return []


def pictures(catalogue: Catalogue, subject: str, language: str) -> list[dict[str, Any]]:
    """The pictures of a subject such as `model:haven` or `option:haven/paint-ink`."""
    return [picture(each, language) for each in catalogue.pictures.get(subject, ())]


def picture(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """One picture with its text for people who cannot see it."""
    alt = row.get("alt") or ""
    return {
        "role": row["role"],
        "url": row["url"],
        "alt": alt if isinstance(alt, str) else pick(alt, language),
        "width": row.get("width"),
        "height": row.get("height"),
    }


def paints(catalogue: Catalogue, model: Model, market: str, language: str) -> list[dict[str, Any]]:
    """The paints that some trim has in this market, with what a renderer needs."""
    offered = {code for options in model.availability.get(market, {}).values() for code in options}
    return [
        {
            "code": option.code,
            "name": pick(option.name, language),
            "hex": (option.swatch or {}).get("hex"),
            "hex2": (option.swatch or {}).get("hex2"),
            "finish": (option.swatch or {}).get("finish"),
        }
        for option in model.options
        if option.group == PAINT and option.code in offered
    ]
