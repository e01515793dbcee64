"""The life of an order as a table: states, moves, who may make them (`docs/rules/orders.md`).

Payment, contract, delivery, finance and insurance are axes of their own: they never move the state
by themselves, a move asks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from checkout.errors import OrderStateConflict


class State(StrEnum):
    """Where an order stands; every order is in exactly one."""

    AWAITING_DEPOSIT = "awaiting_deposit"
    RESERVED = "reserved"
    LOCKED = "locked"
    IN_PRODUCTION = "in_production"
    ALLOCATED = "allocated"
    IN_TRANSIT = "in_transit"
    INSPECTION_READY = "inspection_ready"
    BALANCE_PAID = "balance_paid"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    DISPUTED = "disputed"


class Move(StrEnum):
    """What can happen to an order."""

    RECEIVE_DEPOSIT = "receive_deposit"
    EXPIRE = "expire"
    LOCK = "lock"
    START_PRODUCTION = "start_production"
    ALLOCATE = "allocate"
    DISPATCH = "dispatch"
    MAKE_READY = "make_ready"
    PAY_BALANCE = "pay_balance"
    HAND_OVER = "hand_over"
    CANCEL_BY_BUYER = "cancel_by_buyer"
    CANCEL_BY_SELLER = "cancel_by_seller"
    WITHDRAW = "withdraw"
    DISPUTE = "dispute"
    RESUME = "resume"


class Actor(StrEnum):
    """Who makes a move."""

    BUYER = "buyer"
    STAFF = "staff"
    SYSTEM = "system"


class Contract(StrEnum):
    """The contract axis of an order."""

    NONE = "none"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    BUYER_SIGNED = "buyer_signed"
    """The buyer signed; the seller's seal is under way."""
    SIGNED = "signed"
    VOID = "void"


class Payment(StrEnum):
    """The payment axis: what of the price has arrived."""

    NOTHING = "nothing"
    DEPOSIT = "deposit"
    ALL = "all"
    REFUNDED = "refunded"


class Delivery(StrEnum):
    """The delivery axis; `to_return`: the buyer withdrew and has the car, `returned`: it is back."""

    PROMISED = "promised"
    ON_ITS_WAY = "on_its_way"
    READY = "ready"
    DONE = "done"
    TO_RETURN = "to_return"
    RETURNED = "returned"


class Finance(StrEnum):
    """The finance axis; `quoted` is an offer in the quote, the rest are the states of its application for a loan."""

    NONE = "none"
    QUOTED = "quoted"
    DRAFT = "draft"
    SENT = "sent"
    REFERRED = "referred"
    APPROVED = "approved"
    COUNTER_OFFER = "counter_offer"
    DECLINED = "declined"
    EXPIRED = "expired"
    DRAWN = "drawn"
    CANCELLED = "cancelled"


class Insurance(StrEnum):
    """The insurance axis; `quoted` is a premium, not yet a policy; `proven` a policy bound elsewhere and shown."""

    NONE = "none"
    QUOTED = "quoted"
    BOUND = "bound"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    PROVEN = "proven"


DEPOSIT_HOLD = timedelta(minutes=30)
"""How long an order waits for its deposit, and a stock vehicle is held for it."""

_S, _M = State, Move

MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        _S.AWAITING_DEPOSIT: {
            _M.RECEIVE_DEPOSIT: _S.RESERVED,
            _M.EXPIRE: _S.EXPIRED,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
        },
        _S.RESERVED: {
            _M.LOCK: _S.LOCKED,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.LOCKED: {
            _M.START_PRODUCTION: _S.IN_PRODUCTION,
            _M.ALLOCATE: _S.ALLOCATED,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.IN_PRODUCTION: {
            _M.DISPATCH: _S.IN_TRANSIT,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.ALLOCATED: {
            _M.DISPATCH: _S.IN_TRANSIT,
            _M.MAKE_READY: _S.INSPECTION_READY,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.IN_TRANSIT: {
            _M.MAKE_READY: _S.INSPECTION_READY,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.INSPECTION_READY: {
            _M.PAY_BALANCE: _S.BALANCE_PAID,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.BALANCE_PAID: {
            _M.HAND_OVER: _S.HANDED_OVER,
            _M.CANCEL_BY_BUYER: _S.CANCELLED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
            _M.DISPUTE: _S.DISPUTED,
        },
        _S.HANDED_OVER: {_M.WITHDRAW: _S.WITHDRAWN, _M.DISPUTE: _S.DISPUTED},
        _S.EXPIRED: {},
        _S.CANCELLED: {},
        _S.WITHDRAWN: {},
        # RESUME goes back to the state before the dispute; `after` takes it as an argument.
        _S.DISPUTED: {
            _M.RESUME: _S.DISPUTED,
            _M.CANCEL_BY_SELLER: _S.CANCELLED,
            _M.WITHDRAW: _S.WITHDRAWN,
        },
    }
)
"""From a state, what each allowed move leads to; a move that is not listed is refused."""

WHO: Mapping[Move, frozenset[Actor]] = MappingProxyType(
    {
        _M.RECEIVE_DEPOSIT: frozenset({Actor.SYSTEM}),
        _M.EXPIRE: frozenset({Actor.SYSTEM}),
        _M.LOCK: frozenset({Actor.BUYER, Actor.SYSTEM}),
        _M.START_PRODUCTION: frozenset({Actor.STAFF, Actor.SYSTEM}),
        _M.ALLOCATE: frozenset({Actor.STAFF, Actor.SYSTEM}),
        _M.DISPATCH: frozenset({Actor.STAFF, Actor.SYSTEM}),
        _M.MAKE_READY: frozenset({Actor.STAFF, Actor.SYSTEM}),
        _M.PAY_BALANCE: frozenset({Actor.SYSTEM, Actor.STAFF}),
        _M.HAND_OVER: frozenset({Actor.STAFF}),
        _M.CANCEL_BY_BUYER: frozenset({Actor.BUYER, Actor.STAFF}),
        _M.CANCEL_BY_SELLER: frozenset({Actor.STAFF, Actor.SYSTEM}),
        _M.WITHDRAW: frozenset({Actor.BUYER, Actor.STAFF}),
        _M.DISPUTE: frozenset({Actor.SYSTEM, Actor.STAFF}),
        _M.RESUME: frozenset({Actor.SYSTEM, Actor.STAFF}),
    }
)
"""Who may make each move; the system locks only after a sent reminder."""

FINAL = frozenset(state for state, moves in MOVES.items() if not moves)
"""States that nothing leaves."""

_LIVING = frozenset(State) - FINAL - {State.DISPUTED}


def moves_from(state: State) -> tuple[Move, ...]:
    """The moves allowed from `state`, in the order of the table."""
    return tuple(MOVES[state])


def after(
    *, order: str, state: State, move: Move, actor: Actor, before_dispute: State | None = None
) -> State:
    """The state that `move` by `actor` leads to; raises OrderStateConflict with what is allowed.

    `before_dispute` is where a disputed order resumes.
    """
    target = MOVES[state].get(move)
    if target is None:
        allowed = [str(m) for m in moves_from(state)]
        raise OrderStateConflict(
            f"the order is {state}; {move} is not possible now",
            facts={"order": order, "state": str(state), "move": str(move), "moves": allowed},
        )
    if actor not in WHO[move]:
        raise OrderStateConflict(
            f"{move} is not for the {actor} to make",
            facts={"order": order, "state": str(state), "move": str(move), "actor": str(actor)},
        )
    if move is Move.RESUME:
        if before_dispute not in _LIVING:
            raise OrderStateConflict(
                "a disputed order resumes where it stood, and that is not known",
                facts={"order": order, "state": str(state), "move": str(move)},
            )
        return State(before_dispute)
    return target


def balance_may_be_demanded(state: State) -> bool:
    """Only once the car stands ready for inspection; never before."""
    return state is State.INSPECTION_READY
