"""Premiums from the documented table: fixed premium plus a share of the car's price (`docs/rules/insurance.md`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.domain.catalogue import Model
from checkout.domain.driver import in_order
from checkout.errors import CoverNotOffered, CoversOfTwoInsurers, UnknownCover
from kernel.money import Money
from kernel.text import Text

COMPULSORY = "compulsory"
ANY = "any"
FIRST_YEAR = "first-year"


@dataclass(frozen=True, slots=True)
class Cover:
    """An insurance product; `per_seat` premiums count every seat but the driver's."""

    code: str
    kind: str
    insurer: str
    insurer_name: Text
    name: Text
    text: Text
    per_seat: bool
    gate: str
    """The order's event that this cover must precede, e.g. `handover`; empty for none."""

    @property
    def mandatory(self) -> bool:
        """Whether no car may go on the road without it."""
        return self.kind == COMPULSORY


@dataclass(frozen=True, slots=True)
class Risk:
    """What a premium depends on: car, seats, price, driver and history."""

    model: str
    seats: int
    price: Money
    driver_age: int
    no_claims_class: str = ""
    period: str = FIRST_YEAR


@dataclass(frozen=True, slots=True)
class Premium:
    """The premium of one cover for one year."""

    cover: Cover
    amount: Money


@dataclass(frozen=True, slots=True)
class Covers:
    """What insurers offer in one market, with the premium table of the release."""

    market: str
    currency: str
    covers: tuple[Cover, ...]
    rows: tuple[Mapping[str, Any], ...]

    def cover(self, code: str) -> Cover:
        """The cover of that code; raises UnknownCover with the codes there are."""
        for cover in self.covers:
            if cover.code == code:
                return cover
        raise UnknownCover(
            f"insurance: there is no {code!r} in this market",
            facts={"product": code, "products": [c.code for c in self.covers]},
        )

    @property
    def insurers(self) -> tuple[str, ...]:
        """Codes of the insurers, in the order of the catalogue."""
        return tuple(dict.fromkeys(cover.insurer for cover in self.covers))

    @property
    def compulsory(self) -> tuple[Cover, ...]:
        """The covers without which the key is not handed over."""
        return tuple(cover for cover in self.covers if cover.mandatory)

    def premium(self, *, cover: Cover, risk: Risk) -> Premium:
        """The year's premium; the most specific row of the table wins; raises CoverNotOffered."""
        fitting = [row for row in self.rows if row["product"] == cover.code and _fits(row, risk)]
        if not fitting:
            raise self._not_offered(cover, risk)
        row = max(fitting, key=_specific)
        share = risk.price.times(Decimal(row["share_of_car_price"]))
        amount = Money(row["fixed_premium"], self.currency) + share
        return Premium(cover, amount * (risk.seats - 1) if cover.per_seat else amount)

    def _not_offered(self, cover: Cover, risk: Risk) -> CoverNotOffered:
        """Names the one fact that stands against the cover and what it may be; neither where it takes more than one."""
        facts = {name: getattr(risk, name) for name in FITS}
        field, allowed = self._in_the_way(cover, risk)
        mend = (
            f"{field}: {facts[field]!r} has no premium; say one of {', '.join(allowed)}, or leave this cover out"
            if field
            else "leave this cover out"
        )
        return CoverNotOffered(
            f"{cover.code} is not offered for these facts; {mend}",
            facts={"product": cover.code, "field": field, "allowed": allowed, **facts},
        )

    def _in_the_way(self, cover: Cover, risk: Risk) -> tuple[str, list[str]]:
        mine = [row for row in self.rows if row["product"] == cover.code]
        for name in FITS:
            others = [fits for each, fits in FITS.items() if each != name]
            near = [row[name] for row in mine if all(fits(row, risk) for fits in others)]
            if near:
                return name, in_order(near)
        return "", []


def seats_of(model: Model, trim: str, options: Iterable[str]) -> int:
    """Seats of a car: from an option `seat-N` on it, else as the trim is built."""
    for code in options:
        name, _, count = code.partition("-")
        if name == "seat" and count.isdigit():
            return int(count)
    return int(model.trim(trim).specs["seats"])


def chosen_covers(*, covers: Covers, wanted: Sequence[str] | None) -> tuple[Cover, ...]:
    """Which covers a quote holds, all of one insurer, in the order of the catalogue.

    None: what the law requires and nothing else, at the first insurer. Codes: those, with what the law requires at
    their insurer. An empty list: none through us, the buyer brings the compulsory cover. Raises UnknownCover,
    CoversOfTwoInsurers.
    """
    if wanted is not None and not wanted:
        return ()
    named = [covers.cover(code) for code in wanted or ()]
    codes = {cover.code for cover in named}
    insurers = {cover.insurer for cover in named or covers.covers[:1]}
    if len(insurers) > 1:
        raise CoversOfTwoInsurers(
            "insurance: one policy has one insurer; take all covers from one of them",
            facts={
                "insurers": {
                    code: [cover.code for cover in named if cover.insurer == code]
                    for code in sorted(insurers)
                }
            },
        )
    return tuple(
        cover
        for cover in covers.covers
        if cover.insurer in insurers and (cover.mandatory or cover.code in codes)
    )


def read_covers(
    *,
    products: Sequence[Mapping[str, Any]],
    insurers: Sequence[Mapping[str, Any]],
    premiums: Sequence[Mapping[str, Any]],
    market: str,
    currency: str,
) -> Covers:
    """The covers of `market` from the rows of a release (money in minor units, shares as decimal strings)."""
    names = {row["code"]: row["name"] for row in insurers}
    covers = tuple(
        Cover(
            code=row["code"],
            kind=row["kind"],
            insurer=row["insurer"],
            insurer_name=names[row["insurer"]],
            name=row["name"],
            text=row["text"],
            per_seat=bool(row.get("per_seat")),
            gate=row.get("gate") or "",
        )
        for row in products
        if row["market"] == market
    )
    return Covers(market=market, currency=currency, covers=covers, rows=tuple(premiums))


def _fits(row: Mapping[str, Any], risk: Risk) -> bool:
    return all(fits(row, risk) for fits in FITS.values())


def _seats_fit(band: str, seats: int) -> bool:
    return band == ANY or (band == "lt6" and seats < 6) or (band == "ge6" and seats >= 6)


def _age_fits(band: str, age: int) -> bool:
    if band == ANY:
        return True
    if band.endswith("+"):
        return age >= int(band[:-1])
    youngest, _, oldest = band.partition("-")
    return int(youngest) <= age <= int(oldest)


FITS: Mapping[str, Callable[[Mapping[str, Any], Risk], bool]] = {
    "no_claims_class": lambda row, risk: row["no_claims_class"] in (risk.no_claims_class, ANY),
    "driver_age": lambda row, risk: _age_fits(row["driver_age"], risk.driver_age),
    "seats": lambda row, risk: _seats_fit(row["seats"], risk.seats),
    "model": lambda row, risk: row["model"] in (risk.model, ANY),
    "period": lambda row, risk: row["period"] in (risk.period, ANY),
}
"""Column of the premium table -> whether a row fits in it; what a buyer says first, as a refusal names the first."""


def _specific(row: Mapping[str, Any]) -> int:
    return sum(row[name] != ANY for name in FITS)
