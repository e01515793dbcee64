"""What is on sale, as frozen facts read from a compiled release document.

The document is plain JSON (see `docs/rules/release.md`); these classes are its typed view, and every
other module of the domain speaks in them. Money in the document is integer minor units of the
market's currency; shares and rates are decimal strings; dates are ISO, moments RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from catalog.domain.law import Law, read_law
from kernel.text import Text

Found = TypeVar("Found")
TRIM_PREFIX = "trim:"
"""A trim is a choice like any other: the buyer's choices name it as `trim:voyage`."""


@dataclass(frozen=True, slots=True)
class Trim:
    """A version of a model; `code` without the prefix."""

    code: str
    name: Text
    pitch: Text
    vin_digit: str
    specs: Mapping[str, Any]

    @property
    def atom(self) -> str:
        """How choices and rules name this trim: `trim:CODE`."""
        return TRIM_PREFIX + self.code


@dataclass(frozen=True, slots=True)
class Group:
    """An option group; `choose` is `one` (exactly one option on every car) or `any`."""

    code: str
    name: Text
    choose: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something a buyer can pick; a package names the options it `contains`."""

    code: str
    group: str
    name: Text
    pitch: Text
    swatch: Mapping[str, str] | None = None
    contains: tuple[str, ...] = ()
    quota: int | None = None
    media: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One authored rule; `kind` is requires, excludes, includes, exactly, at_most, at_least, boolean or lead.

    `when`, `then` and `must` are expressions (see `configuration.expression`). Silent outside its scope:
    `market`, `trims`, and the days `valid_from` <= day < `valid_until`.
    """

    code: str
    kind: str
    text: Text
    when: str | None = None
    then: str | None = None
    must: str | None = None
    excluded: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    count: int | None = None
    of: tuple[str, ...] = ()
    add_days: int = 0
    market: str | None = None
    trims: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price: `kind` is trim, option or package; `trim` a code or `*`; `when` an expression over the finished car."""

    price_book: str
    kind: str
    code: str
    trim: str
    when: str | None
    amount: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every price of a market from `valid_from` on; a later book lists only changes to `based_on`."""

    code: str
    market: str
    currency: str
    valid_from: datetime
    based_on: str | None


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Delivery days of a trim or an option; `market` a code or `*`."""

    market: str
    kind: str
    code: str
    days: int


@dataclass(frozen=True, slots=True)
class Market:
    """Where we sell: currency, languages, tax and law as data."""

    code: str
    name: Text
    currency: str
    languages: tuple[str, ...]
    timezone: str
    vat_rate: Decimal
    vat_included: bool
    mandatory: tuple[str, ...]
    delivery_fee: int
    delivery_fee_in_price: bool
    delivery_text: Text
    on_sale: bool
    notice: Text | None = None
    """What buyers there are told on every page, such as that it is a demonstration."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with everything a buyer can pick on it, in every market."""

    code: str
    name: Text
    line: Text
    body: Text
    segment: str
    vin_letter: str
    model_years: tuple[Mapping[str, Any], ...]
    dimensions_mm: Mapping[str, int]
    battery_steps: tuple[Mapping[str, Any], ...]
    trims: tuple[Trim, ...]
    groups: tuple[Group, ...]
    options: tuple[Option, ...]
    availability: Mapping[str, Mapping[str, Mapping[str, str]]]
    """market -> trim -> option -> `S` (standard) or `O` (optional); an option not listed cannot be had."""
    rules: tuple[Rule, ...]
    prices: tuple[PriceRow, ...]
    lead_times: tuple[LeadTime, ...]
    reference_cars: tuple[Mapping[str, Any], ...]
    diagrams: Mapping[str, str] = field(default_factory=dict)
    """Compiled answers by problem, see `configuration.diagram.stored`; empty in a release made without them."""

    def trim(self, code: str) -> Trim:
        """The trim of that code; raises KeyError."""
        return next_or_key_error((t for t in self.trims if t.code == code), code)

    def option(self, code: str) -> Option:
        """The option of that code; raises KeyError."""
        return next_or_key_error((o for o in self.options if o.code == code), code)


def next_or_key_error(found: Iterable[Found], code: str) -> Found:
    """The first of `found`; raises KeyError naming `code`."""
    for item in found:
        return item
    raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A compiled release, read: what is on sale and by which rules."""

    code: str
    fingerprint: str
    brand: Mapping[str, Any]
    markets: Mapping[str, Market]
    price_books: tuple[PriceBook, ...]
    models: Mapping[str, Model]
    deposit_policies: tuple[Mapping[str, Any], ...]
    order_policies: tuple[Mapping[str, Any], ...]
    """Empty in a release made before there were such policies."""
    payment_methods: tuple[Mapping[str, Any], ...]
    """Empty in a release made before ways to pay were data."""
    lenders: tuple[Mapping[str, Any], ...]
    finance_products: tuple[Mapping[str, Any], ...]
    insurers: tuple[Mapping[str, Any], ...]
    insurance_products: tuple[Mapping[str, Any], ...]
    premiums: tuple[Mapping[str, Any], ...]
    services: tuple[Mapping[str, Any], ...]
    incentives: tuple[Mapping[str, Any], ...]
    places: tuple[Mapping[str, Any], ...]
    law: Law
    pictures: Mapping[str, tuple[Mapping[str, Any], ...]]
    """Subject (`model:haven`, `option:haven/paint-ink`) -> pictures as `{role, url, alt, width, height}`."""


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        code=row["code"],
        kind=row["kind"],
        text=row["text"],
        when=row.get("if"),
        then=row.get("then"),
        must=row.get("must"),
        excluded=tuple(row.get("not") or ()),
        adds=tuple(row.get("adds") or ()),
        count=row.get("count"),
        of=tuple(row.get("of") or ()),
        add_days=row.get("add_days") or 0,
        market=row.get("market"),
        trims=tuple(row.get("trims") or ()),
        valid_from=_day(row.get("from")),
        valid_until=_day(row.get("until")),
    )


def _option(row: Mapping[str, Any]) -> Option:
    return Option(
        code=row["code"],
        group=row["group"],
        name=row["name"],
        pitch=row.get("pitch") or {},
        swatch=row.get("swatch"),
        contains=tuple(row.get("contains") or ()),
        quota=row.get("quota"),
        media=row.get("media") or {},
    )


def _model(row: Mapping[str, Any]) -> Model:
    return Model(
        code=row["code"],
        name=row["name"],
        line=row["line"],
        body=row["body"],
        segment=row["segment"],
        vin_letter=row["vin_letter"],
        model_years=tuple(row["model_years"]),
        dimensions_mm=row["dimensions_mm"],
        battery_steps=tuple(row["battery_steps"]),
        trims=tuple(
            Trim(t["code"], t["name"], t.get("pitch") or {}, str(t["vin_digit"]), t["specs"])
            for t in row["trims"]
        ),
        groups=tuple(Group(g["code"], g["name"], g["choose"]) for g in row["groups"]),
        options=tuple(_option(o) for o in row["options"]),
        availability=row["availability"],
        rules=tuple(_rule(r) for r in row["rules"]),
        prices=tuple(
            PriceRow(
                p["price_book"],
                p["kind"],
                p["code"],
                p["trim"] or "*",
                p.get("when"),
                p["amount"],
                p.get("note") or "",
            )
            for p in row["prices"]
        ),
        lead_times=tuple(
            LeadTime(x["market"], x["kind"], x["code"], x["days"]) for x in row["lead_times"]
        ),
        reference_cars=tuple(row["reference_cars"]),
        diagrams=row.get("diagrams") or {},
    )


def _market(row: Mapping[str, Any]) -> Market:
    return Market(
        code=row["code"],
        name=row["name"],
        currency=row["currency"],
        languages=tuple(row["languages"]),
        timezone=row["timezone"],
        vat_rate=Decimal(row["vat"]["rate"]),
        vat_included=row["vat"]["included"],
        mandatory=tuple(row["mandatory"]),
        delivery_fee=row["delivery_fee"]["amount"],
        delivery_fee_in_price=row["delivery_fee"]["in_list_price"],
        delivery_text=row["delivery_fee"]["text"],
        on_sale=row["on_sale"],
        notice=row.get("notice") or None,
    )


def read_catalogue(document: Mapping[str, Any], *, code: str, fingerprint: str) -> Catalogue:
    """The typed view of a release document of format 1; raises KeyError where a part is missing."""
    return Catalogue(
        code=code,
        fingerprint=fingerprint,
        brand=document["brand"],
        markets=MappingProxyType({m["code"]: _market(m) for m in document["markets"]}),
        price_books=tuple(
            PriceBook(
                b["code"],
                b["market"],
                b["currency"],
                datetime.fromisoformat(b["valid_from"]),
                b.get("based_on"),
            )
            for b in document["price_books"]
        ),
        models=MappingProxyType({m["code"]: _model(m) for m in document["models"]}),
        deposit_policies=tuple(document["deposit_policies"]),
        order_policies=tuple(document.get("order_policies", ())),
        payment_methods=tuple(document.get("payment_methods", ())),
        lenders=tuple(document["lenders"]),
        finance_products=tuple(document["finance_products"]),
        insurers=tuple(document["insurers"]),
        insurance_products=tuple(document["insurance_products"]),
        premiums=tuple(document["premiums"]),
        services=tuple(document["services"]),
        incentives=tuple(document["incentives"]),
        places=tuple(document["places"]),
        law=read_law(document.get("law", ())),
        pictures=MappingProxyType({k: tuple(v) for k, v in document["pictures"].items()}),
    )
