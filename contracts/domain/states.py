"""The life of a contract as a table: which state may follow which. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from contracts.errors import ContractStateConflict


class State(StrEnum):
    """Where a contract stands; the values are stored and shown by the API."""

    DRAFT = "draft"
    """The facts are frozen; there is no PDF yet."""
    ISSUED = "issued"
    """The PDF is archived and was read back byte for byte."""
    VIEWED = "viewed"
    """The buyer was shown the PDF."""
    ACCEPTED = "accepted"
    """The buyer accepted the PDF by its fingerprint, without an electronic signature."""
    BUYER_SIGNED = "buyer_signed"
    """The buyer signed by a one-time code bound to the PDF; the seal is under way."""
    COUNTERSIGNED = "countersigned"
    """Both signatures stand in the archived file, and it was strictly verified."""
    DECLINED = "declined"
    """The buyer said no to it."""
    EXPIRED = "expired"
    """Nobody signed it in time."""
    VOID = "void"
    """Taken back, or ended with its order."""
    WITHDRAWN = "withdrawn"
    """The buyer used the right of withdrawal."""
    SUPERSEDED = "superseded"
    """A newer contract of the same order took its place."""


_ENDED = frozenset({State.VOID, State.WITHDRAWN, State.SUPERSEDED})
_WAITING = _ENDED | {State.DECLINED, State.EXPIRED}
MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.DRAFT: frozenset({State.ISSUED}) | _ENDED,
        State.ISSUED: frozenset({State.VIEWED}) | _WAITING,
        # Nobody accepts or signs what was never shown to them: there is no such way from ISSUED.
        State.VIEWED: frozenset({State.ACCEPTED, State.BUYER_SIGNED}) | _WAITING,
        State.ACCEPTED: frozenset({State.BUYER_SIGNED}) | _ENDED,
        State.BUYER_SIGNED: frozenset({State.COUNTERSIGNED}) | _ENDED,
        State.COUNTERSIGNED: _ENDED,
        State.DECLINED: frozenset(),
        State.EXPIRED: frozenset(),
        State.VOID: frozenset(),
        State.WITHDRAWN: frozenset(),
        State.SUPERSEDED: frozenset(),
    }
)
BOUND = frozenset({State.ACCEPTED, State.BUYER_SIGNED, State.COUNTERSIGNED})
"""The buyer has agreed to it."""
LIVE = frozenset({State.DRAFT, State.ISSUED, State.VIEWED}) | BOUND
"""An order has at most one contract in these states."""
REPLACEABLE = LIVE - BOUND
"""New facts replace such a contract silently; one the buyer agreed to only by an amendment."""


def check_move(number: str, state: State, to: State) -> None:
    """Says nothing when the table allows the move; raises ContractStateConflict naming the allowed ones."""
    if to in MOVES[state]:
        return
    allowed = sorted(MOVES[state])
    raise ContractStateConflict(
        f"contract {number} is {state} and cannot become {to}; allowed: {', '.join(allowed) or 'nothing'}",
        facts={
            "number": number,
            "state": str(state),
            "move": str(to),
            "moves": [str(m) for m in allowed],
        },
    )
