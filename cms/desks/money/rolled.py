"""A month of the books for reading: sums of the trial balance, columns and chart of the roll-forward."""

from __future__ import annotations

from typing import Any

from checkout.domain.closing import RollForward
from checkout.queries.ledger import AccountTotals
from cms.desks.money.charts import Step, Waterfall, waterfall
from kernel.money import total


def balance_sums(rows: tuple[AccountTotals, ...]) -> list[dict[str, Any]]:
    """Debit, credit and balance of all accounts by currency."""
    found = []
    for currency in sorted({row.balance.currency for row in rows}):
        own = [row for row in rows if row.balance.currency == currency]
        found.append(
            {
                "currency": currency,
                "debit": total([row.debit for row in own], currency),
                "credit": total([row.credit for row in own], currency),
                "balance": total([row.balance for row in own], currency),
            }
        )
    return found


def steps_of(row: RollForward) -> list[Step]:
    """The columns of a roll-forward with the sign in which they change what is owed; `other` only where there is any."""
    steps = [
        Step("opening", row.opening, stands=True),
        Step("received", row.received),
        Step("applied", -row.applied),
        Step("refunded", -row.refunded),
        Step("forfeited", -row.forfeited),
    ]
    if row.other:
        steps.append(Step("other", row.other))
    return [*steps, Step("closing", row.closing, stands=True)]


def chart_of(row: RollForward) -> Waterfall:
    """The roll-forward as bars."""
    return waterfall(steps_of(row))
