"""The two lines every step of a contract leaves: its own append-only event and the audit chain's entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.domain.numbers import normalised
from contracts.errors import ContractNotIssued, UnknownContract
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


def issued_contract(number: str) -> Contract:
    """The locked row of a contract that has its PDF; raises NotAContractNumber, UnknownContract, ContractNotIssued."""
    row = locked_contract(normalised(number))
    if row is None:
        raise UnknownContract(
            f"number: there is no contract {number[:40]}", facts={"number": number[:40]}
        )
    if not row.pdf_sha256:
        raise ContractNotIssued(
            f"contract {row.number} is being prepared; ask again in a moment",
            facts={"number": row.number, "state": row.state},
        )
    return row
