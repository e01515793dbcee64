"""Shapes of locking an order: what it means, and the buyer's confirmation."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from storefront.api.schemas.base import Money
from storefront.api.schemas.requests import Input


class LockContract(Schema):
    """The contract that the lock rests on."""

    number: str
    state: str


class DepositCap(Schema):
    """The law's limit on a legal deposit."""

    share: str
    amount: Money
    text: str


class LockDeposit(Schema):
    """What the deposit is now, and what it becomes by locking."""

    amount: Money
    legal_amount: Money
    cap: DepositCap | None
    policy: str
    kind: str
    kind_name: str
    kind_after: str
    kind_name_after: str


class RefundRow(Schema):
    """When what comes back; `by` is who ends the purchase."""

    stages: list[str]
    kind: str
    kind_name: str
    by: str
    when: str
    returned: Money


class LockClause(Schema):
    """One sentence of what the buyer agrees to."""

    code: str
    text: str


class LockDocument(Schema):
    """What is confirmed, in the words of the policies that were frozen when the order was placed."""

    order: str
    car: str
    price: Money
    contract: LockContract
    deposit: LockDeposit
    cooling_off_hours: int
    refunds: list[RefundRow]
    clauses: list[LockClause]


class LockPreview(Schema):
    """What locking means now. `fingerprint` stands for everything in `document`; the moments beside it are not part of it.

    `cooling_off_until` counts from the lock, or from now while the order is open. `locks_at` is when the order locks by
    itself; null where it never does, or no reminder was sent yet.
    """

    possible: bool = Field(description="Whether the buyer can lock the order now.")
    fingerprint: str
    document: LockDocument
    cooling_off_until: str | None
    reminded_at: str | None
    locks_at: str | None
    locked_at: str | None


class LockIn(Input):
    """The buyer's confirmation of what was shown under `fingerprint`."""

    fingerprint: str = Field(min_length=1, max_length=64)
    confirm: Literal[True]
