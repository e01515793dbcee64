"""An application for a loan as a table of moves, and what becomes of an approval when the order changes.

`docs/rules/finance-applications.md` holds the tables; nothing here knows a lender or a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.order import Actor
from checkout.domain.order import State as OrderState
from checkout.errors import ApplicationStateConflict, LenderMismatch
from kernel.money import Money


class State(StrEnum):
    """Where an application stands; it is in exactly one."""

    DRAFT = "draft"
    SENT = "sent"
    REFERRED = "referred"
    APPROVED = "approved"
    COUNTER_OFFER = "counter_offer"
    DECLINED = "declined"
    EXPIRED = "expired"
    DRAWN = "drawn"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to an application."""

    SUBMIT = "submit"
    REFER = "refer"
    APPROVE = "approve"
    COUNTER = "counter"
    DECLINE = "decline"
    ACCEPT = "accept"
    EXPIRE = "expire"
    DRAW = "draw"
    CANCEL = "cancel"
    UNDO = "undo"


class By(StrEnum):
    """Who makes a move; the lender's are its decisions, which we ask it for."""

    BUYER = "buyer"
    STAFF = "staff"
    SYSTEM = "system"
    LENDER = "lender"


class Outcome(StrEnum):
    """What a lender says of an application."""

    RECEIVED = "received"
    REFERRED = "referred"
    APPROVED = "approved"
    COUNTER_OFFER = "counter_offer"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DRAWN = "drawn"


_S, _M = State, Move
_DECISIONS = {
    _M.APPROVE: _S.APPROVED,
    _M.COUNTER: _S.COUNTER_OFFER,
    _M.DECLINE: _S.DECLINED,
}
_ENDS = {_M.EXPIRE: _S.EXPIRED, _M.CANCEL: _S.CANCELLED}

MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        _S.DRAFT: {_M.SUBMIT: _S.SENT, _M.CANCEL: _S.CANCELLED},
        _S.SENT: {_M.REFER: _S.REFERRED, **_DECISIONS, **_ENDS},
        _S.REFERRED: {**_DECISIONS, **_ENDS},
        _S.APPROVED: {**_DECISIONS, **_ENDS, _M.DRAW: _S.DRAWN},
        _S.COUNTER_OFFER: {**_DECISIONS, _M.ACCEPT: _S.SENT, **_ENDS},
        _S.DECLINED: {},
        _S.EXPIRED: {},
        _S.DRAWN: {_M.UNDO: _S.CANCELLED},
        _S.CANCELLED: {},
    }
)
"""From a state, what each allowed move leads to; a move that is not listed is refused."""

WHO: Mapping[Move, frozenset[By]] = MappingProxyType(
    {
        _M.SUBMIT: frozenset({By.SYSTEM}),
        _M.REFER: frozenset({By.LENDER}),
        _M.APPROVE: frozenset({By.LENDER}),
        _M.COUNTER: frozenset({By.LENDER}),
        _M.DECLINE: frozenset({By.LENDER}),
        _M.ACCEPT: frozenset({By.BUYER}),
        _M.EXPIRE: frozenset({By.LENDER, By.SYSTEM}),
        _M.DRAW: frozenset({By.LENDER}),
        _M.CANCEL: frozenset({By.BUYER, By.LENDER, By.STAFF, By.SYSTEM}),
        _M.UNDO: frozenset({By.LENDER}),
    }
)
"""Who may make each move."""

FINAL = frozenset(state for state, moves in MOVES.items() if set(moves) <= {Move.UNDO})
"""States that nothing leaves; a loan paid out is undone only because its purchase was withdrawn from."""

OPEN = frozenset(State) - FINAL
"""States in which something may still happen."""

CURRENT = OPEN | {State.DRAWN}
"""States that leave no room for a second application of the same order."""

MAY_APPLY = frozenset(
    {
        OrderState.RESERVED,
        OrderState.LOCKED,
        OrderState.IN_PRODUCTION,
        OrderState.ALLOCATED,
        OrderState.IN_TRANSIT,
        OrderState.INSPECTION_READY,
    }
)
"""Orders that may apply: with a deposit, so that nobody's income is collected for an idle click, and not yet paid."""


def moves_from(state: State) -> tuple[Move, ...]:
    """The moves allowed from `state`, in the order of the table."""
    return tuple(MOVES[state])


def after(*, application: str, state: State, move: Move, by: By) -> State:
    """The state that `move` by `by` leads to; raises ApplicationStateConflict with what is allowed."""
    target = MOVES[state].get(move)
    facts = {"application": application, "state": str(state), "move": str(move)}
    if target is None:
        raise ApplicationStateConflict(
            f"the application is {state}; {move} is not possible now",
            facts=facts | {"moves": [str(m) for m in moves_from(state)]},
        )
    if by not in WHO[move]:
        raise ApplicationStateConflict(
            f"{move} is not for the {by} to make", facts=facts | {"actor": str(by)}
        )
    return target


def by_of(actor: Actor) -> By:
    """The order's word for who acts, as the application knows it."""
    return By(str(actor))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for or offered: so much, for so many months, at so much nominal interest a year."""

    amount: Money
    months: int
    annual_rate: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """What a lender decided last; `number` counts its decisions on one application from 1, and only grows.

    `terms` and `valid_until` (that day included) come with an approval and a counter-offer, else they are None;
    `reason` is the lender's own code for a refusal or a referral.
    """

    number: int
    outcome: Outcome
    terms: Terms | None = None
    valid_until: date | None = None
    reason: str = ""


_PLAIN: Mapping[Outcome, Move | None] = MappingProxyType(
    {
        Outcome.RECEIVED: None,
        Outcome.REFERRED: Move.REFER,
        Outcome.DECLINED: Move.DECLINE,
        Outcome.EXPIRED: Move.EXPIRE,
        Outcome.CANCELLED: Move.CANCEL,
        Outcome.DRAWN: Move.DRAW,
    }
)


def move_of(decision: Decision, *, asked: Terms) -> Move | None:
    """The move that a lender's decision means; None where it only says that the application arrived.

    An approval of less money, another term or a higher rate than `asked` is a counter-offer, whatever the lender
    calls it: the buyer has to say yes to it. Raises LenderMismatch for an approval or offer without terms, without a
    last day, in another currency or of no money.
    """
    if decision.outcome in _PLAIN:
        return _PLAIN[decision.outcome]
    offered = decision.terms
    if offered is None or decision.valid_until is None:
        raise _mismatch(decision, "terms", "has no terms or no last day")
    if offered.amount.currency != asked.amount.currency:
        raise _mismatch(decision, "currency", f"is in {offered.amount.currency}")
    if offered.amount.minor <= 0 or offered.months < 1 or offered.annual_rate < 0:
        raise _mismatch(
            decision, "amount", "lends nothing, for no time, or at less than no interest"
        )
    if decision.outcome is Outcome.APPROVED and _as_asked(offered, asked):
        return Move.APPROVE
    return Move.COUNTER


def _as_asked(offered: Terms, asked: Terms) -> bool:
    return (
        asked.amount <= offered.amount
        and offered.months == asked.months
        and offered.annual_rate <= asked.annual_rate
    )


def _mismatch(decision: Decision, reason: str, words: str) -> LenderMismatch:
    return LenderMismatch(
        f"decision {decision.number} of the lender {words}",
        facts={"reason": reason, "decision": decision.number, "outcome": str(decision.outcome)},
    )


@dataclass(frozen=True, slots=True)
class Approval:
    """What a lender promised: money for one model with one product until a day, that day included.

    `tolerance` is the share of `amount` by which the loan may grow before a new approval; `rate` is nominal.
    """

    model: str
    product: str
    amount: Money
    valid_until: date
    tolerance: Decimal
    rate: Decimal

    @property
    def limit(self) -> Money:
        """The most that may be drawn: the amount plus the tolerated share of it, rounded down to a minor unit."""
        most = (self.amount.minor * (1 + self.tolerance)).quantize(Decimal(1), ROUND_DOWN)
        return Money(int(most), self.amount.currency)


@dataclass(frozen=True, slots=True)
class Survival:
    """Whether an approval still holds; `reason` is empty or product, model, expired, amount; `limit` the most it lends."""

    ok: bool
    reason: str
    limit: Money


def survives(
    approval: Approval, *, model: str, amount: Money, day: date, product: str | None = None
) -> Survival:
    """Whether `approval` covers a loan of `amount` for `model` on `day`; the first reason against it is told.

    A smaller loan always survives, a larger one up to `Approval.limit`: the tolerance works upwards only. `product`
    None means the approved one. The product's own smallest and largest amounts are checked where the loan is worked
    out. Raises ValueError for a negative amount, CurrencyMismatch for another currency.
    """
    if amount.minor < 0:
        raise ValueError(f"amount: {amount} is less than nothing")
    within = amount <= approval.limit
    checks = (
        ("product", product is None or product == approval.product),
        ("model", model == approval.model),
        ("expired", day <= approval.valid_until),
        ("amount", within),
    )
    reason = next((name for name, holds in checks if not holds), "")
    return Survival(not reason, reason, approval.limit)
