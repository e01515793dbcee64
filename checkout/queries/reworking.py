"""Works the document of a placed order out again with other wishes, by the very function that works a quote out.

What stays keeps the release, moment and prices that the order was promised; what was agreed once and is asked for again is
that very document (`docs/rules/amendments.md`). Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.domain.catalogue import TRIM_PREFIX, Market
from catalog.domain.incentives import Subject
from catalog.domain.price_sheet import PriceLine, PriceSheet
from catalog.domain.pricer import Offers
from catalog.errors import CatalogError, NotBuildable, UnknownOption
from catalog.queries.builds import SavedCar
from catalog.queries.configuring import evaluate, selling
from catalog.queries.on_sale import OnSale, on_sale, release, sold_at
from catalog.queries.pricing import terms_now
from checkout.domain.agreed import car_in, first_release, place_in, quoted_at, window_in
from checkout.domain.amendment import FEE, FEE_NAME, fee_in, same_terms
from checkout.domain.amounts import Json, money_of
from checkout.domain.asking import Asked
from checkout.domain.delivery import day_in, window
from checkout.domain.extras import SERVICE
from checkout.domain.sheets import car_sheet, summed
from checkout.errors import CheckoutError
from checkout.models import Order
from checkout.queries.held_offers import held_offers
from checkout.queries.quoting import At, Basis, Priced, built, buyer_of, document_of
from kernel.money import Money

PROMISED, TODAY, RETURNED = "promised", "today", "returned"
"""At which prices a change is worked out."""
CAPPED = frozenset({"base", "option", "package", SERVICE})


@dataclass(frozen=True, slots=True)
class Version:
    """What an order stood at once: what it asked for, and the document that was agreed."""

    request: Json
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the order shall ask for; `car` is None where the car stays."""

    asked: Asked
    request: Json
    car: SavedCar | None


@dataclass(frozen=True, slots=True)
class Reworked:
    """The document that the wishes lead to, at PROMISED, TODAY's or RETURNED prices."""

    document: Mapping[str, Any]
    prices: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a change is held to: the loan may not change where it is `lent_stays`; `fee` is added for a change of the car."""

    lent_stays: bool
    fee: Money


def reworked(
    *, row: Order, versions: Sequence[Version], wanted: Wanted, limits: Limits, now: datetime
) -> Reworked:
    """The order's document with other wishes; `versions` oldest first, the last one in force.

    Raises what `quoting.worked_out` raises; NotBuildable with the minimal `conflict` and up to three `repairs`.
    """
    present = versions[-1]
    for earlier in reversed(versions):
        if _same_request(earlier, wanted.request) and (
            not limits.lent_stays or _lent(earlier.document) == _lent(present.document)
        ):
            return Reworked(earlier.document, PROMISED if earlier is present else RETURNED)
    bench = _Bench(row, versions, wanted, limits, now)
    found = bench.work()
    # What was agreed without a fee costs none again.
    free = [found] if not bench.fee else [found, bench.without_fee()]
    for again in free:
        for earlier in reversed(versions):
            if same_terms(earlier.document, again.document):
                return Reworked(earlier.document, PROMISED if earlier is present else RETURNED)
    return found


def _same_request(version: Version, wanted: Json) -> bool:
    place = version.request["place"] or place_in(version.document)
    return _bare({**version.request, "place": place}) == _bare(wanted)


def _bare(request: Json) -> Json:
    extras = {one["code"]: one["wanted"] for one in request["extras"]}
    return {**request, "build": None, "extras": extras}


def _lent(document: Mapping[str, Any]) -> Money:
    return money_of(document["balance"]["financed"])


class _Bench:
    """One change of one order on the bench: its releases, what stays, and what is asked for."""

    def __init__(
        self,
        row: Order,
        versions: Sequence[Version],
        wanted: Wanted,
        limits: Limits,
        now: datetime,
    ) -> None:
        self.row, self.versions, self.wanted, self.limits = row, versions, wanted, limits
        self.present = versions[-1].document
        self.own = At(_own_release(row, self.present), quoted_at(self.present))
        self.today = At(on_sale(), now)
        self.holds = frozenset(held_offers(self.present))
        self.fee = fee_in(self.present)
        if wanted.car is not None:
            self.fee += limits.fee

    def without_fee(self) -> Reworked:
        """The same without any fee for changes."""
        self.fee = Money.zero(self.row.currency)
        return self.work()

    def work(self) -> Reworked:
        """At the promised prices where they are known, else at today's."""
        self._check_sold()
        try:
            return Reworked(self.document(self.own), PROMISED)
        except (CatalogError, CheckoutError) as error:
            if self.own.shelf.code == self.today.shelf.code:
                raise self._explained(error, self.own) from None
        try:
            return Reworked(self.document(self.today), TODAY)
        except NotBuildable as error:
            raise self._explained(error, self.today) from None

    def _check_sold(self) -> None:
        """What is added has to be sold today, or to have been on the order before; raises UnknownOption."""
        car, today = self.wanted.car, self.today.shelf.catalogue
        if car is None or self.own.shelf.code == self.today.shelf.code:
            return
        model = today.models.get(car.model)
        sold = {option.code for option in model.options} if model else set()
        sold |= {trim.atom for trim in model.trims} if model else set()
        had = {code for version in self.versions for code in version.document["car"]["choices"]}
        gone = [code for code in car.choices if code not in sold | had]
        if gone:
            raise UnknownOption(
                f"choices: {', '.join(gone)} is not sold any more",
                facts={"codes": gone, "model": car.model},
            )

    def document(self, at: At) -> Json:
        """The document with everything that stays as promised, the rest under `at`."""
        market = selling(at.shelf.catalogue, self.row.market)
        priced = self._priced(at, market)
        fee = self.fee
        basis = Basis(
            car=at,
            loan=at if self._stays("finance") else self.today,
            cover=at if self._stays("insurance", "insurance_facts") else self.today,
            deposit=(self.own, Money(self.row.deposit, self.row.currency)),
            lent=_lent(self.present)
            if self.limits.lent_stays and self.wanted.asked.finance
            else None,
            fee=PriceLine(FEE, SERVICE, FEE_NAME, fee) if fee else None,
            promised=self._promised(priced) if at is self.today or not self.wanted.car else {},
            holds=self.holds,
        )
        asked = self.wanted.asked
        if self.wanted.car is None:
            asked = replace(asked, vouchers=(), proofs=())
        found = document_of(asked=asked, priced=priced, market=market, basis=basis)
        return {**found, **self._verbatim(priced.release)}

    def _verbatim(self, made_by: str) -> Json:
        """What a change never touches."""
        same = ["quoted_at", "order_policy"]
        if self.wanted.car is None:
            same += ["release", "car", "offers", "vouchers", "promised_release"]
        kept = {name: self.present[name] for name in same if name in self.present}
        if self.wanted.car is not None and made_by != self.own.shelf.code:
            kept["promised_release"] = self.own.shelf.code
        return kept

    def _stays(self, *names: str) -> bool:
        before = self.versions[-1].request
        return all(before[name] == self.wanted.request[name] for name in names)

    def _priced(self, at: At, market: Market) -> Priced:
        if self.wanted.car is None:
            return Priced(
                release=self.present["release"],
                car=car_in(self.present),
                sheet=car_sheet(self.present),
                window=window_in(self.present),
                place=place_in(self.present) if self.row.quote.vin else None,
            )
        buyer = replace(buyer_of(self.wanted.asked), holds=self.holds)
        priced = built(self.wanted.car, at=at, market=market, buyer=buyer)
        if at is self.own:
            return priced
        days = priced.window.days
        first = day_in(market.timezone, self.own.moment)
        return replace(
            priced,
            sheet=self._with_kept_offers(priced, market),
            window=window(today=first, days=days),
        )

    def _with_kept_offers(self, priced: Priced, market: Market) -> PriceSheet:
        """The sheet of today with those offers of the order that the new car still has by their own terms."""
        sheet, own = priced.sheet, selling(self.own.shelf.catalogue, market.code)
        mine = {line["code"] for line in self.present["price_sheet"]["lines"]}
        terms = terms_now(
            self.own.shelf,
            own,
            self.own.moment,
            buyer=replace(buyer_of(self.wanted.asked), holds=self.holds),
        )
        charges = {line.code: line.amount.minor for line in sheet.lines if line.amount.minor > 0}
        subject = Subject(priced.car.model, set(priced.car.choices) | set(charges), charges, 0)
        applied = Offers(priced.car.model, terms).applied(subject.options, charges)
        kept = {
            one.incentive.code: PriceLine(
                one.incentive.code,
                "incentive",
                one.incentive.name,
                Money(-one.off, sheet.currency),
            )
            for one in applied
            if one.off and one.incentive.code in mine
        }
        lines = [line for line in sheet.lines if line.code not in kept]
        rate = Decimal(self.present["market"]["vat_rate"])
        return summed(sheet, [*lines, *kept.values()], rate) if kept else sheet

    def _promised(self, priced: Priced) -> dict[str, int]:
        """The most that a line may cost which stays: services in any case, the car's lines on the same trim."""
        car = self.present["car"]
        same = (car["model"], car["trim"]) == (priced.car.model, priced.car.trim)
        kinds = CAPPED if same else frozenset({SERVICE})
        return {
            line["code"]: line["amount"]["amount"]
            for line in self.present["price_sheet"]["lines"]
            if line["kind"] in kinds and line["amount"]["amount"] > 0 and line["code"] != FEE
        }

    def _explained(self, error: Exception, at: At) -> Exception:
        """The refusal; of a car that cannot be built with the minimal conflict and the ways out of it."""
        car = self.wanted.car
        if not isinstance(error, NotBuildable) or car is None or not _has_one_trim(car.choices):
            return error
        found = evaluate(
            model=car.model,
            market=self.row.market,
            choices=car.choices,
            release=at.shelf.code,
            now=at.moment,
        )
        ways = {"conflict": found.conflict, "repairs": found.repairs, "completion": found.after}
        return NotBuildable(error.message, facts={**error.facts, **ways})


def _has_one_trim(choices: Sequence[str]) -> bool:
    return sum(code.startswith(TRIM_PREFIX) for code in choices) == 1


def _own_release(row: Order, document: Mapping[str, Any]) -> OnSale:
    """The release of the order's promise; a stock car's document names the release that built it, so the history is asked."""
    return sold_at(quoted_at(document)) if row.quote.vin else release(first_release(document))
