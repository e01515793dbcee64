"""Which incentives a car has on a day for a buyer, and what they take off (`docs/rules/incentives.md`). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalog.errors import UnknownVoucher
from kernel.money import Money
from kernel.text import Text

PRICE_BONUS, OPTION_BONUS = "price_bonus", "option_bonus"
EDITION, CAMPAIGN, BENEFIT = "limited_edition", "finance_campaign", "benefit"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a buyer says that a price may depend on: proofs to bring, code words, the finance product asked for.

    `holds` are the offers in which an order of theirs has a place already: its own place is not taken from it.
    """

    proofs: frozenset[str] = frozenset()
    vouchers: tuple[str, ...] = ()
    product: str | None = None
    holds: frozenset[str] = frozenset()

    def others(self, taken: Mapping[str, int]) -> Mapping[str, int]:
        """How much of each quota the others have."""
        if not self.holds:
            return taken
        return {code: much - (code in self.holds) for code, much in taken.items()}


NOBODY = Buyer()
"""A buyer of whom nothing is known: public prices are for nobody."""


@dataclass(frozen=True, slots=True)
class Incentive:
    """A row of the release, read for one market; `amounts` by model, in minor units of its currency."""

    code: str
    kind: str
    models: frozenset[str]
    amounts: Mapping[str, int]
    option: str
    amount: int
    product: str
    value: Any
    first_day: date
    end: date | None
    stack: bool
    needs: str
    voucher: str
    quota: int | None
    name: Text
    text: Text

    @property
    def public(self) -> bool:
        """Whether it applies by itself, for everybody: no proof, no code word, no finance product."""
        return not self.needs and not self.voucher and self.kind != CAMPAIGN

    def off(self, model: str, lines: Mapping[str, int]) -> int:
        """What it takes off a car of these price lines (code -> minor units); an option's bonus stops at its price."""
        if self.kind == PRICE_BONUS:
            return self.amounts[model]
        if self.kind == OPTION_BONUS:
            return min(self.amount, lines.get(self.option, 0))
        return 0


@dataclass(frozen=True, slots=True)
class Applied:
    """An incentive on this car: `off` is zero or more, in minor units."""

    incentive: Incentive
    off: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What applies, in the catalogue's order, and why each other incentive of this market and model does not."""

    applied: tuple[Applied, ...]
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def off(self) -> int:
        """The sum of the reductions in minor units."""
        return sum(one.off for one in self.applied)


@dataclass(frozen=True, slots=True)
class Subject:
    """The car that is asked about: `lines` are its charged price lines in minor units, `options` all codes on it."""

    model: str
    options: Collection[str]
    lines: Mapping[str, int]
    list_price: int


def read_incentives(rows: Sequence[Mapping[str, Any]], market: str) -> tuple[Incentive, ...]:
    """The incentives of a market from the rows of a release, in order; raises KeyError for a malformed row."""
    return tuple(_incentive(row, market) for row in rows if row["market"] in ("*", market))


def _incentive(row: Mapping[str, Any], market: str) -> Incentive:
    models = row["models"]
    by_market = row.get("quota_by_market") or {}
    until = row.get("until")
    return Incentive(
        code=row["code"],
        kind=row["kind"],
        models=frozenset(models),
        amounts=dict(models) if isinstance(models, Mapping) else {},
        option=row.get("option") or "",
        amount=row.get("amount") or 0,
        product=row.get("product") or "",
        value=row.get("value"),
        first_day=date.fromisoformat(row["from"]),
        end=date.fromisoformat(until) if until else None,
        stack=bool(row.get("stack")),
        needs=row.get("needs") or "",
        voucher=(row.get("voucher") or "").casefold(),
        quota=by_market.get(market, row.get("quota")),
        name=row["name"],
        text=row.get("text") or {},
    )


def refusal(
    one: Incentive, *, subject: Subject, day: date, buyer: Buyer, taken: Mapping[str, int]
) -> str | None:
    """Why an incentive does not apply, leaving aside the others; None where it does."""
    return (
        _not_there(one, subject.model, day)
        or _not_on(one, subject)
        or _not_theirs(one, buyer, taken)
    )


def _not_there(one: Incentive, model: str, day: date) -> str | None:
    if model not in one.models:
        return "model"
    if day < one.first_day:
        return "not-yet"
    return "over" if one.end is not None and one.end <= day else None


def _not_on(one: Incentive, subject: Subject) -> str | None:
    missing = bool(one.option) and one.option not in subject.options
    free = one.kind == OPTION_BONUS and not subject.lines.get(one.option)
    return "option" if missing or free else None


def _not_theirs(one: Incentive, buyer: Buyer, taken: Mapping[str, int]) -> str | None:
    if one.needs and one.needs not in buyer.proofs:
        return "proof"
    if one.voucher and one.voucher not in {word.casefold() for word in buyer.vouchers}:
        return "voucher"
    if one.kind == CAMPAIGN and one.product != buyer.product:
        return "product"
    return "quota" if one.quota is not None and taken.get(one.code, 0) >= one.quota else None


def incentives_for(
    incentives: Sequence[Incentive],
    *,
    subject: Subject,
    day: date,
    buyer: Buyer = NOBODY,
    taken: Mapping[str, int] | None = None,
) -> Answer:
    """What applies to the car on `day`; `taken` says how much of each quota is used.

    Raises UnknownVoucher for a code word that no incentive of this market has.
    """
    _check_vouchers(incentives, buyer)
    mine = [one for one in incentives if subject.model in one.models]
    refused: dict[str, str] = {}
    fitting: list[Incentive] = []
    for one in mine:
        why = refusal(one, subject=subject, day=day, buyer=buyer, taken=taken or {})
        if why is None:
            fitting.append(one)
        else:
            refused[one.code] = why
    found = _combined(fitting, subject)
    kept = {one.incentive.code for one in found}
    refused |= {one.code: "not-combinable" for one in fitting if one.code not in kept}
    return Answer(found, refused)


def possible(
    incentives: Sequence[Incentive],
    *,
    model: str,
    day: date,
    buyer: Buyer = NOBODY,
    taken: Mapping[str, int] | None = None,
) -> tuple[Incentive, ...]:
    """Those that can apply to some car of the model that day for that buyer; raises UnknownVoucher.

    With `applied` the same as `incentives_for`, for those who price many cars.
    """
    _check_vouchers(incentives, buyer)
    return tuple(
        one
        for one in incentives
        if _not_there(one, model, day) is None and _not_theirs(one, buyer, taken or {}) is None
    )


def applied(found: Sequence[Incentive], subject: Subject) -> tuple[Applied, ...]:
    """What applies to a car of those that are `possible`, in the catalogue's order."""
    return _combined([one for one in found if _not_on(one, subject) is None], subject)


def _combined(fitting: Sequence[Incentive], subject: Subject) -> tuple[Applied, ...]:
    """All that stack and the best of the others; together they take off an option what it costs at most."""
    offs: dict[str, int] = {}
    left = subject.lines
    for one in fitting:
        if one.stack:
            offs[one.code] = one.off(subject.model, left)
            if one.kind == OPTION_BONUS:
                left = {**left, one.option: left[one.option] - offs[one.code]}
    alone = [one for one in fitting if not one.stack]
    if alone:
        best = max(
            alone,
            key=lambda one: (
                one.off(subject.model, left),
                one.kind == EDITION,
                -alone.index(one),
            ),
        )
        offs[best.code] = best.off(subject.model, left)
    return tuple(Applied(one, offs[one.code]) for one in fitting if one.code in offs)


def _check_vouchers(incentives: Sequence[Incentive], buyer: Buyer) -> None:
    known = {one.voucher for one in incentives if one.voucher}
    strange = [word for word in buyer.vouchers if word.casefold() not in known]
    if strange:
        raise UnknownVoucher(
            f"vouchers: no offer here knows {', '.join(strange)}",
            facts={"vouchers": strange},
        )


def money_off(one: Applied, currency: str) -> Money:
    """The reduction as a negative amount: what a price sheet's line shows."""
    return Money(-one.off, currency)
