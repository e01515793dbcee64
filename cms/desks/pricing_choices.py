"""What somebody asks the price preview: a form in a query, read without refusing anything, and what it offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Group, Model, Option
from catalog.domain.pricing import local_day
from cms.words import said
from kernel.money import Money

WORDS = 10
"""So many code words are read."""
LONGEST = 15
"""Characters of an amount."""


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """The options of a group that the trim can have at a choice; `one`: exactly one of them is on every car."""

    group: Group
    options: tuple[Option, ...]
    standard: Option | None

    @property
    def one(self) -> bool:
        """Whether exactly one of the group is on the car."""
        return self.group.choose == "one"


@dataclass(frozen=True, slots=True)
class Choices:
    """The form as it stands: what was asked, and what may be asked instead."""

    catalogue: Catalogue
    market: str
    model: str
    trim: str
    options: tuple[str, ...]
    day: date
    proofs: frozenset[str]
    words: tuple[str, ...]
    product: str
    down: Money | None

    @property
    def clicks(self) -> tuple[str, ...]:
        """The trim and the options."""
        return (TRIM_PREFIX + self.trim, *self.options)

    @property
    def car(self) -> str:
        """Model and trim as the form names them."""
        return f"{self.model}/{self.trim}"

    @property
    def said_words(self) -> str:
        """The code words as they are typed."""
        return " ".join(self.words)

    @property
    def currency(self) -> str:
        """The market's currency."""
        return self.catalogue.markets[self.market].currency

    @property
    def said_down(self) -> str:
        """The down payment as it is typed; empty for the usual one."""
        return str(self.down.decimal) if self.down else ""

    @property
    def models(self) -> list[Model]:
        """Every model that the market is offered."""
        return _offered(self.catalogue, self.market)

    @property
    def groups(self) -> list[OptionGroup]:
        """What the trim can have, by group."""
        return list(_groups(self.catalogue.models[self.model], self.market, self.trim))

    @property
    def asked_for(self) -> list[tuple[str, str]]:
        """Every proof that an offer of the market needs, in words."""
        rows = self.catalogue.incentives
        needs = [row.get("needs") for row in rows if row["market"] in ("*", self.market)]
        return [(code, said("proof", code)) for code in dict.fromkeys(needs) if code]

    @property
    def products(self) -> list[Mapping[str, Any]]:
        """The loans and leases of the market's lenders, as the release says them."""
        lenders = {row["code"] for row in self.catalogue.lenders if row["market"] == self.market}
        return [row for row in self.catalogue.finance_products if row["lender"] in lenders]


def choices_of(catalogue: Catalogue, query: QueryDict, now: datetime) -> Choices:
    """What the query asks of this catalogue; whatever it does not know becomes the first there is."""
    market = query.get("market", "")
    if market not in catalogue.markets:
        market = next(iter(catalogue.markets))
    model, trim = _car(catalogue, market, query.get("car", ""))
    listed = {o.code for g in _groups(model, market, trim) for o in g.options}
    return Choices(
        catalogue=catalogue,
        market=market,
        model=model.code,
        trim=trim,
        options=tuple(dict.fromkeys(code for code in query.getlist("o") if code in listed)),
        day=_day(query.get("day", "")) or local_day(catalogue.markets[market], now),
        proofs=frozenset(filter(None, query.getlist("proof"))),
        words=tuple(query.get("words", "").replace(",", " ").replace("，", " ").split()[:WORDS]),
        product=query.get("product", ""),
        down=_amount(query.get("down", ""), catalogue.markets[market].currency),
    )


def _offered(catalogue: Catalogue, market: str) -> list[Model]:
    return [model for model in catalogue.models.values() if model.availability.get(market)]


def _car(catalogue: Catalogue, market: str, asked: str) -> tuple[Model, str]:
    models = _offered(catalogue, market) or list(catalogue.models.values())
    code, _slash, trim = asked.partition("/")
    model = next((one for one in models if one.code == code), models[0])
    trims = [one.code for one in model.trims]
    return model, trim if trim in trims else next(iter(trims), "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _amount(text: str, currency: str) -> Money | None:
    """What was typed as an amount above nothing; None for anything else."""
    plain = text.replace(",", "").replace("，", "").strip()
    if not plain.replace(".", "", 1).isdecimal() or len(plain) > LONGEST:
        return None
    try:
        found = Money.of(plain, currency)
    except ValueError:
        return None
    return found if found.minor > 0 else None


def _groups(model: Model, market: str, trim: str) -> Iterator[OptionGroup]:
    marks = model.availability.get(market, {}).get(trim, {})
    for group in model.groups:
        members = [option for option in model.options if option.group == group.code]
        standard = next((o for o in members if marks.get(o.code) == "S"), None)
        found = tuple(option for option in members if marks.get(option.code) == "O")
        if found:
            yield OptionGroup(group, found, standard)
