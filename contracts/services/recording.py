"""The two lines every step of a contract leaves: its own append-only event and the audit chain's entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.models import Contract, ContractEvent
from kernel import audit


def locked_contract(number: str) -> Contract | None:
    """The row of a stored number, locked until the transaction ends, or None."""
    # Joined rows would be locked with it on PostgreSQL: the template is shared by all contracts.
    return Contract.objects.select_for_update().filter(number=number).first()


def record(
    contract: Contract, kind: str, *, actor: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """Add what happened to a contract whose row the caller created or holds locked."""
    sequence = contract.events.count() + 1
    ContractEvent.objects.create(
        contract=contract, sequence=sequence, kind=kind, at=now, actor=actor, facts=dict(facts)
    )
    audit.record(
        subject=f"contract:{contract.number}",
        action=f"contract-{kind}",
        actor=actor,
        facts=facts,
        now=now,
    )
