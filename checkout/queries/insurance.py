"""Insurance of an order as frozen facts: its policy, proofs, the gate, and what each insurer would take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from catalog.queries.on_sale import on_sale
from checkout.domain.amounts import money_of
from checkout.domain.cover import (
    IN_FORCE,
    MAY_INSURE,
    OPEN,
    Driver,
    Held,
    State,
    Vehicle,
    check_cancellable,
    closed_because,
    refund_of,
)
from checkout.domain.cover_words import COVER_CONSENT_VERSION, GATE, STATES, cover_consent
from checkout.domain.driver import driver_facts
from checkout.domain.insurance import Covers, Risk, chosen_covers
from checkout.domain.order import State as OrderState
from checkout.errors import CoverNotCancellable, CoverNotOffered, PolicyNotPossible, UnknownOrder
from checkout.models import InsurancePolicy, Order
from checkout.queries.offers import covers_of, first_class
from kernel.money import Money, total
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One cover with its premium for a year."""

    cover: str
    kind: str
    name: Text
    premium: Money

    @property
    def mandatory(self) -> bool:
        """Whether no car may go on the road without it."""
        return self.kind == "compulsory"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one insurer takes for a year; `consent` are the words to agree to before it gets anything."""

    insurer: str
    insurer_name: Text
    lines: tuple[OfferLine, ...]
    consent: Text
    consent_version: str = COVER_CONSENT_VERSION

    @property
    def total(self) -> Money:
        """The premium of every line."""
        return total([line.premium for line in self.lines], self.lines[0].premium.currency)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A premium line of a policy; `refund` once it was cancelled."""

    cover: str
    kind: str
    name: Text
    premium: Money
    refund: Money | None


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A policy to its buyer; `waiting` names the call whose answer is awaited; `refund_today` what giving it up brings.

    `from_on` is the first covered day, `until_on` the first that is not. `driver` is None once erased.
    """

    code: str
    insurer: str
    insurer_name: Text
    state: str
    text: Text
    waiting: str | None
    vehicle: Vehicle
    driver: Driver | None
    from_on: date
    until_on: date
    lines: tuple[LineFacts, ...]
    premium: Money
    proof: str
    reason: str
    bound_on: date | None
    cancelled_on: date | None
    refund: Money | None
    refund_today: Money | None


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """A policy bound elsewhere, its number masked."""

    insurer_name: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GateFacts:
    """Whether the key may be handed over today as far as cover goes; `reason` is empty when it may."""

    open: bool
    reason: str
    text: Text


@dataclass(frozen=True, slots=True)
class InsuranceFacts:
    """Everything there is to say about the insurance of an order; policies newest first.

    `moves` are what the buyer can do now: take_out, cancel, show_proof.
    """

    order: str
    state: str
    policies: tuple[PolicyFacts, ...]
    proofs: tuple[ProofFacts, ...]
    gate: GateFacts
    offers: tuple[Offer, ...]
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverLaw:
    """What the law of a market says of ending cover: days to withdraw, and until when the compulsory one may end."""

    withdrawal_days: int
    compulsory_ends: str


def law_of_cover(row: Order, *, now: datetime) -> CoverLaw:
    """The rows in force today; a market without such rows has no such law. Raises NoLawRow where rows ended."""
    law, day = on_sale().catalogue.law, today_of(row, now)
    withdrawal = law.ask(row.market, "insurance.withdrawal.days", day)
    ends = law.ask(row.market, "insurance.compulsory.cancel", day)
    return CoverLaw(
        withdrawal_days=int(withdrawal.value) if withdrawal else 0,
        compulsory_ends=str(ends.value) if ends else "",
    )


def today_of(row: Order, now: datetime) -> date:
    """The day it is in the order's market."""
    return now.astimezone(ZoneInfo(row.document["market"]["timezone"])).date()


def car_of(row: Order) -> Vehicle:
    """The order's car as a policy is bound to it."""
    car = row.document["car"]
    return Vehicle(car["model"], tuple(car["choices"]), row.vin)


def driver_of(row: Order, given: Mapping[str, Any], *, now: datetime) -> Driver:
    """The driver said, else that of the order's quote, else as assumed; raises CoverNotOffered for an age that is none."""
    facts = (row.document.get("insurance") or {}).get("facts") or {}
    wanted = given.get("no_claims_class", facts.get("no_claims_class"))
    found = driver_facts(
        age=given.get("age") or facts.get("driver_age"),
        no_claims_class=str(wanted or "")[:32],
        first_class=first_class(on_sale().catalogue, row.market, today_of(row, now)),
    )
    age = found.age
    if not isinstance(age, int) or isinstance(age, bool) or not 18 <= age <= 110:
        raise CoverNotOffered(
            "driver.age: a whole number of years, 18 to 110", facts={"field": "driver.age"}
        )
    return Driver(age, found.no_claims_class)


def offers_of(covers: Covers, risk: Risk) -> tuple[Offer, ...]:
    """What each insurer offers for these facts, in the order of the catalogue; a cover without a premium is left out."""
    found = []
    for insurer in covers.insurers:
        lines = []
        for cover in covers.covers:
            if cover.insurer != insurer:
                continue
            name = cover.insurer_name
            try:
                premium = covers.premium(cover=cover, risk=risk).amount
            except CoverNotOffered:
                continue
            lines.append(OfferLine(cover.code, cover.kind, cover.name, premium))
        if lines:
            found.append(Offer(insurer, name, tuple(lines), cover_consent(name)))
    return tuple(found)


def chosen_offer(
    row: Order, *, insurer: str | None, products: Sequence[str] | None, driver: Driver
) -> Offer:
    """The lines that a policy of the order will have.

    Those of the order's quote at the quote's own premium where nothing else is asked for; else by the premium table on
    sale. Raises PolicyNotPossible, UnknownCover, CoversOfTwoInsurers, CoverNotOffered.
    """
    quoted = row.document.get("insurance")
    codes = [line["product"] for line in quoted["lines"]] if quoted else None
    covers = covers_of(on_sale().catalogue, row.market)
    if insurer is not None and insurer not in covers.insurers:
        raise PolicyNotPossible(
            f"insurer: {insurer!r} sells nothing in this market",
            facts={"order": row.code, "reason": "insurer", "insurers": list(covers.insurers)},
        )
    wanted = list(products) if products else _wanted(covers, insurer, codes)
    chosen = chosen_covers(covers=covers, wanted=wanted)
    if not chosen or (insurer is not None and chosen[0].insurer != insurer):
        raise PolicyNotPossible(
            "products: name covers of the insurer",
            facts={"order": row.code, "reason": "covers"},
        )
    frozen = _frozen(row, driver) if [c.code for c in chosen] == codes else {}
    risk = _risk(row, driver)
    lines = tuple(
        OfferLine(
            cover.code,
            cover.kind,
            cover.name,
            frozen.get(cover.code) or covers.premium(cover=cover, risk=risk).amount,
        )
        for cover in chosen
    )
    name = chosen[0].insurer_name
    return Offer(chosen[0].insurer, name, lines, cover_consent(name))


def _wanted(covers: Covers, insurer: str | None, codes: list[str] | None) -> list[str] | None:
    if insurer is None:
        return codes
    if codes and all(covers.cover(code).insurer == insurer for code in codes):
        return codes
    return [c.code for c in covers.compulsory if c.insurer == insurer]


def _frozen(row: Order, driver: Driver) -> dict[str, Money]:
    """The premiums of the quote, a promise for the driver it was made for."""
    quoted = row.document["insurance"]
    facts = quoted["facts"]
    if Driver(facts["driver_age"], facts["no_claims_class"] or "") != driver:
        return {}
    return {line["product"]: money_of(line["premium"]) for line in quoted["lines"]}


def _risk(row: Order, driver: Driver) -> Risk:
    """The car at the price it was quoted at, as in the quote: what extras cost is not insured."""
    quoted = row.document.get("insurance") or {}
    return Risk(
        model=row.document["car"]["model"],
        seats=(quoted.get("facts") or {}).get("seats") or row.document["car"]["seats"],
        price=money_of(row.document["balance"]["car"]),
        driver_age=driver.age,
        no_claims_class=driver.no_claims_class,
    )


def gate_of(row: Order, *, now: datetime) -> GateFacts:
    """Whether cover lets the key go today."""
    market = on_sale().catalogue.markets[row.market]
    proven = row.cover_proofs.exists()
    policies = () if proven else row.policies.prefetch_related("lines")  # a proof is enough
    held = [
        Held(
            state=State(policy.state),
            period=policy.period,
            kinds=frozenset(line.kind for line in policy.lines.all()),
            vehicle=policy.vehicle,
        )
        for policy in policies
    ]
    reason = closed_because(
        mandatory=market.mandatory,
        held=held,
        proven=proven,
        car=car_of(row),
        day=today_of(row, now),
    )
    return GateFacts(open=not reason, reason=reason, text=GATE[reason])


def insurance_of(*, order: str, now: datetime) -> InsuranceFacts:
    """The insurance of an order; raises UnknownOrder."""
    row = Order.objects.filter(code=order).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
    policies = row.policies.prefetch_related("lines", "operations")
    law = law_of_cover(row, now=now)
    driver = driver_of(row, {}, now=now)
    return InsuranceFacts(
        order=row.code,
        state=row.insurance_state,
        policies=tuple(_policy(policy, law, today_of(row, now)) for policy in policies),
        proofs=tuple(
            ProofFacts(proof.insurer_name, proof.number_masked, proof.at)
            for proof in row.cover_proofs.all()
        ),
        gate=gate_of(row, now=now),
        offers=offers_of(covers_of(on_sale().catalogue, row.market), _risk(row, driver)),
        moves=_moves(row, law),
    )


def _moves(row: Order, law: CoverLaw) -> tuple[str, ...]:
    found = []
    open_policy = row.policies.filter(state__in=OPEN).first()
    if OrderState(row.state) in MAY_INSURE:
        found += ["show_proof"] if open_policy else ["take_out", "show_proof"]
    if open_policy is not None:
        try:
            check_cancellable(
                policy=open_policy.code,
                kinds=[line.kind for line in open_policy.lines.all()],
                compulsory_ends=law.compulsory_ends,
                registered=is_registered(row),
            )
            found.append("cancel")
        except CoverNotCancellable:
            pass
    return tuple(found)


def is_registered(row: Order) -> bool:
    """Whether the car is on the road in the buyer's name: once it was handed over and not given back."""
    return OrderState.HANDED_OVER in {row.state, row.state_before_dispute}


def _policy(policy: InsurancePolicy, law: CoverLaw, day: date) -> PolicyFacts:
    lines = tuple(
        LineFacts(
            line.cover,
            line.kind,
            line.name,
            Money(line.premium, policy.currency),
            None if line.refund is None else Money(line.refund, policy.currency),
        )
        for line in policy.lines.all()
    )
    waiting = [each.kind for each in policy.operations.all() if each.resolved_at is None]
    driver = json.loads(policy.driver) if policy.driver else None
    return PolicyFacts(
        code=policy.code,
        insurer=policy.insurer,
        insurer_name=policy.insurer_name,
        state=policy.state,
        text=STATES[policy.state],
        waiting=str(waiting[0]) if waiting else None,
        vehicle=policy.vehicle,
        driver=driver and Driver(driver["age"], driver["no_claims_class"]),
        from_on=policy.start_on,
        until_on=policy.end_on,
        lines=lines,
        premium=policy.money,
        proof=policy.proof,
        reason=policy.reason,
        bound_on=policy.bound_on,
        cancelled_on=policy.cancelled_on,
        refund=None if policy.refund is None else Money(policy.refund, policy.currency),
        refund_today=_refund_today(policy, lines, law, day),
    )


def _refund_today(
    policy: InsurancePolicy, lines: Sequence[LineFacts], law: CoverLaw, day: date
) -> Money | None:
    if State(policy.state) not in IN_FORCE:
        return None
    refunds = [
        refund_of(
            premium=line.premium,
            period=policy.period,
            day=day,
            bound_on=policy.bound_on,
            withdrawal_days=law.withdrawal_days,
        )
        for line in lines
    ]
    return total(refunds, policy.currency)
