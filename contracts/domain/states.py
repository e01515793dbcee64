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
    """The buyer accepted the PDF by its fingerprint."""
    VOID = "void"
    """Taken back, or ended with its order."""
    SUPERSEDED = "superseded"
    """A newer contract of the same order took its place."""


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.DRAFT: frozenset({State.ISSUED, State.VOID, State.SUPERSEDED}),
        State.ISSUED: frozenset({State.VIEWED, State.VOID, State.SUPERSEDED}),
        # Nobody accepts what was never shown to them: there is no way from ISSUED to ACCEPTED.
        State.VIEWED: frozenset({State.ACCEPTED, State.VOID, State.SUPERSEDED}),
        State.ACCEPTED: frozenset({State.VOID, State.SUPERSEDED}),
        State.VOID: frozenset(),
        State.SUPERSEDED: frozenset(),
    }
)
LIVE = frozenset({State.DRAFT, State.ISSUED, State.VIEWED, State.ACCEPTED})
"""An order has at most one contract in these states."""
REPLACEABLE = LIVE - {State.ACCEPTED}
"""New facts replace such a contract silently; an accepted one only by an amendment."""


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
