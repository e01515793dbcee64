"""What a change of an order does beside its document: money now, contract, loan, cover, promise and places in limited offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from checkout.domain.agreed import window_in
from checkout.domain.amendment import (
    WORDS,
    ContractEffect,
    CoverEffect,
    LoanEffect,
    NetMove,
    contract_effect,
    cover_effect,
    difference_of,
    fee_in,
    loan_effect,
    needed,
    net_move,
    promise_after,
)
from checkout.domain.amounts import Json, money_json, money_of
from checkout.domain.application import OPEN as OPEN_APPLICATIONS
from checkout.domain.application import State as ApplicationState
from checkout.domain.application import Survival, survives
from checkout.domain.cover import OPEN as OPEN_POLICIES
from checkout.domain.cover import Vehicle, fits
from checkout.domain.delivery import day_in
from checkout.domain.order import Contract, State
from checkout.domain.promises import REASONS, Reason
from checkout.models import Amendment, FinanceApplication, InsurancePolicy, Order
from checkout.queries.credit_sheets import law_of_loans
from checkout.queries.delivery_terms import charges_of
from checkout.queries.held_offers import held_offers
from checkout.queries.paid import financed_of, held_of
from checkout.queries.reworking import Reworked
from kernel.money import Money

UNTOUCHED = frozenset({LoanEffect.NONE, LoanEffect.UNCHANGED})
"""The loan stays as it is."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does; `promise` is the new range of days, None where it stays; `fee` all fees of the order's changes."""

    net: NetMove
    contract: ContractEffect
    loan: LoanEffect
    survival: Survival | None
    cover: CoverEffect
    promise: tuple[date, date] | None
    drift: int
    fee: Money
    gives_up: tuple[str, ...]
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """An order between the document in force and the one that was worked out."""

    row: Order
    last: Amendment | None
    before: Mapping[str, Any]
    found: Reworked
    changed: bool
    """Whether anything changes at all."""
    now: datetime

    @property
    def after(self) -> Mapping[str, Any]:
        """The document that was worked out."""
        return self.found.document

    @property
    def today(self) -> date:
        """The day it is in the order's market."""
        return day_in(self.before["market"]["timezone"], self.now)


def effects_of(change: Change) -> Effects:
    """Everything the change does beside the document."""
    row, before, after = change.row, change.before, change.after
    had, has = set(held_offers(before)), set(held_offers(after))
    drift, promise = _promise(change)
    loan, survival = _loan(change)
    financed = money_of(after["balance"]["financed"])
    if loan in UNTOUCHED:
        # What the lender agreed to in place of what was quoted is agreed still.
        financed += financed_of(row) - money_of(before["balance"]["financed"])
    need = needed(
        price=money_of(after["price_sheet"]["total"]) + charges_of(row),
        financed=financed,
        deposit=Money(row.deposit, row.currency),
    )
    return Effects(
        net=net_move(state=State(row.state), need=need, held=held_of(row)),
        contract=contract_effect(
            state=State(row.state), contract=Contract(row.contract_state), changed=change.changed
        ),
        loan=loan,
        survival=survival,
        cover=_cover(change),
        promise=promise,
        drift=drift,
        fee=fee_in(after),
        gives_up=tuple(sorted(had - has)),
        takes=tuple(sorted(has - had)),
    )


def application_of(row: Order) -> FinanceApplication | None:
    """The order's newest application for a loan."""
    return FinanceApplication.objects.filter(order=row).order_by("-pk").first()


def policy_of(row: Order) -> InsurancePolicy | None:
    """The order's open policy."""
    return row.policies.filter(state__in=OPEN_POLICIES).order_by("-pk").first()


def is_drawn(change: Change) -> bool:
    """Whether the lender has paid the loan out."""
    newest = application_of(change.row)
    return newest is not None and newest.state == ApplicationState.DRAWN


def _loan(change: Change) -> tuple[LoanEffect, Survival | None]:
    was, now_ = change.before["finance"], change.after["finance"]
    if was is None and now_ is None:
        return LoanEffect.NONE, None
    newest = application_of(change.row)
    applied = newest is not None and newest.state in OPEN_APPLICATIONS
    found = _survival(newest, change) if newest is not None and now_ is not None else None
    model = change.after["car"]["model"]
    effect = loan_effect(
        was=was,
        now=now_,
        same_model=model == change.before["car"]["model"],
        applied=applied,
        survives=found.ok if found else None,
    )
    return effect, found


def _survival(newest: FinanceApplication, change: Change) -> Survival | None:
    approval, loan = newest.approval, change.after["finance"]
    if approval is None:
        return None
    return survives(
        approval,
        model=change.after["car"]["model"],
        product=loan["product"],
        amount=money_of(loan["amount"]),
        day=change.today,
    )


def _cover(change: Change) -> CoverEffect:
    policy = policy_of(change.row)
    car = change.after["car"]
    covered = Vehicle(car["model"], tuple(car["choices"]), change.row.vin)
    return cover_effect(
        was=change.before["insurance"],
        now=change.after["insurance"],
        insured=policy is not None,
        fits=policy is None or fits(bound=policy.vehicle, car=covered),
    )


def _promise(change: Change) -> tuple[int, tuple[date, date] | None]:
    """How far the promise lies from the document's own days, and the new range where those days change."""
    was, now_ = window_in(change.before), window_in(change.after)
    last = change.row.promises.order_by("-number").first()
    if last is None:
        return 0, None
    made = change.last
    drift = (last.from_on - was.from_on).days
    if made is not None and last.at <= made.at:
        drift = made.drift
    if was == now_:
        return drift, None
    promise = promise_after(window=now_, drift=drift, today=change.today)
    return drift, None if promise == (last.from_on, last.until_on) else promise


def shown_of(change: Change, effects: Effects) -> Json:
    """The parts of a preview: every difference by area in words and sums, and the one move of money."""
    difference = difference_of(change.before, change.after)
    net = effects.net
    return {
        "prices": {"code": change.found.prices, "text": _words("prices", change.found.prices)},
        **difference,
        "finance": {**difference["finance"], **_shown_loan(change, effects)},
        "insurance": {
            **difference["insurance"],
            "effect": str(effects.cover),
            "text": _words("cover", effects.cover),
        },
        "delivery": _shown_delivery(change, effects),
        "contract": {
            "number": change.row.contract_number or None,
            "effect": str(effects.contract),
            "text": _words("contract", effects.contract),
        },
        "fee": {
            "now": money_json(effects.fee - fee_in(change.before)),
            "in_all": money_json(effects.fee),
        },
        "offers": {"given_up": list(effects.gives_up), "taken": list(effects.takes)},
        "net": {
            "kind": str(net.kind),
            "amount": money_json(net.amount),
            "text": _words("net", net.kind),
        },
    }


def _words(area: str, code: str) -> dict[str, str]:
    return dict(WORDS[f"{area}-{code}"])


def _shown_loan(change: Change, effects: Effects) -> Json:
    found, changed = effects.survival, effects.loan not in UNTOUCHED
    wanted = (
        change.after["finance"] is not None and change.after["finance"] != change.before["finance"]
    )
    sheet = law_of_loans(change.row.market, change.now).sheet if wanted else None
    return {
        "effect": str(effects.loan),
        "text": _words("loan", effects.loan),
        "approval": None
        if found is None or not changed
        else {
            "survives": found.ok,
            "reason": found.reason or None,
            "limit": money_json(found.limit),
        },
        "cost_sheet": sheet,
    }


def _shown_delivery(change: Change, effects: Effects) -> Json:
    last = change.row.promises.order_by("-number").first()
    was = (last.from_on, last.until_on) if last else _days(change.before)
    now_ = effects.promise or was
    return {
        "was": _range(was, change.before),
        "now": _range(now_, change.after),
        "days": (now_[0] - was[0]) // timedelta(days=1),
        "reason": dict(REASONS[Reason.AMENDED].text) if effects.promise else None,
    }


def _days(document: Mapping[str, Any]) -> tuple[date, date]:
    found = window_in(document)
    return found.from_on, found.until_on


def _range(days: tuple[date, date], document: Mapping[str, Any]) -> Json:
    return {
        "from": days[0].isoformat(),
        "until": days[1].isoformat(),
        "place": document["delivery"]["place"],
    }
