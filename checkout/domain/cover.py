"""An insurance policy as a table of moves, what comes back when it ends early, and the gate before handover.

`docs/rules/insurance.md` holds the tables; nothing here knows an insurer or a clock. Days are days of the market.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.insurance import COMPULSORY
from checkout.domain.order import Actor
from checkout.domain.order import Insurance as Axis
from checkout.domain.order import State as OrderState
from checkout.errors import BadCoverProof, CoverNotCancellable, PolicyStateConflict
from kernel.money import Money


class State(StrEnum):
    """Where a policy stands; it is in exactly one."""

    QUOTED = "quoted"
    BOUND = "bound"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Move(StrEnum):
    """What can happen to a policy."""

    BIND = "bind"
    START = "start"
    CANCEL = "cancel"
    LAPSE = "lapse"


class By(StrEnum):
    """Who makes a move; the insurer's are what it says when we ask it."""

    BUYER = "buyer"
    STAFF = "staff"
    SYSTEM = "system"
    INSURER = "insurer"


class Status(StrEnum):
    """What an insurer says of a policy."""

    QUOTED = "quoted"
    DECLINED = "declined"
    BOUND = "bound"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


_S, _M = State, Move

MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        _S.QUOTED: {_M.BIND: _S.BOUND, _M.CANCEL: _S.CANCELLED, _M.LAPSE: _S.LAPSED},
        _S.BOUND: {_M.START: _S.ACTIVE, _M.CANCEL: _S.CANCELLED, _M.LAPSE: _S.LAPSED},
        _S.ACTIVE: {_M.CANCEL: _S.CANCELLED, _M.LAPSE: _S.LAPSED},
        _S.CANCELLED: {},
        _S.LAPSED: {},
    }
)
"""From a state, what each allowed move leads to; a move that is not listed is refused."""

WHO: Mapping[Move, frozenset[By]] = MappingProxyType(
    {
        _M.BIND: frozenset({By.INSURER}),
        _M.START: frozenset({By.INSURER, By.SYSTEM}),
        _M.CANCEL: frozenset(By),
        _M.LAPSE: frozenset({By.INSURER, By.SYSTEM}),
    }
)
"""Who may make each move; who wants a policy cancelled asks, and the insurer's answer cancels it."""

OPEN = frozenset({State.QUOTED, State.BOUND, State.ACTIVE})
"""States that leave no room for a second policy of the same order."""

IN_FORCE = frozenset({State.BOUND, State.ACTIVE})
"""The insurer has promised to pay, from the policy's first day on."""

MAY_INSURE = frozenset(
    {
        OrderState.RESERVED,
        OrderState.LOCKED,
        OrderState.IN_PRODUCTION,
        OrderState.ALLOCATED,
        OrderState.IN_TRANSIT,
        OrderState.INSPECTION_READY,
        OrderState.BALANCE_PAID,
    }
)
"""Orders that may take a policy out: with a deposit, and the key not yet handed over."""

COVER_DUTIES = frozenset({"compulsory-insurance", "liability-insurance"})
"""Names in a market's `mandatory` that mean: no key without the compulsory cover."""

PROOFS: Mapping[str, str] = MappingProxyType({"DE": r"[A-Z0-9]{7}"})
"""What a proof of cover looks like: DE the eVB number (FZV § 49); elsewhere 4 to 40 letters, digits and dashes."""
_ANY_PROOF = r"[A-Z0-9][A-Z0-9-]{3,39}"


def moves_from(state: State) -> tuple[Move, ...]:
    """The moves allowed from `state`, in the order of the table."""
    return tuple(MOVES[state])


def after(*, policy: str, state: State, move: Move, by: By) -> State:
    """The state that `move` by `by` leads to; raises PolicyStateConflict with what is allowed."""
    target = MOVES[state].get(move)
    facts = {"policy": policy, "state": str(state), "move": str(move)}
    if target is None:
        raise PolicyStateConflict(
            f"the policy is {state}; {move} is not possible now",
            facts=facts | {"moves": [str(m) for m in moves_from(state)]},
        )
    if by not in WHO[move]:
        raise PolicyStateConflict(
            f"{move} is not for the {by} to make", facts=facts | {"actor": str(by)}
        )
    return target


def by_of(actor: Actor) -> By:
    """The order's word for who acts, as the policy knows it."""
    return By(str(actor))


def moves_to(state: State, status: Status) -> tuple[Move, ...]:
    """The moves that lead from ours to what the insurer says; none where it says nothing new, or something impossible.

    A policy that ended here is not opened again by an insurer's late word.
    """
    wanted = _MEANING[status]
    way: list[Move] = []
    if wanted is Move.START and state is State.QUOTED:
        way.append(Move.BIND)
        state = State.BOUND
    if wanted is not None and wanted in MOVES[state]:
        way.append(wanted)
    return tuple(way)


_MEANING: Mapping[Status, Move | None] = MappingProxyType(
    {
        Status.QUOTED: None,
        Status.DECLINED: Move.LAPSE,
        Status.BOUND: Move.BIND,
        Status.ACTIVE: Move.START,
        Status.CANCELLED: Move.CANCEL,
        Status.LAPSED: Move.LAPSE,
    }
)


def due_move(*, state: State, period: Period, day: date) -> Move | None:
    """What the calendar does to a policy: it starts on its first day and lapses on the day after its last."""
    if state in IN_FORCE and day >= period.end_on:
        return Move.LAPSE
    if state is State.BOUND and day >= period.start_on:
        return Move.START
    return None


def axis_of(*, state: State | None, proven: bool, quoted: bool) -> Axis:
    """The order's insurance axis: the state of its newest policy, else a proof of another's, else what the quote held."""
    if state is not None and state in OPEN:
        return Axis(str(state))
    if proven:
        return Axis.PROVEN
    if state is not None:
        return Axis(str(state))
    return Axis.QUOTED if quoted else Axis.NONE


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The car a policy is bound to: by its VIN once there is one, until then by model and options."""

    model: str
    options: tuple[str, ...]
    vin: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """What a premium takes from the driver; nothing that names a person."""

    age: int
    no_claims_class: str

    def __repr__(self) -> str:
        """Without personal data: objects end up in logs."""
        return "Driver()"


def fits(*, bound: Vehicle, car: Vehicle) -> bool:
    """Whether a policy bound to `bound` covers `car`."""
    if bound.vin:
        return bound.vin == car.vin
    return bound.model == car.model and set(bound.options) == set(car.options)


@dataclass(frozen=True, slots=True)
class Period:
    """Covered days: `start_on` is the first, `end_on` the first that is not covered any more."""

    start_on: date
    end_on: date

    @property
    def days(self) -> int:
        """How many days are covered; 365 or 366 for a year."""
        return (self.end_on - self.start_on).days


def year_from(start_on: date) -> Period:
    """A year of cover; one that starts on 29 February ends before 1 March."""
    try:
        end_on = start_on.replace(year=start_on.year + 1)
    except ValueError:
        end_on = date(start_on.year + 1, 3, 1)
    return Period(start_on, end_on)


def unused_days(period: Period, day: date) -> int:
    """The covered days from `day` on, `day` included: all before the start, none after the end."""
    return min(period.days, max(0, (period.end_on - day).days))


def withdrawable(*, bound_on: date | None, day: date, withdrawal_days: int) -> bool:
    """Whether the buyer may still withdraw: within `withdrawal_days` days after binding, the last included."""
    return bound_on is not None and (day - bound_on).days <= withdrawal_days and withdrawal_days > 0


def refund_of(
    *, premium: Money, period: Period, day: date, bound_on: date | None, withdrawal_days: int
) -> Money:
    """What of a year's premium comes back when the policy ends so that `day` is the first uncovered day.

    Everything within the withdrawal days; else premium x unused days / all days, rounded half up to one minor unit.
    """
    if withdrawable(bound_on=bound_on, day=day, withdrawal_days=withdrawal_days):
        return premium
    return (premium * unused_days(period, day)).per(Decimal(period.days))


def check_cancellable(
    *, policy: str, kinds: Iterable[str], compulsory_ends: str, registered: bool
) -> None:
    """A policy that may be given up; raises CoverNotCancellable once the law holds its compulsory cover.

    `compulsory_ends` is the law's word: `before_registration`, or empty where it may always end; `registered` whether
    the car is on the road in the buyer's name.
    """
    if compulsory_ends == BEFORE_REGISTRATION and registered and COMPULSORY in set(kinds):
        raise CoverNotCancellable(
            "the compulsory cover cannot be given up while the car is registered",
            facts={"policy": policy, "reason": "registered"},
        )


BEFORE_REGISTRATION = "before_registration"


@dataclass(frozen=True, slots=True)
class Held:
    """A policy as the gate looks at it."""

    state: State
    period: Period
    kinds: frozenset[str]
    vehicle: Vehicle


def closed_because(
    *, mandatory: Iterable[str], held: Iterable[Held], proven: bool, car: Vehicle, day: date
) -> str:
    """Why the key may not be handed over on `day`: missing, not_bound, vehicle, not_begun or ended; empty if it may.

    Of several policies the one that comes furthest is told. A proof of a policy bound elsewhere opens the gate.
    """
    if proven or not COVER_DUTIES & set(mandatory):
        return ""
    reasons = {_shut(policy, car, day) for policy in held if COMPULSORY in policy.kinds}
    for reason in ("", "not_begun", "ended", "vehicle", "not_bound"):
        if reason in reasons:
            return reason
    return "missing"


def _shut(policy: Held, car: Vehicle, day: date) -> str:
    if policy.state is State.QUOTED:
        return "not_bound"
    if policy.state not in IN_FORCE:
        return "missing"
    if not fits(bound=policy.vehicle, car=car):
        return "vehicle"
    if day < policy.period.start_on:
        return "not_begun"
    return "ended" if day >= policy.period.end_on else ""


def read_proof(*, market: str, insurer: str, number: str) -> tuple[str, str]:
    """Insurer and number of a policy bound elsewhere, tidied; raises BadCoverProof naming the field."""
    name, code = " ".join(insurer.split()), re.sub(r"\s", "", number).upper()
    errors = {}
    if not 1 <= len(name) <= 120 or not name.isprintable():
        errors["insurer"] = "is missing, or longer than 120 characters"
    if not proof_fits(market, code):
        errors["number"] = (
            "is an eVB number: 7 letters and digits"
            if market == "DE"
            else "is a number of 4 to 40 letters, digits and dashes"
        )
    if errors:
        raise BadCoverProof(
            "; ".join(f"proof.{field} {reason}" for field, reason in errors.items()),
            facts={"errors": [{"field": f"proof.{f}", "message": m} for f, m in errors.items()]},
        )
    return name, code


def proof_fits(market: str, number: str) -> bool:
    """Whether a proof of cover looks as the market's office takes it."""
    return re.fullmatch(PROOFS.get(market, _ANY_PROOF), number, re.ASCII) is not None
