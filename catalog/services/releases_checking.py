"""What a release must hold before it goes on sale, said in words a marketer can act on.

Errors keep a release from being published, warnings do not. In a market that is prepared but not on
sale everything is a warning. The solver answers exactly: a trim that cannot be built, an option no car
can have and an option no car can do without are found whatever combination of rules causes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Market, Model, Trim, read_catalogue
from catalog.domain.configuration.configurator import Change, Configurator, Status
from catalog.domain.configuration.explanation import Conflict
from catalog.domain.configuration.rules import boundaries
from catalog.domain.pricing import PriceList, book_in_force, local_day, planned_days, sheet_by
from catalog.errors import CatalogError, NotBuildable
from catalog.services.releases_books import published_prices_kept
from kernel.money import Money
from kernel.text import pick

LANGUAGE = "en"
"""Findings are for staff and quote rules in this language."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend (`error`) or to look at (`warning`); `where` says model, market, trim and day."""

    level: str
    where: str
    text: str

    def facts(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep a release from being published."""
    return [finding for finding in findings if finding.level == "error"]


def _silent(_line: str) -> None:
    """Nobody watches."""


def check_document(
    document: Mapping[str, Any],
    *,
    now: datetime,
    previous: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = _silent,
) -> list[Finding]:
    """Every finding about a compiled document, worst first.

    Looks at today and at every later day on which a dated rule or a price book starts or ends. With
    `previous`, the newest release, also whether a published price book changed.
    """
    try:
        catalogue = read_catalogue(document, code="", fingerprint="")
    except (KeyError, ValueError, TypeError) as error:
        return [Finding("error", "the document", f"cannot be read: {error!r}")]
    found = [*_whole(catalogue)]
    for market in catalogue.markets.values():
        found += _market(catalogue, market, now)
        for model in catalogue.models.values():
            if model.availability.get(market.code):
                found += _Check(catalogue, model, market, now).findings()
                progress(f"{model.code} checked for market {market.code}")
    if previous is not None:
        found += [
            Finding("error", where, text)
            for where, text in published_prices_kept(document, previous)
        ]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.level != "error")


def _whole(catalogue: Catalogue) -> Iterator[Finding]:
    if not catalogue.brand:
        yield Finding("error", "the brand", "is missing")
    if not any(market.on_sale for market in catalogue.markets.values()):
        yield Finding("error", "markets", "none is on sale")
    if not catalogue.models:
        yield Finding("error", "models", "there is none")
    for model in catalogue.models.values():
        if not model.trims:
            yield Finding("error", model.code, "has no trim")


def _market(catalogue: Catalogue, market: Market, now: datetime) -> Iterator[Finding]:
    level, today = _level(market), local_day(market, now).isoformat()
    try:
        book_in_force(catalogue, market.code, now)
    except CatalogError as error:
        yield Finding(level, f"market {market.code}", error.message)
    policies = [
        policy
        for policy in catalogue.deposit_policies
        if policy["market"] == market.code and policy["valid_from"] <= today
    ]
    if not policies:
        yield Finding(level, f"market {market.code}", "has no deposit policy in force")
        return
    policy = max(policies, key=lambda row: row["valid_from"])
    for model in catalogue.models.values():
        if model.availability.get(market.code) and model.code not in policy["amounts"]:
            yield Finding(
                level, f"deposit policy {policy['code']}", f"names no amount for {model.code}"
            )


def _level(market: Market) -> str:
    return "error" if market.on_sale else "warning"


class _Check:
    """One model in one market."""

    def __init__(self, catalogue: Catalogue, model: Model, market: Market, now: datetime) -> None:
        self.catalogue = catalogue
        self.model = model
        self.market = market
        self.now = now
        self.level = _level(market)
        self.where = f"{model.code} in {market.code}"
        self.names = {option.code: pick(option.name, LANGUAGE) for option in model.options}
        self.names |= {trim.atom: pick(trim.name, LANGUAGE) for trim in model.trims}
        self.texts = {rule.code: pick(rule.text, LANGUAGE) for rule in model.rules}

    def findings(self) -> list[Finding]:
        """All about this model in this market."""
        found = [*self._prices()]
        today = local_day(self.market, self.now)
        days = [today, *(day for day in boundaries(self.model, self.market.code) if day > today)]
        dead: list[set[tuple[str, str]]] = []
        for day in days:
            try:
                found += self._day(day, dead)
            except CatalogError as error:
                return [*found, Finding(self.level, f"{self.where} on {day}", error.message)]
        found += self._dead(days, dead)
        found += self._references()
        return found

    def named(self, code: str) -> str:
        """`paint-ink` (Ink Black)."""
        return f"`{code}` ({self.names.get(code, 'unknown')})"

    def _day(self, day: date, dead: list[set[tuple[str, str]]]) -> list[Finding]:
        """What is wrong on one day; adds to `dead` the (trim, option) pairs no car can have then."""
        configurator = Configurator(self.model, self.market.code, day)
        found: list[Finding] = []
        never: set[tuple[str, str]] = set()
        for trim in self.model.trims:
            marks = configurator.plan.marks[trim.code]
            statuses = configurator.statuses([trim.atom])
            if not marks or not _buildable(configurator, trim, statuses):
                found.append(self._unbuildable(configurator, trim, day))
                continue
            optional = {code for code, mark in marks.items() if mark == "O"}
            never |= {(trim.code, c) for c in marks if statuses[c].status == "unavailable"}
            for code in sorted(c for c in optional if statuses[c].status == "required"):
                found.append(
                    Finding(
                        "warning",
                        f"{self.where}, {trim.code} on {day}",
                        f"{self.named(code)} is offered as an option, but no car can do without it",
                    )
                )
        dead.append(never)
        return found

    def _unbuildable(self, configurator: Configurator, trim: Trim, day: date) -> Finding:
        where = f"{self.where}, {trim.code} on {day}"
        if not configurator.plan.marks[trim.code]:
            return Finding(self.level, where, "no option is available on this trim")
        reason = self._conflict(configurator, trim, None, day)
        return Finding(self.level, where, f"no car of this trim can be built: {reason}")

    def _conflict(
        self, configurator: Configurator, trim: Trim, option: str | None, day: date
    ) -> str:
        """The minimal conflict in words."""
        prices = self._price_list(self._noon(day))
        answer = configurator.evaluate(
            [trim.atom],
            Change(option) if option else None,
            prices=prices,
            days=lambda car: planned_days(configurator.plan, car),
        )
        return "no reason found" if answer.conflict is None else self._words(answer.conflict)

    def _words(self, conflict: Conflict) -> str:
        rules = [f"rule {code}: {self.texts.get(code, '')}" for code in conflict.rules]
        return "; ".join([*rules, *conflict.structure]) or "the choices exclude each other"

    def _dead(self, days: list[date], dead: list[set[tuple[str, str]]]) -> Iterator[Finding]:
        """Options that no car has: on no day and no trim an error, else a warning."""
        offered: dict[str, set[str]] = {}
        for trim, marks in self.model.availability[self.market.code].items():
            for code in marks:
                offered.setdefault(code, set()).add(trim)
        always = set.intersection(*dead) if dead else set()
        for code, trims in offered.items():
            lost = {trim for trim in trims if (trim, code) in always}
            if lost:
                yield self._lost(code, lost, trims, days[0])
        for day, never in zip(days, dead, strict=True):
            for trim, code in sorted(never - always):
                yield Finding(
                    "warning",
                    f"{self.where}, {trim} on {day}",
                    f"{self.named(code)} cannot be had on that day",
                )

    def _lost(self, code: str, lost: set[str], trims: set[str], day: date) -> Finding:
        trim = next(t for t in self.model.trims if t.code in lost)
        configurator = Configurator(self.model, self.market.code, day)
        reason = self._conflict(configurator, trim, code, day)
        if lost == trims:
            return Finding(self.level, self.where, f"no car can have {self.named(code)}: {reason}")
        where = f"{self.where}, {', '.join(sorted(lost))}"
        return Finding(
            "warning", where, f"{self.named(code)} is offered but cannot be had: {reason}"
        )

    def _noon(self, day: date) -> datetime:
        return datetime.combine(day, time(12), ZoneInfo(self.market.timezone))

    def _price_list(self, at: datetime) -> PriceList:
        book = book_in_force(self.catalogue, self.market.code, at)
        return PriceList(self.model, self.market.code, book, self.catalogue)

    def _prices(self) -> Iterator[Finding]:
        """In each book in force now or later, every trim and every option on offer has a price."""
        books = [b for b in self.catalogue.price_books if b.market == self.market.code]
        moments = [self.now, *(book.valid_from for book in books if book.valid_from > self.now)]
        for at in moments:
            try:
                prices = self._price_list(at)
            except CatalogError as error:
                yield Finding(self.level, f"{self.where}, prices", error.message)
                continue
            yield from self._unpriced(prices)

    def _unpriced(self, prices: PriceList) -> Iterator[Finding]:
        where = f"{self.where}, price book {prices.book.code}"
        for trim in self.model.trims:
            marks = self.model.availability[self.market.code].get(trim.code, {})
            if not prices.rows(trim.atom, trim.code):
                yield Finding(self.level, where, f"says no price for trim {self.named(trim.atom)}")
            for code, mark in marks.items():
                if mark == "O" and not prices.rows(code, trim.code):
                    yield Finding(
                        self.level, where, f"says no price for {self.named(code)} on {trim.code}"
                    )

    def _references(self) -> Iterator[Finding]:
        for car in self.model.reference_cars:
            if car["market"] != self.market.code:
                continue
            try:
                said = self._reference(car)
            except CatalogError as error:
                said = error.message
            if said:
                yield Finding(self.level, f"reference car {car['code']}", said)

    def _reference(self, car: Mapping[str, Any]) -> str | None:
        """What is wrong with a reference car, None when it is what it was expected to be."""
        day = date.fromisoformat(car["date"])
        try:
            built = Configurator(self.model, self.market.code, day).car(
                [TRIM_PREFIX + car["trim"], *car["choices"]]
            )
        except NotBuildable as error:
            return _refused(car, error)
        if car["expect"] == "invalid":
            return f"should break {', '.join(car.get('violates', ()))}, but can be built"
        sheet = sheet_by(self._price_list(self._noon(day)), self.market, built)
        if sheet.price_book != car["price_book"]:
            return f"is priced by {sheet.price_book}, expected {car['price_book']}"
        if sheet.list_price.minor != car["total"]:
            return f"costs {sheet.list_price}, expected {Money(car['total'], sheet.currency)}"
        return None


def _refused(car: Mapping[str, Any], error: NotBuildable) -> str | None:
    if car["expect"] == "valid":
        return error.message
    broken = {v["code"] for v in error.facts["violations"] if "code" in v}
    wanted = set(car.get("violates", ()))
    return (
        None
        if wanted <= broken
        else f"should break {', '.join(sorted(wanted))}, breaks {', '.join(sorted(broken))}"
    )


def _buildable(configurator: Configurator, trim: Trim, statuses: Mapping[str, Status]) -> bool:
    """Whether some car of the trim exists: its plain car, or one that differs from it by an option it can have."""
    plan = configurator.plan
    return not plan.violations(plan.close([trim.atom])) or any(
        status.status in ("available", "required")
        for code, status in statuses.items()
        if not code.startswith(TRIM_PREFIX)
    )
